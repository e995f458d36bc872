"""What was asked for in vain is recorded like what was told."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from incidents import access
from incidents.actions.interviews import record_none_recalled, take_back_none_recalled
from incidents.choices import ToldAs
from incidents.forms.interviews import NoneRecalledForm
from incidents.http import Request
from incidents.models import Interview, Member
from incidents.views.interviews import WRITERS


@require_POST
def none_recalled_record(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Record a kind that was asked for, and none came to mind."""
    member, interview, kind = _kind_of(request, slug, uid)
    if kind:
        record_none_recalled(interview=interview, by=member, **kind)
        messages.success(request, _("Recorded: asked, none recalled."))
    return redirect("incidents:interview_show", slug, uid)


@require_POST
def none_recalled_take_back(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Take the record back, say because one came to mind after all."""
    member, interview, kind = _kind_of(request, slug, uid)
    record = interview.none_recalled.filter(**kind).first() if kind else None
    if record is not None:
        take_back_none_recalled(record=record, by=member)
        messages.success(request, _("Taken back."))
    return redirect("incidents:interview_show", slug, uid)


def _kind_of(
    request: Request, slug: str, uid: uuid.UUID
) -> tuple[Member, Interview, dict[str, str]]:
    """Who speaks of which kind in which interview; no kind where the form names none."""
    member = access.member_for(request, slug, *WRITERS)
    interview = access.interview_to_record(member, uid)
    form = NoneRecalledForm(request.POST)
    if not form.is_valid():
        return member, interview, {}
    kind = {"told_as": ToldAs.NOT_STATED.value, **form.cleaned_data}
    return member, interview, {name: value or ToldAs.NOT_STATED for name, value in kind.items()}
