"""Dashboards as they are read: on a page, in full screen, and the front page of a study."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRefresh

from incidents.http import Request
from incidents.models import Member
from reports import access
from reports.models import Dashboard, Table
from reports.queries.dashboard import scheme_lines
from reports.queries.dashboards import front_of
from reports.views.dashboard import ready_links
from reports.views.dashboard_parts import (
    Sources,
    count_waiting,
    parts_of,
    questions_of,
    sources_of,
)
from reports.views.questions import Question
from reports.views.ready_dashboard import ready_dashboard
from reports.views.runs import ask_run_of
from taxonomy.access import schemes_open_to
from taxonomy.tabulation.specification import SpecificationError

PAGE = "reports/dashboard_show.html"
PRESENTED = "reports/dashboard_present.html"


@require_GET
@never_cache
@vary_on_headers("HX-Request")
def dashboard_show(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """A dashboard; `waiting` asks only how many of its tables are still computed."""
    reader = access.reader_for(request, slug)
    dashboard = access.dashboard_shown(reader, uid)
    if _is_a_poll(request):
        return _still_waiting(request, count_waiting(reader, dashboard.items))
    return _page(request, dashboard, sources_of(reader, dashboard.items))


@require_GET
@never_cache
def dashboard_present(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """The same, one part after another, for a wall."""
    reader = access.reader_for(request, slug)
    dashboard = access.dashboard_shown(reader, uid)
    return _presented(request, dashboard, sources_of(reader, dashboard.items))


@require_POST
def dashboard_compute(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Ask for a run of every table of a dashboard."""
    reader = access.reader_for(request, slug)
    dashboard = access.dashboard_shown(reader, uid)
    _compute(request, sources_of(reader, dashboard.items))
    return redirect("reports:dashboard_show", slug, uid)


# -- The front page -----------------------------------------------------------------------------


@require_GET
@never_cache
@vary_on_headers("HX-Request")
def front_show(request: Request, slug: str) -> HttpResponse:
    """What a study opens with for who reads tables: the dashboard chosen for it, or a ready one."""
    reader = access.reader_for(request, slug)
    dashboard, tables = _front(reader)
    if _is_a_poll(request):
        return _still_waiting(request, count_waiting(reader, dashboard.items, tables))
    lines = scheme_lines(reader, open_to=schemes_open_to(reader))
    return _page(
        request,
        dashboard,
        sources_of(reader, dashboard.items, tables),
        is_front=True,
        ready=ready_links(reader.study, lines),
        blind=[line.scheme for line in lines if line.blind],
    )


@require_GET
@never_cache
def front_present(request: Request, slug: str) -> HttpResponse:
    """The front page, one part after another, for a wall."""
    reader = access.reader_for(request, slug)
    dashboard, tables = _front(reader)
    return _presented(request, dashboard, sources_of(reader, dashboard.items, tables))


@require_POST
def front_compute(request: Request, slug: str) -> HttpResponse:
    """Ask for a run of every table of the front page."""
    reader = access.reader_for(request, slug)
    dashboard, tables = _front(reader)
    _compute(request, sources_of(reader, dashboard.items, tables))
    return redirect("reports:front_show", slug)


def _front(reader: Member) -> tuple[Dashboard, list[Table] | None]:
    """The dashboard that was chosen, else one that is made up and its tables, kept nowhere."""
    chosen = front_of(reader.study)
    return (chosen, None) if chosen is not None else ready_dashboard(reader)


# -- What they share ----------------------------------------------------------------------------


def _is_a_poll(request: Request) -> bool:
    return bool("waiting" in request.GET and request.htmx)


def _still_waiting(request: Request, waiting: int) -> HttpResponse:
    if not waiting:
        return HttpResponseClientRefresh()
    return render(request, f"{PAGE}#waiting", {"waiting": waiting})


def _page(request: Request, dashboard: Dashboard, sources: Sources, **front: Any) -> HttpResponse:
    context = {**_context(request, dashboard, sources), **front}
    return render(request, PAGE, context)


def _presented(request: Request, dashboard: Dashboard, sources: Sources) -> HttpResponse:
    return render(request, PRESENTED, _context(request, dashboard, sources))


def _context(request: Request, dashboard: Dashboard, sources: Sources) -> dict[str, Any]:
    study = sources.reader.study
    is_made_up = dashboard.pk is None
    of, at = ("front", []) if is_made_up else ("dashboard", [dashboard.uid])
    urls = {
        f"{name}_url": reverse(f"reports:{of}_{name}", args=[study.slug, *at])
        for name in ("show", "present", "compute")
    }
    return {
        "study": study,
        "dashboard": dashboard,
        "board_title": dashboard.title if sources.sees_all else _("Dashboard"),
        "is_made_up": is_made_up,
        "sees_all": sources.sees_all,
        "parts": parts_of(request, dashboard.items, sources),
        "has_tables": bool(sources.tables),
        "waiting": len(sources.waiting),
        **urls,
    }


def _compute(request: Request, sources: Sources) -> None:
    """Ask for all runs; say how many, and how many could not be asked for: those say why."""
    questions = questions_of(sources)
    asked = sum(_ask(question) for question in questions)
    refused = len(questions) - asked
    if asked:
        said = ngettext(
            "%(number)s table is being computed.", "%(number)s tables are being computed.", asked
        )
        messages.success(request, said % {"number": asked})
    if refused:
        said = ngettext(
            "%(number)s table cannot be computed; it says why.",
            "%(number)s tables cannot be computed; they say why.",
            refused,
        )
        messages.error(request, said % {"number": refused})


def _ask(question: Question | None) -> bool:
    """Ask for the run of a question; whether it could be asked."""
    if question is None:
        return False
    try:
        ask_run_of(question)
    except SpecificationError:
        return False
    return True
