"""How members keep the grid: filters under names, columns."""

import uuid

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.http import Request
from incidents.views.attempts import refusal_of
from reports import access
from reports.actions.grid import (
    change_filter,
    choose_columns,
    delete_filter,
    open_with,
    save_filter,
)
from reports.forms.grid import ColumnsForm, FilterForm, SaveFilterForm
from reports.queries.columns import columns_for
from reports.queries.saved import choice_of, filters_open_to, filters_to_change
from reports.views.incidents import grid_of


@require_GET
def filter_list(request: Request, slug: str) -> HttpResponse:
    """The filters that the member may use, and what they may do with each."""
    member = member_for(request, slug, *RoleName)
    changeable = set(filters_to_change(member).values_list("pk", flat=True))
    saved = [(one, one.pk in changeable) for one in filters_open_to(member)]
    context = {"study": member.study, "saved": saved, "opens": choice_of(member).opens_with}
    return render(request, "reports/filter_list.html", context)


@require_POST
def filter_save(request: Request, slug: str) -> HttpResponse:
    """Keep what is asked under a name."""
    form = SaveFilterForm(request.POST)
    if not form.is_valid():
        member_for(request, slug, *RoleName)
        messages.error(request, _("Give the filter a name of at most 80 letters."))
        return redirect("reports:incident_list", slug)
    query = form.cleaned_data["query"]
    grid = grid_of(request, slug, QueryDict(query))
    saved = save_filter(owner=grid.member, name=form.cleaned_data["name"], query=grid.form.query())
    messages.success(request, _("Kept as “%(name)s”.") % {"name": saved.name})
    return redirect(grid.address())


@require_http_methods(["GET", "POST"])
def filter_edit(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Rename a filter, or share it."""
    member = member_for(request, slug, *RoleName)
    saved = access.filter_to_change(member, uid)
    form = FilterForm(
        request.POST if request.method == "POST" else None,
        initial={"name": saved.name, "shared": saved.shared},
        may_share=member.has_role(RoleName.ADMIN),
    )
    status = refusal_of(
        form,
        lambda: change_filter(
            saved=saved, by=member, **{"shared": saved.shared, **form.cleaned_data}
        ),
    )
    if status is None:
        return redirect("reports:filter_list", slug)
    context = {"study": member.study, "saved": saved, "form": form}
    return render(request, "reports/filter_edit.html", context, status=status)


@require_POST
def filter_delete(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Forget a filter."""
    member = member_for(request, slug, *RoleName)
    saved = access.filter_to_change(member, uid)
    delete_filter(saved=saved, by=member)
    messages.success(request, _("“%(name)s” is deleted.") % {"name": saved.name})
    return redirect("reports:filter_list", slug)


@require_POST
def filter_open(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Let the grid open with a filter; with everything again where it did already."""
    member = member_for(request, slug, *RoleName)
    saved = access.filter_to_use(member, uid)
    opens = choice_of(member).opens_with
    open_with(saved=None if opens is not None and opens.pk == saved.pk else saved, by=member)
    return redirect("reports:filter_list", slug)


@require_POST
def grid_columns(request: Request, slug: str) -> HttpResponse:
    """Show the columns chosen, now and from now on."""
    grid = grid_of(request, slug, None)
    names = [column.name for column in columns_for(grid.sight)]
    form = ColumnsForm(request.POST, names=names)
    if not form.is_valid():
        messages.error(request, _("There is no such column."))
        return redirect(grid.url)
    given = form.cleaned_data
    choose_columns(columns=None if given["usual"] else given["columns"], by=grid.member)
    return redirect(f"{reverse('reports:incident_list', args=[slug])}?{given['query'] or 'q='}")
