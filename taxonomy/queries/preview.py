"""What a merge or a new place would do, before it is done: moments, tables, agreement, words."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence

from incidents.models import Study
from taxonomy.choices import Dimension, Outcome
from taxonomy.models import AgreementReport, Category, Scheme
from taxonomy.queries.axes import columns_of
from taxonomy.queries.tables import cells_by
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.preview import (
    Answers,
    ChangedRound,
    changed_rounds,
    moments_touched,
)
from taxonomy.tabulation.rollup import Cell
from taxonomy.tabulation.tree import Node

BY_SEVERAL = (Outcome.AGREED, Outcome.MAJORITY, Outcome.IN_DISPUTE, Outcome.ADJUDICATED)
_TO_BE_MADE = 0  # no category has this key


@dataclasses.dataclass(frozen=True)
class Preview:
    """What would look different in tables by region; each round with its name.

    `unmeasured`: several coded the same, and no report says how far they agree.
    """

    moments: int
    rounds: Sequence[tuple[str, ChangedRound]]
    unmeasured: bool = False


def preview_of_merge(
    categories: Sequence[Category], into: Category, name: str = ""
) -> Preview | None:
    """What tables would show if categories were merged into another, which may take a new name.

    None where one of them has gone, or been merged, since it was read.
    """

    def merged(other: Node, *nodes: Node) -> Sequence[Node]:
        renamed = dataclasses.replace(other, name=name) if name else other
        return [*(dataclasses.replace(node, merged_into=other.key) for node in nodes), renamed]

    return _compare([into, *(row for row in categories if row != into)], merged)


def preview_of_place(
    categories: Sequence[Category], parent: Category | None, name: str = ""
) -> Preview | None:
    """What tables would show if categories stood under another; None as for a merge.

    With a `name` the other is one that is still to be made.
    """
    lower = categories[0].round.position

    def placed(*nodes: Node) -> Sequence[Node]:
        above = parent.pk if parent else None
        new = [Node(_TO_BE_MADE, lower + 1, name)] if name else []
        if new:
            above = _TO_BE_MADE
        moving = nodes[: len(categories)]
        return [*new, *(dataclasses.replace(node, parent=above) for node in moving)]

    return _compare([*categories, *([parent] if parent else [])], placed)


def _compare(about: Sequence[Category], change: Callable[..., Sequence[Node]]) -> Preview | None:
    scheme = about[0].scheme
    cells = cells_by(scheme, Dimension.REGION, tree_of(scheme))
    by_several = _coded_by_several(cells)
    answers = measured_answers(scheme) if by_several else None
    tree = tree_of(scheme)  # read after these: they may name categories made since
    nodes = [tree.nodes.get(category.pk) for category in about]
    if any(node is None or node.merged_into is not None for node in nodes):
        return None
    after = tree.with_nodes(*change(*nodes))
    columns = columns_of(Study(pk=scheme.study_id), Dimension.REGION)
    rounds = changed_rounds(cells, answers or [], tree, after, columns)
    return Preview(
        moments=moments_touched(cells, tree, after),
        rounds=[(tree.rounds[one.position], one) for one in rounds],
        unmeasured=by_several and answers is None,
    )


# -- Agreement --------------------------------------------------------------------------------


def _coded_by_several(cells: Iterable[Cell]) -> bool:
    """Whether several coded a moment, as told by how it is settled.

    Without one, all who coded a moment together say that it cannot be classified: no tree changes
    how far they agree.
    """
    return any(cell.settled.outcome in BY_SEVERAL for cell in cells)


def measured_answers(scheme: Scheme) -> Answers | None:
    """What the last report on the agreement of coders was made from; one statement.

    So what is said here begins with what the page of reliability says, and takes as long however
    much was coded. None where there is no report, or too many different answers for it to keep.
    """
    reports = AgreementReport.objects.filter(
        scheme=scheme, question__about__isnull=True, answered_at__isnull=False
    )
    kept = reports.order_by("-pk").values_list("answer__answers", flat=True).first()
    return None if kept is None else [(keys, times) for keys, times in kept]
