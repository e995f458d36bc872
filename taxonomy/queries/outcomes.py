"""What came of a coder's own answers: what counts now, and how often it is what they said."""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, FilteredRelation, Q, QuerySet
from django.db.models.functions import TruncWeek

from incidents.choices import IncidentState
from incidents.models import Member
from taxonomy.choices import BatchKind, BatchState, Outcome, Purpose
from taxonomy.models import Adjudication, Category, Coding, Scheme
from taxonomy.queries.disputes import end_of
from taxonomy.tabulation.outcomes import UNCLASSIFIABLE
from taxonomy.tabulation.tree import Tree

WEEKS = 26
BY_SEVERAL = (Outcome.AGREED, Outcome.MAJORITY, Outcome.ADJUDICATED, Outcome.UNCLASSIFIABLE)

Key = tuple[int, str, int]  # said, outcome, what counts


@dataclasses.dataclass(frozen=True)
class Share:
    """Of so many answers so many are what counts."""

    same: int
    total: int
    name: str = ""
    week: dt.date | None = None

    @property
    def percent(self) -> int:
        """Rounded half up."""
        return (200 * self.same + self.total) // (2 * self.total) if self.total else 0


@dataclasses.dataclass(frozen=True)
class Drift:
    """How far what a coder said is what counts: overall, by week and by what they said."""

    overall: Share
    weeks: list[Share]
    categories: list[Share]
    in_dispute: int


@dataclasses.dataclass(frozen=True)
class Came:
    """One own answer with what came out; `differs` where something else counts."""

    coding: Coding
    outcome: str
    counts_as: str
    differs: bool
    decision: Adjudication | None

    @property
    def outcome_words(self) -> str:
        """The outcome as it is called."""
        return str(Outcome(self.outcome).label)

    @property
    def has_page(self) -> bool:
        """Whether there is more to read of it: it was disagreed on."""
        apart = {Outcome.IN_DISPUTE.value, Outcome.MAJORITY.value}
        return self.outcome in apart or self.decision is not None


def own_settled(member: Member, scheme: Scheme) -> QuerySet[Coding]:
    """A coder's own answers in locked batches, each with what counts now as `settled`."""
    return (
        Coding.objects.visible_to(member)
        .live()
        .filter(
            scheme=scheme,
            purpose=Purpose.PLAN,
            assignment__batch__state=BatchState.LOCKED,
            assignment__late=False,
            moment__incident__state=IncidentState.ACCEPTED,
        )
        .annotate(
            settled=FilteredRelation(
                "moment__settlements",
                condition=Q(
                    moment__settlements__scheme=scheme, moment__settlements__to_seq__isnull=True
                ),
            )
        )
        .filter(Q(settled__outcome__in=[one for one in Outcome if one != Outcome.WAITING]))
    )


def differing(codings: QuerySet[Coding], scheme: Scheme, tree: Tree) -> QuerySet[Coding]:
    """Those of which something else counts; what is in dispute is none yet."""
    apart: dict[int | None, set[int]] = defaultdict(set)
    parts = _parts(scheme)
    counted = codings.filter(Q(settled__outcome__in=BY_SEVERAL))
    for said, _outcome, counts in _grouped(counted):
        if not _same(said, counts, tree, parts):
            apart[said or None].add(counts)
    wanted = Q(pk__in=[])
    for own, others in apart.items():
        elsewhere = Q(settled__category__in=others - {UNCLASSIFIABLE})
        if UNCLASSIFIABLE in others:
            elsewhere |= Q(settled__outcome=Outcome.UNCLASSIFIABLE)
        wanted |= Q(category=own) & elsewhere
    return counted.filter(wanted)


def came_of(codings: Sequence[Coding], scheme: Scheme, tree: Tree) -> list[Came]:
    """Rows of `own_settled` as they are listed; what was decided is read for all at once."""
    moments = [coding.moment_id for coding in codings]
    rows = Adjudication.objects.filter(scheme=scheme, moment__in=moments, to_seq__isnull=True)
    decided = {row.moment_id: row for row in rows}
    parts = _parts(scheme)
    return [_came(coding, tree, parts, decided.get(coding.moment_id)) for coding in codings]


