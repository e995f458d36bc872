"""The schemes of a study: reading them, and changing them by one revision at a time."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.http import Request, part_of
from incidents.models import Member
from incidents.paging import Sorting, page_by_key
from incidents.views.attempts import refusal_of
from taxonomy import access
from taxonomy.actions import editing, rounds
from taxonomy.actions.revisions import undo
from taxonomy.forms.schemes import (
    CategoryForm,
    NewCategoryForm,
    RevisionForm,
    RoundForm,
    RoundNameForm,
    SchemeForm,
    TemplateForm,
)
from taxonomy.models import Category, Revision, Scheme
from taxonomy.queries.behind import sample_of
from taxonomy.queries.codebooks import codebook, templates_left
from taxonomy.queries.held import concerns_codings
from taxonomy.queries.history import history_of, history_of_category, last_of, steps_of
from taxonomy.queries.piling import founders_of
from taxonomy.queries.revisions import TEXTS, changes_of
from taxonomy.queries.schemes import board_of, schemes_of
from taxonomy.queries.splitting import split_off, waiting_for, was_split
from taxonomy.queries.trees import parent_node
from taxonomy.views.revising import at_work, form_page, posted

FIRST_MADE = Sorting("created_at")

# -- Reading ----------------------------------------------------------------------------------


@require_GET
def scheme_list(request: Request, slug: str) -> HttpResponse:
    """The ways in which a study classifies its moments."""
    member = member_for(request, slug, *RoleName)
    context = {
        "study": member.study,
        "page": page_by_key(schemes_of(member), query=request.GET, sorting=FIRST_MADE),
        "may_edit": member.has_role(RoleName.ADMIN),
    }
    return render(request, "taxonomy/scheme_list.html", context)


@require_GET
def scheme_show(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The rounds of a scheme as a board, with their definitions and counts."""
    member = member_for(request, slug, *RoleName)
    shown = access.scheme_shown(member, scheme)
    return render(request, "taxonomy/scheme_show.html", _board(member, shown))


