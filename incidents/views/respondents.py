"""Respondents: putting right where they work."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from incidents.access import member_for, respondent_to_move
from incidents.actions.fieldwork import move_respondent
from incidents.choices import RoleName
from incidents.forms.places import RespondentMoveForm
from incidents.http import Request
from incidents.views.attempts import refusal_of, version_to_send


@require_http_methods(["GET", "POST"])
def respondent_move(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Put a respondent, and all they told, to another site."""
    member = member_for(request, slug, RoleName.ADMIN)
    respondent = respondent_to_move(member, uid)
    posted = request.POST if request.method == "POST" else None
    form = RespondentMoveForm(posted, study=member.study, initial={"site": respondent.site.uid})
    status = refusal_of(
        form, lambda: move_respondent(respondent=respondent, by=member, **form.cleaned_data)
    )
    if status is None:
        messages.success(request, _("Moved, with all they told. The tables follow by themselves."))
        return redirect("incidents:respondent_move", slug, uid)
    respondent = respondent_to_move(member, uid)  # as it stands
    context = {
        "study": member.study,
        "respondent": respondent,
        "form": form,
        "row_version": version_to_send(form, "row_version", respondent.row_version, status),
    }
    return render(request, "incidents/respondent_move.html", context, status=status)
