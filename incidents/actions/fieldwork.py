"""What interviewers do: open an interview, tell its incidents, put them right."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from incidents import texts
from incidents.actions.answers import Answered, is_answered_so, keep_answer
from incidents.actions.drafts import forget
from incidents.actions.history import record_change
from incidents.actions.interviews import update_respondent
from incidents.actions.numbering import change_facts
from incidents.actions.places import site_for
from incidents.actions.refusals import RefusedError, StaleError
from incidents.choices import (
    AskedFor,
    IncidentState,
    Relation,
    ServedBy,
    ToldAs,
    Valence,
    VersionKind,
)
from incidents.models import (
    Draft,
    Incident,
    IncidentVersion,
    Interview,
    Member,
    Moment,
    Organization,
    Region,
    Respondent,
    Site,
    Study,
)
from incidents.models.fieldwork import ANSWERS, TEXTS
from incidents.prepared import Act, Given, NextKey, Question, insert, removing
from incidents.queries.fieldwork import FACTS, facts_checksum

EDITABLE = (IncidentState.SUBMITTED, IncidentState.RETURNED)


@dataclasses.dataclass(frozen=True)
class Part:
    """One moment of an incident: its label (empty for the whole) and its valence."""

    label: str = ""
    valence: str = Valence.NOT_STATED


@dataclasses.dataclass(frozen=True)
class Told:
    """One incident as it was told: its words (the names of TEXTS), and what is known about it."""

    words: Mapping[str, str]
    language: str = ""
    told_as: str = ToldAs.NOT_STATED
    served_by: str = ServedBy.NOT_STATED
    asked_for: str = AskedFor.NOT_STATED
    valence: str = Valence.NOT_STATED
    happened_told: str = ""
    happened_from: dt.date | None = None
    happened_to: dt.date | None = None

    @property
    def texts(self) -> dict[str, str]:
        """All the texts by name, the missing ones empty."""
        return {name: texts.tidy(self.words.get(name, "")).strip() for name in TEXTS}

    @property
    def facts(self) -> dict[str, Any]:
        """What is kept in the incident's own row."""
        return {name: getattr(self, name) for name in FACTS}

    @property
    def facts_sha256(self) -> str:
        """The checksum of the facts, with the valence."""
        return facts_checksum(self, self.valence)


@dataclasses.dataclass(frozen=True)
class Elsewhere:
    """The key of a site that may not exist yet."""

    organization: Organization
    country: str = ""
    place: str = ""
    region: Region | None = None


@transaction.atomic
def open_interview(
    *,
    study: Study,
    uid: uuid.UUID,
    respondent: str,
    site: Site | Elsewhere,
    by: Member,
    replace: bool = False,
    relation: str = Relation.NOT_STATED,
    job_role: str = "",
    contact: str = "",
    **header: Any,
) -> Interview:
    """Open the interview that a form minted a uid for, and return it.

    `respondent` is a code; a new one makes a respondent at `site` (made too if it is elsewhere). A
    known one stays at their site; what is told of them is filled in where nothing was known.
    `header` are fields of the interview. The same uid again returns the interview already open.

    Raises
    ------
    RefusedError
        The uid is of somebody else's interview; or something else is known of the respondent, and
        it is not to be replaced.
    """
    about = {"relation": relation, "job_role": job_role, "contact": contact}
    if isinstance(site, Elsewhere):
        site = site_for(**vars(site), by=by)
    person, new = Respondent.objects.get_or_create(
        study=study, code=respondent, defaults={"site": site, **about}
    )
    if not new and not Interview.objects.filter(uid=uid).exists():
        update_respondent(respondent=person, by=by, replace=replace, **about)
    interview, opened = Interview.objects.get_or_create(
        uid=uid, defaults={"study": study, "respondent": person, "interviewer": by, **header}
    )
    if (interview.study_id, interview.interviewer_id) != (study.pk, by.pk):
        raise RefusedError(_("This interview is somebody else's. Start a new one."))
    if opened:
        record_change(
            verb="open_interview", on=interview, study=study, by=by, respondent=str(person.uid)
        )
    return interview


