"""What may be done with one incident that is held out: to withdraw it, unread."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from incidents import access
from incidents.actions.screening import withdraw
from incidents.choices import RoleName
from incidents.forms.screening import WithdrawalForm
from incidents.http import Request
from incidents.views.attempts import refusal_of


@require_http_methods(["GET", "POST"])
def held_out_withdraw(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Take an incident out of the holdout and the study: consent ends whenever somebody says so."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    incident = access.held_out_to_withdraw(member, uid)
    posted = request.POST if request.method == "POST" else None
    form = WithdrawalForm(posted, initial={"row_version": incident.row_version})
    status = refusal_of(form, lambda: withdraw(incident=incident, by=member, **form.verdict))
    if status is None:
        messages.success(request, _("It is withdrawn."))
        return redirect("incidents:interview_show", slug, incident.interview.uid)
    context = {
        "study": member.study,
        "interview": incident.interview,
        "position": incident.position,
        "form": form,
    }
    return render(request, "incidents/held_out_withdraw.html", context, status=status)
