"""Schedules: a saved table that is computed again by itself."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from incidents.http import Request, tell
from incidents.views.attempts import CONFLICT, refusal_of, version_to_send
from reports import access
from reports.actions.scheduling import schedule_table, stop_schedule
from reports.forms.schedules import ScheduleForm, pause_of
from reports.models import Schedule, Table
from reports.queries.schedules import schedule_of


@require_http_methods(["GET", "POST"])
def table_schedule(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Let a saved table be computed again by itself, or change how."""
    reader = access.reader_for(request, slug)
    table = access.table_to_change(reader, uid)
    schedule = schedule_of(table)
    form = ScheduleForm(request.POST if request.method == "POST" else None, initial=_kept(schedule))
    status = refusal_of(form, lambda: schedule_table(table=table, by=reader, **form.cleaned_data))
    if status is None:
        tell(request, _("“%(name)s” is computed again by itself.") % {"name": table.name})
        return redirect(_runs_of(slug, table))
    if status == CONFLICT:
        schedule = schedule_of(table)
    context: dict[str, Any] = {
        "study": reader.study,
        "table": table,
        "schedule": schedule,
        "pause": pause_of(schedule),
        "is_mine": schedule is not None and schedule.owner_id == reader.pk,
        "runs_url": _runs_of(slug, table),
        "form": form,
        "row_version": "" if schedule is None else _version(form, schedule, status),
    }
    return render(request, "reports/table_schedule.html", context, status=status)


def _kept(schedule: Schedule | None) -> dict[str, Any]:
    return {"rhythm": schedule.rhythm, "keep": schedule.keep} if schedule else {}


def _version(form: ScheduleForm, schedule: Schedule, status: int) -> object:
    return version_to_send(form, "row_version", schedule.row_version, status)


@require_POST
def schedule_stop(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Let a saved table no longer be computed by itself."""
    reader = access.reader_for(request, slug)
    table = access.table_to_change(reader, uid)
    stop_schedule(table=table, by=reader)
    tell(request, _("“%(name)s” is not computed by itself any more.") % {"name": table.name})
    return redirect(_runs_of(slug, table))


def _runs_of(slug: str, table: Table) -> str:
    return reverse("reports:run_list", args=[slug], query={"table": str(table.uid)})
