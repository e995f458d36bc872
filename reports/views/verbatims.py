"""The words behind a cell of a table."""

import dataclasses
import datetime as dt
import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from incidents.http import Request
from incidents.models import Incident, Moment
from incidents.paging import Page, page_by_key
from reports.queries.filters import COUNTED, shown_count
from reports.queries.run_words import shown_count as shown_of_units
from reports.queries.verbatims import (
    coded_in,
    moments_of,
    read_incidents,
    read_moments,
    verbatims_of,
)
from reports.views.coming_back import way_back, words_of_way
from reports.views.figures import cell_in_words, column_name, residual_name
from reports.views.questions import Question, page_of_nothing, question_of
from taxonomy.access import schemes_open_to
from taxonomy.choices import Residual, Shares, Unit
from taxonomy.models import Category, Scheme
from taxonomy.queries.axes import axes_of
from taxonomy.queries.behind import BASE, Line, incidents_of, moments_behind
from taxonomy.queries.protection import hidden_places, tells_organizations, too_few
from taxonomy.queries.tables import Answered
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.rollup import ALL
from taxonomy.tabulation.specification import Specification, SpecificationError
from taxonomy.tabulation.table import Column
from taxonomy.tabulation.tree import Node, Tree

PAGE_SIZE = 25
OF = {
    Shares.COLUMN: gettext_lazy(
        "In the table: %(share)s of the column, %(count)s of %(base)s (%(unit)s)."
    ),
    Shares.ROW: gettext_lazy(
        "In the table: %(share)s of the row, %(count)s of %(base)s (%(unit)s)."
    ),
    Shares.TOTAL: gettext_lazy(
        "In the table: %(share)s of everything, %(count)s of %(base)s (%(unit)s)."
    ),
}


