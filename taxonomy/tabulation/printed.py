"""A table as scripts read it: JSON of a fixed format, or CSV.

Shares are there below every base, however small: the base stands beside them.
"""

import csv
import io
from typing import Any

from taxonomy.choices import Shares
from taxonomy.tabulation.display import percent_shown
from taxonomy.tabulation.rollup import Number
from taxonomy.tabulation.table import Line, Row, Shown, Table

FORMAT = 1
DECIMALS = 6


def as_json(table: Table, **heading: Any) -> dict[str, Any]:
    """The table as JSON values; `heading` are the facts about it, put after the format."""
    return {
        "format": FORMAT,
        **heading,
        "base": _line(table.base),
        **({"unweighted": _line(table.unweighted)} if table.unweighted else {}),
        "interviews": table.interviews and _line(table.interviews),
        "residuals": {line.kind: _line(line) for line in table.residuals},
        "rows": [_row(row, table) for row in table.rows],
    }


def as_csv(table: Table) -> str:
    """The table as CSV: a line per category, then base, interviews and the residual lines."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [column.full_name for column in table.columns]
    writer.writerow(["category", *names, *(f"{name} (count)" for name in names)])
    for row in table.rows:
        percents = [_percent(cell, table) or "" for cell in row.cells]
        writer.writerow([row.node.heading, *percents, *(_number(cell.count) for cell in row.cells)])
    blank = [""] * len(names)
    further = [line for line in (table.unweighted, table.interviews) if line]
    for line in (table.base, *further, *table.residuals):
        writer.writerow([line.kind, *blank, *(_number(count) for _column, count in line.cells)])
    return text.getvalue()


def _line(line: Line) -> dict[str, int | float]:
    return {column.full_name: _number(count) for column, count in line.cells}


def _row(row: Row, table: Table) -> dict[str, Any]:
    return {
        "category": row.node.heading,
        "path": list(row.path),
        "counts": {cell.column.full_name: _number(cell.count) for cell in row.cells},
        "percent": {cell.column.full_name: _percent(cell, table) for cell in row.cells},
        **({"subtotal": True} if row.subtotal else {}),
    }


def _percent(cell: Shown, table: Table) -> str | None:
    if cell.hidden or cell.percent is not None or table.shares == Shares.COUNTS:
        return cell.percent
    return percent_shown(cell.count, cell.base, decimals=table.decimals)


def _number(count: Number) -> int | float:
    """A count; a weighted one to six decimals."""
    return count if isinstance(count, int) else round(float(count), DECIMALS)
