"""Batching a scheme in rounds: placing, merging and ordering categories, freezing rounds."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from incidents.http import Request, part_of
from incidents.models import Member
from taxonomy import access
from taxonomy.actions import batching, rounds
from taxonomy.forms.schemes import NOWHERE, MergeForm, MoveForm, PlaceForm, ReopenForm, RevisionForm
from taxonomy.models import Category, Round, Scheme
from taxonomy.queries.history import quoted
from taxonomy.queries.preview import Preview, preview_of_merge, preview_of_place
from taxonomy.queries.trees import tree_of
from taxonomy.views.revising import at_work, form_page, posted

Address = tuple[str, str, uuid.UUID]  # study, scheme, category or round
Act = Callable[..., object]

# -- Categories -------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def categories_place(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Where the chosen categories stand in the next coarser round."""
    member, edited = at_work(request, slug, scheme)
    rows = access.categories_chosen(edited, _chosen(request))
    if not _of_one_round(rows) or (rows[0].round.frozen and _sent(request) is None):
        return _not_these(request, edited, rows)
    initial = {"parent": _given(request).get("parent") or _together_under(rows)}
    form = PlaceForm(_sent(request), lower=rows[0].round, initial=initial)
    return form_page(
        request,
        edited,
        form,
        lambda: batching.place_categories(categories=rows, by=member, **form.change()),
        title=_titled(
            rows,
            _("Place “%(name)s”") % {"name": rows[0].name},
            ngettext_lazy("Place %(number)d category", "Place %(number)d categories", "number"),
        ),
        chosen=rows,
        action=_("Place"),
        preview=_preview_url(edited),
    )


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def categories_merge(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Let the chosen categories count as one of their round."""
    member, edited = at_work(request, slug, scheme)
    rows = access.categories_chosen(edited, _chosen(request))
    if not _of_one_round(rows) or (rows[0].round.frozen and _sent(request) is None):
        return _not_these(request, edited, rows)
    asked = {"into": _given(request)["into"]} if "into" in _given(request) else None
    form = MergeForm(_sent(request), merged=rows, initial=asked)
    return form_page(
        request,
        edited,
        form,
        lambda: _merge(rows, member, form),
        title=_titled(
            rows,
            _("Merge “%(name)s”") % {"name": rows[0].name},
            ngettext_lazy("Merge %(number)d category", "Merge %(number)d categories", "number"),
        ),
        lead=_(
            "What was coded in a merged category counts as the other from now on, and what stands"
            " under it stands under the other. No coding is changed; the merge can be taken back."
        ),
        chosen=rows,
        action=_("Merge"),
        preview=_preview_url(edited),
    )


def _merge(rows: Sequence[Category], member: Member, form: MergeForm) -> None:
    """Merge all but the one that stays."""
    given = form.change()
    merged = rows if rows == [given["into"]] else [row for row in rows if row != given["into"]]
    batching.merge_categories(categories=merged, by=member, **given)


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def categories_preview(request: Request, slug: str, scheme: str) -> HttpResponse:
    """What a merge, or another parent, would do to tables, agreement and words."""
    member, edited = at_work(request, slug, scheme)
    rows = access.categories_chosen(edited, _chosen(request))
    form = _form_asked(request, rows) if _of_one_round(rows) else None
    asked = form.cleaned_data if form and form.is_valid() else None
    into = asked.get("into") if asked else None
    moved = [row for row in rows if row != into]
    context = {
        "study": member.study,
        "scheme": edited,
        "names": quoted([row.name for row in moved]),
        "into": into,
        "parent": (asked.get("parent") or asked["name"].strip()) if asked else None,
        "defined": _defined_otherwise([*moved, into]) if into else [],
        "asked": asked,
        "too_long": form.errors.get("name") if form else None,
        "counted": access.sees_results(member, edited),
        "preview": _previewed(member, edited, rows, asked) if asked else None,
    }
    return render(request, part_of("taxonomy/category_preview.html", "preview", request), context)


def _defined_otherwise(rows: Sequence[Category]) -> list[Category]:
    """Those with a definition; none of them where there is but one text."""
    defined = [row for row in rows if row.definition]
    return defined if len({row.definition for row in defined}) > 1 else []


def _form_asked(request: Request, rows: Sequence[Category]) -> MergeForm | PlaceForm | None:
    """What is asked: a merge, another parent, or nothing yet."""
    given = _given(request)
    if "into" in given:
        return MergeForm(given, merged=rows)
    return PlaceForm(given, lower=rows[0].round) if "parent" in given else None


def _previewed(
    member: Member, scheme: Scheme, rows: Sequence[Category], asked: dict[str, Any]
) -> Preview | None:
    """The figures before and after; None for who codes blind, or where the scheme just changed."""
    if not access.sees_results(member, scheme):
        return None
    name = asked["name"].strip()
    if "into" in asked:
        return preview_of_merge(rows, asked["into"], name)
    return preview_of_place(rows, asked["parent"], name)


def _given(request: Request) -> QueryDict:
    return request.POST or request.GET


def _chosen(request: Request) -> list[str]:
    return _given(request).getlist("category")


def _sent(request: Request) -> QueryDict | None:
    """What a form is bound to; nothing where it is asked for by POST, as categories may be many."""
    return None if "ask" in request.POST else posted(request)


def _of_one_round(rows: Sequence[Category]) -> bool:
    return len({row.round_id for row in rows}) == 1


def _not_these(request: Request, scheme: Scheme, rows: Sequence[Category]) -> HttpResponse:
    """Say that categories of one round that is not frozen are to be chosen on the board."""
    frozen = rows[0].round if _of_one_round(rows) else None
    several = bool(rows) and not frozen
    context = {
        "study": scheme.study,
        "scheme": scheme,
        "frozen": frozen,
        "of_several_rounds": several,
        "at_most": access.MOST_CHOSEN if not rows and _chosen(request) else None,
    }
    template = part_of("taxonomy/choose_first.html", "said", request)
    return render(request, template, context, status=200 if _sent(request) is None else 422)


def _titled(rows: Sequence[Category], of_one: str, of_several: Any) -> str:
    return of_one if len(rows) == 1 else str(of_several % {"number": len(rows)})


def _together_under(rows: Sequence[Category]) -> str | None:
    """What all of them stand under, in the words of the form; None where they stand apart."""
    tree = tree_of(rows[0].scheme)
    nodes = [tree.nodes[row.pk] for row in rows if row.pk in tree.nodes]
    above = {parent.uid if (parent := tree.parent_of(node)) else NOWHERE for node in nodes}
    return above.pop() if len(above) == 1 else None


def _preview_url(scheme: Scheme) -> str:
    return reverse("taxonomy:categories_preview", args=[scheme.study.slug, scheme.slug])


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
    lead: str = "",
    action: str = "",
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
        lead=lead,
        action=action,
    )
