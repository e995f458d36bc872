"""Percentages that add to 100: no database."""

import dataclasses
import itertools
from collections.abc import Sequence
from fractions import Fraction

from taxonomy.choices import Shares
from taxonomy.tabulation.display import (
    DASH,
    adjusted_shown,
    adjusted_to_100,
    percent_shown,
    share_written,
)
from taxonomy.tabulation.table import Row, Shown, Table, may_add


def add_to_100(table: Table) -> Table:
    """The table with percentages that add to 100, by the largest remainder, where it asks so.

    By column, or by row where they are shares of rows. A subtotal is the sum of its rows. A whole
    of which something is hidden stays as rounded, so that no other figure tells of it.
    """
    if not table.adjusted:
        return table
    if table.shares == Shares.ROW:
        rows = [_row_to_100(row, table.decimals) for row in table.rows]
    else:
        columns = zip(*(row.cells for row in table.rows), strict=True)
        adjusted = [_column_to_100(cells, table) for cells in columns]
        rows = [
            dataclasses.replace(row, cells=cells)
            for row, cells in zip(table.rows, zip(*adjusted, strict=True), strict=True)
        ]
    return dataclasses.replace(table, rows=tuple(rows))


def as_rounded(table: Table) -> Table:
    """The table as it was before percentages were made to add to 100."""
    if not table.adjusted:
        return table
    rows = (
        dataclasses.replace(row, cells=tuple(_rounded(cell, table.decimals) for cell in row.cells))
        for row in table.rows
    )
    return dataclasses.replace(table, rows=tuple(rows))


def _rounded(cell: Shown, decimals: int) -> Shown:
    if cell.percent is None or cell.hidden:
        return cell
    return _with(cell, percent_shown(cell.count, cell.base, decimals=decimals))


def _row_to_100(row: Row, decimals: int) -> Row:
    whole, *parts = row.cells
    if not may_add(row.cells):
        return row
    shown = adjusted_shown([cell.count for cell in parts], decimals=decimals)
    cells = (_with(cell, text) for cell, text in zip(parts, shown, strict=True))
    return dataclasses.replace(row, cells=(whole, *cells))


def _column_to_100(cells: Sequence[Shown], table: Table) -> Sequence[Shown]:
    if not may_add(cells):
        return cells
    counts = [cell.count for cell, row in zip(cells, table.rows, strict=True) if not row.subtotal]
    left = iter(adjusted_to_100(counts, decimals=table.decimals))
    shares = [Fraction() if row.subtotal else next(left) for row in table.rows]
    for place, row in enumerate(table.rows):
        if row.subtotal:
            shares[place] = _below(row, table.rows[place + 1 :], shares[place + 1 :])
    return [
        _with(cell, share_written(share, decimals=table.decimals) if cell.count else DASH)
        for cell, share in zip(cells, shares, strict=True)
    ]


def _below(subtotal: Row, rows: Sequence[Row], shares: Sequence[Fraction]) -> Fraction:
    """What the rows of a subtotal, which follow it, have together."""
    pairs = zip(rows, shares, strict=True)
    own = itertools.takewhile(lambda pair: pair[0].is_within(subtotal), pairs)
    return sum((share for _row, share in own), Fraction())


def _with(cell: Shown, percent: str | None) -> Shown:
    return dataclasses.replace(cell, percent=percent, text=percent)
