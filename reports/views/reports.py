"""Reports: begun, and composed of runs; what all composers share."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents.http import Request
from incidents.models import Member
from incidents.paging import page_by_key
from incidents.views.attempts import refusal_of, version_to_send
from reports import access
from reports.actions import composing
from reports.choices import DocumentForm
from reports.forms.reports import AddRunForm, EditReportForm, ReportForm, WordsForm
from reports.models import Composition, Report
from reports.queries.method.writing import method_of
from reports.queries.quotes import quotable
from reports.queries.reports import (
    MOST_DELETED,
    ItemLine,
    composed,
    composed_and_deleted,
    files_of,
    lines_of,
    quotes_in,
    runs_offered,
)
from reports.queries.run_words import asked_beside
from reports.views.runs import table_name, title_of
from taxonomy.access import schemes_open_to

PAGE = "reports/report_show.html"
MOST_QUOTES = 30  # in the list of those to be added


@require_GET
def report_list(request: Request, slug: str) -> HttpResponse:
    """The reports of the study, the newest first; nothing where something is hidden."""
    reader = access.reader_for(request, slug)
    context: dict[str, Any] = {"study": reader.study, "blind": not access.sees_all_results(reader)}
    if not context["blind"]:
        page = page_by_key(composed(Report, reader.study), query=request.GET)
        gone = composed_and_deleted(Report, reader.study).order_by("-deleted_at")[:MOST_DELETED]
        context |= {"page": page, "deleted": list(gone), "suffix": _suffix(request)}
    return render(request, "reports/report_list.html", context)


def _suffix(request: Request) -> str:
    """What leads on to the form in which the run of the address is chosen already."""
    run = _uid(request.GET.get("run", ""))
    return f"?run={run}#add" if run else ""


def _uid(text: str) -> str:
    """The uid that an address names, or nothing."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""


@require_http_methods(["GET", "POST"])
def report_create(request: Request, slug: str) -> HttpResponse:
    """Begin a report."""
    reader = access.composer_for(request, slug)
    form = ReportForm(request.POST if request.method == "POST" else None)
    begun: list[Report] = []
    status = refusal_of(
        form, lambda: begun.append(composing.create_report(by=reader, **form.cleaned_data))
    )
    if status is None:
        return redirect(address_of(begun[0], slug) + _suffix(request))
    context = {"study": reader.study, "form": form}
    return render(request, "reports/report_create.html", context, status=status)


@require_GET
def report_show(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """A report as it is composed, and its documents."""
    reader = access.composer_for(request, slug)
    report = access.report_shown(reader, uid)
    return composer(request, reader, report)


def composer(
    request: Request,
    reader: Member,
    report: Report,
    status: int = 200,
    **sent: forms.Form,
) -> HttpResponse:
    """The page on which a report is composed, with what was sent and refused."""
    runs = access.runs_shown(reader)
    chosen = _uid(request.GET.get("run", ""))
    context = {
        **composed_context(reader, report, lines_of(report, runs=runs)),
        "report": report,
        "runs": [
            (run, title_of(run), table_name(run, reader), asked_beside(run))
            for run in runs_offered(runs)
        ],
        "run_form": AddRunForm(initial={"run": chosen}),
        "forms": DocumentForm,
        "files": list(files_of(report)[:MOST_DELETED]),
        "missing": _missing(reader, report),
        **sent,
    }
    context["chosen"] = str(context["run_form"]["run"].value() or "")
    return render(request, PAGE, context, status=status)


def composed_context(
    reader: Member, composition: Composition, lines: Sequence[ItemLine]
) -> dict[str, Any]:
    """What every composer shows: the parts, and what may be added besides tables."""
    there = set(quotes_in(composition.items))
    quotes = [one for one in quotable(reader.study) if str(one.uid) not in there]
    return {
        "study": reader.study,
        "composition": composition,
        "of": kind_of(composition),
        "lines": lines,
        "quotes": quotes[:MOST_QUOTES],
        "words_form": WordsForm(),
    }


def kind_of(composition: Composition) -> str:
    """How the names of its addresses begin."""
    return type(composition).__name__.lower()


def address_of(composition: Composition, slug: str, item: str = "") -> str:
    """Where a report or a dashboard is composed, or one part of it."""
    page = {"report": "report_show", "dashboard": "dashboard_compose"}[kind_of(composition)]
    address = reverse(f"reports:{page}", args=[slug, composition.uid])
    return f"{address}#part-{item}" if item else address


def _missing(reader: Member, report: Report) -> list[str]:
    """What a complete report would have and the method section does not say."""
    if not report.with_method:
        return []
    return [gap.text for gap in method_of(reader.study, schemes_open_to(reader)).gaps]


@require_http_methods(["GET", "POST"])
def report_edit(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Another title, with or without the method section."""
    reader = access.composer_for(request, slug)
    report = access.report_shown(reader, uid)
    fields = {"title": report.title, "with_method": report.with_method}
    initial = {**fields, "row_version": report.row_version}
    form = EditReportForm(request.POST if request.method == "POST" else None, initial=initial)
    status = refusal_of(
        form, lambda: composing.change_report(report=report, by=reader, **form.cleaned_data)
    )
    if status is None:
        return redirect(address_of(report, slug))
    report.refresh_from_db()
    context = {
        "study": reader.study,
        "report": report,
        "form": form,
        "row_version": version_to_send(form, "row_version", report.row_version, status),
    }
    return render(request, "reports/report_edit.html", context, status=status)


@require_POST
def report_add_run(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Put a run at the end of a report."""
    reader = access.composer_for(request, slug)
    report = access.report_shown(reader, uid)
    form = AddRunForm(request.POST)
    status = refusal_of(form, lambda: _add_run(reader, report, form))
    if status is None:
        return redirect(address_of(report, slug, report.items[-1]["id"]))
    report.refresh_from_db()
    return composer(request, reader, report, status, run_form=form)


def _add_run(reader: Member, report: Report, form: AddRunForm) -> None:
    given = dict(form.cleaned_data)
    run = access.run_shown(reader, given.pop("run"))
    composing.add_run(report=report, run=run, by=reader, **given)
