"""A table as a file: the same figures, in the same order, as on its page.

A cell of a CSV file that a spreadsheet would take for a formula (it begins with = + - @, a tab or
a line break) gets an apostrophe before it. In XLSX text is written as text, so none is needed.
"""

import csv
import dataclasses
import io
from collections.abc import Iterator
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from taxonomy.choices import Residual
from taxonomy.tabulation.display import DASH, whole_percent
from taxonomy.tabulation.rollup import ALL
from taxonomy.tabulation.specification import PATH_SEPARATOR
from taxonomy.tabulation.table import Line, Row, Table

BOM = "\ufeff"  # without it Excel reads UTF-8 as something else
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
WHOLE = 100


@dataclasses.dataclass(frozen=True, slots=True)
class Percent:
    """A whole per cent, kept a number where the file can."""

    whole: int

    def __str__(self) -> str:
        return f"{self.whole}%"


Cell = str | int | Percent | None
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
    names = [_("All") if column.key == ALL else column.name for column in table.columns]
    counted = [_("%(column)s (count)") % {"column": name} for name in names]
    yield [_("Category"), _("Within"), *names, *counted]
    bases = [base for _column, base in table.base.cells]
    for row in table.rows:
        yield [row.node.heading, PATH_SEPARATOR.join(row.path[:-1]), *_percents(row, bases)]
    blank: list[Cell] = [None] * len(names)
    for line in (table.base, *([table.interviews] if table.interviews else []), *table.residuals):
        yield [_line_name(line), None, *blank, *(count for _column, count in line.cells)]


def _percents(row: Row, bases: list[int]) -> list[Cell]:
    shown: list[Cell] = [
        _percent(cell.percent, cell.count, base)
        for cell, base in zip(row.cells, bases, strict=True)
    ]
    return [*shown, *(cell.count for cell in row.cells)]


def _percent(shown: str | None, count: int, base: int) -> Cell:
    """A number where the page shows one; "–", "<1%" and nothing stay what they are."""
    if shown is None or shown == DASH or shown.startswith("<"):
        return shown
    return Percent(whole_percent(count, base))


def _line_name(line: Line) -> str:
    names = {"base": _("Base"), "interviews": _("Interviews")}
    return names.get(line.kind) or str(Residual(line.kind).label)


def _harmless(cell: Cell) -> str | int:
    if isinstance(cell, int):
        return cell
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _write_table(book: Any, table: Table) -> None:
    sheet = book.add_worksheet(_("Table"))
    percent, bold = book.add_format({"num_format": "0%"}), book.add_format({"bold": True})
    for number, line in enumerate(lines_of(table)):
        for place, cell in enumerate(line):
            if isinstance(cell, Percent):
                sheet.write_number(number, place, cell.whole / WHOLE, percent)
            elif isinstance(cell, int):
                sheet.write_number(number, place, cell)
            elif cell is not None:
                sheet.write_string(number, place, cell, bold if number == 0 else None)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 1, 36)


def _write_about(book: Any, about: Facts) -> None:
    sheet = book.add_worksheet(_("About"))
    for number, (name, value) in enumerate(about):
        sheet.write_string(number, 0, name)
        sheet.write_string(number, 1, value)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90)
