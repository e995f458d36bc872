"""Filters on settlements by what they count as."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Q, QuerySet

from taxonomy.choices import Outcome
from taxonomy.models import Scheme, Settlement
from taxonomy.tabulation.rollup import Place, Settled, row_of
from taxonomy.tabulation.tree import Node, Tree

Wanted = Callable[[Place, Settled], bool]


def settled_so(
    tree: Tree, position: int, wanted: Wanted, sets: Iterable[str], *, at: str = ""
) -> Q:
    """A filter on open settlements, found `at` a lookup, for those that count where wanted.

    `sets` are the sets of categories in dispute.
    """

    def is_wanted(settled: Settled) -> bool:
        return wanted(row_of(settled, tree, position), settled)

    def so(**conditions: Any) -> Q:
        return Q(**{f"{at}{lookup}": value for lookup, value in conditions.items()})

    categories = [key for key in tree.nodes if is_wanted(Settled(Outcome.SINGLE, key))]
    contested = [text for text in sets if is_wanted(Settled(Outcome.IN_DISPUTE, None, text))]
    found = so(category_id__in=categories)
    found |= so(outcome=Outcome.IN_DISPUTE, contested__in=contested)
    if is_wanted(Settled(Outcome.UNCLASSIFIABLE)):
        found |= so(outcome=Outcome.UNCLASSIFIABLE)
    if is_wanted(Settled(None)):
        found |= so(outcome__isnull=True) | so(outcome=Outcome.WAITING)
    return found


def contested_sets(scheme: Scheme) -> list[str]:
    """The sets of categories in dispute that a merge may have made one, or not."""
    disputes = scheme.settlements.filter(to_seq=None, outcome=Outcome.IN_DISPUTE)
    return list(disputes.values_list("contested", flat=True).distinct().order_by())


def settlements_in(scheme: Scheme, tree: Tree, category: Node) -> QuerySet[Settlement]:
    """The open settlements in a category or in what lies under it.

    Only those of accepted incidents count; whoever joins them to incidents says so there.
    """

    def is_wanted(place: Place, _settled: Settled) -> bool:
        return isinstance(place, Node) and place.key == category.key

    merged = any(node.merged_into for node in tree.nodes.values())
    sets = contested_sets(scheme) if merged else []  # nothing else makes one of several
    counted = settled_so(tree, category.round, is_wanted, sets)
    return Settlement.objects.filter(counted, scheme=scheme, to_seq=None)
