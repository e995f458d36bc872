"""The standing categories of a scheme as one tree."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from incidents.prepared import Given, Question
from taxonomy.models import Category, Round, Scheme
from taxonomy.tabulation.tree import Node, Tree

ROUNDS = Question(
    lambda: Round.objects.filter(scheme=Given("scheme"), exists=True).values_list(
        "position", "name"
    )
)


def _rows(categories: QuerySet[Category]) -> QuerySet[Category, Any]:
    """The standing ones of some categories, each with its scheme and what a node is made of."""
    return categories.filter(exists=True).values_list(
        "scheme",
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


CATEGORIES = Question(lambda: _rows(Category.objects.filter(scheme=Given("scheme"))))


def tree_of(scheme: Scheme) -> Tree:
    """The tree of a scheme as it stands: two queries, whatever its size."""
    nodes = (_node(*row) for _scheme, *row in CATEGORIES.all(scheme=scheme.pk))
    return Tree.of(nodes, dict(ROUNDS.all(scheme=scheme.pk)))


def trees_of(schemes: Collection[int]) -> dict[int, Tree]:
    """The trees of schemes by their keys, without the names of rounds; one query, none for none."""
    nodes: dict[int, list[Node]] = defaultdict(list)
    for scheme, *row in _rows(Category.objects.filter(scheme__in=schemes)):
        nodes[scheme].append(_node(*row))
    return {scheme: Tree.of(nodes[scheme], {}) for scheme in schemes}


def _node(*row: Any) -> Node:
    *fields, uid = row
    return Node(*[*fields, str(uid)])


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
