"""Questions kept as tables: under a name, opened, shared, copied, moved, deleted and back."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents.http import Request, tell
from incidents.views.attempts import INVALID, refusal_of, telling_refusals, version_to_send
from reports import access
from reports.actions.tables import (
    NameTakenError,
    change_table,
    delete_table,
    duplicate_table,
    keep_table,
    move_table,
    put_in_place,
    restore_table,
)
from reports.forms.keeping import KeepForm, MoveForm, TableNameForm
from reports.models import Table
from reports.queries.kept_questions import to_ask, to_keep, without
from reports.queries.tables import may_change
from reports.views.questions import Question, page_of_nothing, question_about, question_of


@require_POST
def table_keep(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Keep the question of a table page under a name."""
    form = KeepForm(request.POST)
    form.is_valid()
    question = question_of(request, slug, scheme, QueryDict(form.cleaned_data.get("query", "")))
    nothing = page_of_nothing(request, question)
    if nothing is not None:
        return nothing
    asks, kept = _may_be_asked(question, form), list[Table]()
    status = refusal_of(form, lambda: kept.append(_keep(question, form))) if asks else INVALID
    if status is None:
        [table] = kept
        tell(request, _("Kept as “%(name)s”.") % {"name": table.name})
        return redirect(question.as_of_table(table))
    context = {
        "study": question.member.study,
        "scheme": question.scheme,
        "form": form,
        "taken": form.taken,
        "table_url": question.address("table_show"),
    }
    return render(request, "reports/table_keep_form.html", context, status=status)


def _may_be_asked(question: Question, form: KeepForm) -> bool:
    if question.form.is_valid():
        return True
    form.add_error(None, _("This question cannot be asked, so it is not kept. Change it first."))
    return False


def _keep(question: Question, form: KeepForm) -> Table:
    name, scheme, by = form.cleaned_data["name"], question.scheme, question.member
    query = to_keep(question.form.query(), scheme)
    try:
        return keep_table(name=name, scheme=scheme, query=query, by=by)
    except NameTakenError as refusal:
        if form.cleaned_data["replace"]:
            return put_in_place(table=refusal.taken, scheme=scheme, query=query, by=by)
        form.taken = refusal.taken
        raise


@require_GET
def table_open(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Lead to the page of a saved table; where its question has lost something, say what."""
    reader = access.reader_for(request, slug)
    table = access.table_to_use(reader, uid)
    asked, round_gone = to_ask(table.query, table.scheme)
    question = question_about(table.scheme, reader, asked)
    nothing = page_of_nothing(request, question)
    if nothing is not None:
        return nothing
    gone = [name for name in question.form.errors if name in question.form.fields]
    if not gone and not round_gone:
        return redirect(question.as_of_table(table))
    rest = without(asked, gone)
    context = {
        "study": reader.study,
        "scheme": table.scheme,
        "table": table,
        "gone": _lost(question, gone, round_gone=round_gone),
        "rest_url": f"{question.url('table_show')}?{rest}{'&' if rest else ''}filters=open",
        "may_change": may_change(reader, table),
    }
    return render(request, "reports/table_lost.html", context, status=INVALID)


def _lost(question: Question, gone: list[str], *, round_gone: bool) -> list[str]:
    """The words of the fields of which something has gone."""
    names = ["round", *(name for name in gone if name != "round")] if round_gone else gone
    return [str(question.form.fields[name].label) for name in names]


@require_http_methods(["GET", "POST"])
def table_edit(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Rename a saved table, or share it."""
    reader = access.reader_for(request, slug)
    table = access.table_to_change(reader, uid)
    fields = {"name": table.name, "shared": table.shared, "row_version": table.row_version}
    form = TableNameForm(request.POST if request.method == "POST" else None, initial=fields)
    status = refusal_of(form, lambda: change_table(table=table, by=reader, **form.cleaned_data))
    if status is None:
        return redirect(_listed(slug, table))
    table.refresh_from_db()
    context: dict[str, Any] = {
        "study": reader.study,
        "table": table,
        "form": form,
        "row_version": version_to_send(form, "row_version", table.row_version, status),
    }
    return render(request, "reports/table_edit.html", context, status=status)


@require_POST
def table_duplicate(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Keep the question of a saved table once more, as one's own."""
    reader = access.reader_for(request, slug)
    copy = duplicate_table(table=access.table_to_use(reader, uid), by=reader)
    tell(request, _("Kept as “%(name)s”.") % {"name": copy.name})
    return redirect(_listed(slug, copy))


@require_POST
def table_move(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Put a saved table one place up or down."""
    reader = access.reader_for(request, slug)
    table = access.table_of(reader, uid)
    form = MoveForm(request.POST)
    if form.is_valid():
        up, read = form.cleaned_data["way"] == "up", form.cleaned_data["row_version"]
        with telling_refusals(request):
            move_table(table=table, up=up, by=reader, row_version=read)
    else:
        messages.error(request, _("Say whether it goes up or down."))
    return redirect(_listed(slug, table))


@require_POST
def table_delete(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Take a saved table away; the message takes it back."""
    reader = access.reader_for(request, slug)
    table = access.table_to_change(reader, uid)
    delete_table(table=table, by=reader)
    undo = reverse("reports:table_restore", args=[slug, table.uid])
    tell(request, _("“%(name)s” is deleted.") % {"name": table.name}, undo=undo)
    return redirect("reports:dashboard", slug)


@require_POST
def table_restore(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Bring a deleted table back."""
    reader = access.reader_for(request, slug)
    table = access.table_to_bring_back(reader, uid)
    with telling_refusals(request):
        restore_table(table=table, by=reader)
    return redirect(_listed(slug, table))


def _listed(slug: str, table: Table) -> str:
    return f"{reverse('reports:dashboard', args=[slug])}#table-{table.uid}"
