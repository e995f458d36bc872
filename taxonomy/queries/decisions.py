"""What counts for moments, worked out from their live codings and assignments."""

from collections import defaultdict
from collections.abc import Collection

from taxonomy.choices import Purpose
from taxonomy.models import Assignment, Coding, Scheme, Settlement
from taxonomy.tabulation.outcomes import UNCLASSIFIABLE, Answer, Decision, decide

COUNTED = (Purpose.PLAN, Purpose.RECODE, Purpose.RESORT, Purpose.IMPORT)


def decisions_for(moments: Collection[int], scheme: Scheme) -> dict[int, Decision]:
    """What counts for each of these moments now; moments nobody has answered for are left out."""
    answers, assigned = _answers(moments, scheme), _assigned(moments, scheme)
    decided = {key: decide(answers[key], assigned[key]) for key in answers}
    return {key: decision for key, decision in decided.items() if decision}


def _answers(moments: Collection[int], scheme: Scheme) -> dict[int, list[Answer]]:
    """Live answers by moment; of one coder's answers for several purposes the last counts."""
    latest: dict[tuple[int, int], Answer] = {}
    rows = (
        Coding.objects.live()
        .filter(scheme=scheme, moment__in=moments, purpose__in=COUNTED)
        .order_by("pk")
        .values_list("moment_id", "coder_id", "category_id")
    )
    for moment, coder, category in rows:
        latest[moment, coder] = Answer(coder, category or UNCLASSIFIABLE)
    answers = defaultdict(list)
    for (moment, _coder), answer in latest.items():
        answers[moment].append(answer)
    return answers


def _assigned(moments: Collection[int], scheme: Scheme) -> dict[int, set[int]]:
    assigned = defaultdict(set)
    rows = Assignment.objects.filter(batch__scheme=scheme, moment__in=moments)
    for moment, coder in rows.values_list("moment_id", "coder_id"):
        assigned[moment].add(coder)
    return assigned


def stands(row: Settlement | None, decision: Decision | None) -> bool:
    """Whether an open settlement says what was decided; none stands for nothing decided."""
    if row is None or decision is None:
        return row is None and decision is None
    return (row.outcome, row.category_id, row.contested) == (
        decision.outcome,
        decision.category,
        decision.contested_text,
    )
