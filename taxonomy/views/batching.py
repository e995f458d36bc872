"""Batching a scheme in rounds: placing, merging and ordering categories, freezing rounds."""

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from incidents.http import Request, part_of
from incidents.models import Member
from taxonomy import access
from taxonomy.actions import batching, rounds
from taxonomy.forms.schemes import MergeForm, MoveForm, PlaceForm, ReopenForm, RevisionForm
from taxonomy.models import Category, Round, Scheme
from taxonomy.queries.preview import Preview, preview_of_merge, preview_of_place
from taxonomy.queries.trees import parent_node
from taxonomy.views.revising import at_work, form_page, posted

Address = tuple[str, str, uuid.UUID]  # study, scheme, category or round
Act = Callable[..., object]

# -- Categories -------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def category_merge(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Let a category count as another of its round."""
    member, edited = at_work(request, slug, scheme)
    row = access.category_of(edited, uid)
    form = MergeForm(posted(request), merged=row)
    return form_page(
        request,
        edited,
        form,
        lambda: batching.merge_categories(categories=[row], by=member, **form.change()),
        title=_("Merge “%(name)s”") % {"name": row.name},
        lead=_(
            "What was coded in it counts as the other category from now on, and what stands under"
            " it stands under the other. No coding is changed; the merge can be taken back."
        ),
        action=_("Merge"),
        preview=_preview_url(edited, uid),
    )


@require_GET
@vary_on_headers("HX-Request")
def category_preview(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """What a merge, or another parent, would do to tables, agreement and words."""
    member, edited = at_work(request, slug, scheme)
    row = access.category_of(edited, uid)
    form = _form_asked(request, row)
    asked = form.cleaned_data if form and form.is_valid() else None
    into = asked.get("into") if asked else None
    context = {
        "study": member.study,
        "scheme": edited,
        "category": row,
        "into": into,
        "parent": asked.get("parent") if asked else None,
        "both_defined": bool(into and row.definition and into.definition),
        "asked": asked,
        "too_long": form.errors.get("name") if form else None,
        "counted": access.sees_results(member, edited),
        "preview": _previewed(member, row, asked) if asked else None,
    }
    return render(request, part_of("taxonomy/category_preview.html", "preview", request), context)


def _form_asked(request: Request, row: Category) -> MergeForm | PlaceForm | None:
    """What the address asks of a category that stands: a merge, another parent, or nothing."""
    if row.merged_into_id is not None:
        return None
    if "into" in request.GET:
        return MergeForm(request.GET, merged=row)
    return PlaceForm(request.GET, lower=row.round) if "parent" in request.GET else None


def _previewed(member: Member, row: Category, asked: dict[str, Any]) -> Preview | None:
    """The figures before and after; None for who codes blind, or where the scheme just changed."""
    if not access.sees_results(member, row.scheme):
        return None
    if "into" in asked:
        return preview_of_merge(row, asked["into"], asked["name"].strip())
    return preview_of_place(row, asked["parent"])


def _preview_url(scheme: Scheme, uid: uuid.UUID) -> str:
    return reverse("taxonomy:category_preview", args=[scheme.study.slug, scheme.slug, uid])


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def category_place(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Where a category stands in the next coarser round."""
    member, edited = at_work(request, slug, scheme)
    row = access.category_of(edited, uid)
    above = parent_node(row)
    initial = {"parent": above.uid if above else None}
    form = PlaceForm(posted(request), lower=row.round, initial=initial)
    return form_page(
        request,
        edited,
        form,
        lambda: batching.place_category(category=row, by=member, **form.change()),
        title=_("Place “%(name)s”") % {"name": row.name},
        preview=_preview_url(edited, uid),
    )


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def category_move(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Where a category stands among its neighbours."""
    member, edited = at_work(request, slug, scheme)
    row = access.category_of(edited, uid)
    form = MoveForm(posted(request), moved=row)
    return form_page(
        request,
        edited,
        form,
        lambda: batching.move_category(category=row, by=member, **form.change()),
        title=_("Move “%(name)s”") % {"name": row.name},
        action=_("Move"),
    )


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def category_retire(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Offer a category to coders no more."""
    return _act_on_category(
        request,
        (slug, scheme, uid),
        batching.retire_category,
        title=_("Retire “%(name)s”"),
        lead=_("Coders are no longer offered it. What was coded in it still counts."),
        action=_("Retire"),
    )


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def category_restore(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Offer a retired category again."""
    return _act_on_category(
        request,
        (slug, scheme, uid),
        batching.restore_category,
        title=_("Restore “%(name)s”"),
        lead=_("Coders are offered it again."),
        action=_("Restore"),
    )


# -- Rounds -----------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def round_freeze(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Fix what a round consists of."""
    return _act_on_round(
        request,
        (slug, scheme, uid),
        rounds.freeze_round,
        title=_("Freeze “%(name)s”"),
        lead=_(
            "Its categories can no longer be added, merged or placed until somebody reopens it."
            " Their words can still be changed."
        ),
        action=_("Freeze"),
    )


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def round_reopen(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Let a frozen round change again, with a reason."""
    return _act_on_round(
        request,
        (slug, scheme, uid),
        rounds.reopen_round,
        title=_("Reopen “%(name)s”"),
        action=_("Reopen"),
        form_class=ReopenForm,
    )


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def round_drop(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Take a round out with its categories."""
    return _act_on_round(
        request,
        (slug, scheme, uid),
        _drop,
        title=_("Drop “%(name)s”"),
        lead=_(
            "The round leaves the scheme with its categories; what stands under them stands under"
            " what is above them. Nothing is deleted: the round can be brought back."
        ),
        action=_("Drop the round"),
    )


def _drop(*, round: Round, by: Member, **change: Any) -> None:  # noqa: A002
    access.require_results(by, round.scheme)
    rounds.drop_round(round=round, by=by, **change)


# -- What they share --------------------------------------------------------------------------


def _act_on_category(request: Request, address: Address, act: Act, **how: Any) -> HttpResponse:
    """A form about a category that asks for nothing but a reason."""
    return _act_on("category", access.category_of, request, address, act, **how)


def _act_on_round(request: Request, address: Address, act: Act, **how: Any) -> HttpResponse:
    """A form about a round that asks for nothing but a reason."""
    return _act_on("round", access.round_of, request, address, act, **how)


def _act_on(
    kind: str,
    find: Callable[[Scheme, uuid.UUID], Category | Round],
    request: Request,
    address: Address,
    act: Act,
    *,
    title: str,
    form_class: type[RevisionForm] = RevisionForm,
    **words: str,
) -> HttpResponse:
    """Try the act on what the address names; its name stands in the title."""
    slug, scheme, uid = address
    member, edited = at_work(request, slug, scheme)
    row = find(edited, uid)
    form = form_class(posted(request))
    return form_page(
        request,
        edited,
        form,
        lambda: act(**{kind: row}, by=member, **form.change()),
        title=title % {"name": row.name},
        **words,
    )
