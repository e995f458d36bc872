"""Batching a scheme in rounds: merging, retiring and ordering categories; freezing rounds."""

import uuid

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from incidents.http import Request
from taxonomy import access
from taxonomy.actions import batching, rounds
from taxonomy.forms.schemes import MergeForm, MoveForm, ReopenForm, RevisionForm
from taxonomy.views.revising import at_work, form_page, posted

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
    member, edited = at_work(request, slug, scheme)
    row = access.category_of(edited, uid)
    form = RevisionForm(posted(request))
    return form_page(
        request,
        edited,
        form,
        lambda: batching.retire_category(category=row, by=member, **form.change()),
        title=_("Retire “%(name)s”") % {"name": row.name},
        lead=_("Coders are no longer offered it. What was coded in it still counts."),
        action=_("Retire"),
    )


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def category_restore(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Offer a retired category again."""
    member, edited = at_work(request, slug, scheme)
    row = access.category_of(edited, uid)
    form = RevisionForm(posted(request))
    return form_page(
        request,
        edited,
        form,
        lambda: batching.restore_category(category=row, by=member, **form.change()),
        title=_("Restore “%(name)s”") % {"name": row.name},
        lead=_("Coders are offered it again."),
        action=_("Restore"),
    )


# -- Rounds -----------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def round_freeze(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Fix what a round consists of."""
    member, edited = at_work(request, slug, scheme)
    row = access.round_of(edited, uid)
    form = RevisionForm(posted(request))
    return form_page(
        request,
        edited,
        form,
        lambda: rounds.freeze_round(round=row, by=member, **form.change()),
        title=_("Freeze “%(name)s”") % {"name": row.name},
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
    member, edited = at_work(request, slug, scheme)
    row = access.round_of(edited, uid)
    form = ReopenForm(posted(request))
    return form_page(
        request,
        edited,
        form,
        lambda: rounds.reopen_round(round=row, by=member, **form.change()),
        title=_("Reopen “%(name)s”") % {"name": row.name},
        action=_("Reopen"),
    )


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def round_drop(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Take a round out with its categories."""
    member, edited = at_work(request, slug, scheme)
    row = access.round_of(edited, uid)
    form = RevisionForm(posted(request))
    return form_page(
        request,
        edited,
        form,
        lambda: rounds.drop_round(round=row, by=member, **form.change()),
        title=_("Drop “%(name)s”") % {"name": row.name},
        lead=_(
            "The round leaves the scheme with its categories; what stands under them stands under"
            " what is above them. Nothing is deleted: the round can be brought back."
        ),
        action=_("Drop the round"),
    )
