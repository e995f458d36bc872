"""JSON: one document that says what its variables mean, each row on a line of its own.

The number of rows stands before them and behind them, as it was when they had been written.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from reports.datafiles.book import (
    Book,
    Column,
    FileError,
    Kind,
    Row,
    columns_of,
    plain_value,
    readable,
)

OPENS = '"moments":[\n'


def write(path: Path, book: Book, rows: Iterable[Row]) -> None:
    """Write the rows as they come."""
    columns = columns_of(book)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        head = {"title": book.title, "rows": book.rows, "notes": dict(book.notes)}
        file.write(f"{_packed(head)[:-1]},\n")
        file.write(f'"variables":{_packed([_described(column) for column in columns])},\n{OPENS}')
        number = 0
        for row in rows:
            file.write(",\n" if number else "")
            file.write(_packed({one.name: _safe(row, one) for one in columns}))
            number += 1
        file.write(f'\n],\n"rows_written":{number}}}\n')


def rows_in(path: Path, book: Book) -> int:
    """Read the file again, line by line, and count. Raises FileError where it is damaged."""
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            head = "".join(iter(file.readline, OPENS))
            counted = 0
            for line in file:
                if line == "],\n":
                    break
                counted += bool(line.strip() and json.loads(line.rstrip(",\n")))
            said = json.loads(f"{head}{OPENS}],{file.read()}")
    except ValueError as error:
        raise FileError("The document is not whole.") from error
    if not said["rows"] == said["rows_written"] == book.rows:
        raise FileError("The document says another number of rows.")
    return counted


def _described(column: Column) -> dict[str, Any]:
    variable = column.variable
    about: dict[str, Any] = {
        "name": column.name,
        "label": readable(variable.label),
        "kind": str(variable.kind),
    }
    if variable.choices and not (variable.kind == Kind.CATEGORY and not column.of_code):
        about["values"] = [
            {"code": readable(value.word), "label": readable(value.label), "number": value.number}
            for value in variable.choices
        ]
    return about


def _safe(row: Row, column: Column) -> str | int | None:
    cell = plain_value(row[column.place], column)
    return readable(cell) if isinstance(cell, str) else cell


def _packed(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
