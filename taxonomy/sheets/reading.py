"""Open a CSV file or a workbook as headers and numbered rows of text, or say why not."""

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from taxonomy.sheets.archive import check_workbook
from taxonomy.sheets.limits import Limits
from taxonomy.sheets.problems import Problem, SheetError
from taxonomy.sheets.text import MARKED, detect_encoding, sniff_delimiter

ZIP: Final = b"PK\x03\x04"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SNIFFED: Final = 1 << 18
SAYS_DELIMITER: Final = "sep="

Cell = str | int | float | bool | dt.date | dt.time | dt.datetime | dt.timedelta
Record = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a file. `encoding` and `delimiter` are None for a workbook."""

    name: str
    kind: str
    encoding: str | None
    delimiter: str | None
    headers: tuple[str, ...]
    header_row: int
    formulas: int
    _records: Callable[[], Iterator[Record]]

    def rows(self) -> Iterator[Record]:
        """Yield (row number, cells), blank rows left out, at least as wide as the headers.

        Numbers are those a spreadsheet shows. Raises SheetError where the file turns out bad.
        """
        width = len(self.headers)
        for number, cells in self._records():
            if number > self.header_row:
                yield number, cells + [""] * (width - len(cells))

    def problems(self) -> list[Problem]:
        """What to know about the file as a whole."""
        return [Problem("formulas", params={"count": self.formulas})] if self.formulas else []


def open_sheet(path: Path, *, limits: Limits | None = None, name: str = "") -> Sheet:
    """Open the table of a file: the only one of a CSV, the first filled one of a workbook.

    What the file is shows by its first bytes, not by its name. Text is streamed again by every
    call of `rows`. Raises SheetError with the problem when there is no table to read.
    """
    limits = limits or Limits()
    size = path.stat().st_size
    if not size:
        raise SheetError("empty_file")
    if size > limits.file_bytes:
        raise SheetError("file_too_big", limit=limits.file_bytes // 1_000_000)
    with path.open("rb") as stream:
        start = stream.read(len(OLE))
    if start == OLE:
        raise SheetError("old_or_protected_workbook")
    if start.startswith(ZIP[:2]) and start[2:4] in {ZIP[2:], b"\x05\x06"}:
        return _open_workbook(path, limits)
    return _open_text(path, limits, name or path.name)


def _open_text(path: Path, limits: Limits, name: str) -> Sheet:
    encoding = detect_encoding(path)
    with _decoded(path, encoding) as stream:
        sample = stream.read(SNIFFED)
    said = _said_delimiter(sample)
    delimiter = said or sniff_delimiter(sample, whole=len(sample) < SNIFFED)
    source = _Text(path, encoding, delimiter, limits, skip_line=said is not None)
    header_row, headers = _headers(source.records())
    return Sheet(name, "csv", encoding, delimiter, headers, header_row, 0, source.records)


def _decoded(path: Path, encoding: str) -> io.TextIOWrapper:
    stream = path.open(encoding=encoding, newline="")
    if encoding.startswith("utf-16") and stream.read(1) != MARKED:
        stream.seek(0)
    return stream


def _said_delimiter(sample: str) -> str | None:
    """Some spreadsheets write `sep=;` as a first line, and hide it when they open the file."""
    first = sample.split("\n", 1)[0].strip().strip('"')
    said = first.lower().startswith(SAYS_DELIMITER) and len(first) == len(SAYS_DELIMITER) + 1
    return first[-1] if said else None


@dataclass(frozen=True, slots=True)
class _Text:
    """A text file that can be read from its start again and again."""

    path: Path
    encoding: str
    delimiter: str
    limits: Limits
    skip_line: bool

    def records(self) -> Iterator[Record]:
        """Yield the filled records with their numbers; strict about quotation marks."""
        with _decoded(self.path, self.encoding) as stream:
            if self.skip_line:
                stream.readline()
            lines = _Lines(stream, self.delimiter, self.limits)
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            yield from _checked(self._numbered(reader, lines), self.limits)

    def _numbered(self, reader: Iterator[list[str]], lines: "_Lines") -> Iterator[Record]:
        while True:
            lines.begin_record()
            try:
                record = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise _reading_error(error, lines.record, self.limits) from error
            yield lines.record, record


class _Lines:
    """The lines of a text, refusing any record that grows beyond the limit."""

    def __init__(self, stream: io.TextIOBase, delimiter: str, limits: Limits) -> None:
        self.stream, self.delimiter, self.limits = stream, delimiter, limits
        self.record = self.length = self.delimiters = 0

    def begin_record(self) -> None:
        self.record += 1
        self.length = self.delimiters = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.stream.readline(self.limits.record_length + 1)
        if not line:
            raise StopIteration
        self.length += len(line)
        self.delimiters += line.count(self.delimiter)
        if self.length > self.limits.record_length:
            raise self._too_long()
        return line

    def _too_long(self) -> SheetError:
        if self.delimiters >= self.limits.columns:
            return SheetError("too_many_columns", row=self.record, limit=self.limits.columns)
        return SheetError("cell_too_long", row=self.record, limit=self.limits.cell_length)


def _reading_error(error: csv.Error, row: int, limits: Limits) -> SheetError:
    if "field limit" in str(error):
        return SheetError("cell_too_long", row=row, limit=limits.cell_length)
    return SheetError("unbalanced_quote", row=row)


def _checked(records: Iterator[Record], limits: Limits) -> Iterator[Record]:
    """Pass on what is filled; refuse rows, columns and cells beyond the limits, and NULs."""
    filled = 0
    for number, cells in records:
        if len(cells) > limits.columns:
            raise SheetError("too_many_columns", row=number, limit=limits.columns)
        if not any(cell.strip() for cell in cells):
            continue
        filled += 1
        if filled > limits.rows + 1:
            raise SheetError("too_many_rows", limit=limits.rows)
        for cell in cells:
            if len(cell) > limits.cell_length:
                raise SheetError("cell_too_long", row=number, limit=limits.cell_length)
            if "\0" in cell:
                raise SheetError("nul_bytes", row=number)
        yield number, cells


def _headers(records: Iterator[Record]) -> tuple[int, tuple[str, ...]]:
    """Return the number and the names of the header row; raise when no row follows it."""
    first = next(records, None)
    if first is None:
        raise SheetError("empty_file")
    number, cells = first
    names = tuple(_header(cell, at) for at, cell in enumerate(cells, start=1))
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise SheetError("duplicate_headers", row=number, names=", ".join(twice))
    if next(records, None) is None:
        raise SheetError("header_only")
    return number, names


def _header(cell: str, at: int) -> str:
    return " ".join(cell.split()) or f"Column {at}"


def _open_workbook(path: Path, limits: Limits) -> Sheet:
    formulas = check_workbook(path, limits=limits)
    try:
        sheet = _first_filled(CalamineWorkbook.from_path(path))
        table = [[_text(cell) for cell in cells] for cells in sheet.iter_rows()] if sheet else []
    except (CalamineError, OSError, ValueError) as error:
        raise SheetError("damaged_workbook") from error
    if sheet is None:
        raise SheetError("empty_file")

    def records() -> Iterator[Record]:
        return _checked(iter(enumerate(table, start=1)), limits)

    header_row, headers = _headers(records())
    return Sheet(sheet.name, "xlsx", None, None, headers, header_row, formulas, records)


def _first_filled(workbook: CalamineWorkbook) -> CalamineSheet | None:
    shown = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible == SheetVisibleEnum.Visible
    ]
    sheets = (workbook.get_sheet_by_name(name) for name in shown)
    return next((sheet for sheet in sheets if sheet.height), None)


def _text(cell: Cell) -> str:
    """What a spreadsheet would show: 5 not 5.0, dates as ISO, TRUE and FALSE."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return f"{cell:.15g}"
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ", "auto")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def sample(sheet: Sheet, size: int) -> Sequence[list[str]]:
    """Return the cells of the first `size` rows."""
    return [cells for _, cells in islice(sheet.rows(), size)]
