"""What the pages of fieldwork read: the incidents of one interview, questions, what waits."""

import dataclasses
import datetime as dt
import functools
import uuid
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery

from incidents import texts
from incidents.choices import IncidentState, Verdict
from incidents.models import Change, Draft, Incident, Interview, Member, Moment, Screening
from incidents.models.fieldwork import TEXTS
from incidents.prepared import Given, Question
from incidents.querysets import SomeMember

FACTS = (
    "told_as",
    "served_by",
    "asked_for",
    "happened_told",
    "happened_from",
    "happened_to",
)

_drafts: Question[Draft] = Question(
    lambda: (
        Draft.objects.filter(interview=Given("interview"), member=Given("member"))
        .annotate(told=Exists(Incident.objects.filter(uid=OuterRef("object_uid"))))
        .order_by("-saved_at")
    )
)


@dataclasses.dataclass(frozen=True)
class Entry:
    """One incident of an interview as its interviewer sees it: submitted, unsent, or both.

    `drafts` are the member's own, the newest first; more than one says that two windows differ.
    Of what is held out nothing is there but that it exists.
    """

    uid: uuid.UUID
    position: int
    incident: Incident | None = None
    drafts: tuple[Draft, ...] = ()
    question: str = ""
    valence: str = ""
    divided: bool = False
    held_out: bool = False

    @property
    def draft(self) -> Draft | None:
        """The words written last and not sent."""
        return self.drafts[0] if self.drafts else None

    @property
    def in_dispute(self) -> bool:
        """Say whether two windows hold different words."""
        return len(self.drafts) > 1

    @property
    def parked(self) -> bool:
        """Say whether it waits to be taken up again."""
        return self.draft is not None and self.draft.parked

    @property
    def headline(self) -> str:
        """The headline as it is now, sent or not."""
        if self.draft is not None:
            return str(self.draft.body.get("headline", ""))
        version = self.incident and self.incident.version
        return version.headline if version else ""

    @property
    def based_on(self) -> int | None:
        """The number of the version that what is shown was made from."""
        if self.draft is not None:
            return self.draft.based_on
        version = self.incident and self.incident.version
        return version.number if version else None

    @property
    def seen(self) -> str:
        """The checksum of the facts that what is shown was made from."""
        if self.draft is not None:
            return self.draft.seen
        return self.facts_now

    @property
    def facts_now(self) -> str:
        """The checksum of the facts as they stand; nothing while the incident is not sent."""
        if self.incident is None:
            return ""
        return facts_checksum(self.incident, "" if self.divided else self.valence)

    @property
    def body(self) -> dict[str, str]:
        """What the form shows."""
        if self.draft is not None:
            return {name: str(text) for name, text in self.draft.body.items()}
        return body_of_incident(self.incident, self.valence) if self.incident else {}


def facts_checksum(known: object, valence: str) -> str:
    """The checksum of what is known about an incident, with the valence of its only moment."""
    facts = {name: str(getattr(known, name) or "") for name in FACTS}
    return texts.fingerprint({**facts, "valence": str(valence)})


def body_of_incident(incident: Incident, valence: str) -> dict[str, str]:
    """A submitted incident as the fields of its form."""
    version = incident.version
    words = {name: getattr(version, name) for name in TEXTS} if version else {}
    return {
        **words,
        "language": version.language if version else "",
        "told_as": incident.told_as,
        "served_by": incident.served_by,
        "asked_for": incident.asked_for,
        "valence": valence,
        "happened_told": incident.happened_told,
        "happened_from": _iso(incident.happened_from),
        "happened_to": _iso(incident.happened_to),
    }


def entries_of(interview: Interview, member: Member) -> list[Entry]:
    """The incidents of an interview in the order told, with the member's unsent words."""
    return _entries(interview, member, _drafts_of(interview, member))


def unsent_entries(
    interview: Interview, member: Member, *, and_also: uuid.UUID, known: bool
) -> list[Entry]:
    """The incidents of an interview that wait to be sent, and the one that is being told.

    `known` says whether that one was submitted before. Nothing more is read than the drafts where
    all of them are new, which is the usual case.
    """
    drafts = _drafts_of(interview, member)
    concerned = {*drafts, and_also}
    if known or any(newest.told for newest, *_older in drafts.values()):  # type: ignore[attr-defined]
        entries = _entries(interview, member, drafts)
    else:
        entries = _entries_unsent(drafts)
    return [entry for entry in entries if entry.uid in concerned]