def record_incident(
    *,
    interview: Interview,
    uid: uuid.UUID,
    told: Told,
    by: Member,
    position: int = 1,
    draft: Draft | None = None,
) -> Incident:
    """Write a submitted incident with its first version and its one moment, under its uid.

    The same uid with the same content again changes nothing; with other content it is kept as a
    further version. The draft it was made from goes with it. Returns the incident.

    Raises
    ------
    RefusedError
        The uid is of an incident of another interview, or may not be changed any more.
    """
    try:
        return _record_new(interview, uid, told, by=by, position=position, draft=draft)
    except IntegrityError:  # the uid is known, it seems: nothing was written
        incident = Incident.objects.filter(uid=uid).first()
        if incident is None:
            raise
    if incident.interview_id != interview.pk:
        raise RefusedError(_("This incident is of another interview."))
    return correct_incident(incident=incident, told=told, by=by, based_on=None, draft=draft)


@transaction.atomic
def _record_new(
    interview: Interview,
    uid: uuid.UUID,
    told: Told,
    *,
    by: Member,
    position: int,
    draft: Draft | None,
) -> Incident:
    """Write what nobody has sent before, in one transaction; IntegrityError if somebody has."""
    ((site, key),) = _site_of.all(respondent=interview.respondent_id)  # nobody moves them meanwhile
    incident = Incident(
        uid=uid,
        study=interview.study,
        interview=interview,
        site_id=site,
        position=position,
        version_id=key,  # written after it: checked when all is committed
        **told.facts,
    )
    insert(incident)
    insert(Moment(incident=incident, valence=told.valence))
    _write_version(incident, told, by=by, pk=key, number=1, kind=VersionKind.ORIGINAL)
    _clear(draft)
    record_change(
        verb="record_incident",
        on=incident,
        study=interview.study,
        by=by,
        interview=str(interview.uid),
        valence=told.valence,
        told_as=told.told_as,
    )
    return incident


_site_of = Question(
    lambda: Respondent.objects.filter(pk=Given("respondent")).values_list(
        "site_id", NextKey(IncidentVersion)
    ),
    shared=True,
)


@transaction.atomic
def correct_incident(
    *,
    incident: Incident,
    told: Told,
    by: Member,
    based_on: int | None,
    seen: str = "",
    reason: str = "",
    answered: Answered | None = None,
    draft: Draft | None = None,
) -> Incident:
    """Add a version with what is told now, and hand the incident in again. Returns the incident.

    `based_on` is the number of the version that was edited, `seen` the checksum of the facts that
    the form showed (`facts_checksum`); None and empty where a form did not know that the incident
    exists already. An answer is kept beside its question. What is there already, or was handed in
    before, changes nothing. The draft it was made from goes with it.

    Raises
    ------
    StaleError
        A newer version than `based_on` exists, with other content; or other facts than `seen`,
        say after a screener's correction, and what is told differs from them.
    RefusedError
        The incident is accepted, excluded or withdrawn.
    """
    standing = _Standing.of(incident)
    nothing_new = _told_already(standing, told, based_on=based_on, reason=reason)
    if not nothing_new or (answered and not is_answered_so(standing.incident, answered)):
        _check_editable(standing, told, based_on=based_on, seen=seen)
        _hand_in_again(standing, told, by=by, based_on=based_on, reason=reason, answered=answered)
    _clear(draft)
    return standing.incident


@transaction.atomic
def move_respondent(
    *, respondent: Respondent, site: Site, by: Member, row_version: int
) -> Respondent:
    """Move a respondent, and all they told, to another site of the study. Returns the respondent.

    Raises
    ------
    StaleError
        The respondent was changed since `row_version`.
    """
    change_facts(respondent.study, by=by)
    moved = Respondent.objects.filter(pk=respondent.pk, row_version=row_version).update(
        site=site, row_version=F("row_version") + 1
    )
    if not moved:
        raise StaleError(_("This respondent was changed by somebody else. Look again."))
    before = respondent.site
    incidents = Incident.objects.filter(interview__respondent=respondent.pk)
    incidents.update(site=site)
    record_change(
        verb="move_respondent",
        on=respondent,
        study=respondent.study,
        by=by,
        site=[str(before.uid), str(site.uid)],
    )
    respondent.refresh_from_db()
    return respondent


