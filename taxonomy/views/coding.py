"""The coder's pages: what is to do, one moment after another, and one's own answers.

A script keeps answers until they arrive and shows the next moment from those it holds (ADR 0040);
what it sends is answered by a receipt. Without it every answer leads to a page.
"""

import uuid
from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from incidents.access import member_for
from incidents.choices import IncidentState, RoleName
from incidents.http import Request
from incidents.models import Member
from incidents.paging import page_by_key
from taxonomy import access
from taxonomy.actions.coding import (
    CodingRefused,
    assignments_ahead,
    code_moment,
    put_aside,
    take_back,
    take_next_assignment,
)
from taxonomy.choices import Unclassifiable
from taxonomy.forms.coding import AnswerForm
from taxonomy.models import Assignment, Coding, Scheme, Training
from taxonomy.queries.coding import answer_to, answers_of, choices_of, work_of
from taxonomy.queries.desk import (
    Shown,
    proof_of_holding,
    put_aside_by,
    shown_to_code,
    trail_of,
    was_held,
)
from taxonomy.queries.proposals import unread_answers
from taxonomy.queries.sorts import sorts_waiting_for
from taxonomy.queries.suggestions import Offer, offers_for
from taxonomy.queries.training import offered_to, training_lines, trainings_of
from taxonomy.queries.waiting import portions_of

DESK = "taxonomy/coding_desk.html"
MOST_HELD = 50  # moments that a page may name as its own
TRAININGS_SHOWN = 20


@require_GET
def coding_list(request: Request, slug: str) -> HttpResponse:
    """The schemes of a study with what the coder has done and may do."""
    coder = member_for(request, slug, RoleName.CODER)
    context = {
        "study": coder.study,
        "work": work_of(coder),
        "unread": unread_answers(coder),
        "sorts": sorts_waiting_for(coder),
        "trainings": training_lines(trainings_of(coder)[:TRAININGS_SHOWN]),
        "offered": offered_to(coder),
        "portions": [
            one
            for one in portions_of([coder]).get(coder.pk, [])
            if one.is_given_out and not one.practice  # what is practised is a list of its own
        ],
    }
    return render(request, "taxonomy/coding_list.html", context)


