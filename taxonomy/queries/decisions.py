"""What counts for moments, worked out from their live codings and assignments."""

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from incidents.prepared import Given, Question
from taxonomy.choices import AssignmentState, BatchKind, BatchState, Purpose
from taxonomy.models import Adjudication, Assignment, Coding, Scheme, Settlement
from taxonomy.tabulation.outcomes import UNCLASSIFIABLE, Answer, Decision, Terms, decide

COUNTED = (Purpose.PLAN, Purpose.RESORT, Purpose.IMPORT)
UNCOUNTED = (BatchKind.RECODE, BatchKind.TRAINING)


@dataclasses.dataclass(frozen=True, slots=True)
class _Given:
    """An answer with the key of its coding: what came later has a greater one."""

    key: int
    answer: Answer


@dataclasses.dataclass(frozen=True, slots=True)
class _Sorted:
    """What a moment was sorted into again, with the key and the number of that coding."""

    key: int
    seq: int
    into: int


@dataclasses.dataclass(slots=True)
class _Case:
    """What is known of one moment; `since` is the number from which an adjudication counts.

    `sorted_again` has the first first. `decided` are the numbers between which an adjudication
    stood, `added` the keys of answers by those who were added to a locked batch.
    """

    latest: dict[int, _Given] = dataclasses.field(default_factory=dict)
    sorted_again: list[_Sorted] = dataclasses.field(default_factory=list)
    adjudicated: int | None = None
    since: int = 0
    decided: list[tuple[int, int | None]] = dataclasses.field(default_factory=list)
    added: set[int] = dataclasses.field(default_factory=set)

    def answers(self, *, majority: bool) -> list[Answer]:
        """One of each coder; what counted before the moment was sorted again means that now.

        Sorting again is no further answer. What was sorted out of an adjudication says nothing
        about the answers, and those that did not count then stay as they are.
        """
        means = {given.key: given.answer for given in self.latest.values()}
        for one in self.sorted_again:
            if not self._sorts_a_decision(one):
                before = {key: answer for key, answer in means.items() if key < one.key}
                counted = self._counted(before, majority=majority)
                means |= {
                    key: Answer(answer.coder, one.into)
                    for key, answer in before.items()
                    if answer.category in counted
                }
        return list(means.values())

    def _sorts_a_decision(self, one: _Sorted) -> bool:
        return any(
            since < one.seq and (until is None or one.seq < until) for since, until in self.decided
        )

    def _counted(self, before: Mapping[int, Answer], *, majority: bool) -> set[int]:
        """What the answers settled on; all of them where it took a merge to settle a dispute."""
        first = [answer for key, answer in before.items() if key not in self.added]
        asked = first or list(before.values())
        decision = decide(asked, Terms(majority=majority))
        if decision is None or decision.category is None:
            return {answer.category for answer in asked}
        return {decision.category}

    def verdict(self) -> int | None:
        """What was adjudicated, or what the moment was sorted into since; None: nobody decided."""
        if self.adjudicated is not None and self.sorted_again:
            last = self.sorted_again[-1]
            return last.into if last.seq > self.since else self.adjudicated
        return self.adjudicated


def decisions_for(moments: Collection[int], scheme: Scheme) -> dict[int, Decision]:
    """What counts for each of these moments now; moments nobody has answered for are left out."""
    cases = _cases(moments, scheme)
    terms = _terms(moments, scheme)
    decided = {key: _decide(case, terms.get(key, Terms())) for key, case in cases.items()}
    return {key: decision for key, decision in decided.items() if decision}


def _decide(case: _Case, terms: Terms) -> Decision | None:
    answers = case.answers(majority=terms.majority)
    return decide(answers, dataclasses.replace(terms, adjudicated=case.verdict()))


def _cases(moments: Collection[int], scheme: Scheme) -> dict[int, _Case]:
    """Live answers by moment, what was sorted again after a split, and what was decided.

    Of one coder's answers for several purposes the last counts.
    """
    cases: dict[int, _Case] = defaultdict(_Case)
    for key, moment, coder, category, resorted, seq, adjudicated, since in _rows(
        _live_answers, _answers_for_one, moments, scheme
    ):
        case = cases[moment]
        case.adjudicated, case.since = adjudicated, since or 0
        if resorted:
            case.sorted_again.append(_Sorted(key, seq, category))
        else:
            case.latest[coder] = _Given(key, Answer(coder, category or UNCLASSIFIABLE))
    _tell_before({key: case for key, case in cases.items() if case.sorted_again}, scheme)
    return cases


def _tell_before(cases: Mapping[int, _Case], scheme: Scheme) -> None:
    """Write down what counted when moments were sorted again; no query where none was."""
    if not cases:
        return
    here = {"scheme": scheme, "moment__in": list(cases)}
    decided = Adjudication.objects.filter(**here).order_by("pk")
    for moment, since, until in decided.values_list("moment", "from_seq", "to_seq"):
        cases[moment].decided.append((since, until))
    late = Q(assignment__created_at__gt=F("assignment__batch__locked_at"))
    for moment, key in Coding.objects.filter(late, **here).values_list("moment", "pk"):
        cases[moment].added.add(key)


def _terms(moments: Collection[int], scheme: Scheme) -> dict[int, Terms]:
    """Who is to answer, and whether the batch is still open in which several code a moment.

    Whoever has not answered in a locked batch, where the incident did not count then, never will:
    nobody waits for them.
    """
    assigned: dict[int, set[int]] = defaultdict(set)
    closed, majority = set(), set()
    for moment, coder, counts, is_open, by_majority in _rows(
        _assignments, _assigned_for_one, moments, scheme
    ):
        coders = assigned[moment]
        if counts:
            coders.add(coder)
        if is_open:
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
        .annotate(
            resorted=whether(Q(purpose=Purpose.RESORT)),
            decided=Subquery(decided[:1]),
            since=Subquery(standing.values("from_seq")[:1]),
        )
        .values_list(
            "pk", "moment_id", "coder_id", "category_id", "resorted", "seq", "decided", "since"
        )
    )


def _assignments(moments: Q, scheme: Scheme | Given) -> QuerySet[Any, Any]:
    rows = Assignment.objects.filter(moments, batch__scheme=scheme, late=False)
    counted = rows.exclude(batch__kind__in=UNCOUNTED).annotate(
        counts=whether(Q(state=AssignmentState.DONE) | ~Q(batch__state=BatchState.LOCKED)),
        is_open=whether(Q(batch__kind=BatchKind.PLAN, batch__state=BatchState.OPEN)),
    )
    return counted.values_list("moment_id", "coder_id", "counts", "is_open", "batch__majority")


def whether(condition: Q) -> "ExpressionWrapper[Any]":
    """A yes or no in the place of words: a plan that answers with it is kept in a transaction."""
    return ExpressionWrapper(condition, BooleanField())


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
