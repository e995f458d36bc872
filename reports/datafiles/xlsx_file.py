"""A workbook: the rows, a sheet that describes the variables, and one of notes.

The library writes the frame of the workbook with its formats; the rows, by far the most of it, are
put into their sheet as they come, so the memory needed does not grow with them. Text is written as
text: nothing in it becomes a formula or a link.
"""

import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from reports.datafiles.book import (
    LONGEST_TEXT,
    Book,
    Cell,
    Column,
    FileError,
    Headings,
    Kind,
    Row,
    Value,
    columns_of,
    cut_to_letters,
    readable,
)

FIRST_DAY = dt.date(1900, 3, 1)  # the days before it a workbook does not count as we do
DAY_ZERO = dt.date(1899, 12, 30)
AT_ONCE = 1 << 18
SHEET = "xl/worksheets/sheet1.xml"
END_OF_ROWS = "</sheetData>"
ROW = b"<row "
LONGEST_SHEET_NAME = 31
LONGEST_TITLE = 255
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write(path: Path, book: Book, rows: Iterable[Row]) -> None:
    """Write the rows as they come, into the frame that was written before."""
    frame = path.with_name(f"{path.name}.frame")
    try:
        day = _write_frame(frame, book)
        with (
            zipfile.ZipFile(frame) as source,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as target,
        ):
            for name in source.namelist():
                with target.open(name, "w", force_zip64=name == SHEET) as part:
                    content = source.read(name)
                    for text in _filled(content, book, rows, day) if name == SHEET else [content]:
                        part.write(text)
    finally:
        frame.unlink(missing_ok=True)


def rows_in(path: Path, book: Book) -> int:  # noqa: ARG001  (each form is asked alike)
    """Read the sheet again and count its rows. Raises FileError where it is damaged."""
    counted, tail = 0, b""
    try:
        with zipfile.ZipFile(path) as workbook, workbook.open(SHEET) as sheet:
            while portion := sheet.read(AT_ONCE):  # which compares the checksum at the end
                counted += (tail + portion).count(ROW)
                tail = (tail + portion)[1 - len(ROW) :]
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
        raise FileError("The workbook is not whole.") from error
    return counted - 1  # the heading


# -- The frame -----------------------------------------------------------------------------------


def _write_frame(path: Path, book: Book) -> int:
    """Write everything but the rows; returns the number of the format of days."""
    with xlsxwriter.Workbook(str(path), OPTIONS) as frame:
        day = frame.add_format({"num_format": "yyyy-mm-dd"})
        bold = frame.add_format({"bold": True, "bg_color": "#E8ECF1", "bottom": 1})
        wrap = frame.add_format({"text_wrap": True, "valign": "top"})
        _write_headings(frame, book, {"bold": bold, "day": day})
        _write_variables(frame, book, bold, wrap)
        _write_notes(frame, book, bold, wrap)
        frame.set_properties({"title": readable(book.title)[:LONGEST_TITLE]})
    return day.xf_index or 0  # 0 where no column has days


def _write_headings(frame: Any, book: Book, formats: dict[str, Any]) -> None:
    sheet = frame.add_worksheet(_sheet_name(book.headings.data))
    columns = columns_of(book)
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.name, formats["bold"])
        shown = formats["day"] if column.variable.kind == Kind.DATE else None
        sheet.set_column(place, place, column.variable.width, shown)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(book.rows, 1), len(columns) - 1)


def _write_variables(frame: Any, book: Book, bold: Any, wrap: Any) -> None:
    """Each variable with its label and kind, and below it its values."""
    words = book.headings
    sheet = frame.add_worksheet(_sheet_name(words.variables))
    heads = (words.name, words.label, words.kind, words.number, words.word, words.meaning)
    for place, head in enumerate(heads):
        sheet.write_string(0, place, head, bold)
    for number, line in enumerate(_described(book), 1):
        for place, cell in enumerate(line):
            if isinstance(cell, int):
                sheet.write_number(number, place, cell, wrap)
            elif cell:
                sheet.write_string(number, place, _bounded(cell, words), wrap)
    sheet.freeze_panes(1, 1)
    for place, width in enumerate((30, 44, 14, 10, 24, 60)):
        sheet.set_column(place, place, width)


def _described(book: Book) -> Iterator[list[str | int | None]]:
    for variable in book.variables:
        names = [one.name for one in columns_of(book) if one.variable is variable]
        yield [", ".join(names), variable.label, str(variable.kind)]
        for value in variable.choices:
            yield [names[0], None, None, value.number, value.word, value.label]


def _write_notes(frame: Any, book: Book, bold: Any, wrap: Any) -> None:
    sheet = frame.add_worksheet(_sheet_name(book.headings.notes))
    for number, (name, text) in enumerate(book.notes):
        sheet.write_string(number, 0, _bounded(name, book.headings), bold)
        if text.isdecimal():
            sheet.write_number(number, 1, int(text), wrap)
        else:
            sheet.write_string(number, 1, _bounded(text, book.headings), wrap)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 100)


def _sheet_name(name: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", name)[:LONGEST_SHEET_NAME]


# -- The rows ------------------------------------------------------------------------------------


def _filled(content: bytes, book: Book, rows: Iterable[Row], day: int) -> Iterator[bytes]:
    """The sheet of headings with the rows behind them."""
    head, end, tail = content.decode().partition(END_OF_ROWS)
    yield head.encode()
    yield from _in_portions(_lines(book, rows, day))
    yield (end + tail).encode()


def _in_portions(lines: Iterable[str]) -> Iterator[bytes]:
    held: list[str] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size > AT_ONCE:
            yield "".join(held).encode()
            held, size = [], 0
    yield "".join(held).encode()


def _lines(book: Book, rows: Iterable[Row], day: int) -> Iterator[str]:
    columns = columns_of(book)
    places = [
        (f'<c r="{xl_col_to_name(place)}', column.place, _known(column, book.headings))
        for place, column in enumerate(columns)
    ]
    for number, row in enumerate(rows, 2):
        cells = []
        for opening, place, known in places:
            cell = row[place]
            if cell is None or cell == "":
                continue
            body = known[cell] if isinstance(cell, Value) else _body(cell, day, book.headings)
            cells.append(f'{opening}{number}"{body}')
        yield f'<row r="{number}">{"".join(cells)}</row>'


def _known(column: Column, words: Headings) -> dict[Value, str]:
    """What people read of each value: its label; in a column of codes the code."""
    return {
        value: _words(value.word if column.of_code else value.label, words)
        for value in column.variable.choices
    }


def _body(cell: Cell, day: int, words: Headings) -> str:
    if isinstance(cell, int):
        return f"><v>{cell}</v></c>"
    if isinstance(cell, dt.date):
        if cell < FIRST_DAY:
            return _words(cell.isoformat(), words)
        return f' s="{day}"><v>{(cell - DAY_ZERO).days}</v></c>'
    return _words(str(cell), words)


def _words(text: str, words: Headings) -> str:
    kept = escape(_literal(_bounded(text, words))).replace("\r", "&#13;")
    return f' t="inlineStr"><is><t xml:space="preserve">{kept}</t></is></c>'


def _bounded(text: str, words: Headings) -> str:
    return cut_to_letters(readable(text), LONGEST_TEXT["xlsx"], words.cut)


_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def _literal(text: str) -> str:
    """Keep what looks like the workbook's own escape (_x000D_) from being read as one."""
    return _ESCAPED.sub("_x005F_", text) if "_x" in text else text
