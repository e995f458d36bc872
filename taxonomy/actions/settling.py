"""The only writers of settlements: what counts is worked out from codings and assignments."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from incidents.actions.rows import write_rows
from incidents.prepared import Given, Question, insert
from taxonomy.choices import Outcome
from taxonomy.models import Scheme, Settlement
from taxonomy.queries.decisions import decisions_for, stands
from taxonomy.tabulation.outcomes import Answer, Decision, Terms, decide

PORTION = 5_000  # moments in one statement, which has a place for so many at most


def settle(*, moments: Collection[int], scheme: Scheme, seq: int) -> int:
    """Settle moments (primary keys) of a scheme anew; returns how many outcomes changed.

    `seq` is the number taken by `change_facts` at the start of the caller's transaction, which
    still holds the study's row. An unchanged outcome writes nothing; else the open settlement is
    closed at `seq` and a new one opened from it. One opened under this same `seq`, which nobody
    has seen, is replaced.
    """
    keys = sorted(set(moments))
    portions = (keys[start : start + PORTION] for start in range(0, len(keys), PORTION))
    with transaction.atomic(savepoint=False):
        return sum(_settle_portion(portion, scheme, seq) for portion in portions)


def _settle_portion(moments: Collection[int], scheme: Scheme, seq: int) -> int:
    decisions = decisions_for(moments, scheme)
    open_ = Settlement.objects.filter(scheme=scheme, moment__in=moments, to_seq__isnull=True)
    standing = {row.moment_id: row for row in open_}
    changed = [key for key in moments if not stands(standing.get(key), decisions.get(key))]
    _close([standing[key] for key in changed if key in standing], seq)
    _open({key: decisions[key] for key in changed if key in decisions}, scheme, seq)
    return len(changed)


def settle_first(*, answers: Mapping[int, Sequence[Answer]], scheme: Scheme, seq: int) -> None:
    """Settle moments that nobody else has answered for or is to, by their primary keys.

    They are settled as `settle` would, which reads what is given here; one answer of a coder.
    """
    decided = {key: decide(given, Terms()) for key, given in answers.items()}
    _open({key: decision for key, decision in decided.items() if decision}, scheme, seq)


def _open(decisions: Mapping[int, Decision], scheme: Scheme, seq: int) -> None:
    rows = (_settlement(key, decision) for key, decision in decisions.items())
    write_rows(Settlement, rows, scheme_id=scheme.pk, from_seq=seq)


def settle_one(*, moment: int, scheme: Scheme, seq: int) -> bool:
    """Settle one moment (a primary key) as `settle` does many; returns whether its outcome changed.

    A coder waits for it, so its SQL is kept.
    """
    decision = decisions_for([moment], scheme).get(moment)
    key = _standing.first(moment=moment, scheme=scheme.pk)
    standing = None if key is None else Settlement.objects.get(pk=key)
    if stands(standing, decision):
        return False
    if standing:
        _close([standing], seq)
    if decision:
        insert(Settlement(**_settlement(moment, decision), scheme=scheme, from_seq=seq))
    return True


_standing = Question(
    lambda: Settlement.objects.filter(
        scheme=Given("scheme"), moment=Given("moment"), to_seq__isnull=True
    ).values_list("pk", flat=True)
)


def _close(rows: Iterable[Settlement], seq: int) -> None:
    closing = Settlement.objects.filter(pk__in=[row.pk for row in rows])
    closing.filter(from_seq=seq).delete()
    closing.update(to_seq=seq)


def _settlement(moment: int, decision: Decision) -> dict[str, Any]:
    return {
        "moment_id": moment,
        "outcome": Outcome(decision.outcome),
        "category_id": decision.category,
        "contested": decision.contested_text,
    }
