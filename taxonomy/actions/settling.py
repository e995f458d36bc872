"""The only writer of settlements: what counts is worked out from codings and assignments."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db import transaction

from taxonomy.choices import Outcome, Purpose
from taxonomy.models import Assignment, Coding, Scheme, Settlement
from taxonomy.tabulation.outcomes import UNCLASSIFIABLE, Answer, Decision, decide

COUNTED = (Purpose.PLAN, Purpose.RECODE, Purpose.RESORT, Purpose.IMPORT)


def settle(*, moments: Collection[int], scheme: Scheme, seq: int) -> int:
    """Settle moments (primary keys) of a scheme anew; returns how many outcomes changed.

    `seq` is the number taken by `change_facts` at the start of the caller's transaction, which
    still holds the study's row. An unchanged outcome writes nothing; else the open settlement is
    closed at `seq` and a new one opened from it.
    """
    decisions = decisions_for(moments, scheme)
    standing = {
        row.moment_id: row
        for row in Settlement.objects.filter(scheme=scheme, moment__in=moments, to_seq__isnull=True)
    }
    changed = [key for key in moments if not _stands(standing.get(key), decisions.get(key))]
    with transaction.atomic(savepoint=False):
        _close([standing[key] for key in changed if key in standing], seq)
        Settlement.objects.bulk_create(
            _settlement(scheme, key, decision, seq)
            for key in changed
            if (decision := decisions.get(key))
        )
    return len(changed)


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


def _stands(row: Settlement | None, decision: Decision | None) -> bool:
    if row is None or decision is None:
        return row is decision
    return (row.outcome, row.category_id, row.contested) == (
        decision.outcome,
        decision.category,
        decision.contested_text,
    )


def _close(rows: Iterable[Settlement], seq: int) -> None:
    Settlement.objects.filter(pk__in=[row.pk for row in rows]).update(to_seq=seq)


def _settlement(scheme: Scheme, moment: int, decision: Decision, seq: int) -> Settlement:
    return Settlement(
        scheme=scheme,
        moment_id=moment,
        outcome=Outcome(decision.outcome),
        category_id=decision.category,
        contested=decision.contested_text,
        from_seq=seq,
    )