def holding(entries: Iterable[Entry], entry: Entry, typed: Draft) -> list[Entry]:
    """The entries with what a window holds of one of them in place of the drafts it goes on from.

    Other windows' drafts stay beside it.
    """
    stay = [draft for draft in entry.drafts if not typed.goes_on_from(draft)]
    position = entry.position if entry.incident else typed.position
    changed = dataclasses.replace(entry, position=position, drafts=(typed, *stay))
    others = [other for other in entries if other.uid != entry.uid]
    return sorted([*others, changed], key=_as_told)


def with_question(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """Add what was last asked of each, its first valence and how many moments it has."""
    asked = Screening.objects.filter(incident=OuterRef("pk"), verdict=Verdict.RETURN)
    moments = Moment.objects.filter(incident=OuterRef("pk"))
    counted = moments.order_by().values("incident").annotate(count=Count("pk"))
    return incidents.select_related("version", "interview__respondent").annotate(
        question=Subquery(asked.order_by("-pk").values("words")[:1]),
        first_valence=Subquery(moments.order_by("position").values("valence")[:1]),
        moment_count=Subquery(counted.values("count")),
    )


def with_counts(interviews: QuerySet[Interview], member: Member) -> QuerySet[Interview]:
    """Add how many incidents each interview has, and how many the member has not sent."""
    told = Incident.objects.published().filter(interview=OuterRef("pk")).order_by()
    unsent = Draft.objects.filter(interview=OuterRef("pk"), member=member).order_by()
    per_interview = {
        "incident_count": told.values("interview").annotate(count=Count("pk")),
        "draft_count": unsent.values("interview").annotate(
            count=Count("object_uid", distinct=True)
        ),
    }
    return interviews.annotate(
        **{name: Subquery(rows.values("count")) for name, rows in per_interview.items()}
    )


def last_change_of(incident: Incident) -> Change | None:
    """Who changed an incident or one of its moments last, and when."""
    uids = [incident.uid, *incident.moments.values_list("uid", flat=True)]
    changes = Change.objects.filter(study=incident.study_id, object_uid__in=uids)
    return changes.select_related("member").order_by("-pk").first()


def _drafts_of(interview: Interview, member: Member) -> dict[uuid.UUID, list[Draft]]:
    drafts = defaultdict(list)
    for draft in _drafts.all(interview=interview.pk, member=member.pk):
        drafts[draft.object_uid].append(draft)
    return drafts


def _entries(
    interview: Interview, member: Member, drafts: dict[uuid.UUID, list[Draft]]
) -> list[Entry]:
    told = _told_in(member.role_names)
    known_by = {"study": member.study_id, "member": member.pk}
    entries = [
        _entry(incident, drafts.pop(incident.uid, []))
        for incident in told.all(interview=interview.pk, **known_by)
    ]
    return sorted(entries + _entries_unsent(drafts), key=_as_told)


@functools.cache
def _told_in(roles: frozenset[str]) -> Question[Incident]:
    """What was submitted in an interview, as it is known in these roles."""
    return Question(
        lambda: with_question(
            Incident.objects.known_to(SomeMember(roles)).filter(interview=Given("interview"))
        )
    )


def _entries_unsent(drafts: dict[uuid.UUID, list[Draft]]) -> list[Entry]:
    entries = [
        Entry(uid=uid, position=kept[0].position, drafts=tuple(kept))
        for uid, kept in drafts.items()
    ]
    return sorted(entries, key=_as_told)


def _as_told(entry: Entry) -> tuple[int, str]:
    return entry.position, str(entry.uid)


def _entry(incident: Incident, drafts: list[Draft]) -> Entry:
    if incident.state == IncidentState.HELD_OUT:
        return Entry(uid=incident.uid, position=incident.position, held_out=True)
    asked = incident.state == IncidentState.RETURNED
    return Entry(
        uid=incident.uid,
        position=incident.position,
        incident=incident,
        drafts=tuple(drafts),
        question=incident.question if asked else "",  # type: ignore[attr-defined]
        valence=incident.first_valence or "",  # type: ignore[attr-defined]
        divided=incident.moment_count > 1,  # type: ignore[attr-defined]
    )


def _iso(day: dt.date | None) -> str:
    return day.isoformat() if day else ""
