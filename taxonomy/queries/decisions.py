"""What counts for moments, worked out from their live codings and assignments."""

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from incidents.prepared import Given, Question
from taxonomy.choices import BatchKind, BatchState, Purpose
from taxonomy.models import Adjudication, Assignment, Coding, Scheme, Settlement
from taxonomy.tabulation.outcomes import UNCLASSIFIABLE, Answer, Decision, Terms, decide

COUNTED = (Purpose.PLAN, Purpose.RESORT, Purpose.IMPORT)
UNCOUNTED = (BatchKind.RECODE, BatchKind.TRAINING)


@dataclasses.dataclass(frozen=True, slots=True)
class _Given:
    """An answer with the key of its coding: what came later has a greater one."""

    key: int
    answer: Answer


@dataclasses.dataclass(slots=True)
class _Case:
    """What is known of one moment; `since` is the number from which an adjudication counts."""

    latest: dict[int, _Given] = dataclasses.field(default_factory=dict)
    resorted: tuple[int, int, int] | None = None  # the coding's key, its number, its category
    adjudicated: int | None = None
    since: int = 0

    def answers(self) -> list[Answer]:
        """One of each coder; what was given before the moment was sorted again means that now.

        Sorting again is no further answer.
        """
        given = self.latest.values()
        if self.resorted is None:
            return [one.answer for one in given]
        key, _seq, category = self.resorted
        return [
            Answer(one.answer.coder, category) if one.key < key else one.answer for one in given
        ]

    def verdict(self) -> int | None:
        """What was adjudicated, or what the moment was sorted into since; None: nobody decided."""
        if self.adjudicated is not None and self.resorted and self.resorted[1] > self.since:
            return self.resorted[2]
        return self.adjudicated


def decisions_for(moments: Collection[int], scheme: Scheme) -> dict[int, Decision]:
    """What counts for each of these moments now; moments nobody has answered for are left out."""
    cases = _cases(moments, scheme)
    terms = _terms(moments, scheme)
    decided = {
        key: decide(
            case.answers(),
            dataclasses.replace(terms.get(key, Terms()), adjudicated=case.verdict()),
        )
        for key, case in cases.items()
    }
    return {key: decision for key, decision in decided.items() if decision}


def _cases(moments: Collection[int], scheme: Scheme) -> dict[int, _Case]:
    """Live answers by moment, what was sorted again last after a split, and what was decided.

    Of one coder's answers for several purposes the last counts.
    """
    cases: dict[int, _Case] = defaultdict(_Case)
    for key, moment, coder, category, purpose, seq, adjudicated, since in _rows(
        _live_answers, _answers_for_one, moments, scheme
    ):
        case = cases[moment]
        case.adjudicated, case.since = adjudicated, since or 0
        if purpose == Purpose.RESORT:
            case.resorted = key, seq, category
        else:
            case.latest[coder] = _Given(key, Answer(coder, category or UNCLASSIFIABLE))
    return cases


def _terms(moments: Collection[int], scheme: Scheme) -> dict[int, Terms]:
    """Who is to answer, and whether the batch is still open in which several code a moment."""
    assigned: dict[int, set[int]] = defaultdict(set)
    closed, majority = set(), set()
    for moment, coder, kind, state, by_majority in _rows(
        _assignments, _assigned_for_one, moments, scheme
    ):
        assigned[moment].add(coder)
        if kind == BatchKind.PLAN and state == BatchState.OPEN:
            closed.add(moment)
        if by_majority:
            majority.add(moment)
    return {
        moment: Terms(assigned=coders, closed=moment in closed, majority=moment in majority)
        for moment, coders in assigned.items()
    }


def _rows(
    of_these: Callable[[Any, Any], Iterable[Any]],
    for_one: Question[Any],
    moments: Collection[int],
    scheme: Scheme,
) -> Iterable[Any]:
    """The rows of moments; those of one, which every coding asks for, in SQL that is kept."""
    if len(moments) == 1:
        (moment,) = moments
        return for_one.all(moment=moment, scheme=scheme.pk)
    return of_these(Q(moment__in=moments), scheme)


def _live_answers(moments: Q, scheme: Scheme | Given) -> QuerySet[Any, Any]:
    """The answers that count; those of a late coder count when all of theirs are given."""
    live = Coding.objects.live().filter(moments, scheme=scheme, purpose__in=COUNTED)
    standing = Adjudication.objects.filter(
        scheme=OuterRef("scheme"), moment=OuterRef("moment"), to_seq__isnull=True
    )
    decided = standing.values(decided=Coalesce("category", UNCLASSIFIABLE))
    return (
        live.exclude(assignment__late=True)
        .order_by("pk")
        .annotate(decided=Subquery(decided[:1]), since=Subquery(standing.values("from_seq")[:1]))
        .values_list(
            "pk", "moment_id", "coder_id", "category_id", "purpose", "seq", "decided", "since"
        )
    )


def _assignments(moments: Q, scheme: Scheme | Given) -> QuerySet[Any, Any]:
    rows = Assignment.objects.filter(moments, batch__scheme=scheme, late=False)
    counted = rows.exclude(batch__kind__in=UNCOUNTED)
    return counted.values_list(
        "moment_id", "coder_id", "batch__kind", "batch__state", "batch__majority"
    )


_ONE = Q(moment=Given("moment"))
_answers_for_one: Question[Any] = Question(lambda: _live_answers(_ONE, Given("scheme")))
_assigned_for_one: Question[Any] = Question(lambda: _assignments(_ONE, Given("scheme")))


def stands(row: Settlement | None, decision: Decision | None) -> bool:
    """Whether an open settlement says what was decided; none stands for nothing decided."""
    if row is None or decision is None:
        return row is None and decision is None
    return (row.outcome, row.category_id, row.contested) == (
        decision.outcome,
        decision.category,
        decision.contested_text,
    )
