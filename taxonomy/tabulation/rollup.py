"""From counted settlements to the counts of one round."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from fractions import Fraction

from taxonomy.choices import Outcome, Residual
from taxonomy.tabulation.outcomes import contested_keys
from taxonomy.tabulation.tree import Node, Tree

ALL = "all"

ColumnKey = Hashable
Number = int | Fraction  # weighted counts are exact, too
Place = Node | Residual


@dataclasses.dataclass(frozen=True, slots=True)
class Settled:
    """How moments are settled: outcome (None: no settlement), category, contested keys."""

    outcome: Outcome | None
    category: int | None = None
    contested: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """So many moments settled alike in one column.

    `thing` is the incident or interview where those count, or by which moments are weighted.
    """

    settled: Settled
    column: ColumnKey
    moments: Number
    thing: int | None = None


@dataclasses.dataclass(frozen=True)
class Counts:
    """Units by row or residual line and column, ALL included, and the base of each column.

    `subtotals` are those of the categories of the next coarser round, where they were asked for.
    """

    rows: Mapping[int, Mapping[ColumnKey, Number]]
    residuals: Mapping[Residual, Mapping[ColumnKey, Number]]
    base: Mapping[ColumnKey, Number]
    subtotals: Mapping[int, Mapping[ColumnKey, Number]]


def row_of(settled: Settled, tree: Tree, position: int) -> Place:
    """The category or residual line that a settlement counts in at a round."""
    if settled.category is not None:
        return tree.at_round(settled.category, position)
    if settled.outcome == Outcome.IN_DISPUTE:
        return tree.agreed_at(contested_keys(settled.contested), position)
    if settled.outcome == Outcome.UNCLASSIFIABLE:
        return Residual.UNCLASSIFIABLE
    return Residual.NOT_CODED


def node_of(settled: Settled, tree: Tree) -> Node | None:
    """The standing category that a settlement names, be it by a merge; None where there is none."""
    if settled.category is not None:
        return None if tree.is_newer(settled.category) else tree.canonical(settled.category)
    if settled.outcome == Outcome.IN_DISPUTE:
        return tree.agreed(contested_keys(settled.contested))
    return None


def above(row: Place, tree: Tree, position: int) -> Node | None:
    """The category of the next coarser round under which a row's subtotal is; None without one."""
    coarser = tree.coarser_than(position)
    if coarser is None or not isinstance(row, Node):
        return None
    found = tree.at_round(row.key, coarser)
    return found if isinstance(found, Node) else None


def roll_up(
    cells: Iterable[Cell],
    tree: Tree,
    position: int,
    *,
    keep: Callable[[Place, Settled], bool] = lambda _row, _settled: True,
    subtotals: bool = False,
    weighted: bool = False,
) -> Counts:
    """Count the cells at a round.

    Cells without a `thing` add up as moments. Cells with one count each thing once per row,
    subtotal, residual line and base, so rows may add to more than the base; or, `weighted`, they
    add up as moments of which each weighs 1 / those of its thing. `keep` filters by category.
    """
    places: dict[Settled, tuple[Place, Node | None]] = {}
    kept = []
    for cell in cells:
        place = places.get(cell.settled)
        if place is None:
            row = row_of(cell.settled, tree, position)
            place = row, above(row, tree, position) if subtotals else None
            places[cell.settled] = place
        if keep(place[0], cell.settled):
            kept.append(cell)
    counter = _Counter()
    for cell in _weighed(kept) if weighted else kept:
        counter.add(*places[cell.settled], cell)
    return counter.counts()


def _weighed(cells: Iterable[Cell]) -> list[Cell]:
    """The same moments, each as its share of all those kept of its thing."""
    cells = list(cells)
    sizes: Counter[int | None] = Counter()
    for cell in cells:
        sizes[cell.thing] += cell.moments  # type: ignore[assignment]
    alike: Counter[tuple[Settled, ColumnKey, int]] = Counter()
    for cell in cells:
        alike[cell.settled, cell.column, sizes[cell.thing]] += cell.moments  # type: ignore[assignment]
    return [
        Cell(settled, column, Fraction(moments, size))
        for (settled, column, size), moments in alike.items()
    ]


class _Counter:
    def __init__(self) -> None:
        self.rows: dict[int, Counter[ColumnKey]] = defaultdict(Counter)
        self.subtotals: dict[int, Counter[ColumnKey]] = defaultdict(Counter)
        self.residuals: dict[Residual, Counter[ColumnKey]] = {
            Residual(kind): Counter() for kind in Residual
        }
        self.base: Counter[ColumnKey] = Counter()
        self.seen: set[tuple[object, ColumnKey, int]] = set()

    def add(self, row: Place, parent: Node | None, cell: Cell) -> None:
        if isinstance(row, Residual):
            self._count(self.residuals[row], row, cell)
            return
        self._count(self.rows[row.key], row.key, cell)
        self._count(self.base, "base", cell)
        if parent is not None:
            self._count(self.subtotals[parent.key], parent.key, cell)

    def _count(self, line: Counter[ColumnKey], name: object, cell: Cell) -> None:
        """Moments add up, so ALL is their sum at the end; a thing is counted once in ALL, too."""
        if cell.thing is None:
            line[cell.column] += cell.moments  # type: ignore[assignment]
            return
        for column in (ALL, cell.column):
            if (name, column, cell.thing) not in self.seen:
                self.seen.add((name, column, cell.thing))
                line[column] += 1

    def counts(self) -> Counts:
        lines = (*self.rows.values(), *self.subtotals.values(), *self.residuals.values())
        for line in (*lines, self.base):
            if line and ALL not in line:
                line[ALL] = line.total()
        return Counts(dict(self.rows), self.residuals, self.base, dict(self.subtotals))
