"""The question that a page of a table, its files and its verbatims are about."""

from http import HTTPStatus

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from incidents.http import Request
from reports import access
from reports.forms.questions import Question, question_about

__all__ = ["Question", "page_of_nothing", "question_about", "question_of"]


def question_of(
    request: Request, slug: str, scheme: str, asked: QueryDict | None = None
) -> Question:
    """What the reader asks by the address, or by a query; nothing is counted yet."""
    member, found = access.scheme_read(request, slug, scheme)
    return question_about(found, member, request.GET if asked is None else asked)


def page_of_nothing(request: Request, question: Question) -> HttpResponse | None:
    """The page that says why there is no table: the reader is blind, or there are no rounds."""
    if not question.blind and question.tree.rounds:
        return None
    context = {
        "study": question.member.study,
        "scheme": question.scheme,
        "blind": question.blind,
    }
    return render(request, "reports/table_none.html", context, status=HTTPStatus.OK)
