"""The tables of a study: which there are, and each with its figures."""

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url, reswap, retarget

from incidents.http import Request, part_of
from incidents.paging import shown_number
from reports import access
from reports.queries.dashboard import scheme_lines
from reports.views.figures import MANY_MOMENTS, figures_of, plain_row, total_of
from reports.views.questions import Question, page_of_nothing, question_of
from taxonomy.access import schemes_open_to
from taxonomy.queries.tables import Answered, with_interviews
from taxonomy.tabulation.specification import SpecificationError

PAGE = "reports/table_show.html"


@require_GET
def dashboard(request: Request, slug: str) -> HttpResponse:
    """The schemes of the study and their rounds, each a table."""
    reader = access.reader_for(request, slug)
    lines = scheme_lines(reader, open_to=schemes_open_to(reader))
    context = {"study": reader.study, "lines": lines}
    return render(request, "reports/dashboard.html", context)


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
    status, context = _figures(question)
    context |= {"unfolded": unfolded, "reconstruction": question.reconstruction()}
    template = part_of(PAGE, "figures", request)
    response = render(request, template, context, status=status)
    return push_url(response, question.address("table_show")) if request.htmx else response


@require_GET
@vary_on_headers("HX-Request")
def table_fresh(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Asked again and again while a table is behind: the figures once they were counted anew."""
    question = question_of(request, slug, scheme)
    nothing = page_of_nothing(request, question)
    if nothing is not None:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    status, context = _figures(question)
    answered = context.get("answered")
    if answered is not None and not _is_news(request, answered):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    response = render(request, f"{PAGE}#figures", context, status=status)
    return reswap(retarget(response, "#figures"), "innerHTML")


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


def _figures(question: Question) -> tuple[int, dict[str, Any]]:
    try:
        answered = question.answered()
    except SpecificationError as error:
        return HTTPStatus.UNPROCESSABLE_ENTITY, {**_frame(question), "refusal": str(error)}
    later = total_of(answered.table) > MANY_MOMENTS
    answered = answered if later else with_interviews(answered)
    context = {
        **_frame(question),
        **figures_of(question, answered),
        "interviews_url": later and question.address("table_interviews"),
        "fresh_url": _fresh_url(question, answered),
        "data_seq": shown_number(answered.data_seq),
        "latest": shown_number(answered.latest),
    }
    return HTTPStatus.OK, context


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
    }


def _fresh_url(question: Question, answered: Answered) -> str:
    query = question.form.query()
    return f"{question.url('table_fresh')}?{query}&seen={answered.data_seq}"


def _is_news(request: Request, answered: Answered) -> bool:
    return answered.fresh or request.GET.get("seen") != str(answered.data_seq)
