"""How one study stands: from what was told to what is coded, where it comes from, what is new."""

import dataclasses
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence

from django.db import connection
from django.db.models import Count, Q, Sum

from incidents.choices import IncidentState
from incidents.models import Incident, Member, Region, Study
from reports.queries.home import NOT_TOLD, told_of
from taxonomy.models import Scheme, TallyPointer
from taxonomy.models.facts import PLACED
from taxonomy.queries.counts import standing_counts

NEWEST = 6
USED = IncidentState.ACCEPTED
SUMS_BY_REGION = """
SELECT place.region_id, counted.state, SUM(counted.number) FROM ({}) counted
JOIN incidents_site place ON place.id = counted.site GROUP BY 1, 2
"""

StatesByRegion = dict[int, Counter[str]]


@dataclasses.dataclass(frozen=True)
class Funnel:
    """Numbers of incidents from told to used."""

    told: int
    screened: int
    used: int
    waiting: int
    returned: int
    excluded: int
    held_out: int
    withdrawn: int
    by_import: int


@dataclasses.dataclass(frozen=True)
class SchemeProgress:
    """Moments placed in a category of a scheme, of all; None before they were counted."""

    scheme: Scheme
    placed: int
    moments: int
    counted_at: dt.datetime | None
    fresh: bool


@dataclasses.dataclass(frozen=True)
class Line:
    """Told and used incidents of one region or interviewer."""

    name: str
    told: int
    used: int


def states_by_region(study: Study) -> StatesByRegion:
    """How many incidents of each region are in each state, by the key of the region.

    They are counted by site first, which an index answers, and only these counts by region: that
    halves the time of a million.
    """
    sites = Incident.objects.filter(study=study).values("state", "site")
    inner, values = sites.annotate(number=Count("*")).order_by().query.sql_with_params()
    found: StatesByRegion = defaultdict(Counter)
    with connection.cursor() as cursor:
        cursor.execute(SUMS_BY_REGION.format(inner), values)
        for region, state, number in cursor.fetchall():
            found[region][state] = int(number)
    return found


def funnel_of(study: Study, by_region: StatesByRegion) -> Funnel:
    """Where the incidents of a study stand; one query more."""
    states = sum(by_region.values(), Counter[str]())
    brought = Incident.objects.filter(study=study, imported_from__isnull=False)
    by_import = brought.taken_over().count()
    used, excluded = states[USED], states[IncidentState.EXCLUDED]
    held_out = states[IncidentState.HELD_OUT]
    return Funnel(
        told=told_of(states),
        screened=used + held_out + excluded - by_import,
        used=used,
        waiting=states[IncidentState.SUBMITTED],
        returned=states[IncidentState.RETURNED],
        excluded=excluded,
        held_out=held_out,
        withdrawn=states[IncidentState.WITHDRAWN],
        by_import=by_import,
    )


def progress_of(study: Study, schemes: Sequence[Scheme]) -> list[SchemeProgress]:
    """How far these schemes are coded, from their tallies; three queries."""
    placed = Q(outcome__in=PLACED)
    counts = {
        scheme: (placed_moments or 0, moments)
        for scheme, placed_moments, moments in standing_counts(schemes)
        .values_list("scheme")
        .annotate(placed=Sum("moments", filter=placed), every=Sum("moments"))
        .order_by()
    }
    pointers = {row.scheme_id: row for row in TallyPointer.objects.filter(scheme__in=schemes)}
    return [
        SchemeProgress(
            scheme,
            *counts.get(scheme.pk, (0, 0)),
            counted_at=pointers[scheme.pk].built_at if scheme.pk in pointers else None,
            fresh=scheme.pk in pointers and pointers[scheme.pk].data_seq == study.data_seq,
        )
        for scheme in schemes
    ]


def lines_by_region(study: Study, by_region: StatesByRegion) -> list[Line]:
    """Told and used incidents by region, in the study's order, empty regions too; one query."""
    counts = {key: (told_of(states), states[USED]) for key, states in by_region.items()}
    regions = Region.objects.filter(study=study).order_by("not_stated", "position", "pk")
    return [
        Line(region.shown_name, *counts.get(region.pk, (0, 0)))
        for region in regions
        if not region.not_stated or any(counts.get(region.pk, ()))
    ]


def lines_by_interviewer(study: Study) -> list[Line]:
    """Told and used incidents by interviewer, most first; what nobody is named for has no name."""
    told = Incident.objects.filter(study=study).exclude(state__in=NOT_TOLD)
    rows = (
        told.values_list("interview__interviewer__display_name")
        .annotate(told=Count("pk"), used=Count("pk", filter=Q(state=USED)))
        .order_by()
    )
    lines = [Line(name or "", told, used) for name, told, used in rows]
    return sorted(lines, key=lambda line: (-line.told, line.name))


def newest_for(member: Member) -> list[Incident]:
    """The newest incidents whose words the member may read."""
    incidents = Incident.objects.visible_to(member).exclude(state=IncidentState.WITHDRAWN)
    return list(incidents.select_related("version").order_by("-pk")[:NEWEST])


def own_states(member: Member) -> dict[str, int]:
    """How many of a member's own incidents stand where, by the words for the state."""
    counts = dict(
        Incident.objects.published()
        .told_to(member)
        .values_list("state")
        .annotate(number=Count("pk"))
        .order_by()
    )
    return {state: counts[state] for state in IncidentState.values if state in counts}
