"""What waits for people in the schemes of many studies at once; few queries for however many."""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import (
    Aggregate,
    BooleanField,
    Count,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Sum,
)

from incidents.choices import IncidentState
from incidents.models import Member
from taxonomy.choices import AssignmentState, BatchKind, Outcome
from taxonomy.models import Assignment, RegionTally, Scheme, Settlement
from taxonomy.queries.coding import may_be_answered
from taxonomy.queries.counts import is_summed_up
from taxonomy.queries.trees import trees_of
from taxonomy.tabulation.outcomes import contested_keys


@dataclasses.dataclass(frozen=True)
class Portion:
    """What a coder has still to answer in a portion; without a name, moment by moment in a scheme.

    The two batches of a portion are one line, so that nobody can tell what others code, too.
    """

    scheme: str
    scheme_name: str
    name: str
    due_on: dt.date | None
    number: int
    paused: bool
    practice: bool

    @property
    def is_given_out(self) -> bool:
        """Whether it was given out under a name, and can be coded now."""
        return bool(self.name) and not self.paused


_PAUSED = ExpressionWrapper(  # what was taken moment by moment may be finished
    Q(batch__paused_at__isnull=False) & ~Q(batch__kind=BatchKind.ONCE),
    output_field=BooleanField(),
)


def portions_of(coders: Iterable[Member]) -> Mapping[int, Sequence[Portion]]:
    """The portions that wait for each of these memberships, by its key; the soonest due first."""
    rows = (
        Assignment.objects.filter(
            may_be_answered(),
            coder__in=coders,
            moment__incident__state=IncidentState.ACCEPTED,
        )
        .exclude(state=AssignmentState.DONE)
        .order_by()
        .values_list(
            "coder",
            "batch__scheme__slug",
            "batch__scheme__name",
            "batch__plan",
            "batch__kind",
            "batch__name",
            "batch__due_on",
        )
        .annotate(number=Count("pk"), paused=_PAUSED)
    )
    found: dict[int, dict[tuple[object, ...], Portion]] = defaultdict(dict)
    for coder, slug, scheme, plan, kind, batch, due_on, number, paused in rows:
        name = "" if kind == BatchKind.ONCE else batch
        practice = kind == BatchKind.TRAINING
        key = (slug, plan, name, practice, paused)
        before = found[coder].get(key)
        found[coder][key] = Portion(
            scheme=slug,
            scheme_name=scheme,
            name=name,
            due_on=due_on,
            number=number + (before.number if before else 0),
            paused=paused,
            practice=practice,
        )
    return {coder: sorted(portions.values(), key=_soonest) for coder, portions in found.items()}


def _soonest(portion: Portion) -> tuple[bool, dt.date, str, str]:
    due_on = portion.due_on
    return (due_on is None, due_on or dt.date.max, portion.scheme, portion.name)


# -- Disputes ------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Disputes:
    """How many moments of a scheme are in dispute and nobody has decided."""

    scheme: str
    scheme_name: str
    number: int


def disputes_for(admins: Sequence[Member]) -> Mapping[int, Sequence[Disputes]]:
    """The disputes that wait for each of these memberships, by its key.

    None of a scheme where the member codes what others code, too. What was settled by a merge
    waits for nobody. Four queries at most.
    """
    schemes = _schemes_open_to(admins)
    sets = _contested(schemes)
    trees = trees_of({scheme for scheme, _text in sets})
    numbers: dict[int, int] = defaultdict(int)
    for (scheme, text), number in sets.items():
        if trees[scheme].agreed(contested_keys(text)) is None:
            numbers[scheme] += number
    return {
        admin.pk: [
            Disputes(scheme.slug, scheme.name, numbers[scheme.pk])
            for scheme in schemes
            if scheme.study_id == admin.study_id and numbers[scheme.pk]
        ]
        for admin in admins
    }


def _schemes_open_to(admins: Sequence[Member]) -> list[Any]:
    """The schemes, each with `summed_up`: whether its sums by region are those of today."""
    own = Assignment.objects.filter(batch__scheme=OuterRef("pk"), coder__in=admins)
    schemes = Scheme.objects.filter(study__in=[admin.study_id for admin in admins])
    summed_up = ExpressionWrapper(is_summed_up(), output_field=BooleanField())
    return list(schemes.exclude(own.any_blinding()).annotate(summed_up=summed_up).order_by("pk"))


def _contested(schemes: Sequence[Any]) -> dict[tuple[int, str], int]:
    """How many moments are in dispute over each set of categories of each scheme.

    Where there are sums of today they are read: in a large study it takes long to find out which of
    all that is settled is of incidents that count.
    """
    disputed = {"outcome": Outcome.IN_DISPUTE, "category__isnull": True}
    sums = RegionTally.objects.filter(
        **disputed,
        scheme__in=[scheme for scheme in schemes if scheme.summed_up],
        generation=F("scheme__tally_pointer__generation"),
    )
    settled = Settlement.objects.filter(
        **disputed,
        scheme__in=[scheme for scheme in schemes if not scheme.summed_up],
        to_seq__isnull=True,
        moment__incident__state=IncidentState.ACCEPTED,
    )
    rows = [*_by_set(sums, Sum("moments")), *_by_set(settled, Count("pk"))]
    return {(scheme, text): number for scheme, text, number in rows}


def _by_set(rows: QuerySet[Any], number: Aggregate) -> list[Any]:
    return list(rows.order_by().values_list("scheme", "contested").annotate(number=number))
