"""A table as its page draws it: every cell with its figure and the way to what stands behind it."""

import dataclasses
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from incidents.paging import shown_number
from incidents.templatetags.figure_tags import percent_in_words
from reports.views.questions import Question
from taxonomy.choices import Residual, Unit
from taxonomy.queries.tables import Answered
from taxonomy.tabulation.rollup import ALL
from taxonomy.tabulation.table import Column, Line, Row, Table

SMALL_BASE = 50
MANY_MOMENTS = 20_000  # from here on interviews are counted in a second part of the page
COLUMNS_NAMED = 4

EXPLAINED = {
    Residual.NOT_CODED: gettext_lazy("Nobody has answered yet, or not all who are to answer."),
    Residual.IN_DISPUTE: gettext_lazy("Coders disagree, and nobody has settled it."),
    Residual.UNCLASSIFIABLE: gettext_lazy("Coders said that no category can be given."),
    Residual.COARSER_ONLY: gettext_lazy("Coded in a coarser round; no finer category fitted."),
    Residual.NOT_BATCHED: gettext_lazy("Coded in a category that has no place in this round yet."),
    Residual.NEWER: gettext_lazy("Coded in a category newer than the revision shown."),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Figure:
    """One cell: what stands in it, its count, and where a click leads (nowhere from nothing)."""

    shown: str
    count: str = ""
    url: str = ""
    label: str = ""
    small: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class FigureRow:
    """One line of figures under its words."""

    label: str
    figures: list[Figure]
    detail: str = ""


Address = Callable[[str, Column], str]


def figures_of(question: Question, answered: Answered) -> dict[str, Any]:
    """What the template of a table shows; nothing is counted here."""
    table, address = answered.table, _address(question, answered)
    return {
        "columns": [column_name(column) for column in table.columns],
        "rows": [_row(row, address) for row in table.rows],
        "base": _base(table.base, address),
        "interviews": table.interviews and plain_row(_("Interviews"), table.interviews),
        "residuals": [_residual(line, address) for line in table.residuals if line.total],
        "notes": notes_of(answered),
        "answered": answered,
        "round_name": answered.tree.rounds[answered.specification.round],
        "by_label": _in_a_sentence(str(answered.specification.by.label)),
        "unit_label": str(answered.specification.unit.label),
        "total": total_of(table),
    }


def _in_a_sentence(label: str) -> str:
    """Return a label as it stands within a sentence; German keeps the capitals of its nouns."""
    return label if get_language() == "de" else label.lower()


def total_of(table: Table) -> int:
    """All units told of: the base and what stands beside it."""
    return table.base.total + sum(line.total for line in table.residuals)


def column_name(column: Column) -> str:
    """The heading of a column."""
    return _("All") if column.key == ALL else column.name


def residual_name(kind: str) -> str:
    """The words of a residual line."""
    return str(Residual(kind).label)


def plain_row(label: str, line: Line) -> FigureRow:
    """A line of counts that lead nowhere."""
    return FigureRow(label, [Figure(shown_number(count)) for _column, count in line.cells])


def _address(question: Question, answered: Answered) -> Address:
    asked = answered.specification
    query = question.form.query({"round": str(asked.round), "by": asked.by.value, "counts": ""})
    start = f"{question.url('verbatim_list')}?{query}"

    def address(line: str, column: Column) -> str:
        return f"{start}&{urlencode({'row': line, 'column': column.word})}"

    return address


def _row(row: Row, address: Address) -> FigureRow:
    figures = [
        Figure(
            shown=(shown := percent_in_words(cell.percent)),
            count=shown_number(cell.count),
            url=address(row.node.uid, cell.column) if cell.count else "",
            label=_says(row.node.heading, cell.column, shown),
        )
        for cell in row.cells
    ]
    within = row.path[-2] if len(row.path) > 1 else ""
    return FigureRow(row.node.heading, figures, within)


def _base(line: Line, address: Address) -> FigureRow:
    figures = [
        dataclasses.replace(
            _counted(line.kind, _("Base"), column, count, address), small=0 < count < SMALL_BASE
        )
        for column, count in line.cells
    ]
    return FigureRow(_("Base"), figures)


def _residual(line: Line, address: Address) -> FigureRow:
    name = residual_name(line.kind)
    figures = [_counted(line.kind, name, column, count, address) for column, count in line.cells]
    return FigureRow(name, figures, str(EXPLAINED[Residual(line.kind)]))


def _counted(kind: str, name: str, column: Column, count: int, address: Address) -> Figure:
    shown = shown_number(count)
    url = address(kind, column) if count else ""
    return Figure(shown, url=url, label=_says(name, column, shown))


def _says(line: str, column: Column, shown: str) -> str:
    return f"{line}, {column_name(column)}: {shown}"


def notes_of(answered: Answered) -> list[str]:
    """What a reader of the table should know."""
    table = answered.table
    notes = []
    if answered.specification.unit == Unit.INCIDENTS:
        notes.append(
            _(
                "Each incident counts once in every category that one of its moments stands in,"
                " so a column may add to more than 100."
            )
        )
    elif uneven := table.columns_not_adding_up:
        notes.append(_rounding_note(uneven, len(table.columns)))
    if any(0 < count < SMALL_BASE for _column, count in table.base.cells):
        notes.append(_("* Small base, below %(base)d: read with caution.") % {"base": SMALL_BASE})
    return notes


def _rounding_note(uneven: list[str], columns: int) -> str:
    if len(uneven) > COLUMNS_NAMED:
        return _(
            "%(uneven)d of %(columns)d columns do not add to 100 because their figures are rounded."
        ) % {"uneven": len(uneven), "columns": columns}
    names = ", ".join(_("All") if name == "All" else name for name in uneven)
    return ngettext(
        "%(names)s does not add to 100 because its figures are rounded.",
        "%(names)s do not add to 100 because their figures are rounded.",
        len(uneven),
    ) % {"names": names}
