"""Runs: asked for, followed while they are computed, read as they were kept, listed."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from incidents.choices import RoleName
from incidents.http import Request
from incidents.models import Member
from incidents.paging import page_by_key, shown_number
from reports import access
from reports.actions.running import ask_run
from reports.forms.keeping import AskForm
from reports.forms.schedules import pause_of
from reports.models import Run
from reports.queries.captions import sentences_of
from reports.queries.run_words import (
    asked_beside,
    method_notes,
    notes_of,
    reasons_of,
    tests_of,
    verdict_of,
)
from reports.queries.runs import comparable_with, is_behind
from reports.queries.schedules import schedule_of, with_changes
from reports.queries.specified import from_plain
from reports.queries.table_words import names_in
from reports.queries.tables import may_change
from reports.views.charts import charts_of_page
from reports.views.questions import Question, page_of_nothing, question_of
from reports.views.run_figures import (
    Address,
    address_of,
    details_of,
    findings_shown,
    has_plain_intervals,
    table_of,
)
from taxonomy.tabulation.specification import SpecificationError

PAGE = "reports/run_show.html"
PAGE_SIZE = 25
MOST_COMPARABLE = 10


@require_POST
def run_ask(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Ask for the table of a page with all statistics; its own page says how far it is."""
    form = AskForm(request.POST)
    asked = QueryDict(form.cleaned_data["query"] if form.is_valid() else "")
    question = question_of(request, slug, scheme, asked)
    nothing = page_of_nothing(request, question)
    if nothing is not None:
        return nothing
    try:
        run = ask_run_of(question)
    except SpecificationError as error:
        messages.error(request, str(error))
        return redirect(question.address("table_show"))
    return redirect("reports:run_show", slug, run.uid)


def ask_run_of(question: Question) -> Run:
    """Ask for a run of what a page shows. Raises SpecificationError."""
    return ask_run(
        scheme=question.scheme,
        specification=question.specified(),
        query=question.form.query({"counts": ""}),
        words=question.words(),
        names=question.names,
        by=question.member,
        table=question.saved_table(),
    )


@require_GET
@never_cache
def run_show(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """A run as it was kept; `progress` asks only how far its job is."""
    reader = access.reader_for(request, slug)
    run = access.run_shown(reader, uid)
    tables = access.tables_open(reader)
    table = tables.filter(pk=run.table_id).first() if run.table_id else None
    context: dict[str, Any] = {
        "study": reader.study,
        "run": run,
        "run_title": title_of(run),
        "saved_table": table,
        "may_change": table is not None and may_change(reader, table),
        "words": run.question["words"],
        "sees_all": access.sees_all_results(reader),
        "basis": sentences_of(from_plain(run.question["specification"])),
        "may_retry": reader.has_role(RoleName.ADMIN),
    }
    if "progress" in request.GET:
        response = render(request, f"{PAGE}#progress", context)
        if run.answered_at or not (run.job and run.job.goes_on):
            trigger_client_event(response, "job-over", after="settle")
        return response
    if run.answered_at:
        context |= _answered(request, reader, run)
    return render(request, PAGE, context)


def title_of(run: Run) -> str:
    """What a run is about: round by columns, in the words of then."""
    words = [value for _label, value in run.question["words"]]
    return _("%(round)s by %(by)s") % {"round": words[1], "by": words[2]}


def table_name(run: Run, reader: Member) -> str:
    """The name of the saved table that asked for a run, where the reader may use it."""
    table = run.table
    if table is None or table.deleted_at or not (table.shared or table.owner_id == reader.pk):
        return ""
    return table.name


def _answered(request: Request, reader: Member, run: Run) -> dict[str, Any]:
    answer, study = run.answer, reader.study
    run.scheme.study = study
    exercise = study.reconstruction
    tested = answer["statistics"] is not None and (not exercise or "exercise" in request.GET)
    start = reverse("reports:verbatim_list", args=[study.slug, run.scheme.slug])
    address = address_of(start, run.query, back=request.get_full_path())
    others = comparable_with(run, access.runs_shown(reader))
    context = {
        "answer": answer,
        "data_seq": shown_number(run.data_seq or 0),
        "behind": is_behind(run),
        "table": table_of(answer, address, tested=tested),
        "table_url": _table_url(reader, run),
        "charts": charts_of_page(run, address),
        "others": [(one, title_of(one)) for one in others[:MOST_COMPARABLE]],
        "exercise": exercise,
        "exercise_shown": exercise and tested,
        "tested": tested,
        "notes": notes_of(answer),
        "run_again_url": reverse("reports:run_ask", args=[study.slug, run.scheme.slug]),
    }
    return context | (_statistics(run, address) if tested else {})


def _statistics(run: Run, address: Address) -> dict[str, Any]:
    answer, statistics = run.answer, run.answer["statistics"]
    names, details = names_in(answer)[1:], details_of(answer)
    return {
        "verdict": verdict_of(statistics, answer["sensitivity"]),
        "tests": tests_of(statistics),
        "not_tested": reasons_of(statistics, names),
        "details": details,
        "has_plain_intervals": has_plain_intervals(details),
        "findings": findings_shown(answer, address),
        "comparable": statistics["reasons"].count(None) > 1,
        "method": method_notes(statistics),
    }


def _table_url(reader: Member, run: Run) -> str:
    start = reverse("reports:table_show", args=[reader.study.slug, run.scheme.slug])
    return f"{start}?{run.query}" if run.query else start


@require_GET
def run_list(request: Request, slug: str) -> HttpResponse:
    """What was computed in the study, or for one saved table, the newest first."""
    reader = access.reader_for(request, slug)
    runs, table, schedule = access.runs_shown(reader), None, None
    if request.GET.get("table"):
        table = access.table_named(reader, request.GET["table"])
        runs, schedule = runs.filter(table=table), schedule_of(table)
    page = page_by_key(with_changes(runs), query=request.GET, size=PAGE_SIZE)
    of_table = f"&table={table.uid}" if table else ""
    context = {
        "study": reader.study,
        "sees_all": access.sees_all_results(reader),
        "saved_table": table,
        "schedule": schedule,
        "pause": pause_of(schedule),
        "may_change": table is not None and may_change(reader, table),
        "runs": [_line(run, reader) for run in page.rows],
        "next_url": f"?after={page.after}{of_table}" if page.after else "",
        "previous_url": f"?before={page.before}{of_table}" if page.before else "",
    }
    return render(request, "reports/run_list.html", context)


def _line(run: Run, reader: Member) -> dict[str, Any]:
    return {
        "run": run,
        "title": title_of(run),
        "beside": asked_beside(run),
        "table_name": table_name(run, reader),
    }
