"""What a merge or a new place would do, before it is done: moments, tables, agreement, words."""

import dataclasses
from collections.abc import Callable, Sequence

from incidents.models import Study
from taxonomy.choices import Dimension
from taxonomy.models import Category, Scheme
from taxonomy.queries.tables import cells_by, columns_of
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.preview import ChangedRound, changed_rounds, moments_touched
from taxonomy.tabulation.tree import Node


@dataclasses.dataclass(frozen=True)
class Preview:
    """What would look different in tables by region; `names` are those of the rounds."""

    moments: int
    rounds: Sequence[tuple[str, ChangedRound]]


def preview_of_merge(category: Category, into: Category, name: str = "") -> Preview | None:
    """What tables would show if a category were merged into another.

    None where one of them has gone, or been merged, since it was read.
    """

    def merged(one: Node, other: Node) -> Sequence[Node]:
        renamed = dataclasses.replace(other, name=name) if name else other
        return dataclasses.replace(one, merged_into=other.key), renamed

    return _compare(category.scheme, [category, into], merged)


def preview_of_place(category: Category, parent: Category | None) -> Preview | None:
    """What tables would show if a category stood under another one; None as for a merge."""

    def placed(one: Node, *above: Node) -> Sequence[Node]:
        return (dataclasses.replace(one, parent=above[0].key if above else None),)

    return _compare(category.scheme, [category, *([parent] if parent else [])], placed)


def _compare(
    scheme: Scheme, about: Sequence[Category], change: Callable[..., Sequence[Node]]
) -> Preview | None:
    cells = cells_by(scheme, Dimension.REGION, tree_of(scheme))
    tree = tree_of(scheme)  # read after them: they may name categories made since
    nodes = [tree.nodes.get(category.pk) for category in about]
    if any(node is None or node.merged_into is not None for node in nodes):
        return None
    after = tree.with_nodes(*change(*nodes))
    columns = columns_of(Study(pk=scheme.study_id), Dimension.REGION)
    rounds = changed_rounds(cells, tree, after, columns)
    return Preview(
        moments=moments_touched(cells, tree, after),
        rounds=[(tree.rounds[one.position], one) for one in rounds],
    )
