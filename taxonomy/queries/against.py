"""What counts for each moment in two schemes at once, counted in the database."""

import functools

from django.db.models import Count, FilteredRelation, Q

from taxonomy.choices import Outcome
from taxonomy.models import Scheme
from taxonomy.queries.facts import GROUPING, facts_of
from taxonomy.tabulation.against import Pair
from taxonomy.tabulation.rollup import Settled

BESIDE = ("beside__outcome", "beside__category_id", "beside__contested")


def pairs_of(scheme: Scheme, other: Scheme) -> list[Pair]:
    """The moments of accepted incidents by how they are settled in both; one statement."""
    beside = FilteredRelation(
        "settlements", condition=Q(settlements__scheme=other, settlements__to_seq__isnull=True)
    )
    facts = facts_of(scheme).annotate(beside=beside)
    rows = facts.values_list(*GROUPING, *BESIDE).annotate(moments=Count("pk")).order_by()
    settled = functools.cache(_settled)
    return [Pair(settled(*row[:3]), settled(*row[3:6]), row[6]) for row in rows]


def _settled(outcome: str | None, category: int | None, contested: str | None) -> Settled:
    return Settled(Outcome(outcome) if outcome else None, category, contested or "")