def with_outcome(codings: QuerySet[Coding]) -> QuerySet[Coding]:
    """Read what a row of the list shows."""
    shown = codings.annotate(came=F("settled__outcome"), counts=F("settled__category_id"))
    return shown.select_related("category", "moment__incident__version")


def _came(coding: Any, tree: Tree, parts: Mapping[int, int], decision: Adjudication | None) -> Came:
    outcome, counts = coding.came, coding.counts or UNCLASSIFIABLE
    said = coding.category_id or UNCLASSIFIABLE
    placed = coding.counts is not None
    return Came(
        coding=coding,
        outcome=outcome,
        counts_as=tree.canonical(counts).name if placed else "",
        differs=outcome in BY_SEVERAL and not _same(said, counts, tree, parts),
        decision=decision,
    )


# -- One's own drift ---------------------------------------------------------------------------


def drift_of(member: Member, scheme: Scheme, tree: Tree) -> Drift:
    """How far what a coder said is what counts, of what several have coded; two queries.

    The weeks are those in which they answered, the last half year of them.
    """
    codings = own_settled(member, scheme).filter(assignment__batch__kind=BatchKind.PLAN)
    parts = _parts(scheme)
    week = TruncWeek("created_at", tzinfo=ZoneInfo(member.study.time_zone))
    sums: dict[object, list[int]] = defaultdict(lambda: [0, 0])
    in_dispute = 0
    for at, said, outcome, counts, times in _by_week(codings, week):
        if outcome == Outcome.IN_DISPUTE:
            in_dispute += times
        if outcome not in BY_SEVERAL:
            continue
        same = _same(said or 0, counts or 0, tree, parts)
        for line in ("all", at.date(), end_of(said or 0, tree)):
            sums[line][0] += times * same
            sums[line][1] += times
    weeks = sorted(key for key in sums if isinstance(key, dt.date))[-WEEKS:]
    ends = [key for key in sums if isinstance(key, int)]
    return Drift(
        overall=_share(sums["all"]),
        weeks=[_share(sums[key], week=key) for key in weeks],
        categories=sorted(
            (_share(sums[key], name=_named(key, tree)) for key in ends),
            key=lambda share: (-share.total, share.name),
        ),
        in_dispute=in_dispute,
    )


def _share(sums: Sequence[int], **about: Any) -> Share:
    same, total = sums
    return Share(same, total, **about)


def _by_week(codings: QuerySet[Coding], week: TruncWeek) -> Iterable[tuple[Any, ...]]:
    grouped = codings.annotate(week=week).values_list(
        "week", "category_id", "settled__outcome", "settled__category_id"
    )
    return grouped.annotate(times=Count("pk")).order_by()


def _grouped(codings: QuerySet[Coding]) -> list[Key]:
    said = ("category_id", "settled__outcome", "settled__category_id")
    rows = codings.values_list(*said).distinct().order_by()
    return [(said or 0, outcome, counts or 0) for said, outcome, counts in rows]


def _named(end: int, tree: Tree) -> str:
    return tree.nodes[end].name if end else str(Outcome.UNCLASSIFIABLE.label)


def _parts(scheme: Scheme) -> dict[int, int]:
    """Out of which category each was split."""
    rows = Category.objects.filter(scheme=scheme, exists=True, split_from__isnull=False)
    return dict(rows.values_list("pk", "split_from_id"))


def _same(said: int, counts: int, tree: Tree, parts: Mapping[int, int]) -> bool:
    """Whether one counts as the other, or is a part that was split off it since."""
    wanted, seen = end_of(said, tree), set[int]()
    line: Collection[int] = {counts}
    while line:
        if any(end_of(key, tree) == wanted for key in line):
            return True
        seen |= set(line)
        line = {parts[key] for key in line if key in parts} - seen
    return False
