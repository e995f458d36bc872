"""The grid of incidents: everything the member may read, filtered, searched and sorted."""

import dataclasses
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.forms.addressed import WHOLE, grouped
from incidents.http import Request, addresses_of, part_of
from incidents.models import Member
from incidents.paging import PAGE_SIZE, shown_bounded
from reports import access
from reports.forms.incidents import IncidentFilterForm
from reports.queries.bulk import latest_act
from reports.queries.columns import Column, columns_for, columns_shown, sorting_of
from reports.queries.grid import (
    count_at_once,
    count_found,
    grid_rows,
    may_count_further,
    page_of_grid,
)
from reports.queries.incidents import Sight, incidents_found, sight_of
from reports.queries.saved import choice_of, filters_offered
from reports.queries.too_few import tells_too_much
from taxonomy.access import schemes_open_to
from taxonomy.queries.protection import too_few

PAGE = "reports/incident_list.html"
SHOWN = "incidents:incident_show"
ASKED_NOTHING = "?q="  # an address that asks, though for nothing: no filter opens it


@dataclasses.dataclass(frozen=True)
class Grid:
    """Who asks the grid what, and what they see of it."""

    member: Member
    sight: Sight
    form: IncidentFilterForm

    @property
    def url(self) -> str:
        """The address of the grid, which opens with the member's filter."""
        return reverse("reports:incident_list", args=[self.member.study.slug])

    def address(self) -> str:
        """The address of what is asked."""
        query = self.form.query()
        return f"{self.url}?{query}" if query else f"{self.url}{ASKED_NOTHING}"

    def count_url(self) -> str:
        """The address of how many there are."""
        url = reverse("reports:incident_count", args=[self.member.study.slug])
        return f"{url}?{self.form.query()}"


def grid_of(request: Request, slug: str, query: Any) -> Grid:
    """The grid as somebody asks it; nothing is looked for yet."""
    member = member_for(request, slug, *RoleName)
    schemes = schemes_open_to(member)
    sight = sight_of(member, names=access.sees_names(member), schemes=schemes)
    return Grid(member, sight, IncidentFilterForm(query, study=member.study, sight=sight))


@require_GET
@vary_on_headers("HX-Request")
def incident_list(request: Request, slug: str) -> HttpResponse:
    """The incidents of one study; htmx asks for the rows only."""
    grid = grid_of(request, slug, request.GET)
    choice = choice_of(grid.member)
    if not request.GET and choice.opens_with is not None:
        return redirect(f"{grid.url}?{choice.opens_with.query}")
    columns = columns_shown(grid.sight, choice.columns)
    context = {**_frame(grid, columns), **_saved(grid, choice.opens_with_id)}
    if grid.form.is_valid():
        context |= _rows(request, grid, columns)
    status = HTTPStatus.OK if grid.form.is_valid() else HTTPStatus.UNPROCESSABLE_ENTITY
    response = render(request, part_of(PAGE, "rows", request), context, status=status)
    return push_url(response, grid.address()) if request.htmx else response


@require_GET
def incident_count(request: Request, slug: str) -> HttpResponse:
    """How many fit, counted further than the page waited for."""
    grid = grid_of(request, slug, request.GET)
    if not grid.form.is_valid():
        return HttpResponse(status=HTTPStatus.UNPROCESSABLE_ENTITY)
    asked = grid.form.cleaned_data
    found = incidents_found(grid.member, grid.sight, asked)
    if tells_too_much(grid.member, grid.sight, asked, found):
        return HttpResponse(status=HTTPStatus.UNPROCESSABLE_ENTITY)
    counted = count_found(found, asked)
    context = {
        "count": shown_bounded(counted),
        "number": counted[0],
        "again": grid.member.has_role(RoleName.ADMIN),
    }
    return render(request, "reports/incident_count.html", context)


@require_GET
def filter_choices(request: Request, slug: str, field: str) -> HttpResponse:
    """All that a filter offers, for a list of which the page wrote only the one chosen."""
    grid = grid_of(request, slug, {})
    if field not in grid.form.every:
        raise Http404
    return JsonResponse({"choices": grouped(grid.form.every[field]())})


def _frame(grid: Grid, columns: list[Column]) -> dict[str, Any]:
    """What stands around the rows."""
    return {
        "study": grid.member.study,
        "form": grid.form,
        "list_url": grid.url,
        "clear_url": f"{grid.url}{ASKED_NOTHING}",
        "whole_url": "" if WHOLE in grid.form.data else f"?{grid.form.query({WHOLE: 'whole'})}",
        "query": grid.form.query(),
        "may_decide": grid.member.has_role(RoleName.ADMIN),
        "columns": [_head(grid, column) for column in columns],
        "offered": [
            {"name": one.name, "label": one.label, "shown": one in columns}
            for one in columns_for(grid.sight)
        ],
    }


def _saved(grid: Grid, opens_with: int | None) -> dict[str, Any]:
    query = grid.form.query()
    saved = [
        {"filter": one, "current": one.query == query, "opens": one.pk == opens_with}
        for one in filters_offered(grid.member)
    ]
    return {"saved": saved, "current": next((one for one in saved if one["current"]), None)}


def _rows(request: Request, grid: Grid, columns: list[Column]) -> dict[str, Any]:
    asked = grid.form.cleaned_data
    found = incidents_found(grid.member, grid.sight, asked)
    if tells_too_much(grid.member, grid.sight, asked, found):
        return {"refusal": too_few(), "untouched": False}
    by = sorting_of(grid.sight, asked["sort"])
    page = page_of_grid(found, columns, by=by, query=request.GET, size=PAGE_SIZE)
    turned = "after" in request.GET or "before" in request.GET
    counted = count_at_once(page, found, asked, turned=turned, size=PAGE_SIZE)
    return {
        "rows": grid_rows(page.rows, columns, addresses_of(SHOWN, grid.member.study.slug)),
        "count": shown_bounded(counted),
        "number": counted[0],
        "count_url": grid.count_url() if may_count_further(asked, counted) else "",
        "untouched": not grid.form.filled() and not turned,
        "next_url": _link(grid.form, "after", page.after),
        "previous_url": _link(grid.form, "before", page.before),
        "latest": latest_act(grid.member),
    }


def _head(grid: Grid, column: Column) -> dict[str, Any]:
    """A column's head: what a click sorts by, and how it is sorted now."""
    by = sorting_of(grid.sight, grid.form.data.get("sort", ""))
    way = ""
    if by is not None and by[0] is column:
        way = "descending" if by[1] else "ascending"
    following = {"": column.name, "ascending": f"-{column.name}", "descending": ""}[way]
    sorts = f"?{grid.form.query({'sort': following}) or 'q='}" if column.sorts_by else ""
    return {"label": column.label, "url": sorts, "way": way}


def _link(form: IncidentFilterForm, way: str, place: Any) -> str:
    return f"?{form.query({way: str(place)})}" if place else ""
