"""What a merge or a new place would do, before it is done: moments, tables, agreement, words."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce

from incidents.choices import IncidentState
from incidents.models import Study
from taxonomy.choices import Dimension, Outcome, Purpose
from taxonomy.models import Category, Coding, Scheme, Settlement
from taxonomy.queries.tables import cells_by, columns_of
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.outcomes import UNCLASSIFIABLE
from taxonomy.tabulation.preview import ChangedRound, Pairs, changed_rounds, moments_touched
from taxonomy.tabulation.rollup import Cell
from taxonomy.tabulation.tree import Node

BY_SEVERAL = (Outcome.AGREED, Outcome.MAJORITY, Outcome.IN_DISPUTE, Outcome.ADJUDICATED)
MOST_COMPARED = 20_000  # moments coded by several whose answers are compared while somebody waits
_TO_BE_MADE = 0  # no category has this key


@dataclasses.dataclass(frozen=True)
class Preview:
    """What would look different in tables by region; each round with its name.

    `uncompared` is None, or so many moments were coded by several that pairs of coders were not
    compared.
    """

    moments: int
    rounds: Sequence[tuple[str, ChangedRound]]
    uncompared: int | None = None


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
    compared = by_several <= MOST_COMPARED
    pairs = pairs_of_coders(scheme) if by_several and compared else {}
    tree = tree_of(scheme)  # read after these: they may name categories made since
    nodes = [tree.nodes.get(category.pk) for category in about]
    if any(node is None or node.merged_into is not None for node in nodes):
        return None
    after = tree.with_nodes(*change(*nodes))
    columns = columns_of(Study(pk=scheme.study_id), Dimension.REGION)
    rounds = changed_rounds(cells, pairs, tree, after, columns)
    return Preview(
        moments=moments_touched(cells, tree, after),
        rounds=[(tree.rounds[one.position], one) for one in rounds],
        uncompared=None if compared else by_several,
    )


# -- Agreement --------------------------------------------------------------------------------


def _coded_by_several(cells: Iterable[Cell]) -> int:
    """Moments whose coders agree on a category or do not, as told by how they are settled.

    Without one, all who coded a moment together say that it cannot be classified: no tree changes
    how far they agree.
    """
    return sum(cell.moments for cell in cells if cell.settled.outcome in BY_SEVERAL)


def pairs_of_coders(scheme: Scheme) -> Pairs:
    """What each two coders say of a moment that both coded, and how often; one statement.

    Their own live answers count, not what was imported or sorted again since, nor what somebody
    codes late and has not finished. Moments that wait for a coder, or for their batch to be
    locked, are left out, and so are incidents that do not count, as in tables.
    """
    outcomes = [*BY_SEVERAL, Outcome.UNCLASSIFIABLE]
    settled = Settlement.objects.filter(scheme=scheme, to_seq__isnull=True, outcome__in=outcomes)
    answers = Coding.objects.live().filter(
        _final("assignment"),
        _final("moment__codings__assignment"),
        moment__in=settled.values("moment"),
        moment__incident__state=IncidentState.ACCEPTED,
        scheme=scheme,
        purpose=Purpose.PLAN,
        moment__codings__scheme=scheme,
        moment__codings__purpose=Purpose.PLAN,
        moment__codings__taken_back=False,
        moment__codings__superseded_by__isnull=True,
        moment__codings__coder__gt=F("coder"),
    )
    said = (Coalesce(name, UNCLASSIFIABLE) for name in ("category", "moment__codings__category"))
    rows = answers.values_list(*said).annotate(times=Count("pk")).order_by()
    return {(one, other): times for one, other, times in rows}


def _final(assignment: str) -> Q:
    return Q(**{assignment: None}) | Q(**{f"{assignment}__late": False})
