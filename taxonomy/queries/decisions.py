"""What counts for moments, worked out from their live codings and assignments."""

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from incidents.prepared import Given, Question
from taxonomy.choices import Purpose
from taxonomy.models import Assignment, Coding, Scheme, Settlement
from taxonomy.tabulation.outcomes import UNCLASSIFIABLE, Answer, Decision, decide

COUNTED = (Purpose.PLAN, Purpose.RECODE, Purpose.RESORT, Purpose.IMPORT)

Resorted = Mapping[int, tuple[int, int]]  # by moment: the coding's key and its category


@dataclasses.dataclass(frozen=True, slots=True)
class _Given:
    """An answer with the key of its coding: what came later has a greater one."""

    key: int
    answer: Answer


def decisions_for(moments: Collection[int], scheme: Scheme) -> dict[int, Decision]:
    """What counts for each of these moments now; moments nobody has answered for are left out."""
    answers, resorted = _answers(moments, scheme)
    assigned = _assigned(moments, scheme)
    decided = {
        key: decide(_sorted_again(given, resorted.get(key)), assigned[key])
        for key, given in answers.items()
    }
    return {key: decision for key, decision in decided.items() if decision}


def _answers(
    moments: Collection[int], scheme: Scheme
) -> tuple[dict[int, list[_Given]], dict[int, tuple[int, int]]]:
    """Live answers by moment, and what was sorted again last after a split.

    Of one coder's answers for several purposes the last counts.
    """
    latest: dict[tuple[int, int], _Given] = {}
    resorted = {}
    for key, moment, coder, category, purpose in _rows(
        _live_answers, _answers_for_one, moments, scheme
    ):
        if purpose == Purpose.RESORT:
            resorted[moment] = key, category
        else:
            latest[moment, coder] = _Given(key, Answer(coder, category or UNCLASSIFIABLE))
    answers = defaultdict(list)
    for (moment, _coder), given in latest.items():
        answers[moment].append(given)
    return answers, resorted


def _sorted_again(given: Sequence[_Given], resorted: tuple[int, int] | None) -> list[Answer]:
    """The answers with what those mean since that were given before the moment was sorted again.

    Sorting again is no further answer.
    """
    if resorted is None:
        return [one.answer for one in given]
    key, category = resorted
    return [Answer(one.answer.coder, category) if one.key < key else one.answer for one in given]


def _assigned(moments: Collection[int], scheme: Scheme) -> dict[int, set[int]]:
    assigned = defaultdict(set)
    for moment, coder in _rows(_assignments, _assigned_for_one, moments, scheme):
        assigned[moment].add(coder)
    return assigned


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
    live = Coding.objects.live().filter(moments, scheme=scheme, purpose__in=COUNTED)
    return live.order_by("pk").values_list("pk", "moment_id", "coder_id", "category_id", "purpose")


def _assignments(moments: Q, scheme: Scheme | Given) -> QuerySet[Any, Any]:
    rows = Assignment.objects.filter(moments, batch__scheme=scheme)
    return rows.values_list("moment_id", "coder_id")


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
