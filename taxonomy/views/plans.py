"""The coding plan of a scheme: what there is, a new one seen before it is made, what came later."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from incidents.http import Request
from incidents.models import Member
from incidents.paging import page_by_key
from incidents.views.attempts import CONFLICT, INVALID, refusal_of
from taxonomy import access
from taxonomy.actions.drawing import give_out, make_plan
from taxonomy.choices import Hidden
from taxonomy.forms.plans import WHOLE, AgainForm, PlanForm
from taxonomy.models import Plan, Scheme
from taxonomy.queries.coding import unassigned_moments
from taxonomy.queries.drawing import Drawing, asked_again, draw, draw_again
from taxonomy.queries.planning import coders_of
from taxonomy.queries.progress import batches_of, drawings_of, forecast_of_plan, lines_of, today_in
from taxonomy.views.revising import at_work

PAGE = 25


@require_GET
def plan_list(request: Request, slug: str, scheme: str) -> HttpResponse:
    """The batches of a scheme with how far each is, the newest plan first."""
    member, edited = at_work(request, slug, scheme)
    page = page_by_key(batches_of(edited), query=request.GET, size=PAGE)
    context = {
        "study": member.study,
        "scheme": edited,
        "page": page,
        "lines": lines_of(page.rows, member.study),
        "sees": access.sees_results(member, edited),
        "planned": edited.plans.exists(),
    }
    return render(request, "taxonomy/plan_list.html", context)


@require_http_methods(["GET", "POST"])
def plan_create(request: Request, slug: str, scheme: str) -> HttpResponse:
    """Say who codes what, and make the plan that the preview showed."""
    member, edited = at_work(request, slug, scheme)
    if request.method == "GET":
        return _form_page(request, edited, _begun(request, edited), 200)
    form, seen = PlanForm(request.POST, scheme=edited), request.POST.get("seen", "")
    status = refusal_of(form, lambda: make_plan(scheme=edited, by=member, seen=seen, **form.plan()))
    if status is None:
        messages.success(request, _("The plan is made: its coders find their moments under Code."))
        return redirect("taxonomy:plan_list", slug, scheme)
    if status == CONFLICT:
        return _preview_page(request, edited, form, CONFLICT)
    return _form_page(request, edited, form, status)


def _begun(request: Request, scheme: Scheme) -> PlanForm:
    """A form with what was typed before; the page of the holdout has one begun for it."""
    if set(request.GET) == {"only_holdout"}:
        begun = {"only_holdout": True, "name": _("Holdout"), "way": WHOLE}
        return PlanForm(scheme=scheme, initial=begun)
    return PlanForm(request.GET or None, scheme=scheme)


@require_GET
def plan_preview(request: Request, slug: str, scheme: str) -> HttpResponse:
    """What a plan would give to whom; nothing is made."""
    _member, edited = at_work(request, slug, scheme)
    form = PlanForm(request.GET, scheme=edited)
    if not form.is_valid():
        return _form_page(request, edited, form, INVALID)
    return _preview_page(request, edited, form, 200)


def _form_page(request: Request, scheme: Scheme, form: PlanForm, status: int) -> HttpResponse:
    context = {
        "study": scheme.study,
        "scheme": scheme,
        "form": form,
        "free": unassigned_moments(scheme).count(),
        "coders": coders_of(scheme.study).exists(),
    }
    return render(request, "taxonomy/plan_form.html", context, status=status)


def _preview_page(request: Request, scheme: Scheme, form: PlanForm, status: int) -> HttpResponse:
    drawing = draw(scheme, form.asked())
    context = {
        "study": scheme.study,
        "scheme": scheme,
        "form": form,
        "drawing": drawing,
        "passed": drawing.due_before(today_in(scheme.study)),
        "changed": status == CONFLICT,
        "query": (request.GET if request.method == "GET" else request.POST).urlencode(),
    }
    return render(request, "taxonomy/plan_preview.html", context, status=status)


@require_GET
def plan_show(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """A plan: what was drawn, how far its batches are, and what has come since."""
    member, edited = at_work(request, slug, scheme)
    plan = access.plan_of(edited, uid)
    batches = batches_of(edited).filter(plan=plan)
    page = page_by_key(batches, query=request.GET, size=PAGE)
    sees = access.sees_results(member, edited)
    progress, forecast = forecast_of_plan(plan, edited.study) if sees else (None, None)
    context = {
        "study": edited.study,
        "scheme": edited,
        "plan": plan,
        "progress": progress,
        "forecast": forecast,
        "drawings": drawings_of(plan),
        "hides": [Hidden(name).label for name in plan.hides if name in Hidden.values],
        "free": unassigned_moments(edited).count(),
        "page": page,
        "lines": lines_of(page.rows, edited.study),
        "sees": sees,
    }
    return render(request, "taxonomy/plan_show.html", context)


@require_http_methods(["GET", "POST"])
def plan_give_out(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """Give out by a plan what came after it was made, seen before it is done."""
    member, edited = at_work(request, slug, scheme)
    plan = access.plan_of(edited, uid)
    if request.method == "GET":
        asks = AgainForm(request.GET or None, plan=plan)
        return _again_page(request, plan, asks, 200 if not asks.errors else INVALID)
    form = AgainForm(request.POST, plan=plan)
    status = refusal_of(form, lambda: _give(request, plan, form, member))
    if status is None:
        messages.success(request, _("Given out: the coders find the moments under Code."))
        return redirect("taxonomy:plan_show", slug, scheme, uid)
    return _again_page(request, plan, form, status)


def _give(request: Request, plan: Plan, form: AgainForm, member: Member) -> None:
    asked = asked_again(plan, **form.cleaned_data)
    give_out(plan=plan, asked=asked, by=member, seen=request.POST.get("seen", ""))


def _again_page(request: Request, plan: Plan, form: AgainForm, status: int) -> HttpResponse:
    said = form.cleaned_data if form.is_bound and form.is_valid() else {}
    drawing = _drawn_again(plan, **said)
    context = {
        "study": plan.scheme.study,
        "scheme": plan.scheme,
        "plan": plan,
        "form": form,
        "drawing": drawing,
        "passed": drawing.due_before(today_in(plan.scheme.study)) if drawing else [],
        "first_due": request.POST.get("first_due") or request.GET.get("first_due", ""),
        "portions": request.POST.get("portions") or request.GET.get("portions", ""),
    }
    return render(request, "taxonomy/plan_again.html", context, status=status)


def _drawn_again(plan: Plan, **said: Any) -> Drawing | None:
    """What would be given out; None where too few of its coders still code."""
    asked = asked_again(plan, **{"first_due": None, "portions": None, **said})
    return draw_again(plan, asked) if len(asked.coders) >= asked.each else None
