"""Dashboards: listed, begun, composed of saved tables, quotes and words."""

import uuid
from typing import Any

from django import forms
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents.http import Request
from incidents.models import Member
from incidents.paging import page_by_key
from incidents.views.attempts import refusal_of, version_to_send
from reports import access
from reports.actions import composing
from reports.forms.dashboards import AddTableForm, DashboardForm, EditDashboardForm
from reports.models import Dashboard, Table
from reports.queries.reports import (
    MOST_DELETED,
    composed,
    composed_and_deleted,
    lines_of,
)
from reports.queries.tables import in_order
from reports.views.reports import address_of, composed_context

MOST_TABLES = 100  # in the list of those to be added


@require_GET
def dashboard_list(request: Request, slug: str) -> HttpResponse:
    """The dashboards of the study, the newest first; nothing where something is hidden."""
    reader = access.reader_for(request, slug)
    context: dict[str, Any] = {"study": reader.study, "blind": not access.sees_all_results(reader)}
    if not context["blind"]:
        page = page_by_key(composed(Dashboard, reader.study), query=request.GET)
        gone = composed_and_deleted(Dashboard, reader.study).order_by("-deleted_at")[:MOST_DELETED]
        context |= {"page": page, "deleted": list(gone)}
    return render(request, "reports/dashboard_list.html", context)


@require_http_methods(["GET", "POST"])
def dashboard_create(request: Request, slug: str) -> HttpResponse:
    """Begin a dashboard."""
    reader = access.composer_for(request, slug)
    form = DashboardForm(request.POST if request.method == "POST" else None)
    begun: list[Dashboard] = []
    status = refusal_of(
        form, lambda: begun.append(composing.create_dashboard(by=reader, **form.cleaned_data))
    )
    if status is None:
        return redirect(address_of(begun[0], slug))
    context = {"study": reader.study, "form": form}
    return render(request, "reports/dashboard_edit.html", context, status=status)


@require_http_methods(["GET", "POST"])
def dashboard_edit(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Another title; the front page of the study, or not."""
    reader = access.composer_for(request, slug)
    dashboard = access.dashboard_shown(reader, uid)
    fields = {"title": dashboard.title, "is_front": dashboard.is_front}
    initial = {**fields, "row_version": dashboard.row_version}
    form = EditDashboardForm(request.POST if request.method == "POST" else None, initial=initial)
    status = refusal_of(
        form,
        lambda: composing.change_dashboard(dashboard=dashboard, by=reader, **form.cleaned_data),
    )
    if status is None:
        return redirect(address_of(dashboard, slug))
    dashboard.refresh_from_db()
    context = {
        "study": reader.study,
        "dashboard": dashboard,
        "form": form,
        "row_version": version_to_send(form, "row_version", dashboard.row_version, status),
    }
    return render(request, "reports/dashboard_edit.html", context, status=status)


@require_GET
def dashboard_compose(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """What stands on a dashboard, and what may be added."""
    reader = access.composer_for(request, slug)
    return composer(request, reader, access.dashboard_shown(reader, uid))


def composer(
    request: Request,
    reader: Member,
    dashboard: Dashboard,
    status: int = 200,
    **sent: forms.Form,
) -> HttpResponse:
    """The page on which a dashboard is composed, with what was sent and refused."""
    lines = lines_of(dashboard, tables=access.tables_shown(reader))
    context = {
        **composed_context(reader, dashboard, lines),
        "dashboard": dashboard,
        "tables": _offered(reader),
        "table_form": AddTableForm(initial={"charts": ["dots"]}),
        **sent,
    }
    context["chosen"] = str(context["table_form"]["saved"].value() or "")
    return render(request, "reports/dashboard_compose.html", context, status=status)


def _offered(reader: Member) -> list[Table]:
    """The tables that may be put onto it: shared ones, and the reader's own, which get shared."""
    tables = in_order(access.tables_open(reader), reader).order_by(F("place"))
    return list(tables[:MOST_TABLES])


@require_POST
def dashboard_add_table(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Put a saved table at the end of a dashboard; one's own is shared by this."""
    reader = access.composer_for(request, slug)
    dashboard = access.dashboard_shown(reader, uid)
    form = AddTableForm(request.POST)
    status = refusal_of(form, lambda: _add_table(reader, dashboard, form))
    if status is None:
        return redirect(address_of(dashboard, slug, dashboard.items[-1]["id"]))
    dashboard.refresh_from_db()
    return composer(request, reader, dashboard, status, table_form=form)


def _add_table(reader: Member, dashboard: Dashboard, form: AddTableForm) -> None:
    given = dict(form.cleaned_data)
    saved = access.table_to_use(reader, given.pop("saved"))
    composing.add_table(dashboard=dashboard, saved=saved, by=reader, **given)
