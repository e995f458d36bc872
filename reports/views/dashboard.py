"""The tables of a study: which there are, and each with its figures."""

import uuid
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url, reswap, retarget

from incidents.http import Request, part_of
from incidents.models import Study
from incidents.paging import shown_number
from reports import access
from reports.choices import Ready
from reports.queries.dashboard import SchemeLine, scheme_lines
from reports.queries.tables import saved_lines
from reports.views.figures import MANY_MOMENTS, figures_of, plain_row, total_of
from reports.views.questions import Question, page_of_nothing, question_of
from taxonomy.access import schemes_open_to
from taxonomy.models import Scheme
from taxonomy.queries.tables import Answered, TooMuchError, with_interviews
from taxonomy.tabulation.specification import SpecificationError

PAGE = "reports/table_show.html"


@require_GET
def dashboard(request: Request, slug: str) -> HttpResponse:
    """What was saved, then the schemes of the study and their rounds, each a table."""
    reader = access.reader_for(request, slug)
    open_to = schemes_open_to(reader)
    lines = scheme_lines(reader, open_to=open_to)
    context = {
        "study": reader.study,
        "lines": lines,
        "ready": ready_links(reader.study, lines),
        **saved_lines(reader, open_to, request.GET),
    }
    return render(request, "reports/dashboard.html", context)


def ready_links(study: Study, lines: Iterable[SchemeLine]) -> list[dict[str, Any]]:
    """The tables that every study wants, of its first scheme that is open and has rounds."""
    for line in lines:
        if line.rounds and not line.blind:
            return [
                {"label": one.label, "url": ready_address(study, line.scheme, one)} for one in Ready
            ]
    return []


def ready_address(study: Study, scheme: Scheme, which: Ready) -> str:
    """Where a ready-made table of a scheme stands."""
    return reverse(f"reports:ready_{which.value}", args=[study.slug, scheme.slug])


@require_GET
@vary_on_headers("HX-Request")
def table_show(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The table of one scheme; htmx asks for the figures only, or for the filters."""
    question = question_of(request, slug, scheme)
    nothing = page_of_nothing(request, question)
    if nothing is not None:
        return nothing
    unfolded = "filters" in request.GET
    if unfolded and request.htmx:
        return render(request, f"{PAGE}#filters", {"form": question.form, "unfolded": True})
    status, context = _shown(question)
    context |= {"unfolded": unfolded, "reconstruction": question.reconstruction()}
    template = part_of(PAGE, "answer", request)
    response = render(request, template, context, status=status)
    return push_url(response, context["address"]) if request.htmx else response


@require_GET
@vary_on_headers("HX-Request")
def table_fresh(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Asked again and again while a table is behind: the figures once they were counted anew."""
    question = question_of(request, slug, scheme)
    nothing = page_of_nothing(request, question)
    if nothing is not None:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    part = _part_named(request)
    back = request.GET.get("back", "")
    status, context = shown_part(question, part, back) if part else _shown(question, back)
    answered = context.get("answered")
    if answered is not None and not _is_news(request, question, answered):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    response = render(request, f"{PAGE}#figures", context, status=status)
    target = context.get("figures_id", "figures")
    return reswap(retarget(response, f"#{target}"), "innerHTML")


def _shown(question: Question, back: str = "") -> tuple[int, dict[str, Any]]:
    """The same as `shown_table`, with the saved table that is open, and where the page stands."""
    saved = question.saved_table()
    named = question.as_of_table(saved) if saved else ""
    status, context = shown_table(question, back=back or named)
    address = named or question.address("table_show")
    return status, context | {"saved_table": saved, "address": address}


def _part_named(request: Request) -> str:
    """The part of a dashboard that asks, or nothing."""
    try:
        return str(uuid.UUID(request.GET.get("part", "")))
    except ValueError:
        return ""


@require_GET
@vary_on_headers("HX-Request")
def table_interviews(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The line of interviews of a large table."""
    question = question_of(request, slug, scheme)
    nothing = page_of_nothing(request, question)
    if nothing is not None:
        return nothing
    try:
        table = with_interviews(question.answered()).table
    except SpecificationError as error:
        return HttpResponse(str(error), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    row = table.interviews and plain_row(_("Interviews"), table.interviews)
    context = {"interviews": row, "columns": table.columns}
    return render(request, "reports/table_interviews.html", context)


def shown_table(question: Question, *, back: str = "") -> tuple[int, dict[str, Any]]:
    """The status of a page with the figures of a question, and what its template shows.

    `back` is where the words behind a cell lead back to, if not to the table by itself.
    """
    try:
        answered = question.answered()
    except TooMuchError as error:
        return HTTPStatus.OK, {**_frame(question), "refusal": str(error), "too_much": True}
    except SpecificationError as error:
        return HTTPStatus.UNPROCESSABLE_ENTITY, {**_frame(question), "refusal": str(error)}
    later = total_of(answered.table) > MANY_MOMENTS
    answered = answered if later else with_interviews(answered)
    context = {
        **_frame(question),
        **figures_of(question, answered, back=back),
        "interviews_url": later and question.address("table_interviews"),
        "fresh_url": _fresh_url(question, answered, back),
        "sees_all": question.sees_all,
        "data_seq": shown_number(answered.data_seq),
        "latest": shown_number(answered.latest),
    }
    return HTTPStatus.OK, context


def shown_part(question: Question, part: str, back: str) -> tuple[int, dict[str, Any]]:
    """The same for one table among others: without files, and kept fresh where it stands."""
    status, context = shown_table(question, back=back)
    kept = "; ".join(item["label"] for item in question.form.active)
    said = [_("Kept: %(what)s.") % {"what": kept}] if kept else []
    basis = [*context.get("basis", []), *said, question.reconstruction()]
    own = {
        "part_uid": part,
        "figures_id": f"figures-{part}",
        "fresh_url": f"{context.get('fresh_url', '')}&{urlencode({'part': part})}",
        "form": {"active": [], "shows_counts": question.form.shows_counts},
        "basis": basis,
    }
    left_out = ("csv_url", "xlsx_url", "past_url", "keep")
    return status, {**context, **own, **dict.fromkeys(left_out)}


def _frame(question: Question) -> dict[str, Any]:
    return {
        "study": question.member.study,
        "scheme": question.scheme,
        "form": question.form,
        "names": question.names,
        "page_url": question.url("table_show"),
        "filters_url": f"{question.url('table_show')}?{question.form.query({'filters': 'open'})}",
        "csv_url": question.address("table_csv"),
        "xlsx_url": question.address("table_xlsx"),
        "past_url": question.address("table_past"),
        "dashboard_url": reverse("reports:dashboard", args=[question.member.study.slug]),
        "keep": {
            "url": question.url("table_keep"),
            "run_url": question.url("run_ask"),
            "query": question.form.query(),
        },
    }


def _fresh_url(question: Question, answered: Answered, back: str) -> str:
    table = str(question.form.data.get("table", ""))  # where it is named, words lead back to it
    query = question.form.query({"table": table} if table else {"back": back})
    return f"{question.url('table_fresh')}?{query}&seen={_mark_of(question, answered)}"


def _mark_of(question: Question, answered: Answered) -> str:
    """What tells the figures on a page from later ones, and no number of the study."""
    counted = f"{question.member.pk} {question.scheme.pk} {answered.data_seq}"
    return salted_hmac("reports.table_fresh", counted).hexdigest()[:16]


def _is_news(request: Request, question: Question, answered: Answered) -> bool:
    return answered.fresh or request.GET.get("seen") != _mark_of(question, answered)
