"""The standing categories of a scheme as one tree."""

from incidents.prepared import Given, Question
from taxonomy.models import Category, Round, Scheme
from taxonomy.tabulation.tree import Node, Tree

ROUNDS = Question(
    lambda: Round.objects.filter(scheme=Given("scheme"), exists=True).values_list(
        "position", "name"
    )
)
CATEGORIES = Question(
    lambda: Category.objects.filter(scheme=Given("scheme"), exists=True).values_list(
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
)


def tree_of(scheme: Scheme) -> Tree:
    """The tree of a scheme as it stands: two queries, whatever its size."""
    rows = CATEGORIES.all(scheme=scheme.pk)
    return Tree.of(
        (Node(*row[:-1], str(row[-1])) for row in rows), dict(ROUNDS.all(scheme=scheme.pk))
    )


def neighbours_of(category: Category) -> list[Category]:
    """A standing category among those with the same parent, in the order of the tree."""
    tree = tree_of(category.scheme)
    parent = tree.parent_of(tree.nodes[category.pk])
    nodes = tree.rows(category.round.position)
    rows = Category.objects.in_bulk([node.key for node in nodes if tree.parent_of(node) == parent])
    return [rows[node.key] for node in nodes if node.key in rows]
