"""What a file holds: its variables, their values, and what is said about it."""

import dataclasses
import datetime as dt
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

NOT_STATED: Final = -9
WITHHELD: Final = -8
LOWEST_MISSING: Final = -9
HIGHEST_MISSING: Final = -1

MOST_ROWS: Final = {"xlsx": 1_048_575, "sav": 200_000}  # of the forms that have a limit
LONGEST_TEXT: Final = {"xlsx": 32_767, "sav": 1000}  # letters of a workbook, bytes in SPSS

LONGEST_NAME = 64  # bytes, of a variable of SPSS
LONGEST_ENDING = len("_code")
RESERVED = frozenset(
    ["all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"]
)
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


class FileError(Exception):
    """A file cannot hold what it is to hold, or does not hold it."""


class Value(NamedTuple):
    """One value of a closed list: its number in SPSS (below 0: missing), its word, its label."""

    number: int
    word: str
    label: str


class Kind(StrEnum):
    """What stands in the cells of a variable."""

    TEXT = "text"
    WHOLE = "whole number"
    DATE = "date"
    CODED = "value"
    CATEGORY = "category"  # in two columns, code and name, where there is no numeric one


Cell = str | int | dt.date | Value | None
Row = Sequence[Cell]


@dataclasses.dataclass(frozen=True, slots=True)
class Variable:
    """One variable: a name for programs, a label for people, and its closed list, if any.

    `width` is that of its column in a workbook, in letters.
    """

    name: str
    label: str
    kind: Kind = Kind.TEXT
    choices: tuple[Value, ...] = ()
    width: int = 14


class Headings(NamedTuple):
    """The words of the sheets and of the description, in the language of the reader."""

    data: str = "Moments"
    variables: str = "Variables"
    notes: str = "Notes"
    name: str = "Name"
    label: str = "Label"
    kind: str = "Kind"
    number: str = "Number"
    word: str = "Code"
    meaning: str = "Meaning"
    code_of: str = "code"
    cut: str = "… (cut)"


@dataclasses.dataclass(frozen=True)
class Book:
    """A file to be written: so many `rows` will come, each with a cell for every variable."""

    title: str
    variables: Sequence[Variable]
    notes: Sequence[tuple[str, str]]
    rows: int
    headings: Headings


class Column(NamedTuple):
    """One column where a category takes two; `of_code` is that of its code."""

    place: int
    name: str
    variable: Variable
    of_code: bool = False


def columns_of(book: Book) -> list[Column]:
    """The columns of a file in which a category stands with its code and its name."""
    columns = []
    for place, variable in enumerate(book.variables):
        if variable.kind == Kind.CATEGORY:
            columns.append(Column(place, f"{variable.name}_code", variable, of_code=True))
            columns.append(Column(place, f"{variable.name}_name", variable))
        else:
            columns.append(Column(place, variable.name, variable))
    return columns


def plain_value(cell: Cell, column: Column) -> str | int | None:
    """What a cell is in a file without types: words of closed lists, days as YYYY-MM-DD."""
    if isinstance(cell, Value):
        named = column.variable.kind == Kind.CATEGORY and not column.of_code
        return cell.label if named else cell.word
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return cell


def readable(text: str) -> str:
    """The text without signs that no format can keep: controls, halves of letters, no-letters."""
    return _NO_TEXT.sub(" ", text)


def cut_to_letters(text: str, most: int, ending: str) -> str:
    """The text with so many letters at most, as a workbook counts them (UTF-16), and the ending."""
    if len(text) * 2 <= most or _units(text) <= most:
        return text
    room = most - _units(ending)
    kept = text.encode("utf-16-le")[: room * 2].decode("utf-16-le", "ignore")
    return kept + ending


def cut_to_bytes(text: str, most: int, ending: str = "…") -> str:
    """The text in so many bytes of UTF-8 at most, whole letters only, with the ending if cut."""
    content = text.encode()
    if len(content) <= most:
        return text
    room = most - len(ending.encode())
    return content[:room].decode(errors="ignore") + ending


def variable_name(wanted: str, taken: Iterable[str], *, ending: str) -> str:
    """A name that SPSS takes, with an ending, unlike those taken whatever their case.

    It leaves room for the further ending of a column of codes.
    """
    known = {name.lower() for name in taken}
    base = re.sub(r"[^A-Za-z0-9_]+", "_", wanted).strip("_") or "scheme"
    if not base[0].isalpha() or base.lower() in RESERVED:
        base = f"v_{base}"
    room = LONGEST_NAME - LONGEST_ENDING - len(ending) - 1
    name, number = f"{base[:room]}_{ending}", 2
    while known & {name.lower(), f"{name}_code".lower(), f"{name}_name".lower()}:
        again = f"_{number}"
        name, number = f"{base[: room - len(again)]}{again}_{ending}", number + 1
    return name


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
