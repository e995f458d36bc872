"""A table as scripts read it: JSON of a fixed format, or CSV."""

import csv
import io
from typing import Any

from taxonomy.tabulation.table import Line, Row, Table

FORMAT = 1


def as_json(table: Table, **heading: Any) -> dict[str, Any]:
    """The table as JSON values; `heading` are the facts about it, put after the format."""
    return {
        "format": FORMAT,
        **heading,
        "base": _line(table.base),
        "interviews": table.interviews and _line(table.interviews),
        "residuals": {line.kind: _line(line) for line in table.residuals},
        "rows": [_row(row) for row in table.rows],
    }


def as_csv(table: Table) -> str:
    """The table as CSV: a line per category, then base, interviews and the residual lines."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [column.name for column in table.columns]
    writer.writerow(["category", *names, *(f"{name} (count)" for name in names)])
    for row in table.rows:
        percents = ["" if cell.percent is None else cell.percent for cell in row.cells]
        writer.writerow([row.node.heading, *percents, *(cell.count for cell in row.cells)])
    blank = [""] * len(names)
    lines = [table.base, *([table.interviews] if table.interviews else []), *table.residuals]
    for line in lines:
        writer.writerow([line.kind, *blank, *(count for _column, count in line.cells)])
    return text.getvalue()


def _line(line: Line) -> dict[str, int]:
    return {column.name: count for column, count in line.cells}


def _row(row: Row) -> dict[str, Any]:
    return {
        "category": row.node.heading,
        "path": list(row.path),
        "counts": {cell.column.name: cell.count for cell in row.cells},
        "percent": {cell.column.name: cell.percent for cell in row.cells},
    }
