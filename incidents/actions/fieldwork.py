"""What interviewers do: open an interview, tell its incidents, put them right."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from incidents import texts
from incidents.actions.history import record_change
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

EDITABLE = (IncidentState.SUBMITTED, IncidentState.RETURNED)
FACTS = (
    "told_as",
    "served_by",
    "asked_for",
    "happened_told",
    "happened_from",
    "happened_to",
)


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
    relation: str = Relation.NOT_STATED,
    job_role: str = "",
    contact: str = "",
    **header: Any,
) -> Interview:
    """Open the interview that a form minted a uid for, and return it.

    `respondent` is a code; a new one makes a respondent at `site` (made too if it is elsewhere), a
    known one stays as it is.
    `header` are fields of the interview. The same uid again returns the interview already open.

    Raises
    ------
    RefusedError
        The uid is of somebody else's interview.
    """
    if isinstance(site, Elsewhere):
        site = site_for(**vars(site), by=by)
    person, _new = Respondent.objects.get_or_create(
        study=study,
        code=respondent,
        defaults={"site": site, "relation": relation, "job_role": job_role, "contact": contact},
    )
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


@transaction.atomic
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
    respondent = Respondent.objects.select_for_update(no_key=True).get(pk=interview.respondent_id)
    incident, new = Incident.objects.get_or_create(
        uid=uid,
        defaults={
            "study": interview.study,
            "interview": interview,
            "site_id": respondent.site_id,  # nobody moves them before our commit
            "position": position,
            **told.facts,
        },
    )
    if incident.interview_id != interview.pk:
        raise RefusedError(_("This incident is of another interview."))
    if not new:
        return correct_incident(incident=incident, told=told, by=by, based_on=None, draft=draft)
    Moment.objects.create(incident=incident, valence=told.valence)
    _write_version(incident, told, by=by, number=1, kind=VersionKind.ORIGINAL)
    incident.save(update_fields=["version"])
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


@transaction.atomic
def correct_incident(
    *,
    incident: Incident,
    told: Told,
    by: Member,
    based_on: int | None,
    reason: str = "",
    draft: Draft | None = None,
) -> Incident:
    """Add a version with what is told now, and hand the incident in again. Returns the incident.

    `based_on` is the number of the version that was edited; None where a form did not know that
    the incident exists already. What is there already, word for word, changes nothing. The draft
    it was made from goes with it.

    Raises
    ------
    StaleError
        A newer version than `based_on` exists, with other content.
    RefusedError
        The incident is accepted, excluded or withdrawn.
    """
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    current = IncidentVersion.objects.get(current_of=incident)  # a translation may be newer
    if not _told_already(incident, told, current=current, based_on=based_on, reason=reason):
        _check_editable(incident, current=current, based_on=based_on)
        _hand_in_again(incident, told, by=by, based_on=based_on, reason=reason)
    _clear(draft)
    return incident


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


def _told_already(
    incident: Incident,
    told: Told,
    *,
    current: IncidentVersion,
    based_on: int | None,
    reason: str,
) -> bool:
    """Say whether handing this in would add nothing; an answer to a question adds itself."""
    if reason and incident.state == IncidentState.RETURNED:
        return False
    versions = [current] if based_on == current.number else incident.versions.all()
    sha256 = texts.fingerprint(told.texts)
    same_words = any(
        (version.sha256, version.language) == (sha256, told.language) for version in versions
    )
    return same_words and not _changed_facts(incident, told)


def _check_editable(incident: Incident, *, current: IncidentVersion, based_on: int | None) -> None:
    if incident.state not in EDITABLE:
        raise RefusedError(
            _("This incident is %(state)s and can no longer be changed; your words are kept.")
            % {"state": IncidentState(incident.state).label.lower()}
        )
    if based_on is not None and based_on != current.number:
        raise StaleError(_("This incident was changed while you were writing."))


def _hand_in_again(
    incident: Incident,
    told: Told,
    *,
    by: Member,
    based_on: int | None,
    reason: str,
) -> None:
    changed = _write_facts(incident, told)
    last = incident.versions.aggregate(number=Max("number"))["number"]
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
    record_change(
        verb="correct_incident",
        on=incident,
        study=incident.study,
        by=by,
        version=last + 1,
        based_on=based_on,
        fields=changed,
    )


def _clear(draft: Draft | None) -> None:
    """Remove a draft whose words are submitted, unless its window has written on since."""
    if draft is not None:
        Draft.objects.filter(pk=draft.pk, sha256=draft.sha256).delete()


def _changed_facts(incident: Incident, told: Told) -> list[str]:
    changed = [name for name in FACTS if getattr(incident, name) != getattr(told, name)]
    whole = _only_moment(incident)
    if whole is not None and whole.valence != told.valence:
        changed.append("valence")
    return changed


def _only_moment(incident: Incident) -> Moment | None:
    """The moment that is the whole incident; None once a screener has divided it."""
    moments = list(incident.moments.all()[:2])
    return moments[0] if len(moments) == 1 else None


def _write_facts(incident: Incident, told: Told) -> list[str]:
    """Set what differs on the incident (for the caller to save) and its moment; name it."""
    changed = _changed_facts(incident, told)
    for name, value in told.facts.items():
        setattr(incident, name, value)
    if "valence" in changed:
        Moment.objects.filter(incident=incident).update(
            valence=told.valence, row_version=F("row_version") + 1
        )
    return changed


def _write_version(incident: Incident, told: Told, *, by: Member | None, **fields: Any) -> None:
    words = told.texts
    searched = " ".join(words[name] for name in ("headline", *ANSWERS))
    incident.version = IncidentVersion.objects.create(
        incident=incident,
        sha256=texts.fingerprint(words),
        folded=texts.searchable(searched),
        language=told.language,
        author=by,
        **words,
        **fields,
    )
