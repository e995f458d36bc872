"""The pages of interviews: one's list, the header, and the incidents of one."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents import access
from incidents.actions.fieldwork import open_interview
from incidents.actions.refusals import RefusedError
from incidents.choices import RoleName
from incidents.forms.interviews import InterviewForm
from incidents.http import Request
from incidents.models import Interview, Member
from incidents.paging import page_by_key
from incidents.queries.fieldwork import entries_of, with_counts
from incidents.views.telling import Submission, chips_of, conflict_page, submit_all

WRITERS = (RoleName.INTERVIEWER, RoleName.ADMIN)


@require_GET
def interview_list(request: Request, slug: str) -> HttpResponse:
    """One's own interviews, newest first; all of the study for its admins."""
    member = access.member_for(request, slug, *WRITERS)
    interviews = Interview.objects.visible_to(member).for_list()
    page = page_by_key(with_counts(interviews, member), query=request.GET)
    context = {"study": member.study, "member": member, "page": page}
    return render(request, "incidents/interview_list.html", context)


@require_http_methods(["GET", "POST"])
def interview_open(request: Request, slug: str) -> HttpResponse:
    """The header of a new interview; once it is filled in, straight on to the first incident."""
    member = access.member_for(request, slug, *WRITERS)
    form = InterviewForm(request.POST if request.method == "POST" else None, study=member.study)
    if form.is_bound and form.is_valid():
        interview = _open(form, member)
        if interview is not None:
            return redirect("incidents:incident_record", slug, interview.uid, uuid.uuid4())
    return render(
        request,
        "incidents/interview_open.html",
        {"study": member.study, "form": form},
        status=422 if form.is_bound else 200,
    )


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
    }
    return render(request, "incidents/interview_show.html", context)


@require_POST
def interview_submit(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Send the complete incidents of an interview; name what the others still miss."""
    member = access.member_for(request, slug, *WRITERS)
    interview = access.interview_to_record(member, uid)
    return answer_submission(request, interview, submit_all(interview, member))


def answer_submission(
    request: Request, interview: Interview, submission: Submission
) -> HttpResponse:
    """Say what was sent and what was not; a conflict is shown at once."""
    if submission.sent:
        sent = ngettext("%d incident submitted.", "%d incidents submitted.", submission.sent)
        messages.success(request, sent % submission.sent)
    for sentence in submission.kept:
        messages.warning(request, sentence)
    if not (submission.sent or submission.kept or submission.stale):
        messages.info(request, _("Everything here has been sent already."))
    if submission.stale:
        return conflict_page(request, interview, submission.stale[0], status=409)
    return redirect("incidents:interview_show", interview.study.slug, interview.uid)


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
