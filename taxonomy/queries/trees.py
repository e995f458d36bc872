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


def parent_node(category: Category) -> Node | None:
    """What a category stands under, whatever its parent was merged into."""
    if category.parent_id is None:
        return None
    return tree_of(category.scheme).canonical(category.parent_id)


def neighbours_of(category: Category) -> list[Category]:
    """A standing category among those with the same parent, in the order of the tree."""
    tree = tree_of(category.scheme)
    node = tree.nodes.get(category.pk)
    if node is None:  # it went a moment ago
        return []
    parent = tree.parent_of(node)
    nodes = tree.rows(category.round.position)
    rows = Category.objects.in_bulk([node.key for node in nodes if tree.parent_of(node) == parent])
    return [rows[node.key] for node in nodes if node.key in rows]