@require_GET
def scheme_board(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The board alone, for a page that shows revision `since`; nothing where that is the latest."""
    member = member_for(request, slug, *RoleName)
    shown = access.scheme_shown(member, scheme)
    if request.GET.get("since") == str(shown.revision):
        return HttpResponse(status=204)
    context = _board(member, shown)
    context["announced"] = " ".join(step.sentence for step in steps_of(list(history_of(shown)[:1])))
    return render(request, "taxonomy/scheme_show.html#board", context)


def _board(member: Member, scheme: Scheme) -> dict[str, Any]:
    counted = access.sees_results(member, scheme)
    may_edit = member.has_role(RoleName.ADMIN)
    return {
        "study": member.study,
        "scheme": scheme,
        "columns": board_of(scheme, counted=counted),
        "counted": counted,
        "blind": not counted and member.has_role(*access.UNLESS_BLIND),
        "may_edit": may_edit,
        "proposes": member.has_role(RoleName.CODER, RoleName.ADMIN),
        "sorts": member.has_role(*access.SORTING),
        "reads": member.has_role(RoleName.ANALYST, RoleName.ADMIN),
        "last": last_of(member, scheme) if may_edit else None,
    }


@require_GET
@vary_on_headers("HX-Request")
def category_show(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """What a category means; the board asks for the words when one opens it."""
    member = member_for(request, slug, *RoleName)
    shown = access.scheme_shown(member, scheme)
    row = access.category_of(shown, uid)
    counted = access.sees_results(member, shown)
    reads = counted and member.has_role(RoleName.ANALYST, RoleName.ADMIN)
    sorts = counted and member.has_role(RoleName.CODER, RoleName.ADMIN)
    context = {
        "study": member.study,
        "scheme": shown,
        "category": row,
        "sample": sample_of(row) if reads else None,
        "founders": founders_of(row, member) if counted else None,
        "parts": split_off(row) if row.retired else (),
        "waiting": waiting_for(member, row).count() if sorts and was_split(row) else 0,
        "has_coarser": shown.rounds.filter(exists=True, position__gt=row.round.position).exists(),
        "above": parent_node(row),
        "may_edit": member.has_role(RoleName.ADMIN),
    }
    return render(request, part_of("taxonomy/category_show.html", "words", request), context)


@require_GET
def scheme_history(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Who changed a scheme, when and why, the newest first."""
    member = member_for(request, slug, *RoleName)
    shown = access.scheme_shown(member, scheme)
    return _history(request, member, shown, history_of(shown))


@require_GET
def category_history(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """How a category came to be what it is, and what came to it or left it."""
    member = member_for(request, slug, *RoleName)
    shown = access.scheme_shown(member, scheme)
    row = access.category_of(shown, uid)
    return _history(request, member, shown, history_of_category(row), category=row)


def _history(
    request: Request,
    member: Member,
    scheme: Scheme,
    revisions: QuerySet[Revision],
    **about: Category,
) -> HttpResponse:
    page = page_by_key(revisions, query=request.GET)
    context = {
        "study": member.study,
        "scheme": scheme,
        "page": page,
        "steps": steps_of(page.rows),
        "may_edit": member.has_role(RoleName.ADMIN),
        "sees_tables": member.has_role(RoleName.ANALYST, RoleName.ADMIN),
        **about,
    }
    return render(request, "taxonomy/scheme_history.html", context)


# -- Starting ---------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def scheme_create(request: Request, slug: str) -> HttpResponse:
    """A new scheme: from a template, or with one round to fill."""
    member = member_for(request, slug, RoleName.ADMIN)
    blank = SchemeForm(request.POST if request.method == "POST" else None)
    status = refusal_of(blank, lambda: _start_blank(blank, member))
    if status is None:
        return redirect("taxonomy:scheme_show", slug, blank.cleaned_data["slug"])
    offered = templates_left(member.study)
    context = {"study": member.study, "form": blank, "templates": offered}
    return render(request, "taxonomy/scheme_create.html", context, status=status)


@require_http_methods(["POST"])
def scheme_from_template(request: Request, slug: str) -> HttpResponse:
    """One of the templates as a scheme of this study."""
    member = member_for(request, slug, RoleName.ADMIN)
    form = TemplateForm(request.POST)
    status = refusal_of(form, lambda: _start_from(form.cleaned_data["template"], member))
    if status is not None:
        errors = [str(error) for errors in form.errors.values() for error in errors]
        messages.error(request, " ".join(errors))
        return redirect("taxonomy:scheme_list", slug)
    return redirect("taxonomy:scheme_show", slug, form.cleaned_data["template"])


def _start_from(template: str, member: Member) -> None:
    editing.start_scheme(study=member.study, by=member, **codebook(template))


def _start_blank(form: SchemeForm, member: Member) -> None:
    given = dict(form.cleaned_data)
    finest = {"position": 1, "name": given.pop("finest")}
    editing.start_scheme(study=member.study, by=member, rounds=[finest], **given)


# -- Changing ---------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def round_create(request: Request, slug: str, scheme: str) -> HttpResponse:
    """A new round at either end."""
    member, edited = at_work(request, slug, scheme)
    form = RoundForm(posted(request))
    return form_page(
        request,
        edited,
        form,
        lambda: rounds.add_round(scheme=edited, by=member, **form.change()),
        title=_("New round"),
    )


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def round_edit(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """The name of a round."""
    member, edited = at_work(request, slug, scheme)
    row = access.round_of(edited, uid)
    form = RoundNameForm(posted(request), initial={"name": row.name})
    return form_page(
        request,
        edited,
        form,
        lambda: rounds.rename_round(round=row, by=member, **form.change()),
        title=row.name,
    )


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def category_create(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """A new category of the round `uid`."""
    member, edited = at_work(request, slug, scheme)
    row = access.round_of(edited, uid)
    form = NewCategoryForm(posted(request), lower=row)
    return form_page(
        request,
        edited,
        form,
        lambda: editing.add_category(round=row, by=member, **form.change()),
        title=_("New category in “%(round)s”") % {"round": row.name},
    )


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def category_edit(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """The name, definition and examples of a category."""
    member, edited = at_work(request, slug, scheme)
    row = access.category_of(edited, uid)
    form = CategoryForm(posted(request), initial={name: getattr(row, name) for name in TEXTS})
    return form_page(
        request,
        edited,
        form,
        lambda: editing.describe_category(category=row, by=member, **form.change()),
        title=row.name,
    )


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def revision_undo(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Take a revision back, with a reason."""
    member, edited = at_work(request, slug, scheme)
    revision = access.revision_of(edited, uid)
    form = RevisionForm(posted(request))
    [step] = steps_of([revision])
    said = _("Take back revision %(number)d") % {"number": revision.number}
    return form_page(
        request,
        edited,
        form,
        lambda: _take_back(revision, member, form),
        title=_("Do it again") if step.takes_back else said,
        lead=step.sentence,
        action=_("Do it again") if step.takes_back else _("Take back"),
    )


def _take_back(revision: Revision, member: Member, form: RevisionForm) -> None:
    """Take it back, unless that would tell what others have coded in what it added or merged."""
    if concerns_codings(change.swapped() for change in changes_of(revision)):
        access.require_results(member, revision.scheme)
    undo(revision=revision, by=member, rationale=form.change()["rationale"])
