"""What the pages of a scheme show: its rounds side by side, and its counts."""

import dataclasses
from collections.abc import Mapping

from django.db.models import Count, Q, QuerySet, Sum

from incidents.models import Study
from taxonomy.models import Category, Round, Scheme
from taxonomy.queries.counts import standing_counts
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.tree import Node, Tree


@dataclasses.dataclass(frozen=True)
class Entry:
    """One category of a round with the moments it stands for; None where they are not shown.

    `parent` is the heading of what it stands under, whatever its parent was merged into.
    """

    category: Category
    parent: str
    moments: int | None


@dataclasses.dataclass(frozen=True)
class Column:
    """One round with its categories in the order of the tree."""

    round: Round
    entries: list[Entry]


def schemes_of(study: Study) -> QuerySet[Scheme]:
    """The schemes of a study with their numbers of rounds and categories."""
    standing = Q(categories__exists=True, categories__merged_into__isnull=True)
    return Scheme.objects.filter(study=study).annotate(
        number_of_rounds=Count("rounds", filter=Q(rounds__exists=True), distinct=True),
        number_of_categories=Count("categories", filter=standing, distinct=True),
    )


def columns_of(scheme: Scheme, *, counted: bool) -> list[Column]:
    """The rounds from the coarsest to the finest; five queries, two more with counts."""
    tree = tree_of(scheme)
    counts = _counts(scheme) if counted else None
    rounds = Round.objects.filter(scheme=scheme, exists=True).order_by("-position")
    rows = Category.objects.filter(scheme=scheme, exists=True)
    categories = {row.pk: row for row in rows}
    columns = []
    for level in rounds:
        moments = None if counts is None else _at_round(tree, counts, level.position)
        entries = [
            Entry(
                categories[node.key],
                parent.heading if (parent := tree.parent_of(node)) else "",
                None if moments is None else moments.get(node.key, 0),
            )
            for node in tree.rows(level.position)
            if node.key in categories
        ]
        columns.append(Column(level, entries))
    return columns


def _counts(scheme: Scheme) -> dict[int, int]:
    """The moments settled in each category, from the tally; a cache that trails by seconds."""
    return dict(
        standing_counts([scheme])
        .filter(category__isnull=False)
        .values_list("category")
        .annotate(total=Sum("moments"))
        .order_by()
    )


def _at_round(tree: Tree, counts: Mapping[int, int], position: int) -> dict[int, int]:
    moments: dict[int, int] = {}
    for key, number in counts.items():
        row = tree.at_round(key, position)
        if isinstance(row, Node):
            moments[row.key] = moments.get(row.key, 0) + number
    return moments