@require_GET
def verbatim_list(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The moments or incidents that one cell counts, newest first."""
    question = question_of(request, slug, scheme)
    nothing = page_of_nothing(request, question)
    if nothing is not None:
        return nothing
    if not question.form.is_valid():
        context = {"study": question.member.study, "scheme": question.scheme, "invalid": True}
        return render(request, "reports/table_none.html", context, status=422)
    cell = _cell(request, question)
    refusal = _refusal(question, cell)
    if refusal:
        context = {"study": question.member.study, "scheme": question.scheme, "cell": cell}
        context |= {"refusal": refusal, **_ways(request, question)}
        return render(request, "reports/verbatim_list.html", context)
    return render(request, "reports/verbatim_list.html", _context(request, question, cell))


@dataclasses.dataclass(frozen=True)
class Also:
    """A category of another scheme in which the moments stand as well."""

    scheme: Scheme
    tree: Tree
    node: Node

    def moments(self) -> QuerySet[Moment]:
        """What counts in it."""
        specification = Specification(self.node.round)
        return moments_behind(self.scheme, self.tree, specification, self.node)


@dataclasses.dataclass(frozen=True)
class Cell:
    """Where a click came from."""

    line: Line
    column: Column
    specification: Specification
    also: Also | None = None

    @property
    def name(self) -> str:
        """The words of its line."""
        if isinstance(self.line, Node):
            return self.line.heading
        return _("Base") if self.line == BASE else residual_name(self.line)

    @property
    def in_scheme(self) -> str:
        """What the scheme calls a category that has a label of its own in tables."""
        line = self.line
        return line.name if isinstance(line, Node) and line.name != line.heading else ""

    @property
    def listed(self) -> Unit:
        """What is read behind it: of interviews their moments, too, for nobody reads whole ones."""
        unit = self.specification.unit
        return Unit.MOMENTS if unit == Unit.INTERVIEWS else unit


def _cell(request: Request, question: Question) -> Cell:
    """The cell that the address names. Raises Http404 where there is none."""
    specification = question.form.specification()
    line = _line(request.GET.get("row", BASE), question.tree)
    if isinstance(line, Node) and not (
        specification.subtotals and line.round > specification.round
    ):
        specification = dataclasses.replace(specification, round=line.round)
    axes = axes_of(specification, question.member.study, names=question.names)
    column = axes.named(request.GET.get("column", ALL))
    if column is None:
        raise Http404
    return Cell(line, column, specification, _also(request, question))


def _refusal(question: Question, cell: Cell) -> str:
    """Why a cell is not opened: its figure is not shown to who may not know names; else ""."""
    if question.names or not tells_organizations(cell.specification):
        return ""
    if cell.also is not None:
        return too_few()
    line = cell.line.key if isinstance(cell.line, Node) else cell.line
    try:
        places = hidden_places(question.scheme, cell.specification, question.tree)
    except SpecificationError as error:
        return str(error)
    return too_few() if (line, cell.column.key) in places else ""


def _also(request: Request, question: Question) -> Also | None:
    """The category of another scheme that the address names; 404 where results are not open."""
    word = request.GET.get("also")
    if not word:
        return None
    open_to = [one for one in schemes_open_to(question.member) if one != question.scheme]
    try:
        rows = Category.objects.filter(scheme__in=open_to, uid=uuid.UUID(word), exists=True)
    except ValueError:
        raise Http404 from None
    row = rows.select_related("scheme").first()
    if row is None:
        raise Http404
    tree = tree_of(row.scheme)
    return Also(row.scheme, tree, tree.canonical(row.pk))


def _line(word: str, tree: Tree) -> Line:
    if word == BASE:
        return BASE
    if word in Residual.values:
        return Residual(word)
    for node in tree.nodes.values():
        if node.uid == word:
            return tree.canonical(node.key)
    raise Http404


def _context(request: Request, question: Question, cell: Cell) -> dict[str, Any]:
    asked = {"row": request.GET.get("row", BASE), "column": cell.column.word}
    if cell.also:
        asked["also"] = cell.also.node.uid
    if request.GET.get("back"):
        asked["back"] = request.GET["back"]
    link = question.form.query(asked)
    shown = _shown(request, question, cell)
    keys = [moment.pk for moment in moments_of(shown.page.rows)]
    coded = coded_in(question.scheme, question.tree, question.member, keys)
    return {
        "study": question.member.study,
        "scheme": question.scheme,
        "cell": cell,
        "column_name": column_name(cell.column),
        "round_name": question.tree.rounds[cell.specification.round],
        "unit_label": cell.listed.label,
        "filters": question.form.active,
        "verbatims": verbatims_of(
            shown.page.rows, names=question.names, coded=coded, here=shown.here(keys)
        ),
        "back": request.get_full_path(),
        "count": shown_count(shown.count),
        "figure": _figure(question, cell),
        **_ways(request, question),
        "next_url": f"?{link}&after={shown.page.after}" if shown.page.after else "",
        "previous_url": f"?{link}&before={shown.page.before}" if shown.page.before else "",
    }


def _ways(request: Request, question: Question) -> dict[str, str]:
    """Where the table stands, and the page from which somebody came."""
    table = question.address("table_show")
    back = way_back(request.GET.get("back", ""), question.member.study.slug, otherwise=table)
    return {
        "table_url": table,
        "back_url": back,
        "back_label": words_of_way(back),
    }


@dataclasses.dataclass(frozen=True)
class FigureShown:
    """The figure of a cell as its table has it; `as_of` is the time of one counted before."""

    says: str
    as_of: dt.datetime | None = None


def _figure(question: Question, cell: Cell) -> FigureShown | None:
    """What the table says in the cell of a category; None where it stands in none at hand."""
    if cell.also is not None or not isinstance(cell.line, Node):
        return None
    try:
        answered = question.answered(cell.specification)
    except SpecificationError:
        return None
    says = _says(cell.line, cell.column, answered)
    if says:
        says = f"{says} {question.reconstruction()}".strip()
    return FigureShown(says, None if answered.fresh else answered.counted_at) if says else None


def _says(node: Node, column: Column, answered: Answered) -> str:
    """The figure of a category with what it is a share of."""
    rows = (row for row in answered.table.rows if row.node.key == node.key)
    cells = (cell for row in rows for cell in row.cells if cell.column.key == column.key)
    one = next(cells, None)
    if one is None or one.hidden or not one.base:
        return ""
    words = {
        "share": cell_in_words(one),
        "count": shown_of_units(one.count),
        "base": shown_of_units(one.base),
        "unit": str(answered.specification.unit.label),
    }
    if one.percent is None or not one.count:
        return _("In the table: %(count)s of %(base)s (%(unit)s).") % words
    return OF[answered.table.shares] % words


@dataclasses.dataclass(frozen=True)
class Shown:
    """One page of what stands behind a cell, and how many in all; `found` where incidents count."""

    page: Page[Moment] | Page[Incident]
    count: int
    found: QuerySet[Moment] | None = None

    def here(self, keys: list[int]) -> list[int]:
        """Which of the moments of the page the cell counts; where moments are listed, all."""
        if self.found is None:
            return keys
        return list(self.found.order_by().filter(pk__in=keys).values_list("pk", flat=True))


def _shown(request: Request, question: Question, cell: Cell) -> Shown:
    behind = (question.scheme, question.tree, cell.specification, cell.line, cell.column.key)
    found = moments_behind(*behind)
    if cell.also:
        found = found.filter(pk__in=cell.also.moments().values("pk"))
    if cell.listed == Unit.INCIDENTS:
        incidents = read_incidents(incidents_of(found))
        page = page_by_key(incidents, query=request.GET, size=PAGE_SIZE)
        return Shown(page, _count(incidents), found)
    moments = read_moments(found)
    return Shown(page_by_key(moments, query=request.GET, size=PAGE_SIZE), _count(moments))


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[: COUNTED + 1].count()
