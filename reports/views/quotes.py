"""The clipboard of quotes: collecting, redacting, confirming, taking along."""

import uuid
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents.choices import Consent
from incidents.http import Request, tell
from incidents.models import Member
from incidents.paging import Sorting, page_by_key
from incidents.views.attempts import refusal_of, telling_refusals, version_to_send
from reports import access
from reports.actions import quoting
from reports.forms.quotes import LONGEST, CollectForm, ConfirmForm, MoveForm, QuoteForm, SearchForm
from reports.models import Quote
from reports.queries.attributions import attributions_of
from reports.queries.quotes import (
    Source,
    kept_of,
    original_of,
    quotes_of,
    quotes_saying,
    quotes_within,
    read_quotes,
    sources_of,
    told_of,
)
from reports.queries.redacting import in_place_of, marked, proposals_for, proposed
from reports.quoted.redaction import Kind, known_names, replaced
from reports.views.coming_back import way_back
from taxonomy.access import schemes_open_to
from taxonomy.models import Scheme

PAGE_SIZE = 25
IN_ORDER = Sorting("position")


@require_GET
def quote_list(request: Request, slug: str) -> HttpResponse:
    """The clipboard of the study, in the order that was given to it."""
    reader = access.reader_for(request, slug)
    open_to = schemes_open_to(reader)
    form = SearchForm(request.GET, schemes=open_to)
    quotes = _found(quotes_of(reader.study), form, open_to)
    page = page_by_key(read_quotes(quotes), query=request.GET, size=PAGE_SIZE, sorting=IN_ORDER)
    context = {
        "study": reader.study,
        "form": form,
        "schemes": open_to,
        "asked": bool(form.filled()),
        "page": page,
        "kept": kept_of(page.rows, open_to),
        "sees_notes": access.sees_all_results(reader),
        "next_url": _turned(form, after=page.after),
        "previous_url": _turned(form, before=page.before),
    }
    return render(request, "reports/quote_list.html", context)


def _found(quotes: QuerySet[Quote], form: SearchForm, open_to: list[Scheme]) -> QuerySet[Quote]:
    """The quotes that fit what is asked; none where that cannot be."""
    if not form.is_valid():
        return quotes.none()
    if form.cleaned_data["q"]:
        quotes = quotes_saying(quotes, form.cleaned_data["q"])
    if form.cleaned_data["category"]:
        quotes = quotes_within(quotes, open_to, form.cleaned_data["category"])
    return quotes


def _turned(form: SearchForm, **place: object) -> str:
    """The address of another page of the list; empty where there is none."""
    if not all(place.values()):
        return ""
    return f"?{urlencode({**form.filled(), **place})}"


