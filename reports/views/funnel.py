"""The funnel of a study: what was lost on the way from the interview to the table, and where."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from incidents.choices import IncidentState, RoleName
from incidents.http import Request
from incidents.models import Study
from incidents.queries.screening import NO_REASON
from reports import access
from reports.queries.funnel import CodingStage, Fieldwork, fieldwork_of, stages_of
from reports.queries.incidents import ANY_STATE
from taxonomy.access import schemes_open_to
from taxonomy.choices import Residual

Item = dict[str, Any]


@require_GET
def funnel_show(request: Request, slug: str) -> HttpResponse:
    """Recorded, submitted, accepted or not and why, coded, in tables; each number a way to it."""
    member = access.reader_for(request, slug)
    fieldwork = fieldwork_of(member.study)
    admin = member.has_role(RoleName.ADMIN)
    stages = stages_of(schemes_open_to(member))
    context = {
        "study": member.study,
        "fieldwork": fieldwork,
        "recorded": _recorded(member.study, fieldwork, admin=admin),
        "submitted": _submitted(member.study, fieldwork, admin=admin),
        "stages": [_stage(member.study, stage, request.path) for stage in stages],
    }
    return render(request, "reports/funnel_show.html", context)


def _recorded(study: Study, fieldwork: Fieldwork, *, admin: bool) -> list[Item]:
    """What was written down: not sent yet, or submitted."""
    interviews = reverse("incidents:interview_list", args=[study.slug]) if admin else ""
    everything = _grid(study, state=ANY_STATE) if admin else ""
    return [
        _item(_("Not sent yet"), fieldwork.unsent, interviews),
        _item(_("Submitted"), fieldwork.submitted, everything),
    ]


def _submitted(study: Study, fieldwork: Fieldwork, *, admin: bool) -> list[Item]:
    """What became of what was submitted. Analysts read the accepted ones only."""
    return [
        {
            **_item(
                _("Waiting for a verdict")
                if state == IncidentState.SUBMITTED
                else IncidentState(state).label,
                number,
                _behind(study, state, admin=admin),
            ),
            "state": state,
            "reasons": _reasons(study, fieldwork, admin=admin)
            if state == IncidentState.EXCLUDED
            else [],
        }
        for state, number in fieldwork.states.items()
    ]


def _behind(study: Study, state: str, *, admin: bool) -> str:
    if state == IncidentState.HELD_OUT:
        return reverse("taxonomy:holdout_show", args=[study.slug]) if admin else ""
    return _grid(study, state=state) if admin or state == IncidentState.ACCEPTED else ""


def _reasons(study: Study, fieldwork: Fieldwork, *, admin: bool) -> list[Item]:
    return [
        _item(
            _("No reason is recorded") if code == NO_REASON else words,
            number,
            _grid(study, reason=code) if admin else "",
        )
        for code, words, number in fieldwork.reasons
    ]


def _stage(study: Study, stage: CodingStage, back: str) -> Item:
    """The moments of accepted incidents in one scheme: in its table, or beside it and why."""
    address = reverse("reports:verbatim_list", args=[study.slug, stage.scheme.slug])
    rows = {"base": stage.placed, **stage.residuals}
    names = {"base": _("In the table"), **dict(Residual.choices)}
    query = {"round": stage.round, "back": back}
    return {
        "stage": stage,
        "rows": [
            _item(names[kind], number, f"{address}?{urlencode({**query, 'row': kind})}")
            for kind, number in rows.items()
            if number or kind == "base"
        ],
    }


def _item(label: Any, number: int, url: str) -> Item:
    return {"label": label, "number": number, "url": url if number else ""}


def _grid(study: Study, **asked: str) -> str:
    return f"{reverse('reports:incident_list', args=[study.slug])}?{urlencode(asked)}"