@dataclasses.dataclass(frozen=True)
class _Standing:
    """An incident as it stands, held until the commit: its words, its moments."""

    incident: Incident
    current: IncidentVersion
    moments: Sequence[Moment]

    @classmethod
    def of(cls, incident: Incident) -> "_Standing":
        """Lock the incident and its moments, which screeners correct, and read them."""
        locked = Incident.objects.select_for_update().get(pk=incident.pk)
        current = IncidentVersion.objects.get(current_of=locked)  # a translation may be newer
        moments = Moment.objects.select_for_update().filter(incident=locked)
        return cls(locked, current, list(moments))

    @property
    def whole(self) -> Moment | None:
        """The moment that is the whole incident; None once a screener has divided it."""
        return self.moments[0] if len(self.moments) == 1 else None

    @property
    def facts(self) -> str:
        """The checksum of the facts as they stand."""
        return facts_checksum(self.incident, self.whole.valence if self.whole else "")

    def differences(self, told: Told) -> list[str]:
        """The names of the facts that are told otherwise."""
        names = [name for name in FACTS if getattr(self.incident, name) != getattr(told, name)]
        differs = self.whole is not None and self.whole.valence != told.valence
        return [*names, "valence"] if differs else names


def _told_already(standing: _Standing, told: Told, *, based_on: int | None, reason: str) -> bool:
    """Say whether handing this in would add nothing; a reason given to a question adds itself."""
    incident, current = standing.incident, standing.current
    if reason and incident.state == IncidentState.RETURNED:
        return False
    words = {"sha256": texts.fingerprint(told.texts), "language": told.language}
    if based_on != current.number:  # sent again, or by a window that knew of nothing newer
        handed_in = incident.versions.filter(**words, facts_sha256=told.facts_sha256)
        if handed_in.exists():
            return True
    if standing.differences(told):
        return False
    versions = incident.versions.filter(**words)
    return (versions.filter(pk=current.pk) if based_on == current.number else versions).exists()


def _check_editable(standing: _Standing, told: Told, *, based_on: int | None, seen: str) -> None:
    incident, current = standing.incident, standing.current
    if incident.state not in EDITABLE:
        raise RefusedError(
            _("This incident is %(state)s and can no longer be changed; your words are kept.")
            % {"state": IncidentState(incident.state).label.lower()}
        )
    newer_words = based_on is not None and based_on != current.number
    other_facts = standing.facts != (seen or current.facts_sha256)
    if newer_words or (other_facts and standing.differences(told)):
        raise StaleError(_("This incident was changed while you were writing."))


def _hand_in_again(
    standing: _Standing,
    told: Told,
    *,
    by: Member,
    based_on: int | None,
    reason: str,
    answered: Answered | None,
) -> None:
    incident = standing.incident
    changed = _write_facts(standing, told)
    details: dict[str, Any] = {"based_on": based_on, "fields": changed}
    if answered:
        details["answer"] = str(keep_answer(incident, answered, by=by).uid)
    if changed or reason or not _same_words(standing.current, told):
        last = incident.versions.aggregate(number=Max("number"))["number"]
        details["version"] = last + 1
        _write_version(
            incident,
            told,
            by=by,
            number=last + 1,
            kind=VersionKind.CORRECTION,
            based_on=based_on,
            reason=reason,
        )
    incident.state = IncidentState.SUBMITTED
    incident.row_version += 1
    incident.save(update_fields=[*FACTS, "version", "state", "row_version"])
    record_change(verb="correct_incident", on=incident, study=incident.study, by=by, **details)


def _same_words(version: IncidentVersion, told: Told) -> bool:
    words = (texts.fingerprint(told.texts), told.language)
    return (version.sha256, version.language) == words


def _clear(draft: Draft | None) -> None:
    """Remove what is submitted from the drafts: a stored one unless its window wrote on since."""
    if draft is None:
        return
    if draft.stored:
        _remove.do(draft=draft.pk, sha256=draft.sha256)
    else:
        forget(draft)


_remove = Act(lambda: removing(Draft.objects.filter(pk=Given("draft"), sha256=Given("sha256"))))


def _write_facts(standing: _Standing, told: Told) -> list[str]:
    """Set what differs on the incident (for the caller to save) and its moment; name it."""
    changed = standing.differences(told)
    for name, value in told.facts.items():
        setattr(standing.incident, name, value)
    if "valence" in changed:
        Moment.objects.filter(incident=standing.incident).update(
            valence=told.valence, row_version=F("row_version") + 1
        )
    return changed


def _write_version(
    incident: Incident, told: Told, *, by: Member | None, **fields: Any
) -> IncidentVersion:
    """Add a version and let the incident have it, for the caller to save."""
    words = told.texts
    searched = " ".join(words[name] for name in ("headline", *ANSWERS))
    version = IncidentVersion(
        incident=incident,
        sha256=texts.fingerprint(words),
        facts_sha256=told.facts_sha256,
        folded=texts.searchable(searched),
        language=told.language,
        author=by,
        **words,
        **fields,
    )
    incident.version = insert(version)
    return version
