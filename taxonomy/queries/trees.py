"""The standing categories of a scheme as one tree."""

from taxonomy.models import Category, Round, Scheme
from taxonomy.tabulation.tree import Node, Tree


def tree_of(scheme: Scheme) -> Tree:
    """The tree of a scheme as it stands: two queries, whatever its size."""
    rounds = Round.objects.filter(scheme=scheme, exists=True).values_list("position", "name")
    rows = Category.objects.filter(scheme=scheme, exists=True).values_list(
        "pk",
        "round__position",
        "name",
        "label",
        "parent_id",
        "merged_into_id",
        "position",
        "retired",
        "uid",
    )
    return Tree.of((Node(*row[:-1], str(row[-1])) for row in rows), dict(rounds))
