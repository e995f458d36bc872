"""The pages of interviews: one's list, the header, and the incidents of one."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents import access
from incidents.actions.fieldwork import open_interview
from incidents.actions.interviews import change_consent
from incidents.actions.refusals import RefusedError, StaleError
from incidents.choices import AskedFor, RoleName, ToldAs
from incidents.forms.fieldwork import study_zone
from incidents.forms.interviews import (
    CONSENTS,
    ConsentForm,
    InterviewForm,
    NoneRecalledForm,
    RecordedForm,
)
from incidents.http import Request
from incidents.models import Interview, Member, Study
from incidents.paging import page_by_key
from incidents.queries.days import (
    day_of,
    last_interview_of,
    none_recalled_counts,
    received_from,
    waiting_drafts,
)
from incidents.queries.fieldwork import entries_of, with_counts
from incidents.queries.guides import guide_of
from incidents.views.telling import Submission, chips_of, conflict_page, submit_all

WRITERS = (RoleName.INTERVIEWER, RoleName.ADMIN)


@require_GET
def interview_list(request: Request, slug: str) -> HttpResponse:
    """One's own interviews, newest first; all of the study for its admins."""
    member = access.member_for(request, slug, *WRITERS)
    interviews = Interview.objects.visible_to(member).for_list()
    page = page_by_key(with_counts(interviews, member), query=request.GET)
    context = {
        "study": member.study,
        "member": member,
        "page": page,
        "today": day_of(member, **_today_in(member.study)),
        "waiting": waiting_drafts(member),
        "none_recalled": _named(none_recalled_counts(member)),
    }
    return render(request, "incidents/interview_list.html", context)


@require_http_methods(["GET", "POST"])
def interview_open(request: Request, slug: str) -> HttpResponse:
    """The header of a new interview; once it is filled in, straight on to the first incident."""
    member = access.member_for(request, slug, *WRITERS)
    like = _like(request, member)
    posted = request.POST if request.method == "POST" else None
    form = InterviewForm(posted, study=member.study, like=like)
    if form.is_bound and form.is_valid():
        interview = _open(form, member)
        if interview is not None:
            return redirect("incidents:incident_record", slug, interview.uid, uuid.uuid4())
    language = like.language if like else ""
    held_on = timezone.localdate(timezone=study_zone(member.study))
    context = {
        "study": member.study,
        "form": form,
        "like": like,
        "last": None if like or form.is_bound else last_interview_of(member),
        "guide": guide_of(member.study, language, held_on=held_on),
    }
    status = 422 if form.is_bound else 200
    return render(request, "incidents/interview_open.html", context, status=status)


@require_GET
def interview_show(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """One interview: its header, its incidents, and what has not been sent."""
    member = access.member_for(request, slug, *WRITERS)
    interview = access.interview_to_record(member, uid)
    entries = entries_of(interview, member)
    context: dict[str, Any] = {
        "study": member.study,
        "member": member,
        "interview": interview,
        "chips": chips_of(entries, interview),
        "new_uid": uuid.uuid4(),
        "unsent": any(entry.draft for entry in entries),
        "consents": CONSENTS,
        "none_recalled": interview.none_recalled.all(),
        "nothing_recalled": NoneRecalledForm(),
    }
    return render(request, "incidents/interview_show.html", context)


@require_POST
def interview_submit(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Send the complete incidents of an interview; name what the others still miss."""
    member = access.member_for(request, slug, *WRITERS)
    interview = access.interview_to_record(member, uid)
    submission = submit_all(interview, member, entries_of(interview, member))
    return answer_submission(request, interview, submission)


@require_POST
def interview_consent(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Note by one tap what the respondent agrees to."""
    member = access.member_for(request, slug, *WRITERS)
    interview = access.interview_to_record(member, uid)
    form = ConsentForm(request.POST)
    if form.is_valid() and form.agreed():
        version = form.cleaned_data["row_version"]
        try:
            change_consent(interview=interview, by=member, row_version=version, **form.agreed())
        except StaleError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("What was agreed to is noted."))
    return redirect("incidents:interview_show", slug, uid)


@require_POST
def incident_received(request: Request, slug: str) -> HttpResponse:
    """Which of the incidents that a browser recorded the server has; a script asks."""
    member = access.member_for(request, slug, *WRITERS)
    form = RecordedForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    return JsonResponse({"received": received_from(member, form.cleaned_data["uids"])})


def answer_submission(
    request: Request, interview: Interview, submission: Submission
) -> HttpResponse:
    """Say what was sent and what was not; a conflict is shown at once."""
    if submission.sent:
        sent = ngettext("%d incident submitted.", "%d incidents submitted.", submission.sent)
        messages.success(request, sent % submission.sent)
    if submission.kept:
        entries = entries_of(interview, request.member)
        numbers = {entry.uid: number for number, entry in enumerate(entries, start=1)}
        for kept in submission.kept:
            if kept.uid in numbers:  # else another window has just thrown it away
                messages.warning(request, kept.said(numbers[kept.uid]))
    if not (submission.sent or submission.kept or submission.stale):
        messages.info(request, _("Everything here has been sent already."))
    if submission.stale:
        return conflict_page(request, interview, submission.stale[0], status=409)
    return redirect("incidents:interview_show", interview.study.slug, interview.uid)


def _like(request: Request, member: Member) -> Interview | None:
    """The interview whose header is to be copied, if the address names one."""
    named = request.GET.get("like", "")
    try:
        uid = uuid.UUID(named)
    except ValueError:
        return None
    return access.interview_to_record(member, uid)


def _today_in(study: Study) -> dict[str, dt.datetime]:
    zone = study_zone(study)
    begin = dt.datetime.combine(timezone.localdate(timezone=zone), dt.time.min, tzinfo=zone)
    return {"begin": begin, "end": begin + dt.timedelta(days=1)}


def _named(counts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "asked_for": AskedFor(row["asked_for"]).label,
            "told_as": ToldAs(row["told_as"]).label,
            "count": row["count"],
        }
        for row in counts
    ]


def _open(form: InterviewForm, member: Member) -> Interview | None:
    try:
        return open_interview(
            study=member.study,
            uid=form.cleaned_data["uid"],
            respondent=form.cleaned_data["respondent"],
            site=form.chosen_site(),
            by=member,
            **form.header(),
        )
    except RefusedError as refusal:
        form.add_error(None, str(refusal))
        return None
