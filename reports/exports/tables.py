"""A table as a file: the same figures, in the same order, as on its page.

A cell of a CSV file that a spreadsheet would take for a formula (it begins with = + - @, a tab or
a line break) gets an apostrophe before it. In XLSX text is written as text, so none is needed.
"""

import csv
import dataclasses
import io
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.utility import cell_autofit_width, xl_pixel_width

from reports.queries.table_words import column_in_words
from taxonomy.choices import Residual
from taxonomy.tabulation.display import DASH, HIDDEN, Number, number_in
from taxonomy.tabulation.specification import PATH_SEPARATOR
from taxonomy.tabulation.table import Line, Row, Shown, Table

BOM = "\ufeff"  # without it Excel reads UTF-8 as something else
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
WHOLE = 100
A4 = 9  # what workbooks call it
NAMES = 2  # columns of words, before the figures
WORDS, FIGURES, LEAST = 340, 110, 40  # pixels of a column, at most and at least
READABLE = 1600  # pixels that one page bears; 1,000 in their own size
LINE, BESIDE = 20, 7  # pixels: how high a line is, and what stays free in a cell
HIGHEST = 545  # pixels; Excel opens no file with a higher row
SLACK = 1.1


@dataclasses.dataclass(frozen=True, slots=True)
class Percent:
    """A percentage as the page shows it, kept a number where the file can."""

    shown: str
    number: Fraction

    def __str__(self) -> str:
        return self.shown


Cell = str | int | float | Percent | None
Facts = list[tuple[str, str]]


def as_csv(table: Table, about: Facts) -> bytes:
    """The table as CSV that spreadsheets open, with what it answers below."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for line in lines_of(table):
        writer.writerow([_harmless(cell) for cell in line])
    writer.writerow([])
    writer.writerows([_harmless(name), _harmless(value)] for name, value in about)
    return (BOM + text.getvalue()).encode()


def as_xlsx(table: Table, about: Facts) -> bytes:
    """The table as a workbook with typed cells, and a sheet that says what it answers."""
    file = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        _write_table(book, table)
        _write_about(book, about)
    return file.getvalue()


def lines_of(table: Table) -> Iterator[list[Cell]]:
    """Every line of the table: percentages as shown, then the counts behind them."""
    names = [column_in_words(one.word, one.name, one.group) for one in table.columns]
    counted = [_("%(column)s (count)") % {"column": name} for name in names]
    yield [_("Category"), _("Within"), *names, *counted]
    for row in table.rows:
        yield [row.node.heading, PATH_SEPARATOR.join(row.headings[:-1]), *_figures(row)]
    blank: list[Cell] = [None] * len(names)
    further = [line for line in (table.unweighted, table.interviews) if line]
    for line in (table.base, *further, *table.residuals):
        yield [_line_name(line, table), None, *blank, *_counts(line)]


def _figures(row: Row) -> list[Cell]:
    counts = [HIDDEN if cell.hidden else _count(cell.count) for cell in row.cells]
    return [*map(_shown, row.cells), *counts]


def _shown(cell: Shown) -> Cell:
    """A number where the page shows one; "–", "<1%", "×" and nothing stay what they are."""
    number = number_in(cell.percent)
    if number is not None:
        return Percent(cell.percent or "", number)
    if cell.percent is None and cell.text not in {None, DASH}:
        return _count(cell.count)
    return cell.text


def _counts(line: Line) -> list[Cell]:
    return [HIDDEN if column.key in line.hidden else _count(count) for column, count in line.cells]


def _count(count: Number) -> int | float:
    """A count; the sum of weights with all that a file can hold of it."""
    return count if isinstance(count, int) else float(count)


def _line_name(line: Line, table: Table) -> str:
    if line is table.unweighted:
        return _("Base, without weights")
    names = {"base": _("Base"), "interviews": _("Interviews")}
    return names.get(line.kind) or str(Residual(line.kind).label)


def _harmless(cell: Cell) -> str | int | float:
    if isinstance(cell, int | float):
        return cell
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _write_table(book: Any, table: Table) -> None:
    sheet = book.add_worksheet(_("Table"))
    percent = book.add_format({"num_format": "0.0%" if table.decimals else "0%", "valign": "top"})
    weight = book.add_format({"num_format": "#,##0.0", "valign": "top"})
    count = book.add_format({"valign": "top"})
    words = book.add_format({"text_wrap": True, "valign": "top"})
    sign = book.add_format({"align": "right", "valign": "top"})  # where others have a number
    head = book.add_format(
        {"bold": True, "bg_color": "#E8ECF1", "bottom": 1, "text_wrap": True, "valign": "top"}
    )
    lines = list(lines_of(table))
    for number, line in enumerate(lines):
        for place, cell in enumerate(line):
            if isinstance(cell, Percent):
                sheet.write_number(number, place, float(cell.number / WHOLE), percent)
            elif isinstance(cell, int | float):
                whole = isinstance(cell, int)
                sheet.write_number(number, place, cell, count if whole else weight)
            elif cell is not None:
                shown = words if place < NAMES else sign
                sheet.write_string(number, place, cell, shown if number else head)
    sheet.freeze_panes(1, 1)
    _lay_out(sheet, lines, [WORDS] * NAMES + [FIGURES] * (len(lines[0]) - NAMES))
    sheet.repeat_rows(0)
    sheet.repeat_columns(0)


def _write_about(book: Any, about: Facts) -> None:
    sheet = book.add_worksheet(_("About"))
    words = book.add_format({"text_wrap": True, "valign": "top"})
    for number, (name, value) in enumerate(about):
        sheet.write_string(number, 0, name, words)
        sheet.write_string(number, 1, value, words)
    _lay_out(sheet, about, [WORDS, 2 * WORDS])


def _lay_out(sheet: Any, lines: Sequence[Sequence[Cell]], widest: Sequence[int]) -> None:
    """Make columns as wide as their words, to a limit, and lines as high as these take then.

    Prints on A4 lengthwise, across as many pages as it takes to stay readable. Heights are set,
    for not every program finds them itself.
    """
    columns = zip(*lines, strict=True)
    widths = [
        max(LEAST, min(most, max(map(_pixels, column))))
        for most, column in zip(widest, columns, strict=True)
    ]
    for place, width in enumerate(widths):
        sheet.set_column_pixels(place, place, width)
    for number, line in enumerate(lines):
        taken = max(map(_lines_taken, line, widths))
        if taken > 1:
            sheet.set_row_pixels(number, min(LINE * taken, HIGHEST))
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(math.ceil(sum(widths) / READABLE), 0)


def _pixels(cell: Cell) -> int:
    """How wide a cell is on one line, with room for bold letters and other programs' fonts."""
    return 0 if cell is None else math.ceil(SLACK * cell_autofit_width(str(cell)))


def _lines_taken(cell: Cell, width: int) -> int:
    """How many lines of a column of this width the words of a cell take."""
    taken, room = 0, width - BESIDE
    for line in str("" if cell is None else cell).split("\n"):
        taken, filled = taken + 1, 0
        for word in line.split(" "):
            wide = xl_pixel_width(word)
            if filled and filled + wide > room:
                taken, filled = taken + 1, 0
            taken += wide // (room + 1)  # a word longer than the line is broken
            filled += wide % (room + 1) + xl_pixel_width(" ")
    return taken
