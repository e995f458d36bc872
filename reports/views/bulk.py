"""One decision on many incidents: asked, done at once or in the background, looked at, undone."""

import datetime as dt
import uuid
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from incidents.access import member_for
from incidents.actions.refusals import RefusedError
from incidents.choices import RoleName
from incidents.http import Request
from incidents.models import Incident
from incidents.paging import page_by_key
from reports import access
from reports.actions.bulk import decide_on_chosen, request_decision, undo
from reports.choices import BulkVerb
from reports.forms.decisions import NoWordsForm, words_form
from reports.forms.grid import BulkForm
from reports.models import BulkAct
from reports.queries.bulk import acts_of, refused_of
from reports.queries.incidents import incidents_found
from reports.views.incidents import Grid, grid_of


@require_POST
def bulk_ask(request: Request, slug: str) -> HttpResponse:
    """Decide on several incidents; where words or a second look are needed, ask for them first."""
    member_for(request, slug, RoleName.ADMIN)
    form = BulkForm(request.POST)
    grid = grid_of(request, slug, QueryDict(request.POST.get("query", "")[:4000]))
    if not form.is_valid() or not grid.form.is_valid():
        for errors in form.errors.values():
            messages.error(request, str(errors[0]))
        return redirect(grid.address())
    words = words_form(form.cleaned_data["verb"], request.POST, grid.member.study)
    if form.has_to_ask and not words.is_valid():
        return _ask(request, grid, form, words)
    try:
        act = _decide(grid, form, words.told if words.is_valid() else {})
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return redirect(grid.address())
    if act.job_id is not None:
        return redirect("reports:bulk_show", slug, act.uid)
    return redirect(f"{grid.url}?{form.cleaned_data['query'] or 'q='}")


def _ask(request: Request, grid: Grid, form: BulkForm, words: NoWordsForm) -> HttpResponse:
    count = _found(grid).count() if form.is_of_all else len(_chosen(grid, form))
    context = {
        "study": grid.member.study,
        "bulk": form,
        "form": words,
        "verb": BulkVerb(form.cleaned_data["verb"]),
        "count": count,
        "cancel_url": grid.address(),
        "filters": grid.form.active if form.is_of_all else [],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if words.is_bound else HTTPStatus.OK
    return render(request, "reports/bulk_ask.html", context, status=status)


def _decide(grid: Grid, form: BulkForm, told: dict[str, Any]) -> BulkAct:
    verb = form.cleaned_data["verb"]
    if not form.is_of_all:
        return decide_on_chosen(chosen=_chosen(grid, form), verb=verb, by=grid.member, **told)
    return request_decision(
        asked=_as_kept(grid), found=_found(grid), verb=verb, by=grid.member, **told
    )


def _found(grid: Grid) -> Any:
    return incidents_found(grid.member, grid.sight, grid.form.cleaned_data).order_by()


def _chosen(grid: Grid, form: BulkForm) -> list[tuple[Incident, int]]:
    versions = form.cleaned_data["incident"]
    rows = Incident.objects.visible_to(grid.member).filter(uid__in=versions)
    return [
        (row, versions[row.uid]) for row in rows.select_related("study", "version").order_by("-pk")
    ]


def _as_kept(grid: Grid) -> dict[str, Any]:
    """What is asked, as JSON keeps it."""
    asked = {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in grid.form.cleaned_data.items()
        if value
    }
    return {**asked, "schemes": [scheme.pk for scheme in grid.sight.schemes]}


@require_GET
def bulk_list(request: Request, slug: str) -> HttpResponse:
    """What was decided on several incidents at once, the newest first."""
    member = member_for(request, slug, RoleName.ADMIN)
    page = page_by_key(acts_of(member), query=request.GET)
    return render(request, "reports/bulk_list.html", {"study": member.study, "page": page})


@require_GET
def bulk_show(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """What became of one such decision: how many it changed, which it did not, and why."""
    member = member_for(request, slug, RoleName.ADMIN)
    act = access.act_shown(member, uid)
    context = {
        "study": member.study,
        "act": act,
        "job": act.job,
        "page": page_by_key(refused_of(act), query=request.GET),
    }
    return render(request, "reports/bulk_show.html", context)


@require_POST
def bulk_undo(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Take it back, where nobody has touched the incidents since."""
    member = member_for(request, slug, RoleName.ADMIN)
    act = access.act_shown(member, uid)
    try:
        taken_back = undo(act=act, by=member)
    except RefusedError as refusal:
        messages.error(request, str(refusal))
        return redirect("reports:bulk_show", slug, act.uid)
    return redirect("reports:bulk_show", slug, taken_back.uid)
