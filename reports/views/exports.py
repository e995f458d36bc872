"""A table to take away."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from incidents.access import require_recent_sign_in_for_file
from incidents.http import Request
from reports.actions.exporting import log_export
from reports.exports.tables import as_csv, as_xlsx
from reports.queries.captions import facts_about
from reports.views.figures import notes_of
from reports.views.questions import Question, question_of
from taxonomy.queries.tables import Answered, with_interviews
from taxonomy.tabulation.specification import SpecificationError
from taxonomy.tabulation.table import Table

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Facts = list[tuple[str, str]]


@require_GET
@never_cache
def table_csv(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The table as CSV."""
    return _file(_asked(request, slug, scheme), "csv", CSV, as_csv)


@require_GET
@never_cache
def table_xlsx(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The table as a workbook."""
    return _file(_asked(request, slug, scheme), "xlsx", XLSX, as_xlsx)


def _asked(request: Request, slug: str, scheme: str) -> Question:
    question = question_of(request, slug, scheme)
    require_recent_sign_in_for_file(request)
    return question


def _file(
    question: Question, form: str, kind: str, write: Callable[[Table, Facts], bytes]
) -> HttpResponse:
    if question.blind or not question.tree.rounds:
        raise Http404
    try:
        answered = with_interviews(question.answered())
    except SpecificationError as error:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return HttpResponse(str(error), content_type="text/plain; charset=utf-8", status=status)
    content = write(answered.table, _about(question, answered))
    log_export(answered=answered, form=form, by=question.member)
    study, scheme = question.member.study.slug, question.scheme.slug
    name = f"{study}-{scheme}-round-{answered.specification.round}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)


def _about(question: Question, answered: Answered) -> Facts:
    """What the file answers, so that it can be read without the page."""
    kept = "; ".join(item["label"] for item in question.form.active)
    facts = facts_about(answered, kept=kept, numbered=question.sees_all)
    if notes := notes_of(answered):
        facts.append((_("Notes"), " ".join(notes)))
    if question.member.study.reconstruction:
        facts.append((_("Reconstruction"), question.reconstruction()))
    return facts
