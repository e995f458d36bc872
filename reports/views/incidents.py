"""The grid of incidents: everything the member may read, filtered and searched."""

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.http import Request, part_of
from incidents.models import Member
from incidents.paging import PAGE_SIZE, page_by_key
from reports import access
from reports.forms.incidents import IncidentFilterForm
from reports.queries.filters import COUNTED, shown_count
from reports.queries.incidents import Sight, grid_rows, incidents_found, read_rows, sight_of

PAGE = "reports/incident_list.html"


@require_GET
@vary_on_headers("HX-Request")
def incident_list(request: Request, slug: str) -> HttpResponse:
    """The incidents of one study, newest first; htmx asks for the rows only."""
    member = member_for(request, slug, *RoleName)
    sight = sight_of(
        member, names=access.sees_names(member), schemes=access.schemes_open_to(member)
    )
    form = IncidentFilterForm(request.GET, study=member.study, sight=sight)
    status = HTTPStatus.OK if form.is_valid() else HTTPStatus.UNPROCESSABLE_ENTITY
    context = {"form": form, "sight": sight, **_rows(request, member, sight, form)}
    response = render(request, part_of(PAGE, "rows", request), context, status=status)
    address = f"{request.path}?{form.query()}" if form.query() else request.path
    return push_url(response, address) if request.htmx else response


def _rows(
    request: Request, member: Member, sight: Sight, form: IncidentFilterForm
) -> dict[str, Any]:
    study = member.study
    context = {"study": study, "list_url": reverse("reports:incident_list", args=[study.slug])}
    if not form.is_valid():
        return context
    found = incidents_found(member, sight, form.cleaned_data)
    page = page_by_key(read_rows(found), query=request.GET, size=PAGE_SIZE)
    return {
        **context,
        "rows": grid_rows(page.rows, sight),
        "count": shown_count(found.order_by()[: COUNTED + 1].count()),
        "untouched": not form.filled() and not _is_turned(request),
        "next_url": _link(form, "after", page.after),
        "previous_url": _link(form, "before", page.before),
    }


def _is_turned(request: Request) -> bool:
    return "after" in request.GET or "before" in request.GET


def _link(form: IncidentFilterForm, way: str, uid: Any) -> str:
    return f"?{form.query({way: str(uid)})}" if uid else ""
