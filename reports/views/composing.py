"""The parts of a report or a dashboard: put in, changed, moved, taken out and put back.

Addresses say of which of the two (`of`); what differs between them stands in KINDS.
"""

import dataclasses
import functools
import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from incidents.http import Request, tell
from incidents.models import Member
from incidents.views.attempts import refusal_of, telling_refusals, version_to_send
from reports import access
from reports.actions import composing
from reports.choices import ReportItem
from reports.forms.reports import (
    RUN_FIELDS,
    AddQuoteForm,
    EditRunForm,
    EditWordsForm,
    MoveForm,
    WordsForm,
)
from reports.models import Composition, Dashboard, Report
from reports.views import dashboards, reports
from reports.views.reports import address_of


@dataclasses.dataclass(frozen=True)
class Kind:
    """A report or a dashboard: the door to it, and the page on which it is composed."""

    model: type[Composition]
    shown: Callable[[Member, uuid.UUID], Composition]
    composer: Callable[..., HttpResponse]
    taken_out: Any


KINDS = {
    "report": Kind(
        Report, access.report_shown, reports.composer, gettext_lazy("Taken out of the report.")
    ),
    "dashboard": Kind(
        Dashboard,
        access.dashboard_shown,
        dashboards.composer,
        gettext_lazy("Taken off the dashboard."),
    ),
}


# -- The whole ----------------------------------------------------------------------------------


@require_POST
def composition_delete(request: Request, slug: str, uid: uuid.UUID, of: str) -> HttpResponse:
    """Take a report or a dashboard away; the message brings it back."""
    reader = access.composer_for(request, slug)
    composition = KINDS[of].shown(reader, uid)
    composing.delete_composition(composition=composition, by=reader)
    undo = reverse(f"reports:{of}_restore", args=[slug, uid])
    tell(request, _("“%(name)s” is deleted.") % {"name": composition.title}, undo=undo)
    return redirect(f"reports:{of}_list", slug)


@require_POST
def composition_restore(request: Request, slug: str, uid: uuid.UUID, of: str) -> HttpResponse:
    """Bring a deleted report or dashboard back."""
    reader = access.composer_for(request, slug)
    composition = access.composition_to_bring_back(KINDS[of].model, reader, uid)
    composing.restore_composition(composition=composition, by=reader)
    return redirect(address_of(composition, slug))


# -- Its parts ----------------------------------------------------------------------------------


@require_POST
def add_quote(request: Request, slug: str, uid: uuid.UUID, of: str) -> HttpResponse:
    """Put a quote of the clipboard at the end."""
    reader = access.composer_for(request, slug)
    composition = KINDS[of].shown(reader, uid)
    form = AddQuoteForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a quote."))
        return redirect(address_of(composition, slug))
    quote = access.quote_to_change(reader, form.cleaned_data["quote"])
    with telling_refusals(request):
        composing.add_quote(composition=composition, quote=quote, by=reader)
    items = composition.items
    return redirect(address_of(composition, slug, items[-1]["id"] if items else ""))


@require_POST
def add_words(request: Request, slug: str, uid: uuid.UUID, of: str) -> HttpResponse:
    """Put words of one's own at the end."""
    reader = access.composer_for(request, slug)
    composition = KINDS[of].shown(reader, uid)
    form = WordsForm(request.POST)
    status = refusal_of(
        form,
        lambda: composing.add_words(composition=composition, by=reader, **form.cleaned_data),
    )
    if status is None:
        return redirect(address_of(composition, slug, composition.items[-1]["id"]))
    composition.refresh_from_db()
    return KINDS[of].composer(request, reader, composition, status, words_form=form)


@require_http_methods(["GET", "POST"])
def item_edit(
    request: Request, slug: str, uid: uuid.UUID, item: uuid.UUID, of: str
) -> HttpResponse:
    """Change the words of a part, or what is shown of a table."""
    reader = access.composer_for(request, slug)
    composition = KINDS[of].shown(reader, uid)
    kept = access.item_to_change(composition, item)
    form = _form_of(kept, request)
    change = functools.partial(
        composing.change_item, composition=composition, item=kept["id"], by=reader
    )
    status = refusal_of(form, lambda: change(**form.cleaned_data))
    if status is None:
        return redirect(address_of(composition, slug, kept["id"]))
    composition.refresh_from_db()
    composition.study = reader.study
    context = _edited(composition, kept, form, status) | {of: composition}
    return render(request, "reports/composed_part_edit.html", context, status=status)


def _edited(
    composition: Composition, kept: dict[str, Any], form: forms.Form, status: int
) -> dict[str, Any]:
    study = composition.study
    return {
        "study": study,
        "form": form,
        "row_version": version_to_send(form, "row_version", composition.row_version, status),
        "of_table": _is_table(kept),
        "back_url": address_of(composition, study.slug),
    }


def _is_table(kept: dict[str, Any]) -> bool:
    kind: str = kept["kind"]
    return kind != ReportItem.TEXT


def _form_of(kept: dict[str, Any], request: Request) -> forms.Form:
    names, make = (
        (RUN_FIELDS, EditRunForm) if _is_table(kept) else (("heading", "text"), EditWordsForm)
    )
    sent = request.POST if request.method == "POST" else None
    return make(sent, initial={name: kept[name] for name in names})


@require_POST
def item_move(
    request: Request, slug: str, uid: uuid.UUID, item: uuid.UUID, of: str
) -> HttpResponse:
    """Put a part one place up or down."""
    reader = access.composer_for(request, slug)
    composition = KINDS[of].shown(reader, uid)
    form = MoveForm(request.POST)
    if form.is_valid():
        up = form.cleaned_data["way"] == "up"
        with telling_refusals(request):
            composing.move_item(composition=composition, item=str(item), up=up, by=reader)
    else:
        messages.error(request, _("Say whether it goes up or down."))
    return redirect(address_of(composition, slug, str(item)))


@require_POST
def item_remove(
    request: Request, slug: str, uid: uuid.UUID, item: uuid.UUID, of: str
) -> HttpResponse:
    """Take a part out; the message puts it back."""
    reader = access.composer_for(request, slug)
    composition = KINDS[of].shown(reader, uid)
    with telling_refusals(request):
        composing.remove_item(composition=composition, item=str(item), by=reader)
        undo = reverse(f"reports:{of}_item_restore", args=[slug, uid, item])
        tell(request, str(KINDS[of].taken_out), undo=undo)
    return redirect(address_of(composition, slug))


@require_POST
def item_restore(
    request: Request, slug: str, uid: uuid.UUID, item: uuid.UUID, of: str
) -> HttpResponse:
    """Put back what was taken out."""
    reader = access.composer_for(request, slug)
    composition = KINDS[of].shown(reader, uid)
    with telling_refusals(request):
        composing.restore_item(composition=composition, item=str(item), by=reader)
    return redirect(address_of(composition, slug, str(item)))
