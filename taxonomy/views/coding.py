"""The coder's pages: what is to do, one moment after another, and one's own answers."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from incidents.access import member_for
from incidents.choices import IncidentState, RoleName
from incidents.http import Request
from incidents.models import Member
from incidents.paging import page_by_key
from taxonomy import access
from taxonomy.actions.coding import (
    CodingRefused,
    code_moment,
    put_aside,
    take_back,
    take_next_assignment,
)
from taxonomy.choices import Unclassifiable
from taxonomy.forms.coding import AnswerForm
from taxonomy.models import Assignment, Coding, Scheme
from taxonomy.queries.coding import (
    answer_to,
    answers_of,
    choices_of,
    told,
    trail_of,
    work_of,
)
from taxonomy.queries.proposals import unread_answers
from taxonomy.queries.sorts import sorts_waiting_for

DESK = "taxonomy/coding_desk.html"


@require_GET
def coding_list(request: Request, slug: str) -> HttpResponse:
    """The schemes of a study with what the coder has done and may do."""
    coder = member_for(request, slug, RoleName.CODER)
    context = {
        "study": coder.study,
        "work": work_of(coder),
        "unread": unread_answers(coder),
        "sorts": sorts_waiting_for(coder),
    }
    return render(request, "taxonomy/coding_list.html", context)


@require_GET
@never_cache
def coding_next(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The next moment to code; asking again shows the same one until it is answered."""
    coder = member_for(request, slug, RoleName.CODER)
    shown = access.scheme_shown(coder, scheme)
    return _desk(request, coder, shown, take_next_assignment(coder=coder, scheme=shown))


@require_GET
@never_cache
def coding_show(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """One of the coder's own moments, to be answered or answered anew."""
    coder = member_for(request, slug, RoleName.CODER)
    assignment = access.assignment_shown(coder, scheme, uid)
    return _desk(request, coder, assignment.batch.scheme, assignment)


@require_POST
def coding_record(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Keep an answer and go on to the next moment; a changed one leads back to the list."""
    coder = member_for(request, slug, RoleName.CODER)
    assignment = access.assignment_of(coder, scheme, uid)
    form = AnswerForm(request.POST, scheme=assignment.batch.scheme)
    if not form.is_valid():
        return _refuse(request, coder, assignment, form)
    try:
        coding = code_moment(assignment=assignment, by=coder, **form.answer())
    except CodingRefused as refusal:
        form.add_error(None, str(refusal))
        return _refuse(request, coder, assignment, form, status=409)
    if coding.supersedes is not None and not coding.supersedes.taken_back:
        messages.success(request, _("Your answer is changed."))
        return _lead_to(request, "taxonomy:coding_mine", slug)
    return _go_on(request, coder, assignment.batch.scheme)


@require_POST
def coding_put_aside(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Put a moment behind the others and go on."""
    coder = member_for(request, slug, RoleName.CODER)
    assignment = access.assignment_of(coder, scheme, uid)
    put_aside(assignment=assignment, by=coder)
    following = take_next_assignment(coder=coder, scheme=assignment.batch.scheme, after=assignment)
    said = _("Put aside.") if following != assignment else _("This is the only one left.")
    if request.htmx or following is None:
        return _desk(request, coder, assignment.batch.scheme, following, said=said)
    messages.info(request, said)
    return redirect("taxonomy:coding_show", slug, scheme, following.uid)


@require_GET
@never_cache
def coding_mine(request: Request, slug: str) -> HttpResponse:
    """The coder's own answers, newest first."""
    coder = member_for(request, slug, RoleName.CODER)
    page = page_by_key(answers_of(coder), query=request.GET)
    return render(request, "taxonomy/coding_mine.html", {"study": coder.study, "page": page})


@require_POST
def coding_take_back(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Take an answer back and show its moment again."""
    coder = member_for(request, slug, RoleName.CODER)
    coding = access.coding_of(coder, uid)
    try:
        take_back(coding=coding, by=coder)
    except CodingRefused as refusal:
        messages.error(request, str(refusal))
        return _lead_to(request, "taxonomy:coding_mine", slug)
    if coding.moment.incident.state != IncidentState.ACCEPTED:
        messages.success(request, _("Your answer is taken back."))
        return _lead_to(request, "taxonomy:coding_mine", slug)
    return _show_again(request, coder, coding)


def _desk(
    request: Request,
    coder: Member,
    scheme: Scheme,
    assignment: Assignment | None,
    *,
    form: AnswerForm | None = None,
    said: str = "",
    refused: str = "",
    lost_note: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of one moment; to htmx only what changes from moment to moment."""
    if assignment is not None:
        assignment = access.assignment_shown(coder, scheme.slug, assignment.uid)
    answered = answer_to(assignment) if assignment else None
    knows_choices = request.htmx and request.POST.get("revision") == str(scheme.revision)
    context = {
        "study": coder.study,
        "scheme": scheme,
        "assignment": assignment,
        "told": told(assignment.moment) if assignment else None,
        "answered": answered,
        "form": form or AnswerForm(scheme=scheme, answered=answered),
        "reasons": Unclassifiable.choices,
        "trail": trail_of(coder, scheme),
        "choices": None if knows_choices else choices_of(scheme),
        "said": said,
        "refused": refused,
        "lost_note": lost_note,
    }
    template = f"{DESK}#step" if request.htmx else DESK
    return render(request, template, context, status=status)


def _go_on(request: Request, coder: Member, scheme: Scheme) -> HttpResponse:
    if not request.htmx:
        return redirect("taxonomy:coding_next", coder.study.slug, scheme.slug)
    assignment = take_next_assignment(coder=coder, scheme=scheme)
    return _desk(request, coder, scheme, assignment, said=_("Coded."))


def _refuse(
    request: Request, coder: Member, assignment: Assignment, form: AnswerForm, *, status: int = 422
) -> HttpResponse:
    """Say why an answer was not kept: on its moment, or on the next where it is gone."""
    scheme, incident = assignment.batch.scheme, assignment.moment.incident
    incident.refresh_from_db(fields=["state"])
    if incident.state == IncidentState.ACCEPTED:
        return _desk(request, coder, scheme, assignment, form=form, status=status)
    following = take_next_assignment(coder=coder, scheme=scheme)
    note = form.data.get("note", "")  # also one that the form does not take
    said = _("This incident was taken out of the study meanwhile.")
    return _desk(request, coder, scheme, following, refused=said, lost_note=note, status=409)


def _show_again(request: Request, coder: Member, coding: Coding) -> HttpResponse:
    assignment, said = coding.assignment, _("Taken back. Answer anew, or put it aside.")
    if request.htmx:
        return _desk(request, coder, coding.scheme, assignment, said=said)
    messages.success(request, said)
    uid = assignment.uid if assignment else coding.uid
    return redirect("taxonomy:coding_show", coder.study.slug, coding.scheme.slug, uid)


def _lead_to(request: Request, name: str, slug: str) -> HttpResponse:
    """Redirect the page, whoever asked."""
    target = redirect(name, slug)
    return HttpResponseClientRedirect(target.url) if request.htmx else target