@require_http_methods(["GET", "POST"])
def quote_collect(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Take a passage of a moment's words: the text starts as the whole, and is cut."""
    reader = access.reader_for(request, slug)
    moment = access.moment_to_quote(reader, uid)
    sources = sources_of(moment)
    source = _chosen(sources, request.GET.get("version", ""))
    sent = request.POST if request.method == "POST" else None
    begun = {"words": source and source.text, "version": source and source.version}
    form = CollectForm(sent, initial={**begun, "back": request.GET.get("back", "")})
    status = refusal_of(
        form,
        lambda: quoting.collect(
            moment=moment,
            words=form.cleaned_data["words"],
            version=form.cleaned_data["version"],
            by=reader,
        ),
    )
    if status is None:
        messages.success(
            request, _("Collected. It is to be confirmed before it counts as a quote.")
        )
        return redirect(_back(form.cleaned_data["back"], slug))
    context = {
        "study": reader.study,
        "moment": moment,
        "form": form,
        "source": source,
        "sources": sources,
        "attribution": attributions_of([moment.incident]).get(moment.incident_id, ""),
        "notes_only": moment.incident.interview.consent == Consent.NOTES,
        "back": _back(form["back"].value() or "", slug),
    }
    return render(request, "reports/quote_collect.html", context, status=status)


def _chosen(sources: list[Source], version: str) -> Source | None:
    """The words of the version that the address names, else those that are shown."""
    named = (source for source in sources if str(source.version) == version)
    return next(named, sources[0] if sources else None)


def _back(address: str, slug: str) -> str:
    """Where somebody came from, if it is of this study; else the clipboard."""
    return way_back(address, slug, otherwise=reverse("reports:quote_list", args=[slug]))


# -- One quote ------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def quote_edit(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """The words of a quote beside the original, with what may name somebody pointed out."""
    reader, quote = _quote(request, slug, uid)
    sent = request.POST if request.method == "POST" else None
    form = QuoteForm(sent, initial=_initial(quote), sees_note=access.sees_all_results(reader))
    status = refusal_of(form, lambda: quoting.change(quote=quote, by=reader, **form.typed))
    if status is None:
        messages.success(request, _("Saved."))
        return redirect("reports:quote_edit", slug, uid)
    return _page(request, reader, quote, form, status)


@require_POST
def quote_replace(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Replace what names somebody, in the words as they were typed, and save them."""
    reader, quote = _quote(request, slug, uid)
    form = QuoteForm(request.POST, sees_note=access.sees_all_results(reader))
    kind, text = next(
        ((kind, request.POST[kind]) for kind in Kind if request.POST.get(kind)), (Kind.NAME, "")
    )

    def act() -> object:
        typed = form.typed
        words = replaced(typed.pop("words"), text, in_place_of(kind, quote.language))
        return quoting.change(quote=quote, by=reader, words=words, **typed)

    status = refusal_of(form, act)
    if status is None:
        return redirect(f"{reverse('reports:quote_edit', args=[slug, uid])}#redaction")
    return _page(request, reader, quote, form, status)


@require_POST
def quote_confirm(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Say that exactly these words may be read by others."""
    reader, quote = _quote(request, slug, uid)
    words = told_of(request.POST.get("words", "")[:LONGEST], quote)
    found = proposals_for(words, study=reader.study, language=quote.language)
    form = ConfirmForm(
        request.POST,
        sees_note=access.sees_all_results(reader),
        names=known_names(found),
        by_source=_is_by_source(quote),
    )
    status = refusal_of(form, lambda: quoting.confirm(quote=quote, by=reader, **form.typed))
    if status is None:
        back = reverse("reports:quote_take_back", args=[slug, uid])
        tell(request, _("Confirmed: it may be quoted."), undo=back)
        return redirect("reports:quote_list", slug)
    return _page(request, reader, quote, form, status)


@require_POST
def quote_take_back(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Take the confirmation of a quote back."""
    reader, quote = _quote(request, slug, uid)
    with telling_refusals(request):
        quoting.take_back(quote=quote, row_version=quote.row_version, by=reader)
    return redirect("reports:quote_edit", slug, uid)


@require_POST
def quote_move(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Let a quote change places with its neighbour."""
    reader, quote = _quote(request, slug, uid)
    form = MoveForm(request.POST)
    if form.is_valid():
        quoting.move(quote=quote, to=form.cleaned_data["way"], by=reader)
    return redirect(f"{reverse('reports:quote_list', args=[slug])}#quote-{uid}")


@require_POST
def quote_delete(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Take a quote off the clipboard."""
    reader, quote = _quote(request, slug, uid)
    quoting.remove(quote=quote, by=reader)
    undo = reverse("reports:quote_restore", args=[slug, uid])
    tell(request, _("The quote is off the clipboard."), undo=undo)
    return redirect("reports:quote_list", slug)


@require_POST
def quote_restore(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Bring a quote back that was taken off."""
    reader = access.reader_for(request, slug)
    quote = access.quote_taken_off(reader, uid)
    with telling_refusals(request):
        quoting.put_back(quote=quote, by=reader)
    return redirect("reports:quote_list", slug)


def _quote(request: Request, slug: str, uid: uuid.UUID) -> tuple[Member, Quote]:
    reader = access.reader_for(request, slug)
    return reader, access.quote_to_change(reader, uid)


def _initial(quote: Quote) -> dict[str, Any]:
    return {"words": quote.words, "note": quote.note, "row_version": quote.row_version}


def _is_by_source(quote: Quote) -> bool:
    return quote.moment.incident.interview.consent == Consent.BY_SOURCE


def _page(
    request: Request, reader: Member, quote: Quote, form: QuoteForm, status: int
) -> HttpResponse:
    """The page of one quote; of what does not count now no words, whoever asks."""
    quote = access.quote_to_change(reader, quote.uid)  # as it is now, if somebody changed it
    [kept] = kept_of([quote], schemes_open_to(reader))
    if kept.is_gone:
        form = QuoteForm(initial={}, sees_note=False)
    language = quote.language
    words = "" if kept.is_gone else told_of(str(form["words"].value() or "")[:LONGEST], quote)
    found = proposals_for(words, study=reader.study, language=language)
    context = {
        "study": reader.study,
        "kept": kept,
        "quote": quote,
        "form": form,
        "row_version": version_to_send(form, "row_version", quote.row_version, status),
        "original": None if kept.is_gone else original_of(quote),
        "proposed": [
            (one, [(kind.value, in_place_of(kind, language)) for kind in Kind])
            for one in proposed(found)
        ],
        "pieces": list(marked(words, found)),
        "names": known_names(found),
        "by_source": _is_by_source(quote),
        "was_changed": status == HTTPStatus.CONFLICT,
    }
    return render(request, "reports/quote_edit.html", context, status=status)
