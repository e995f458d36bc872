"""A table ready to be shown: every screen, file and command renders this and computes nothing."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from taxonomy.choices import Residual, Shares
from taxonomy.tabulation.display import (
    HIDDEN,
    count_or_dash,
    is_least,
    percent_number,
    percent_shown,
)
from taxonomy.tabulation.rollup import ALL, ColumnKey, Counts, Number, above
from taxonomy.tabulation.tree import Node, Tree

Counted = Mapping[ColumnKey, Number]

NOT_STATED = "not_stated"
WHOLE = 100


@dataclasses.dataclass(frozen=True)
class Column:
    """One column; `key` is what cells are looked up by, `name` what people read.

    `word` names it in addresses, which never carry a key. `group` is the name of the column of the
    outer variable where two are nested, and names repeat from group to group.
    """

    key: ColumnKey
    name: str
    not_stated: bool = False
    word: str = ""
    group: str = ""

    @property
    def full_name(self) -> str:
        """The name that no other column of the table has."""
        return full_name(self.name, self.group)


def full_name(name: str, group: str) -> str:
    """The name of a column with that of the outer one where two are nested."""
    return f"{group}: {name}" if group else name


@dataclasses.dataclass(frozen=True)
class Shown:
    """One cell: units counted, what they are a share of, and how the two are shown.

    `count` and `base` are fractions in a weighted table; `units` is always how many there are.
    `percent` is None where there is no base, or one below 30: then the count stands in its place.
    `text` is what stands in the cell, None for nothing. A cell that is `hidden` counts 0.
    """

    column: Column
    count: Number
    percent: str | None
    text: str | None
    base: Number = 0
    units: int = 0
    hidden: bool = False


@dataclasses.dataclass(frozen=True)
class Row:
    """One category with its cells, in the order of the columns.

    `path` are the names of its parents and itself, `headings` what tables call them. `subtotal`: a
    category of the next coarser round, over the rows below it.
    """

    node: Node
    path: tuple[str, ...]
    headings: tuple[str, ...]
    cells: tuple[Shown, ...]
    subtotal: bool = False

    @property
    def within(self) -> str:
        """What tables call its parent; nothing where it has none."""
        return self.headings[-2] if len(self.headings) > 1 else ""

    def is_within(self, subtotal: "Row") -> bool:
        """Whether a subtotal counts the row."""
        return not self.subtotal and self.path[:-1] == subtotal.path


@dataclasses.dataclass(frozen=True)
class Line:
    """The base or a residual line: counts only, in the order of the columns.

    `hidden` are the columns in which it is not shown; it counts 0 there.
    """

    kind: str
    cells: tuple[tuple[Column, Number], ...]
    hidden: frozenset[ColumnKey] = frozenset()

    @property
    def total(self) -> Number:
        """The count in the first column, which is All."""
        return self.cells[0][1]


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows by columns, the base under them and the residual lines beside it.

    `unweighted` is the base without weights, where there are weights.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    base: Line
    residuals: tuple[Line, ...]
    interviews: Line | None = None
    unweighted: Line | None = None
    shares: Shares = Shares.COLUMN
    decimals: int = 0
    adjusted: bool = False

    @property
    def units(self) -> Line:
        """How many units stand in the base, weighted or not."""
        return self.unweighted or self.base

    @property
    def has_small_rows(self) -> bool:
        """Whether rows are wholes and counts stand in some of them, for they have too few."""
        return self.shares == Shares.ROW and any(
            cell.text and cell.percent is None for row in self.rows for cell in row.cells
        )

    @property
    def columns_not_adding_up(self) -> list[str]:
        """Names of columns whose per cents as shown do not add to 100."""
        if self.shares != Shares.COLUMN or self.adjusted:
            return []
        rows = [row for row in self.rows if not row.subtotal]
        return [
            column.full_name
            for place, column in enumerate(self.columns)
            if _adds_otherwise([row.cells[place] for row in rows], self.decimals)
        ]


def build_table(
    counts: Counts,
    tree: Tree,
    position: int,
    columns: Sequence[Column],
    *,
    shares: Shares = Shares.COLUMN,
    unweighted: Counts | None = None,
    decimals: int = 0,
    adjusted: bool = False,
) -> Table:
    """Put counts into rows and columns: ALL first, then `columns`; an empty *not stated* left out.

    Every standing category of the round has a row; a retired one only where it is counted. Where
    subtotals were counted, each stands before the rows of its category. `unweighted` are the counts
    without weights, where these have some. `decimals` are those of the percentages; `adjusted` is
    only noted, for `add_to_100`.
    """
    used = (
        Column(ALL, "All", word=ALL),
        *(column for column in columns if not column.not_stated or _is_used(counts, column.key)),
    )
    cells = _Cells(counts, unweighted or counts, used, shares, decimals)
    residuals = tuple(
        _line(kind.value, counts.residuals.get(Residual(kind), {}), used) for kind in Residual
    )
    return Table(
        columns=used,
        rows=tuple(_rows(cells, tree, position)),
        base=_line("base", counts.base, used),
        residuals=residuals,
        unweighted=_line("unweighted", unweighted.base, used) if unweighted else None,
        shares=shares,
        decimals=decimals,
        adjusted=adjusted,
    )


def count_line(kind: str, line: Mapping[ColumnKey, int], table: Table) -> Line:
    """A line of counts in the columns of a table."""
    return _line(kind, line, table.columns)


@dataclasses.dataclass(frozen=True)
class _Cells:
    """What the cells of a table are made of."""

    counts: Counts
    units: Counts
    columns: Sequence[Column]
    shares: Shares
    decimals: int

    def row(self, node: Node, tree: Tree, *, subtotal: bool) -> Row:
        """The row of a category."""
        line = (self.counts.subtotals if subtotal else self.counts.rows).get(node.key, {})
        units = (self.units.subtotals if subtotal else self.units.rows).get(node.key, {})
        shown = tuple(self._shown(column, line, units) for column in self.columns)
        return Row(node, tuple(tree.path(node)), tuple(tree.headings(node)), shown, subtotal)

    def _shown(self, column: Column, line: Counted, of_units: Counted) -> Shown:
        count, units = line.get(column.key, 0), int(of_units.get(column.key, 0))
        base = _base(self.counts, line, column, self.shares)
        if self.shares == Shares.COUNTS:
            return Shown(column, count, None, count_or_dash(count), base, units)
        least = is_least(_base(self.units, of_units, column, self.shares))
        percent = None if least else percent_shown(count, base, decimals=self.decimals)
        text = count_or_dash(count) if least else percent
        return Shown(column, count, percent, text, base, units)


def _base(counts: Counts, line: Counted, column: Column, shares: Shares) -> Number:
    """What a cell of a line is a share of."""
    if shares == Shares.ROW:
        return line.get(ALL, 0)
    return counts.base.get(ALL if shares == Shares.TOTAL else column.key, 0)


def hidden(column: Column) -> Shown:
    """A cell that is not shown."""
    return Shown(column, 0, HIDDEN, HIDDEN, hidden=True)


def _adds_otherwise(cells: Sequence[Shown], decimals: int) -> bool:
    """Whether per cents of one whole do not add to 100 as they are shown."""
    if not may_add(cells):
        return False
    shares = (percent_number(cell.count, cell.base, decimals=decimals) for cell in cells)
    return sum(shares) != WHOLE


def may_add(cells: Sequence[Shown]) -> bool:
    """Whether all of a whole is shown, and in per cent."""
    return bool(cells) and not any(cell.percent is None or cell.hidden for cell in cells)


def _rows(cells: _Cells, tree: Tree, position: int) -> Iterator[Row]:
    """The rows in the order of the tree, each subtotal before its own."""
    last = None
    for node in tree.rows(position):
        if node.retired and node.key not in cells.counts.rows:
            continue
        parent = above(node, tree, position) if cells.counts.subtotals else None
        if parent is not None and parent != last:
            yield cells.row(parent, tree, subtotal=True)
        last = parent
        yield cells.row(node, tree, subtotal=False)


def _line(kind: str, line: Mapping[ColumnKey, Number], columns: Sequence[Column]) -> Line:
    return Line(kind, tuple((column, line.get(column.key, 0)) for column in columns))


def _is_used(counts: Counts, key: ColumnKey) -> bool:
    lines = [counts.base, *counts.residuals.values()]
    return any(line.get(key, 0) for line in lines)
