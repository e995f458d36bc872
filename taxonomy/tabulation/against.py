"""One scheme against another: the moments of each pair of categories, and which fits which."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from taxonomy.choices import Residual
from taxonomy.tabulation.rollup import Settled, row_of
from taxonomy.tabulation.tree import Node, Tree

Place = int | Residual  # the key of a category, or a residual line


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    """So many moments settled alike in one scheme and alike in the other."""

    here: Settled
    there: Settled
    moments: int


@dataclasses.dataclass(frozen=True)
class Against:
    """Rows of one scheme by columns of another at a round of each.

    `counts` has every accepted moment once, residual lines of both schemes included. The base of
    shares are the moments that stand in a category of both.
    """

    rows: list[Node]
    columns: list[Node]
    counts: Mapping[tuple[Place, Place], int]
    row_base: Mapping[int, int]
    column_base: Mapping[int, int]
    base: int
    total: int

    def count(self, row: Place, column: Place) -> int:
        """The moments of a row and a column, each a category or a residual line."""
        return self.counts.get((row, column), 0)

    def only_here(self, row: Place) -> dict[Residual, int]:
        """What a row has beside the columns: its moments by the residual lines of the other."""
        return {line: self.count(row, line) for line in Residual}

    def only_there(self, line: Residual) -> dict[Place, int]:
        """The moments of a residual line of this scheme by every line of the other."""
        return {column: n for (row, column), n in self.counts.items() if row == line}

    @property
    def beside(self) -> dict[Residual, int]:
        """The residual lines of the other scheme that have moments, whatever they are here."""
        return _totals(self.counts, 1)

    @property
    def below(self) -> dict[Residual, int]:
        """The residual lines of this scheme that have moments, whatever they are there."""
        return _totals(self.counts, 0)


def _totals(counts: Mapping[tuple[Place, Place], int], side: int) -> dict[Residual, int]:
    found: Counter[Place] = Counter()
    for places, number in counts.items():
        found[places[side]] += number
    return {line: found[line] for line in Residual if found[line]}


def cross(pairs: Iterable[Pair], here: Tree, position: int, there: Tree, other: int) -> Against:
    """Count pairs at a round of each scheme: `position` of `here`, `other` of `there`."""
    counts: Counter[tuple[Place, Place]] = Counter()
    places: dict[tuple[bool, Settled], Place] = {}
    for pair in pairs:
        row = _place(places, pair.here, here, position, own=True)
        column = _place(places, pair.there, there, other, own=False)
        counts[row, column] += pair.moments
    row_base: Counter[int] = Counter()
    column_base: Counter[int] = Counter()
    for (row, column), number in counts.items():
        if not isinstance(row, Residual) and not isinstance(column, Residual):
            row_base[row] += number
            column_base[column] += number
    return Against(
        rows=here.rows(position),
        columns=there.rows(other),
        counts=counts,
        row_base=row_base,
        column_base=column_base,
        base=row_base.total(),
        total=counts.total(),
    )


def _place(
    places: dict[tuple[bool, Settled], Place],
    settled: Settled,
    tree: Tree,
    position: int,
    *,
    own: bool,
) -> Place:
    if (own, settled) not in places:
        row = row_of(settled, tree, position)
        places[own, settled] = row.key if isinstance(row, Node) else row
    return places[own, settled]


# -- Crosswalk --------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """A category of the other scheme that shares moments with one of this.

    `either` are the moments of the base that stand in one of the two or in both.
    """

    node: Node
    shared: int
    of_here: int
    of_there: int

    @property
    def either(self) -> int:
        """The moments that stand in at least one of the two."""
        return self.of_here + self.of_there - self.shared


def crosswalk(against: Against) -> list[tuple[Node, list[Link]]]:
    """For each row the categories it shares moments with, the largest share first.

    Where shares are equal, the one that overlaps more comes first, then the order of the columns.
    """
    order = {node.key: place for place, node in enumerate(against.columns)}
    nodes = {node.key: node for node in against.columns}
    links: dict[Place, list[Link]] = defaultdict(list)
    for (row, column), shared in against.counts.items():
        if not isinstance(row, Residual) and not isinstance(column, Residual):
            of_here, of_there = against.row_base[row], against.column_base[column]
            links[row].append(Link(nodes[column], shared, of_here, of_there))
    return [
        (
            row,
            sorted(links[row.key], key=lambda one: (-one.shared, one.either, order[one.node.key])),
        )
        for row in against.rows
    ]
