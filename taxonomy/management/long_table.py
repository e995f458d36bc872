"""Reads a long table of ratings: one row for each unit and coder."""

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from django.core.management.base import CommandError

from taxonomy.reliability.results import Level
from taxonomy.sheet_messages import sentence
from taxonomy.sheets.limits import Limits
from taxonomy.sheets.problems import SheetError
from taxonomy.sheets.reading import Sheet, open_sheet
from taxonomy.sheets.text import MARKED, detect_encoding

LIMITS: Final = Limits(file_bytes=1_000_000_000, rows=2_000_000)
NEEDED: Final = ("unit", "coder", "value")
CLUSTER: Final = "cluster"
FAULTS_SAID: Final = 20
OWN_SENTENCES: Final = {
    "empty_file": "The file is empty. It has to have the columns unit, coder and value.",
    "header_only": "The file has headers but no rows.",
}

Value = str | float


@dataclasses.dataclass(frozen=True)
class Duplicate:
    """A row that rates a unit by a coder again; the row named first is kept."""

    row: int
    first: int
    unit: str
    coder: str


@dataclasses.dataclass(frozen=True)
class LongTable:
    """The rows of a file, without duplicates; a value of None is missing.

    `categories` are those that were open, in their order, where a file says so.
    """

    rows: Sequence[tuple[str, str, Value | None]]
    clusters: dict[str, str]
    duplicates: Sequence[Duplicate]
    categories: Sequence[Value] | None


def read_long_table(path: Path, *, level: Level, categories: Path | None) -> LongTable:
    """Read ratings, and the categories from a file of their own, one a line.

    Values are numbers at the interval and ratio levels, and at the ordinal level unless the order
    of the categories is given. Raises CommandError with what is wrong, and in which rows.
    """
    try:
        sheet = open_sheet(path, limits=LIMITS)
        number = _number_reader(level, sheet.delimiter)
        read = _name if level is Level.ORDINAL and categories else number
        known = None if categories is None else _categories(categories, read)
        return _Reader(sheet, read, known).table()
    except SheetError as error:
        problem = error.problem
        said = OWN_SENTENCES.get(problem.code) or sentence(problem)
        raise CommandError(f"row {problem.row}: {said}" if problem.row else said) from None


class _Reader:
    """Goes through the rows once and gathers ratings, duplicates and faults."""

    def __init__(
        self, sheet: Sheet, read: Callable[[str], Value], known: Sequence[Value] | None
    ) -> None:
        self.sheet, self.read, self.known = sheet, read, known
        self.open = None if known is None else set(known)
        self.columns = _columns(sheet.headers)
        self.rows: dict[tuple[str, str], tuple[int, Value | None]] = {}
        self.clusters: dict[str, tuple[int, str]] = {}
        self.duplicates: list[Duplicate] = []

    def table(self) -> LongTable:
        """The table; CommandError where a row is at fault."""
        faults = []
        for fault in self._faults():
            faults.append(fault)
            if len(faults) > FAULTS_SAID:
                faults[-1] = "There are more."
                break
        if faults:
            raise CommandError("\n".join([*faults, "Nothing was computed."]))
        return LongTable(
            rows=[(unit, coder, value) for (unit, coder), (_row, value) in self.rows.items()],
            clusters={unit: name for unit, (_row, name) in self.clusters.items()},
            duplicates=self.duplicates,
            categories=self.known,
        )

    def _faults(self) -> Iterator[str]:
        for number, cells in self.sheet.rows():
            fault = self._fault(number, cells)
            if fault:
                yield f"row {number}: {fault}"

    def _fault(self, number: int, cells: list[str]) -> str | None:
        """Take one row; say what is wrong with it."""
        width = len(self.sheet.headers)
        if any(cell.strip() for cell in cells[width:]):
            return f"there are {len(cells)} cells, but {width} headers."
        unit, coder, text = (cells[self.columns[name]].strip() for name in NEEDED)
        if not (unit and coder):
            return f"the {'coder' if unit else 'unit'} is empty."
        try:
            value = self.read(text) if text else None
        except ValueError as error:
            return str(error)
        if value is not None and self.open is not None and value not in self.open:
            return f"“{text}” is not among the categories that were open."
        self._keep(number, unit, coder, value)
        return self._fault_of_cluster(number, unit, cells)

    def _keep(self, number: int, unit: str, coder: str, value: Value | None) -> None:
        first, _value = self.rows.setdefault((unit, coder), (number, value))
        if first != number:
            self.duplicates.append(Duplicate(number, first, unit, coder))

    def _fault_of_cluster(self, number: int, unit: str, cells: list[str]) -> str | None:
        name = cells[self.columns[CLUSTER]].strip() if CLUSTER in self.columns else ""
        if not name:
            return None
        first, known = self.clusters.setdefault(unit, (number, name))
        if known == name:
            return None
        return f"unit “{unit}” is in cluster “{name}”, in row {first} it is in “{known}”."


def _columns(headers: Sequence[str]) -> dict[str, int]:
    """Where each column stands, by its name in small letters."""
    names = [header.casefold() for header in headers]
    for name in (*NEEDED, CLUSTER):
        if names.count(name) > 1:
            raise CommandError(f"Two columns are called “{name}”.")
    missing = [f"“{name}”" for name in NEEDED if name not in names]
    if missing:
        raise CommandError(
            f"The file has no column {' and no column '.join(missing)}."
            f" Its columns are: {', '.join(headers)}."
        )
    return {name: names.index(name) for name in (*NEEDED, CLUSTER) if name in names}


def _categories(path: Path, read: Callable[[str], Value]) -> list[Value]:
    lines = path.read_text(encoding=detect_encoding(path)).removeprefix(MARKED).splitlines()
    found: list[Value] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found.append(read(line.strip()))
        except ValueError as error:
            raise CommandError(f"“{path}”, line {number}: {error}") from None
    if not found:
        raise CommandError(f"“{path}” names no category. It has to have one on each line.")
    return list(dict.fromkeys(found))


# -- Values -----------------------------------------------------------------------------------


def _number_reader(level: Level, delimiter: str | None) -> Callable[[str], Value]:
    """Returns what reads a value of the level; it raises ValueError with a sentence."""
    if level is Level.NOMINAL:
        return _name

    def number(text: str) -> float:
        point = text.replace(",", ".") if delimiter == ";" else text
        try:
            value = math.nan if "_" in text else float(point)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise ValueError(f"“{text}” is no number, which the {level} level needs.{hint}")
        if level is Level.RATIO and value < 0:
            raise ValueError(f"“{text}” is below zero, which the ratio level does not know.")
        return value

    named = " Or name the categories in their order: --categories FILE."
    hint = named if level is Level.ORDINAL else ""
    return number


def _name(text: str) -> str:
    return text
