"""SPSS: numbers with value labels, missing values declared, dates as dates.

The library writes a table that is whole in memory, so a file of this form has a limit, and
a text as well, which takes its longest in every row.
Imports pandas, so this module is imported where a file is made, and nowhere else.
"""

import array
import datetime as dt
import math
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyreadstat

from reports.datafiles.book import (
    HIGHEST_MISSING,
    LONGEST_TEXT,
    LOWEST_MISSING,
    Book,
    Cell,
    FileError,
    Kind,
    Row,
    Value,
    Variable,
    cut_to_bytes,
    readable,
)

LONGEST_LABEL = 255
LONGEST_VALUE_LABEL = 120
LONGEST_NOTE = 78  # of a line, in bytes
BEGINS = dt.date(1582, 10, 14)  # of the days that SPSS counts
DAY = 24 * 60 * 60
MISSING: Final[Any] = [{"lo": LOWEST_MISSING, "hi": HIGHEST_MISSING}]


def write(path: Path, book: Book, rows: Iterable[Row]) -> None:
    """Gather the rows by variable and write them."""
    columns: list[Any] = [_empty(variable) for variable in book.variables]
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            column.append(_text(cell) if isinstance(column, list) else _number(cell))
    names = [variable.name for variable in book.variables]
    series = (
        pd.Series(
            column if isinstance(column, list) else np.frombuffer(column), dtype=_type(column)
        )
        for column in columns
    )
    try:
        pyreadstat.write_sav(
            pd.DataFrame(dict(zip(names, series, strict=True))),
            str(path),
            file_label=cut_to_bytes(readable(book.title), 64),
            note=_note(book.notes),
            column_labels=[
                cut_to_bytes(readable(one.label), LONGEST_LABEL) for one in book.variables
            ],
            variable_value_labels={one.name: _labels(one) for one in book.variables if one.choices},
            missing_ranges={one.name: MISSING for one in book.variables if one.choices},
            variable_measure={one.name: _measure(one) for one in book.variables},
            variable_format={one.name: _format(one) for one in book.variables if _format(one)},
            row_compress=True,
        )
    except (pyreadstat.PyreadstatError, pyreadstat.ReadstatError) as error:
        raise FileError("The file for SPSS could not be written.") from error


def rows_in(path: Path, book: Book) -> int:
    """Read the file again and count the rows. Raises FileError where variables are missing."""
    first = book.variables[0].name
    try:
        read, about = pyreadstat.read_sav(str(path), usecols=[first])
        everything = pyreadstat.read_sav(str(path), metadataonly=True)[1]
    except pyreadstat.ReadstatError as error:
        raise FileError("The file for SPSS is not whole.") from error
    names = [variable.name for variable in book.variables]
    if about.column_names != [first] or everything.column_names != names:
        raise FileError("The file for SPSS lacks variables.")
    return len(read)


def _empty(variable: Variable) -> "list[str] | array.array[float]":
    return [] if variable.kind == Kind.TEXT else array.array("d")


def _type(column: Any) -> Any:
    return object if isinstance(column, list) else float


def _text(cell: Cell) -> str:
    return "" if cell is None else cut_to_bytes(readable(str(cell)), LONGEST_TEXT["sav"])


def _number(cell: Cell) -> float:
    if isinstance(cell, Value):
        return float(cell.number)
    if isinstance(cell, dt.date):
        return (cell - BEGINS).days * float(DAY) if cell >= BEGINS else math.nan
    return math.nan if cell is None else float(cell)


def _labels(variable: Variable) -> dict[float | int, str]:
    return {value.number: _label(value, variable) for value in variable.choices}


def _label(value: Value, variable: Variable) -> str:
    """Code and name of a category, where the code is more than its number."""
    named = variable.kind == Kind.CATEGORY and value.number > 0
    coded = named and value.word != str(value.number)
    text = f"{value.word} {value.label}" if coded else value.label
    return cut_to_bytes(readable(text), LONGEST_VALUE_LABEL)


def _measure(variable: Variable) -> str:
    return "scale" if variable.kind in {Kind.WHOLE, Kind.DATE} else "nominal"


def _format(variable: Variable) -> str:
    if variable.kind == Kind.DATE:
        return "DATE11"
    return "" if variable.kind == Kind.TEXT else "F8.0"


def _note(notes: Sequence[tuple[str, str]]) -> list[str]:
    """The notes in lines that are short enough, in bytes."""
    lines = []
    for name, text in notes:
        for line in textwrap.wrap(readable(f"{name}: {text}"), LONGEST_NOTE):
            lines += _bounded(line)
    return lines


def _bounded(line: str) -> list[str]:
    while len(line.encode()) > LONGEST_NOTE:
        kept = line.encode()[:LONGEST_NOTE].decode(errors="ignore")
        return [kept, *_bounded(line[len(kept) :])]
    return [line]
