"""CSV: one line of names, then one line for each row with its number and that of all rows.

UTF-8 with a byte order mark. A cell that a spreadsheet would take for a formula has an apostrophe
before it. The number of rows stands in every line, so the data need no line that is not data.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

from reports.datafiles.book import Book, FileError, Row, columns_of, plain_value, readable
from taxonomy.sheets.formulas import harmless

COUNTING = ("row", "rows")
LONGEST_CELL = 2**31 - 1


def write(path: Path, book: Book, rows: Iterable[Row]) -> None:
    """Write the rows as they come."""
    columns = columns_of(book)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        lines = csv.writer(file, lineterminator="\r\n")
        lines.writerow([*COUNTING, *(column.name for column in columns)])
        for number, row in enumerate(rows, 1):
            cells = [plain_value(row[column.place], column) for column in columns]
            lines.writerow([number, book.rows, *(map(_safe, cells))])


def rows_in(path: Path, book: Book) -> int:
    """Read the file again and count its lines of data. Raises FileError where one is damaged."""
    csv.field_size_limit(LONGEST_CELL)
    wide = len(COUNTING) + len(columns_of(book))
    number = 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, strict=True)
        if len(next(lines, [])) != wide:
            raise FileError("The line of names is not whole.")
        for number, line in enumerate(lines, 1):
            if len(line) != wide or line[:2] != [str(number), str(book.rows)]:
                raise FileError(f"Line {number} is not whole.")
    return number


def _safe(cell: str | int | None) -> str | int | None:
    return harmless(readable(cell)) if isinstance(cell, str) else cell
