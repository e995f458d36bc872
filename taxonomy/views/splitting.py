"""Splitting a category, and sorting its moments again, one after another."""

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.http import Request, part_of
from incidents.models import Member, Moment
from taxonomy import access
from taxonomy.actions.splitting import ResortRefused, resort, split_category, take_back_resort
from taxonomy.forms.schemes import ResortForm, SplitForm
from taxonomy.models import Assignment, Category
from taxonomy.queries.coding import choices_of, told
from taxonomy.queries.splitting import (
    ever_sorted_out_of,
    next_to_sort,
    resorting_of,
    sorted_out_of,
    split_off,
    under,
    waiting_for,
    waiting_in,
    was_split,
)
from taxonomy.views.revising import at_work, form_page, posted

DESK = "taxonomy/resort_desk.html"


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
def category_split(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Make new categories out of one."""
    member, edited = at_work(request, slug, scheme)
    row = access.category_of(edited, uid)
    form = SplitForm(posted(request))
    waiting = waiting_in(row).count() if access.sees_results(member, edited) else None
    desk = reverse("taxonomy:resort_desk", args=[slug, scheme, uid]) if waiting else ""
    return form_page(
        request,
        edited,
        form,
        lambda: split_category(category=row, by=member, **form.change()),
        title=_("Split “%(name)s”") % {"name": row.name},
        lead=_what_waits(row, waiting),
        action=_("Split"),
        next_step=(desk, _("Sort them")),
    )


def _what_waits(row: Category, moments: int | None) -> str:
    """Say what a split touches: moments, where their number is shown, or categories below."""
    said = [_("It is offered to coders no more; the new ones stand beside it.")]
    below = len(under(row))
    if moments is not None:
        said.append(
            ngettext(
                "%(number)d moment waits to be sorted again and counts here until then.",
                "%(number)d moments wait to be sorted again and count here until then.",
                moments,
            )
            % {"number": moments}
        )
    if below:
        said.append(
            ngettext(
                "%(number)d category stands under it until you place it.",
                "%(number)d categories stand under it until you place them.",
                below,
            )
            % {"number": below}
        )
    return " ".join(said)


@require_GET
@never_cache
@vary_on_headers("HX-Request")
def resort_desk(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """The next moment of a split category; `after` leaves one for later."""
    member, category = _at_desk(request, slug, scheme, uid)
    later = request.GET.get("after")
    after = _moment_for(member, category, later) if later is not None else None
    return _desk(request, member, category, after=after)


@require_POST
def resort_record(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Sort one moment, and show the next."""
    member, category = _at_desk(request, slug, scheme, uid)
    _refuse_blind(member, category)
    form = ResortForm(request.POST)
    if not form.is_valid():
        shown = form.cleaned_data.get("moment")
        refused = _("Choose a category.")
        return _desk(request, member, category, shown=shown, refused=refused, status=422)
    given = form.cleaned_data
    moment = _moment_for(member, category, str(given["moment"]))
    into = access.category_of(category.scheme, given["into"])
    try:
        resort(moment=moment, category=category, into=into, by=member, uid=given["uid"])
    except ResortRefused as refusal:
        return _desk(
            request,
            member,
            category,
            shown=moment.uid,
            after=moment,
            refused=str(refusal),
            status=409,
        )
    return _go_on(request, member, category, moment, said=_("Sorted into “%s”.") % into.name)


@require_POST
def resort_take_back(
    request: Request, slug: str, scheme: str, uid: uuid.UUID, coding: uuid.UUID
) -> HttpResponse:
    """Take back what one has sorted last, and show that moment again."""
    member, category = _at_desk(request, slug, scheme, uid)
    _refuse_blind(member, category)
    made = ever_sorted_out_of(category).filter(coder=member, uid=coding).first()
    if made is None:
        raise Http404
    made.scheme = category.scheme
    try:
        take_back_resort(coding=made, by=member)
    except ResortRefused as refusal:
        return _desk(request, member, category, refused=str(refusal), status=409)
    before = waiting_for(member, category).filter(pk__lt=made.moment_id).last()
    return _go_on(request, member, category, before, said=_("Taken back."))


def _at_desk(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> tuple[Member, Category]:
    """Who sorts again, an admin or a coder, and the category that was split."""
    member = member_for(request, slug, RoleName.ADMIN, RoleName.CODER)
    category = access.category_of(access.scheme_shown(member, scheme), uid)
    if not was_split(category):
        raise Http404
    return member, category


def _refuse_blind(member: Member, category: Category) -> None:
    if not access.sees_results(member, category.scheme):
        raise Http404


def _moment_for(member: Member, category: Category, uid: str) -> Moment:
    """A moment that the member may sort, or might have before others did."""
    try:
        known = uuid.UUID(uid)
    except ValueError:
        raise Http404 from None
    moments = Moment.objects.filter(incident__study=category.scheme.study_id, uid=known)
    if not member.has_role(RoleName.ADMIN):
        own = Assignment.objects.of(member).filter(batch__scheme=category.scheme)
        moments = moments.filter(pk__in=own.values("moment"))
    moment = moments.first()
    if moment is None:
        raise Http404
    return moment


def _go_on(
    request: Request, member: Member, category: Category, after: Moment | None, *, said: str
) -> HttpResponse:
    if request.htmx:
        return _desk(request, member, category, after=after, said=said)
    study, scheme = category.scheme.study.slug, category.scheme.slug
    return redirect("taxonomy:resort_desk", study, scheme, category.uid)


def _desk(
    request: Request,
    member: Member,
    category: Category,
    *,
    after: Moment | None = None,
    shown: uuid.UUID | None = None,
    said: str = "",
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of one moment; to who codes blind only the reason why there is none.

    It is the one with the uid `shown` while that waits, else the next one.
    """
    counted = access.sees_results(member, category.scheme)
    moment = _moment_at_desk(member, category, shown, after) if counted else None
    context = {
        "study": category.scheme.study,
        "scheme": category.scheme,
        "category": category,
        "counted": counted,
        "moment": moment,
        "told": told(moment) if moment else None,
        "new_uid": uuid.uuid4(),
        "into": split_off(category),
        "others": [one for one in choices_of(category.scheme) if one.category != category],
        "progress": resorting_of(member, category) if counted else None,
        "last": sorted_out_of(category).filter(coder=member).first() if counted else None,
        "said": said,
        "refused": refused,
    }
    return render(request, part_of(DESK, "step", request), context, status=status)


def _moment_at_desk(
    member: Member, category: Category, shown: uuid.UUID | None, after: Moment | None
) -> Moment | None:
    waiting = waiting_for(member, category).select_related("incident__version")
    again = waiting.filter(uid=shown).first() if shown else None
    return again or next_to_sort(member, category, after=after.pk if after else 0)
