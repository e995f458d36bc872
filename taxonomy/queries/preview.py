"""What a merge or a new place would do, before it is done: moments, tables, agreement, words."""

import dataclasses
from collections.abc import Sequence

from incidents.models import Study
from taxonomy.choices import Dimension
from taxonomy.models import Category, Scheme
from taxonomy.queries.tables import cells_by, columns_of
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.preview import ChangedRound, changed_rounds, moments_touched
from taxonomy.tabulation.tree import Node, Tree


@dataclasses.dataclass(frozen=True)
class Preview:
    """What would look different in tables by region; `names` are those of the rounds."""

    moments: int
    rounds: Sequence[tuple[str, ChangedRound]]


def preview_of_merge(category: Category, into: Category, name: str = "") -> Preview:
    """What tables would show if a category were merged into another."""
    tree = tree_of(category.scheme)
    merged, target = tree.nodes[category.pk], tree.nodes[into.pk]
    renamed = dataclasses.replace(target, name=name) if name else target
    return _compare(
        category.scheme,
        tree,
        dataclasses.replace(merged, merged_into=target.key),
        renamed,
    )


def preview_of_place(category: Category, parent: Category | None) -> Preview:
    """What tables would show if a category stood under another one."""
    tree = tree_of(category.scheme)
    node = tree.nodes[category.pk]
    return _compare(
        category.scheme, tree, dataclasses.replace(node, parent=parent.pk if parent else None)
    )


def _compare(scheme: Scheme, tree: Tree, *changed: Node) -> Preview:
    after = tree.with_nodes(*changed)
    cells = cells_by(scheme, Dimension.REGION, tree)
    columns = columns_of(Study(pk=scheme.study_id), Dimension.REGION)
    rounds = changed_rounds(cells, tree, after, columns)
    return Preview(
        moments=moments_touched(cells, tree, after),
        rounds=[(tree.rounds[one.position], one) for one in rounds],
    )
