"""A table as its page draws it: every cell with its figure and the way to what stands behind it."""

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.templatetags.figure_tags import percent_in_words
from reports.queries.captions import columns_in_a_sentence, sentences_of
from reports.queries.one_period import note_on_one_period
from reports.queries.run_words import shown_count
from reports.queries.table_words import (
    MARKED,
    column_in_words,
    heading_of,
    marks_of,
    note_on_rows,
    notes_on_marks,
    notes_on_rounding,
)
from reports.views.questions import Question
from taxonomy.choices import Residual, Unit
from taxonomy.queries.tables import Answered
from taxonomy.tabulation.display import DASH, HIDDEN, Number
from taxonomy.tabulation.table import Column, Line, Row, Shown, Table

MANY_MOMENTS = 20_000  # from here on interviews are counted in a second part of the page

ONCE_EACH = {
    Unit.INCIDENTS: gettext_lazy(
        "Each incident counts once in every category that one of its moments stands in,"
        " so a column may add to more than 100."
    ),
    Unit.INTERVIEWS: gettext_lazy(
        "Each interview counts once in every category that one of its moments stands in,"
        " so a column may add to more than 100."
    ),
}
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
    """One cell: what stands in it, its count, and where a click leads (nowhere from nothing).

    `mark` is that of a small base, with its words in `marked`; what is `hidden` is not shown.
    """

    shown: str
    count: str = ""
    url: str = ""
    label: str = ""
    mark: str = ""
    marked: str = ""
    hidden: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class FigureRow:
    """One line of figures under its words."""

    label: str
    figures: list[Figure]
    detail: str = ""
    subtotal: bool = False


Address = Callable[[str, Column], str]


def figures_of(question: Question, answered: Answered, *, back: str = "") -> dict[str, Any]:
    """What the template of a table shows; nothing is counted here.

    `back` is where the words behind a cell lead back to, if not to the table by itself.
    """
    table, address = answered.table, _address(question, answered, back)
    return {
        "columns": [heading_of(column.word, column.name) for column in table.columns],
        "column_groups": column_groups(table),
        "rows": [_row(row, address) for row in table.rows],
        "base": _base(table, address),
        "unweighted": table.unweighted and plain_row(_("Without weights"), table.unweighted),
        "interviews": table.interviews and plain_row(_("Interviews"), table.interviews),
        "residuals": [
            _residual(line, address) for line in table.residuals if line.total or line.hidden
        ],
        "notes": notes_of(answered),
        "answered": answered,
        "round_name": answered.tree.rounds[answered.specification.round],
        "by_label": columns_in_a_sentence(answered.specification),
        "basis": sentences_of(answered.specification),
        "unit_label": str(answered.specification.unit.label),
        "total": total_of(table),
    }


def column_groups(table: Table) -> list[tuple[str, int]]:
    """The columns of the outer variable and over how many columns each stands, but for *All*."""
    names = [column.group for column in table.columns if column.group]
    return [(name, len(list(same))) for name, same in itertools.groupby(names)]


def total_of(table: Table) -> Number:
    """All units told of: the base and what stands beside it."""
    return table.base.total + sum(line.total for line in table.residuals)


def column_name(column: Column) -> str:
    """The name of a column where no other heading stands over it."""
    return column_in_words(column.word, column.name, column.group)


def residual_name(kind: str) -> str:
    """The words of a residual line."""
    return str(Residual(kind).label)


def plain_row(label: str, line: Line) -> FigureRow:
    """A line of counts that lead nowhere."""
    figures = [
        _not_shown() if column.key in line.hidden else Figure(shown_count(count))
        for column, count in line.cells
    ]
    return FigureRow(label, figures)


def cell_in_words(cell: Shown) -> str:
    """What stands in a cell, as the language writes it."""
    if cell.percent is not None or cell.text in {None, DASH}:
        return percent_in_words(cell.text)
    return shown_count(cell.count)


def _address(question: Question, answered: Answered, back: str) -> Address:
    asked = answered.specification
    query = question.form.query({"round": str(asked.round), "by": asked.by.value, "counts": ""})
    start = f"{question.url('verbatim_list')}?{query}"
    way = {"back": back} if back else {}

    def address(line: str, column: Column) -> str:
        return f"{start}&{urlencode({'row': line, 'column': column.word, **way})}"

    return address


def _row(row: Row, address: Address) -> FigureRow:
    figures = [_not_shown() if cell.hidden else _figure(row, cell, address) for cell in row.cells]
    return FigureRow(row.node.heading, figures, row.within, row.subtotal)


def _figure(row: Row, cell: Shown, address: Address) -> Figure:
    shown = cell_in_words(cell)
    says = _says(row.node.heading, cell.column, shown)
    is_count = cell.percent is None and bool(cell.count)
    return Figure(
        shown=shown,
        count="" if is_count else shown_count(cell.count),
        url=address(row.node.uid, cell.column) if cell.count else "",
        label=_("%(says)s (a count)") % {"says": says} if is_count else says,
    )


def _not_shown() -> Figure:
    return Figure(HIDDEN, hidden=True)


def _base(table: Table, address: Address) -> FigureRow:
    row = _line(table.base, _("Base"), address)
    figures = [
        dataclasses.replace(figure, mark=mark, marked=str(MARKED.get(mark, "")))
        for figure, mark in zip(row.figures, _marks(table), strict=True)
    ]
    return dataclasses.replace(row, figures=figures)


def _marks(table: Table) -> list[str]:
    return marks_of([units for _column, units in table.units.cells], table.shares)


def _residual(line: Line, address: Address) -> FigureRow:
    row = _line(line, residual_name(line.kind), address)
    return dataclasses.replace(row, detail=str(EXPLAINED[Residual(line.kind)]))


def _line(line: Line, name: str, address: Address) -> FigureRow:
    figures = [
        _not_shown()
        if column.key in line.hidden
        else _counted(line.kind, name, column, count, address)
        for column, count in line.cells
    ]
    return FigureRow(name, figures)


def _counted(kind: str, name: str, column: Column, count: Number, address: Address) -> Figure:
    shown = shown_count(count)
    url = address(kind, column) if count else ""
    return Figure(shown, url=url, label=_says(name, column, shown))


def _says(line: str, column: Column, shown: str) -> str:
    return f"{line}, {column_name(column)}: {shown}"


def notes_of(answered: Answered) -> list[str]:
    """What a reader of the table should know."""
    table = answered.table
    notes = []
    if answered.specification.unit in ONCE_EACH:
        notes.append(str(ONCE_EACH[answered.specification.unit]))
    else:
        notes += notes_on_rounding(table.columns_not_adding_up, len(table.columns))
    notes += notes_on_marks(_marks(table))
    if table.has_small_rows:
        notes.append(note_on_rows())
    if only := note_on_one_period(answered.specification, table):
        notes.append(only)
    return [*notes, *_notes_on_hidden(table)]


def _notes_on_hidden(table: Table) -> Iterator[str]:
    lines = (table.base, *table.residuals)
    if any(line.hidden for line in lines) or any(
        cell.hidden for row in table.rows for cell in row.cells
    ):
        yield _(
            "× Not shown, lest single people be told of: too few moments or interviews stand"
            " behind it, or it would tell what another such figure is."
        )
