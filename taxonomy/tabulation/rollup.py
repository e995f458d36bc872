"""From counted settlements to the counts of one round."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping

from taxonomy.choices import Outcome, Residual
from taxonomy.tabulation.outcomes import contested_keys
from taxonomy.tabulation.tree import Node, Tree

ALL = "all"

ColumnKey = Hashable


@dataclasses.dataclass(frozen=True, slots=True)
class Settled:
    """How moments are settled: outcome (None: no settlement), category, contested keys."""

    outcome: Outcome | None
    category: int | None = None
    contested: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """So many moments settled alike in one column; `thing` is the incident where those count."""

    settled: Settled
    column: ColumnKey
    moments: int
    thing: int | None = None


@dataclasses.dataclass(frozen=True)
class Counts:
    """Units by row or residual line and column, ALL included, and the base of each column."""

    rows: Mapping[int, Mapping[ColumnKey, int]]
    residuals: Mapping[Residual, Mapping[ColumnKey, int]]
    base: Mapping[ColumnKey, int]


def row_of(settled: Settled, tree: Tree, position: int) -> Node | Residual:
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


def roll_up(
    cells: Iterable[Cell],
    tree: Tree,
    position: int,
    *,
    keep: Callable[[Node | Residual, Settled], bool] = lambda _row, _settled: True,
) -> Counts:
    """Count the cells at a round.

    Cells without a `thing` add up as moments. Cells with one count each thing once per row,
    residual line and base, so rows may add to more than the base. `keep` filters by category.
    """
    counter = _Counter()
    places: dict[Settled, Node | Residual] = {}
    for cell in cells:
        row = places.get(cell.settled)
        if row is None:
            row = places[cell.settled] = row_of(cell.settled, tree, position)
        if keep(row, cell.settled):
            counter.add(row, cell)
    return counter.counts()


class _Counter:
    def __init__(self) -> None:
        self.rows: dict[int, Counter[ColumnKey]] = defaultdict(Counter)
        self.residuals: dict[Residual, Counter[ColumnKey]] = {
            Residual(kind): Counter() for kind in Residual
        }
        self.base: Counter[ColumnKey] = Counter()
        self.seen: set[tuple[object, ColumnKey, int]] = set()

    def add(self, row: Node | Residual, cell: Cell) -> None:
        if isinstance(row, Residual):
            self._count(self.residuals[row], row, cell)
        else:
            self._count(self.rows[row.key], row.key, cell)
            self._count(self.base, "base", cell)

    def _count(self, line: Counter[ColumnKey], name: object, cell: Cell) -> None:
        """Moments add up, so ALL is their sum at the end; a thing is counted once in ALL, too."""
        if cell.thing is None:
            line[cell.column] += cell.moments
            return
        for column in (ALL, cell.column):
            if (name, column, cell.thing) not in self.seen:
                self.seen.add((name, column, cell.thing))
                line[column] += 1

    def counts(self) -> Counts:
        for line in (*self.rows.values(), *self.residuals.values(), self.base):
            if line and ALL not in line:
                line[ALL] = line.total()
        return Counts(rows=dict(self.rows), residuals=self.residuals, base=self.base)
