"""Sorts: the tasks of a scheme, and the desk where each member sorts alone."""

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from incidents.access import member_for
from incidents.actions.refusals import RefusedError
from incidents.choices import RoleName
from incidents.http import Request, part_of
from incidents.models import Member
from incidents.paging import page_by_key
from incidents.views.attempts import CONFLICT, INVALID, refusal_of, telling_refusals
from taxonomy import access
from taxonomy.actions import sorting
from taxonomy.forms.sorts import MomentSortForm, PileForm, PutForm, SortForm, StepForm
from taxonomy.models import Pile, Sort, Sorter
from taxonomy.queries.sorts import desk_of, items_of, progress_of, sorts_of, told_on
from taxonomy.views.revising import at_work, posted

DESK = "taxonomy/sort_desk.html"

# -- Tasks ------------------------------------------------------------------------------------


@require_GET
def sort_list(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The sorts of a scheme: a coder's own, all for analysts and admins."""
    member = member_for(request, slug, *access.SORTING)
    shown = access.scheme_shown(member, scheme)
    context = {
        "study": member.study,
        "scheme": shown,
        "page": page_by_key(sorts_of(member, shown), query=request.GET),
        "may_edit": member.has_role(RoleName.ADMIN),
    }
    return render(request, "taxonomy/sort_list.html", context)


@require_http_methods(["GET", "POST"])
def sort_create(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Ask members to sort the categories of a round."""
    member, edited = at_work(request, slug, scheme)
    form = SortForm(posted(request), scheme=edited)
    status = refusal_of(form, lambda: sorting.start_sort(by=member, **form.task()))
    if status is None:
        messages.success(request, _("The sort is started. Whom you chose finds it here."))
        return redirect("taxonomy:sort_list", slug, scheme)
    context = {"study": member.study, "scheme": edited, "form": form}
    return render(request, "taxonomy/sort_create.html", context, status=status)


@require_http_methods(["GET", "POST"])
def sort_of_moments(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Ask members to sort moments into piles that they name as they go."""
    member, edited = at_work(request, slug, scheme)
    form = MomentSortForm(posted(request), scheme=edited)
    status = refusal_of(
        form, lambda: sorting.start_sort_of_moments(scheme=edited, by=member, **form.task())
    )
    if status is None:
        messages.success(request, _("The sort is started. Whom you chose finds it here."))
        return redirect("taxonomy:sort_list", slug, scheme)
    context = {"study": member.study, "scheme": edited, "form": form, "of_moments": True}
    return render(request, "taxonomy/sort_create.html", context, status=status)


@require_GET
def sort_show(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """How far everybody is, and what can be done; never who put what where."""
    member = member_for(request, slug)
    sort = access.sort_of(member, scheme, uid)
    people = list(progress_of(sort))
    mine = next((sorter for sorter in people if sorter.member_id == member.pk), None)
    sees_all = sort.closed_at or member.has_role(RoleName.ADMIN, RoleName.ANALYST)
    context = {
        "study": member.study,
        "scheme": sort.scheme,
        "sort": sort,
        "people": people if sees_all else [mine],
        "number": len(people),
        "things": items_of(sort).count(),
        "finished": sum(sorter.finished_at is not None for sorter in people),
        "mine": mine,
        "sees": access.sees_sorted(member, sort),
        "may_edit": member.has_role(RoleName.ADMIN),
    }
    return render(request, "taxonomy/sort_show.html", context)


@require_POST
def sort_end(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Open the results before everybody has finished."""
    return _run(request, (slug, scheme, uid), sorting.end_sort, _("The results are open."))


@require_POST
def sort_reopen(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Close the results and let everybody sort on."""
    return _run(request, (slug, scheme, uid), sorting.reopen_sort, _("Everybody may sort on."))


def _run(
    request: Request, address: tuple[str, str, uuid.UUID], act: Callable[..., None], said: str
) -> HttpResponse:
    slug, scheme, uid = address
    member = member_for(request, slug)
    sort = access.sort_to_run(member, scheme, uid)
    with telling_refusals(request):
        act(sort=sort, by=member)
        messages.success(request, said)
    return redirect("taxonomy:sort_show", slug, scheme, uid)


# -- The desk ---------------------------------------------------------------------------------


@require_GET
@never_cache
@vary_on_headers("HX-Request")
def sort_desk(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """The member's own cards and piles; `card` is taken up, or the next one after `after`."""
    member = member_for(request, slug)
    sorter = access.sorter_of(member, scheme, uid)
    wanted, after = request.GET.get("card", ""), request.GET.get("after", "")
    return _desk(request, sorter, wanted=wanted, after=after)


@require_POST
def sort_put(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Put a card on a pile and take the next one; with no pile named it is passed over."""
    member = member_for(request, slug)
    sorter = access.sorter_of(member, scheme, uid)
    form = PutForm(request.POST, sorter=sorter)
    if not form.is_valid():
        said = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return _desk(request, sorter, wanted=request.POST.get("item", ""), refused=said)
    item, goal = form.cleaned_data["item"], form.goal()
    if not goal:
        return _on(request, sorter, _("Passed over."), after=str(item.uid))
    try:
        put = sorting.put_on_pile(sorter=sorter, item=item, to=goal, by=member)
    except RefusedError as refusal:
        return _desk(request, sorter, wanted=str(item.uid), refused=str(refusal))
    said = _said_of(item.heading, put, form.cleaned_data["was"])
    return _on(request, sorter, said, after=str(item.uid))


def _said_of(heading: str, put: sorting.Put, was: str) -> str:
    """The receipt; it names where another window had put the card meanwhile."""
    names = {"card": heading, "pile": put.pile.name}
    if put.founded:
        said = _("“%(card)s” begins the pile “%(pile)s”.") % names
    else:
        said = _("“%(card)s” lies in “%(pile)s”.") % names
    if put.came_from and str(put.came_from.uid) != was and put.came_from != put.pile:
        also = _("Another window had put it in “%(pile)s”; undo puts it back there.")
        said = f"{said} {also % {'pile': put.came_from.name}}"
    return said


@require_POST
def sort_undo(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Take the member's last step back, and the card of it up."""
    member = member_for(request, slug)
    sorter = access.sorter_of(member, scheme, uid)
    form = StepForm(request.POST)
    expected = form.cleaned_data["step"] if form.is_valid() else 0
    try:
        step = sorting.undo_step(sorter=sorter, by=member, expected=expected)
    except sorting.SortStale as refusal:
        return _desk(request, sorter, refused=str(refusal), status=CONFLICT)
    except RefusedError as refusal:
        return _desk(request, sorter, refused=str(refusal))
    return _on(request, sorter, _("Undone."), wanted=str(step.item.uid) if step.item else "")


@require_POST
def pile_rename(
    request: Request, slug: str, scheme: str, uid: uuid.UUID, pile: uuid.UUID
) -> HttpResponse:
    """Give one of the member's piles another name."""
    member = member_for(request, slug)
    sorter = access.sorter_of(member, scheme, uid)
    row = access.pile_of(sorter, pile)
    form = PileForm(request.POST)
    status = refusal_of(form, lambda: _rename(sorter, row, form, member))
    if status is not None:
        said = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return _desk(request, sorter, refused=said)
    return _on(request, sorter, _("Renamed."), wanted=request.POST.get("item", ""))


def _rename(sorter: Sorter, pile: Pile, form: PileForm, member: Member) -> None:
    name = form.cleaned_data["name"]
    sorting.rename_pile(sorter=sorter, pile=pile, name=name, by=member)


@require_POST
def sort_finish(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Say that one is done; the last one opens the results."""
    member = member_for(request, slug)
    sorter = access.sorter_of(member, scheme, uid)
    try:
        sort = sorting.finish_sorting(sorter=sorter, by=member)
    except RefusedError as refusal:
        return _desk(request, sorter, refused=str(refusal))
    messages.success(request, _finished(sort))
    return redirect("taxonomy:sort_show", slug, scheme, uid)


def _finished(sort: Sort) -> str:
    if sort.closed_at is not None:
        return _("You are done, and so is everybody: the results are open.")
    return _("You are done. The results open when everybody is.")


@require_POST
def sort_resume(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Go on sorting after having been done."""
    member = member_for(request, slug)
    sorter = access.sorter_of(member, scheme, uid)
    try:
        sorting.resume_sorting(sorter=sorter, by=member)
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return redirect("taxonomy:sort_show", slug, scheme, uid)
    return redirect("taxonomy:sort_desk", slug, scheme, uid)


def _on(
    request: Request, sorter: Sorter, said: str, *, wanted: str = "", after: str = ""
) -> HttpResponse:
    """What follows a step: the part to htmx, else the page by another request."""
    if request.htmx:
        return _desk(request, sorter, said=said, wanted=wanted, after=after)
    messages.info(request, said)
    target = redirect("taxonomy:sort_desk", *_address(sorter))
    target["Location"] += f"?{urlencode({'card': wanted, 'after': after})}"
    return target


def _address(sorter: Sorter) -> tuple[Any, ...]:
    sort = sorter.sort
    return sort.scheme.study.slug, sort.scheme.slug, sort.uid


def _desk(
    request: Request,
    sorter: Sorter,
    *,
    wanted: str = "",
    after: str = "",
    said: str = "",
    refused: str = "",
    status: int = 0,
) -> HttpResponse:
    """The page of one sorter; to htmx only what changes. What was refused keeps what was typed."""
    sort = sorter.sort
    desk = desk_of(sorter, wanted, skipping=after)
    context = {
        "study": sort.scheme.study,
        "scheme": sort.scheme,
        "sort": sort,
        "sorter": sorter,
        "desk": desk,
        "told": told_on(desk.card),
        "said": said,
        "refused": refused,
        "typed": request.POST.get("to", "") if refused else "",
    }
    status = status or (INVALID if refused else 200)
    return render(request, part_of(DESK, "desk", request), context, status=status)
