"""Reads a table of counts: wide, or long with one row for each unit or each group of units."""

import abc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from django.core.management.base import CommandError

from reports.statistics.sample import Sample
from taxonomy.sheet_messages import sentence
from taxonomy.sheets.limits import Limits
from taxonomy.sheets.problems import SheetError
from taxonomy.sheets.reading import Sheet, open_sheet

LIMITS: Final = Limits(file_bytes=1_000_000_000, rows=2_000_000)
MOST_CELLS: Final = 100_000
MOST_COLUMNS: Final = 100
MOST_UNITS: Final = 10**12  # in one count
FAULTS_SAID: Final = 20
ROW, COLUMN, CLUSTER, COUNT = NAMES = ("row", "column", "cluster", "count")
WANTED: Final = (
    "The first column has to name the rows and the others to count, or there have to be the"
    " columns row and column."
)
OWN_SENTENCES: Final = {
    "empty_file": f"The file is empty. {WANTED}",
    "header_only": "The file has headers but no rows.",
}


def read_counts(path: Path) -> Sample:
    """Read the counts of a file. Raises CommandError with what is wrong, and in which rows."""
    try:
        sheet = open_sheet(path, limits=LIMITS)
        names = [header.casefold() for header in sheet.headers]
        reader = _Long(sheet, names) if {ROW, COLUMN} <= set(names) else _Wide(sheet)
        return reader.sample()
    except SheetError as error:
        problem = error.problem
        said = OWN_SENTENCES.get(problem.code) or sentence(problem)
        raise CommandError(f"row {problem.row}: {said}" if problem.row else said) from None


class _Reader(abc.ABC):
    """Goes through the rows once; gathers counts by row, column and cluster, and faults."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet, self.number = sheet, 0
        self.rows: dict[str, int] = {}
        self.columns: dict[str, int] = {}
        self.clusters: dict[str, int] = {}
        self.counts: dict[tuple[int, int, int], int] = {}

    def sample(self) -> Sample:
        """The counts as a sample; CommandError where a row is at fault."""
        faults: list[str] = []
        for number, cells in self.sheet.rows():
            self.number = number
            fault = self._too_wide(cells) or self.take(cells)
            if fault:
                faults.append(f"row {number}: {fault}")
            if len(faults) > FAULTS_SAID:
                faults[-1] = "There are more."
                break
            self._refuse_large()
        if faults:
            raise CommandError("\n".join([*faults, "Nothing was computed."]))
        places = np.array([*self.counts], dtype=np.int64).reshape(-1, 3)
        return Sample(
            rows=[*self.rows],
            columns=[*self.columns],
            row=places[:, 0],
            column=places[:, 1],
            cluster=places[:, 2] if self.clusters else None,
            number=np.array([*self.counts.values()], dtype=np.int64),
        )

    @abc.abstractmethod
    def take(self, cells: Sequence[str]) -> str | None:
        """Take one row of the file; say what is wrong with it."""

    def add(self, row: str, column: str, count: int, cluster: str = "") -> None:
        """Count so many units more."""
        place = (
            self.rows.setdefault(row, len(self.rows)),
            self.columns.setdefault(column, len(self.columns)),
            self.clusters.setdefault(cluster, len(self.clusters)) if cluster else -1,
        )
        self.counts[place] = self.counts.get(place, 0) + count

    def _refuse_large(self) -> None:
        if len(self.columns) > MOST_COLUMNS:
            raise CommandError(f"The table has more than {MOST_COLUMNS} columns to compare.")
        if len(self.rows) * len(self.columns) > MOST_CELLS:
            raise CommandError(f"The table has more than {MOST_CELLS:,} cells.")

    def _too_wide(self, cells: Sequence[str]) -> str | None:
        width = len(self.sheet.headers)
        if any(cell.strip() for cell in cells[width:]):
            return f"there are {len(cells)} cells, but {width} headers."
        return None


class _Wide(_Reader):
    """The first column names the rows, each other counts what stands in a column."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(sheet)
        self.seen: dict[str, int] = {}
        if len(sheet.headers) == 1:
            raise CommandError(f"The file has one column only. {WANTED}")

    def take(self, cells: Sequence[str]) -> str | None:
        name = cells[0].strip()
        if not name:
            return "the row has no name in the first column."
        first = self.seen.setdefault(name, self.number)
        if first != self.number:
            return f"“{name}” is there already, in row {first}."
        for column, cell in self._filled(cells):
            try:
                self.add(name, column, _count(cell))
            except ValueError as error:
                return f"{error} It stands under “{column}”."
        return None

    def _filled(self, cells: Sequence[str]) -> Iterator[tuple[str, str]]:
        yield from zip(self.sheet.headers[1:], cells[1:], strict=False)


class _Long(_Reader):
    """The columns row and column say where units stand; cluster and count may be there too."""

    def __init__(self, sheet: Sheet, names: Sequence[str]) -> None:
        super().__init__(sheet)
        twice = [name for name in NAMES if names.count(name) > 1]
        if twice:
            raise CommandError(f"Two columns are called “{twice[0]}”.")
        self.places = {name: names.index(name) for name in NAMES if name in names}

    def take(self, cells: Sequence[str]) -> str | None:
        said = {name: cells[place].strip() for name, place in self.places.items()}
        missing = [name for name in (ROW, COLUMN) if not said[name]]
        if missing:
            return f"the {missing[0]} is empty."
        try:
            count = _count(said[COUNT]) if COUNT in said else 1
        except ValueError as error:
            return str(error)
        self.add(said[ROW], said[COLUMN], count, said.get(CLUSTER, ""))
        return None


def _count(text: str) -> int:
    """A whole number that is not below zero; ValueError with a sentence for anything else."""
    written = text.strip()
    if not written:
        raise ValueError("A count is missing; where there is none, write 0.")
    if written.isdecimal() and len(written) <= len(str(MOST_UNITS)):
        return int(written)
    if written.isdecimal():
        raise ValueError(f"“{written[:20]}…” is too large for a count.")
    if written.startswith(("-", "−")) and written[1:].isdecimal():
        raise ValueError(f"“{written}” is below zero, so it is no count.")
    raise ValueError(f"“{written[:40]}” is no whole number, so it is no count.")