@require_GET
@never_cache
def coding_next(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The next moment to code; asking again shows the same one until it is answered.

    `after` names one that was put aside: what is aside comes round again behind it.
    """
    coder = member_for(request, slug, RoleName.CODER)
    shown = access.scheme_shown(coder, scheme)
    after = _named(coder, scheme, request.GET.get("after", ""))
    following = take_next_assignment(coder=coder, scheme=shown, after=after)
    said = _("This is the only one left.") if after and after == following else ""
    return _desk(request, coder, shown, following, said=said)


@require_GET
@never_cache
def coding_show(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """One of the coder's own moments, to be answered or answered anew."""
    coder = member_for(request, slug, RoleName.CODER)
    assignment = access.assignment_shown(coder, scheme, uid)
    return _desk(request, coder, assignment.batch.scheme, assignment)


@require_GET
@never_cache
def coding_ahead(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The moments that follow those which the page `held`, to be shown without asking again."""
    coder = member_for(request, slug, RoleName.CODER)
    shown = access.scheme_shown(coder, scheme)
    held = [key for uid in request.GET.getlist("held")[:MOST_HELD] if (key := _uid(uid))]
    ahead = assignments_ahead(coder=coder, scheme=shown, held=held)
    moments = shown_to_code(ahead, _offers(coder, shown, ahead))
    context = {"study": coder.study, "scheme": shown, "ahead": moments}
    return render(request, f"{DESK}#ahead", context)


@require_GET
@never_cache
def coding_aside(request: Request, slug: str, scheme: str) -> HttpResponse:
    """What the coder has put aside in a scheme, to take any of it up again."""
    coder = member_for(request, slug, RoleName.CODER)
    shown = access.scheme_shown(coder, scheme)
    aside = put_aside_by(coder, shown).select_related("moment__incident__version", "batch")
    page = page_by_key(aside, query=request.GET)
    context = {"study": coder.study, "scheme": shown, "page": page}
    return render(request, "taxonomy/coding_aside.html", context)


@require_POST
def coding_record(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Keep an answer and go on to the next moment; a changed one leads back to the list."""
    coder = _sender(request, slug)
    try:
        assignment = access.assignment_of(coder, scheme, uid)
    except Http404:
        return _gone(request, coder, scheme, uid)
    form = AnswerForm(request.POST, scheme=assignment.batch.scheme)
    if not form.is_valid():
        return _refuse(request, coder, assignment, form)
    try:
        coding = code_moment(assignment=assignment, by=coder, **form.answer())
    except CodingRefused as refusal:
        form.add_error(None, str(refusal))
        return _refuse(request, coder, assignment, form, status=409)
    changed = coding.supersedes is not None and not coding.supersedes.taken_back
    if changed and "stays" not in request.POST:  # else the page that it came from has said so
        messages.success(request, _("Your answer is changed."))
    if _wants_receipt(request):
        return _receipt(request, coder, assignment.batch.scheme)
    if changed:
        return redirect("taxonomy:coding_mine", slug)
    return redirect("taxonomy:coding_next", slug, scheme)


@require_POST
def coding_put_aside(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Put a moment behind the others and go on."""
    coder = _sender(request, slug)
    try:
        assignment = access.assignment_of(coder, scheme, uid)
    except Http404:
        return _gone(request, coder, scheme, uid)
    put_aside(assignment=assignment, by=coder)
    if _wants_receipt(request):
        return _receipt(request, coder, assignment.batch.scheme)
    following = take_next_assignment(coder=coder, scheme=assignment.batch.scheme, after=assignment)
    if following is None:
        return redirect("taxonomy:coding_next", slug, scheme)
    alone = following == assignment
    messages.info(request, _("This is the only one left.") if alone else _("Put aside."))
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
    coder = _sender(request, slug)
    try:
        coding = access.coding_of(coder, uid)
    except Http404:
        if _wants_receipt(request):
            return _tell_gone()
        raise
    try:
        take_back(coding=coding, by=coder)
    except CodingRefused as refusal:
        if _wants_receipt(request):
            return JsonResponse({"error": str(refusal)}, status=409)
        messages.error(request, str(refusal))
        return redirect("taxonomy:coding_mine", slug)
    if _wants_receipt(request):
        return _receipt(request, coder, coding.scheme)
    if coding.moment.incident.state != IncidentState.ACCEPTED:
        messages.success(request, _("Your answer is taken back."))
        return redirect("taxonomy:coding_mine", slug)
    messages.success(request, _("Taken back. Answer anew, or put it aside."))
    shown = coding.assignment.uid if coding.assignment else coding.uid
    return redirect("taxonomy:coding_show", slug, coding.scheme.slug, shown)


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
    """The page of one moment; to the script only what changes from moment to moment."""
    if assignment is not None:
        assignment = access.assignment_shown(coder, scheme.slug, assignment.uid)
    answered = answer_to(assignment) if assignment else None
    knows_choices = request.htmx and request.GET.get("revision") == str(scheme.revision)
    context = {
        "study": coder.study,
        "scheme": scheme,
        "coder": coder,
        "shown": _shown(coder, scheme, assignment, answered) if assignment else None,
        "to_finish": None if assignment else _to_finish(coder, scheme),
        "answered": answered,
        "held": proof_of_holding(coder, assignment.uid) if assignment else "",
        "form": form or AnswerForm(scheme=scheme, answered=answered),
        "reasons": Unclassifiable.choices,
        "trail": trail_of(coder, scheme),
        "choices": None if knows_choices else choices_of(scheme),
        "said": said,
        "refused": refused,
        "lost_note": lost_note,
    }
    by_script = request.htmx and request.method == "GET"
    template = f"{DESK}#step" if by_script else DESK
    return render(request, template, context, status=status)


def _to_finish(coder: Member, scheme: Scheme) -> Training | None:
    """A coder's practice in a scheme of which all is answered and the result not asked for."""
    own = trainings_of(coder).filter(training_set__scheme=scheme, finished_at__isnull=True)
    return next((line.training for line in training_lines(own) if line.can_be_finished), None)


def _shown(coder: Member, scheme: Scheme, assignment: Assignment, answered: Coding | None) -> Shown:
    offers = _offers(coder, scheme, [assignment], answered=[assignment.pk] if answered else [])
    return shown_to_code([assignment], offers)[0]


def _offers(
    coder: Member,
    scheme: Scheme,
    assignments: Sequence[Assignment],
    *,
    answered: Sequence[int] = (),
) -> Mapping[int, Offer]:
    """What is suggested for some moments; to a coder who is blind nothing, looking early or not."""
    return offers_for(
        scheme,
        assignments,
        is_blind=lambda: access.is_blind(coder, scheme),
        answered=answered,
    )


def _refuse(
    request: Request, coder: Member, assignment: Assignment, form: AnswerForm, *, status: int = 422
) -> HttpResponse:
    """Say why an answer was not kept: on its moment, or on the next where it is gone."""
    scheme, gone = assignment.batch.scheme, _why_gone(coder, assignment)
    if _wants_receipt(request):
        said = " ".join(str(error) for errors in form.errors.values() for error in errors)
        told = {"error": said, "gone": bool(gone), "revision": str(scheme.revision)}
        return JsonResponse(told, status=status)
    if not gone:
        return _desk(request, coder, scheme, assignment, form=form, status=status)
    following = take_next_assignment(coder=coder, scheme=scheme)
    note = form.data.get("note", "")  # also one that the form does not take
    return _desk(request, coder, scheme, following, refused=gone, lost_note=note, status=409)


def _why_gone(coder: Member, assignment: Assignment) -> str:
    """Why a moment that was the coder's a moment ago cannot be shown any more; empty if it can."""
    try:
        access.assignment_shown(coder, assignment.batch.scheme.slug, assignment.uid)
    except Http404:
        incident = assignment.moment.incident
        incident.refresh_from_db(fields=["state"])
        if incident.state != IncidentState.ACCEPTED:
            return _("This incident was taken out of the study meanwhile.")
        return _("This moment is no longer yours to code.")
    return ""


# -- What the script is told ---------------------------------------------------------------------


def _wants_receipt(request: Request) -> bool:
    return request.headers.get("Accept") == "application/json"


def _sender(request: Request, slug: str) -> Member:
    """The coder who sends something; what somebody else left in a shared browser is not taken."""
    coder = member_for(request, slug, RoleName.CODER)
    if request.POST.get("member", str(coder.uid)) != str(coder.uid):
        raise PermissionDenied(
            _("This form was opened by somebody else. Go back, sign in as them, and send it again.")
        )
    return coder


def _receipt(request: Request, coder: Member, scheme: Scheme) -> JsonResponse:
    """Name what has arrived, with the coder's way so far and the revision of the scheme."""
    context = {"study": coder.study, "scheme": scheme, "trail": trail_of(coder, scheme)}
    parts = {
        name: render_to_string(f"{DESK}#{name}", context, request=request)
        for name in ("recent", "trail")
    }
    sent = request.POST.get("uid", "")
    return JsonResponse({"uid": sent, "revision": str(scheme.revision), "parts": parts})


def _gone(request: Request, coder: Member, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Say that a moment is no longer the coder's, and go on to the next with the note kept.

    To the script in any case, else where the form proves that it was theirs.
    """
    if _wants_receipt(request):
        return _tell_gone()
    if not was_held(request.POST.get("held", ""), coder, uid):
        raise Http404
    shown = access.scheme_shown(coder, scheme)
    following = take_next_assignment(coder=coder, scheme=shown)
    said, note = _("This moment is no longer yours to code."), request.POST.get("note", "")
    return _desk(request, coder, shown, following, refused=said, lost_note=note, status=409)


def _tell_gone() -> JsonResponse:
    said = _("This moment is no longer yours to code. Go on to the next.")
    return JsonResponse({"error": said, "gone": True}, status=409)


def _named(coder: Member, scheme: str, uid: str) -> Assignment | None:
    """The coder's assignment of that uid, if it is one."""
    try:
        return access.assignment_of(coder, scheme, key) if (key := _uid(uid)) else None
    except Http404:
        return None


def _uid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
