"""A table without the figures that may not be shown: no database."""

import dataclasses
from collections.abc import Collection

from taxonomy.choices import Residual, Shares
from taxonomy.tabulation.adjusting import add_to_100, as_rounded
from taxonomy.tabulation.display import count_or_dash
from taxonomy.tabulation.rollup import ALL, ColumnKey
from taxonomy.tabulation.table import Column, Line, Row, Shown, Table, hidden

BASE = "base"

LineKey = int | Residual | str
Hidden = Collection[tuple[LineKey, ColumnKey]]


def concealed(table: Table, places: Hidden) -> Table:
    """The table without the figures at these places: the key of a row, a residual line or BASE.

    What could tell them goes with them: the numbers of interviews and the base without weights
    where the base is not shown, and every share of a figure that is not.
    """
    if not places:
        return table
    of_base = frozenset(column.key for column in table.columns if (BASE, column.key) in places)
    left = dataclasses.replace(
        table,
        rows=tuple(_row(row, table.shares, places) for row in as_rounded(table).rows),
        base=without(table.base, of_base),
        residuals=tuple(_residual(line, places) for line in table.residuals),
        interviews=table.interviews and without(table.interviews, of_base),
        unweighted=table.unweighted and without(table.unweighted, of_base),
    )
    return add_to_100(left)


def without(line: Line, columns: Collection[ColumnKey]) -> Line:
    """A line of counts in which some are not shown."""
    cells = tuple((column, 0 if column.key in columns else count) for column, count in line.cells)
    return Line(line.kind, cells, frozenset(columns))


def _residual(line: Line, places: Hidden) -> Line:
    kind = Residual(line.kind)
    return without(line, {one.key for one, _count in line.cells if (kind, one.key) in places})


def _row(row: Row, shares: Shares, places: Hidden) -> Row:
    cells = tuple(_cell(row, cell, shares, places) for cell in row.cells)
    return dataclasses.replace(row, cells=cells)


def _cell(row: Row, cell: Shown, shares: Shares, places: Hidden) -> Shown:
    if (row.node.key, cell.column.key) in places:
        return hidden(cell.column)
    if _whole(row, cell.column, shares) not in places:
        return cell
    return dataclasses.replace(cell, percent=None, text=count_or_dash(cell.count), base=0)


def _whole(row: Row, column: Column, shares: Shares) -> tuple[LineKey, ColumnKey]:
    """What a cell is a share of."""
    if shares == Shares.ROW:
        return row.node.key, ALL
    return BASE, ALL if shares == Shares.TOTAL else column.key
