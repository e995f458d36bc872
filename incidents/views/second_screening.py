"""Screening by two: the second, blind verdict, their agreement, and what they differ on."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from incidents import access
from incidents.actions.holding import take_next
from incidents.actions.second_screening import give_second_verdict, settle_disagreement
from incidents.choices import RoleName
from incidents.criteria import Finding
from incidents.forms.screening import SecondVerdictForm, SettlementForm
from incidents.http import Request
from incidents.models import Incident, Member, ScreeningPlan, SecondScreening
from incidents.queries.criteria import asked_in, reasons_of
from incidents.queries.flags import with_flags
from incidents.queries.screening import points_of
from incidents.queries.second_screening import (
    disagreements_of,
    double_screening_of,
    incidents_due,
    seconds_due,
)
from incidents.views.attempts import refusal_of
from incidents.views.incidents import words_shown

MOST_SHOWN = 100


@require_GET
def second_next(request: Request, slug: str) -> HttpResponse:
    """The next incident that waits for this member's second verdict."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    found = take_next(waiting=incidents_due(member), by=member)
    if found is None:
        messages.info(request, _("No incident waits for a second verdict of yours."))
        return redirect("incidents:agreement_show", slug)
    return redirect("incidents:second_show", slug, found.uid)


@require_http_methods(["GET", "POST"])
def second_show(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """The words that the first screener judged, to be judged without seeing how."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    second = access.second_verdict_to_give(member, uid)
    asked = asked_in(member.study)
    form = SecondVerdictForm(request.POST if request.method == "POST" else None, asked=asked)
    status = refusal_of(form, lambda: _give(second, member, form))
    if status is None:
        messages.success(request, _("Your verdict is kept beside the first one."))
        return redirect("incidents:second_next", slug)
    context = {**_desk(member, second, form), "form": form}
    return render(request, "incidents/second_show.html", context, status=status)


@require_GET
def agreement_show(request: Request, slug: str) -> HttpResponse:
    """How far first and second verdicts agree, and where they differ."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    study = member.study
    context = {
        "study": study,
        "plan": ScreeningPlan.objects.filter(study=study).first(),
        "double": double_screening_of(study),
        "mine": seconds_due(member).count(),
        "open": disagreements_of(study, settled=False)[:MOST_SHOWN],
        "settled": disagreements_of(study, settled=True)[:MOST_SHOWN],
    }
    return render(request, "incidents/agreement_show.html", context)


@require_http_methods(["GET", "POST"])
def disagreement_settle(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Two different verdicts on one incident side by side, and which of them stands."""
    member = access.member_for(request, slug, RoleName.ADMIN)
    second = access.disagreement_to_settle(member, uid)
    initial = {"row_version": second.incident.row_version}
    form = SettlementForm(request.POST if request.method == "POST" else None, initial=initial)
    status = refusal_of(
        form, lambda: settle_disagreement(second=second, by=member, **form.cleaned_data)
    )
    if status is None:
        messages.success(request, _("Settled."))
        return redirect("incidents:agreement_show", slug)
    context = {**_sides(member, second), "form": form}
    return render(request, "incidents/disagreement_settle.html", context, status=status)


def _give(second: SecondScreening, member: Member, form: SecondVerdictForm) -> None:
    give_second_verdict(second=second, by=member, **form.verdict)


def _desk(member: Member, second: SecondScreening, form: SecondVerdictForm) -> dict[str, Any]:
    study = member.study
    rows = Incident.objects.filter(pk=second.incident_id)
    incident = with_flags(rows, study, form.asked).select_related("interview").get()
    incident.version = second.version
    return {
        "study": study,
        "incident": incident,
        **words_shown(incident),
        "points": points_of(incident, form.asked, form.sent if form.is_bound else None),
        "count": seconds_due(member).count(),
    }


def _sides(member: Member, second: SecondScreening) -> dict[str, Any]:
    incident = second.incident
    state, current = incident.get_state_display(), incident.row_version
    incident.version = second.version
    reasons = reasons_of(member.study)
    return {
        "study": member.study,
        "second": second,
        "incident": incident,
        "state_label": state,
        "row_version": current,
        **words_shown(incident),
        "sides": [
            _side(_("First verdict"), second.first, reasons),
            _side(_("Second verdict"), second, reasons),
        ],
        "asked": [
            (
                criterion.name,
                _found(second.first.findings, criterion.code),
                _found(second.findings, criterion.code),
            )
            for criterion in asked_in(member.study)
        ],
    }


def _found(findings: Mapping[str, str] | None, code: str) -> str:
    found = (findings or {}).get(code)
    return str(Finding(found).label) if found else ""


def _side(title: str, given: Any, reasons: Any) -> dict[str, Any]:
    return {
        "title": title,
        "verdict": given.get_verdict_display(),
        "reason": reasons.get(given.criterion, given.criterion),
        "words": given.words,
        "member": given.member,
    }
