"""What the pages of screening read: who waits, with what flags, what comes next."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Now

from incidents.choices import IncidentState, Verdict
from incidents.criteria import Finding, Flag
from incidents.models import (
    Incident,
    Interview,
    Likeness,
    Member,
    Screening,
    ScreeningHold,
    SecondScreening,
    Study,
)
from incidents.queries.criteria import Asked, reasons_of
from incidents.queries.flags import COUNTED, condition_of, flags_of
from incidents.querysets import IncidentQuerySet

MOST_COUNTED = 1000
NO_REASON = "none"


@dataclasses.dataclass(frozen=True)
class Point:
    """One criterion on the screener's desk: what is asked, noticed and found."""

    number: int
    criterion: Asked
    flag: Flag | None
    finding: str = ""

    @property
    def field(self) -> str:
        """The name of its field in the form."""
        return f"finding-{self.criterion.code}"

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What may be found, with the words for it."""
        return [(one.value, str(one.label)) for one in Finding]


def waiting_for(
    member: Member, asked: Sequence[Asked], filters: Mapping[str, Any] | None = None
) -> IncidentQuerySet:
    """The incidents that wait for a first verdict and fit the filters of the queue."""
    waiting = Incident.objects.visible_to(member).filter(state=IncidentState.SUBMITTED)
    given = filters or {}
    if given.get("interviewer"):
        waiting = waiting.filter(interview__interviewer__uid=given["interviewer"])
    if given.get("region"):
        waiting = waiting.filter(site__region__uid=given["region"])
    criterion = next((one for one in asked if one.flag and one.flag == given.get("flag")), None)
    if criterion is not None:
        waiting = waiting.filter(condition_of(member.study, criterion))
    return waiting


def not_with_others(incidents: IncidentQuerySet, member: Member) -> IncidentQuerySet:
    """Leave out what another screener has on the desk at this moment."""
    held = ScreeningHold.objects.filter(incident=OuterRef("pk"), until__gte=Now())
    return incidents.exclude(Exists(held.exclude(member=member)))


def count_up_to(incidents: QuerySet[Any], most: int = MOST_COUNTED) -> int:
    """Count, and stop counting one above the most."""
    return incidents.order_by()[: most + 1].count()


def holder_of(incident: Incident, member: Member) -> Member | None:
    """Another member who has the incident on the desk at this moment."""
    holds = ScreeningHold.objects.filter(incident=incident, until__gte=Now())
    hold = holds.exclude(member=member).select_related("member").first()
    return hold.member if hold else None


def points_of(
    incident: Incident, asked: Sequence[Asked], findings: Mapping[str, str] | None = None
) -> list[Point]:
    """The criteria for the desk, with the flags of an incident of `with_flags`."""
    raised = set(flags_of(incident, asked))
    found = findings or {}
    return [
        Point(
            number=number,
            criterion=criterion,
            flag=criterion.flag if criterion.flag in raised else None,
            finding=found.get(criterion.code, ""),
        )
        for number, criterion in enumerate(asked, 1)
    ]


def interviewers_of(study: Study) -> list[tuple[str, str]]:
    """Who has held interviews in a study, by uid."""
    held = Interview.objects.filter(interviewer=OuterRef("pk"))
    members = Member.objects.filter(Exists(held), study=study).order_by("display_name", "pk")
    return [(str(uid), name) for uid, name in members.values_list("uid", "display_name")]


def regions_of(study: Study) -> list[tuple[str, str]]:
    """The regions of a study in their order, by uid."""
    return [(str(region.uid), region.shown_name) for region in study.regions.all()]


def last_reason() -> Coalesce:
    """The code of the criterion by which an incident was left out last, else NO_REASON."""
    exclusions = Screening.objects.filter(incident=OuterRef("pk"), verdict=Verdict.EXCLUDE)
    last = Subquery(exclusions.order_by("-pk").values("criterion")[:1])
    return Coalesce(last, Value(NO_REASON))


def verdicts_on(incident: Incident) -> list[Screening]:
    """The verdicts on an incident, newest first, each with its reason in words as `reason`."""
    rows = incident.screenings.select_related("member").prefetch_related("answers__author")
    screenings = list(rows.order_by("-pk"))
    reasons = reasons_of(incident.study) if any(row.criterion for row in screenings) else {}
    for row in screenings:
        row.reason = reasons.get(row.criterion, row.criterion)  # type: ignore[attr-defined]
    return screenings


def likenesses_of(incident: Incident) -> list[tuple[Likeness, Incident]]:
    """The incidents that one is like and that still count, each with what is known of the pair."""
    found = Likeness.objects.select_related(
        "first__version", "second__version", "first__study", "judged_by"
    )
    rows = [
        *((row, row.second) for row in found.filter(first=incident)),
        *((row, row.first) for row in found.filter(second=incident)),
    ]
    standing = [(row, other) for row, other in rows if other.state in COUNTED]
    return sorted(standing, key=lambda pair: -pair[0].story)


def is_blind(member: Member, incident: Incident) -> bool:
    """Say whether a member may not see yet what was decided: a second verdict is still due.

    Whoever gave the first one knows it; everybody else may be the second screener.
    """
    due = SecondScreening.objects.filter(incident=incident, given_at__isnull=True)
    return due.exclude(first__member=member).exists()
