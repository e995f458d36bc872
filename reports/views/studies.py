"""A new study, and the overview of one."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from incidents.access import member_for
from incidents.choices import IncidentState, RoleName
from incidents.forms.studies import START_BLANK, START_FILE, NewStudyForm
from incidents.http import Request, part_of
from incidents.models import Member, Study
from incidents.views.attempts import refusal_of
from reports.actions.studies import start_study
from reports.queries.studies import (
    Funnel,
    funnel_of,
    lines_by_interviewer,
    lines_by_region,
    newest_for,
    own_states,
    progress_of,
    states_by_region,
)
from taxonomy.access import schemes_open_to
from taxonomy.queries.codebooks import SERVE, TEMPLATES
from taxonomy.queries.coding import work_of

OVERSEERS = (RoleName.ANALYST, RoleName.ADMIN)
MANY_INCIDENTS = 20_000  # from here on interviewers are counted in a second part of the page


@require_http_methods(["GET", "POST"])
def study_create(request: Request) -> HttpResponse:
    """A new study: blank, from templates, or from a file."""
    user = request.user
    if not (user.may_create_studies or user.is_superuser):
        raise PermissionDenied(_("A superuser can let you create studies."))
    given = request.POST if request.method == "POST" else None
    form = NewStudyForm(given, starts=_starts(), further=_further())
    status = refusal_of(form, lambda: _start(request, form))
    if status is None:
        messages.success(request, _("The study is made. Next: its regions and its people."))
        return redirect(_first_page(form.cleaned_data))
    return render(request, "reports/study_create.html", {"form": form}, status=status)


def _starts() -> list[tuple[str, str]]:
    starts = [
        (SERVE, _("The SERVE template: twenty behaviours under five strategies")),
        (START_BLANK, _("Nothing: make categories yourself")),
    ]
    if _import_page("x"):
        starts.append((START_FILE, _("A file of incidents, with or without categories")))
    return starts


def _further() -> list[tuple[str, str]]:
    return [
        (template.name, f"{template.label}: {template.says}")
        for template in TEMPLATES
        if template.name != SERVE
    ]


def _start(request: Request, form: NewStudyForm) -> None:
    given = form.cleaned_data
    templates = [SERVE] * (given["start"] == SERVE) + given["further"]
    start_study(user=request.user, name=given["name"], slug=given["slug"], templates=templates)


def _first_page(given: dict[str, Any]) -> str:
    slug = given["slug"]
    if given["start"] == START_FILE:
        return _import_page(slug)
    return reverse("incidents:study_setup", args=[slug])


def _import_page(slug: str) -> str:
    try:
        return reverse("taxonomy:import_new", args=[slug])
    except NoReverseMatch:
        return ""


@require_GET
def study_show(request: Request, slug: str) -> HttpResponse:
    """How a study stands, as far as the member's roles go."""
    member = member_for(request, slug)
    context: dict[str, Any] = {"study": member.study, "newest": newest_for(member)}
    if member.has_role(*OVERSEERS):
        context |= _standing(member)
    if member.has_role(RoleName.ADMIN):
        context |= _interviewers(member.study, context["funnel"])
    if member.has_role(RoleName.INTERVIEWER):
        context["own_states"] = _worded(own_states(member))
    if member.has_role(RoleName.CODER):
        context["work"] = work_of(member)
    return render(request, "reports/study_show.html", context)


@require_GET
@vary_on_headers("HX-Request")
def study_interviewers(request: Request, slug: str) -> HttpResponse:
    """Who told how many; the overview of a large study fetches it when it is looked at."""
    study = member_for(request, slug, RoleName.ADMIN).study
    context = {"study": study, "by_interviewer": lines_by_interviewer(study)}
    template = part_of("reports/study_interviewers.html", "lines", request)
    return render(request, template, context)


def _standing(member: Member) -> dict[str, Any]:
    study, counts = member.study, states_by_region(member.study)
    return {
        "funnel": funnel_of(study, counts),
        "progress": progress_of(study, schemes_open_to(member)),
        "by_region": lines_by_region(study, counts),
    }


def _interviewers(study: Study, funnel: Funnel) -> dict[str, Any]:
    """The counts by interviewer, or, where counting takes long, where to fetch them."""
    if funnel.told > MANY_INCIDENTS:
        return {"interviewers_url": reverse("reports:study_interviewers", args=[study.slug])}
    return {"by_interviewer": lines_by_interviewer(study)}


def _worded(states: dict[str, int]) -> list[dict[str, Any]]:
    labels = dict(IncidentState.choices)
    return [
        {"state": state, "label": labels[state], "number": number}
        for state, number in states.items()
    ]
