"""Putting right what an incident is made of: its sides, its valences, its moments."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from incidents import access
from incidents.actions import screening
from incidents.actions.refusals import RefusedError
from incidents.choices import RoleName
from incidents.forms.screening import (
    PartFormSet,
    ToldAsForm,
    ValenceForm,
    VerdictForm,
    part_rows,
    parts_of,
)
from incidents.http import Request
from incidents.views.incidents import words_shown


@require_POST
def incident_told_as(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Correct from which side the incident is told."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    incident = access.incident_to_screen(member, uid)
    form = ToldAsForm(request.POST)
    if form.is_valid():
        _try(request, screening.change_told_as, incident=incident, by=member, **form.cleaned_data)
    return redirect("incidents:screening_show", slug, uid)


@require_POST
def moment_valence(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Correct how a moment was experienced."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    moment = access.moment_to_screen(member, uid)
    form = ValenceForm(request.POST)
    if form.is_valid():
        _try(request, screening.change_valence, moment=moment, by=member, **form.cleaned_data)
    return redirect("incidents:screening_show", slug, moment.incident.uid)


@require_http_methods(["GET", "POST"])
def incident_divide(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Divide an incident into the pieces that are coded one by one."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    incident = access.incident_to_screen(member, uid)
    posted = request.POST if request.method == "POST" else None
    rows = PartFormSet(posted, initial=part_rows(incident))
    version = VerdictForm(posted, initial={"row_version": incident.row_version})
    if version.is_bound and rows.is_valid() and version.is_valid():
        parts = parts_of(rows)
        given = {"parts": parts, "row_version": version.cleaned_data["row_version"]}
        if _try(request, screening.divide_incident, incident=incident, by=member, **given):
            return redirect("incidents:screening_show", slug, uid)
    context = {
        "study": member.study,
        "incident": incident,
        **words_shown(incident),
        "rows": rows,
        "version": version,
    }
    status = 422 if version.is_bound else 200
    return render(request, "incidents/incident_divide.html", context, status=status)


def _try(request: Request, verb: Callable[..., Any], **given: Any) -> bool:
    """Act; say why where it is refused."""
    try:
        verb(**given)
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return False
    return True
