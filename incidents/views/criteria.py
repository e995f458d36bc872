"""Setting screening up: what is asked of an incident, and how much is screened by two."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from incidents.access import member_for
from incidents.actions.criteria import (
    add_criterion,
    change_criteria,
    choose_template,
    new_seed,
    plan_of,
)
from incidents.choices import RoleName
from incidents.forms.criteria import (
    NewCriterionForm,
    PlanForm,
    TemplateForm,
    criterion_forms,
    flags_explained,
)
from incidents.http import Request
from incidents.models import Member
from incidents.queries.criteria import criteria_of
from incidents.views.attempts import INVALID, refusal_of, version_to_send


@require_http_methods(["GET", "POST"])
def criteria_edit(request: Request, slug: str) -> HttpResponse:
    """What each criterion does and says, and the share screened by two."""
    member = member_for(request, slug, RoleName.ADMIN)
    posted = request.POST if request.method == "POST" else None
    rows = criterion_forms(posted, criteria_of(member.study))
    form = PlanForm(posted, initial=_plan(member))
    if posted is not None and not all([row.is_valid() for row in rows]):  # noqa: C419  (all of them say what is wrong)
        form.is_valid()
        return _page(request, member, INVALID, form=form, rows=rows)
    status = refusal_of(
        form,
        lambda: change_criteria(
            study=member.study,
            by=member,
            wanted=[row.wanted for row in rows],
            **form.cleaned_data,
        ),
    )
    if status is None:
        messages.success(request, _("The criteria are saved."))
        return redirect("incidents:criteria_edit", slug)
    return _page(request, member, status, form=form, rows=rows)


@require_POST
def criteria_from_template(request: Request, slug: str) -> HttpResponse:
    """Let the criteria do what a template says."""
    member = member_for(request, slug, RoleName.ADMIN)
    form = TemplateForm(request.POST)
    status = refusal_of(
        form, lambda: choose_template(study=member.study, by=member, **form.cleaned_data)
    )
    if status is None:
        messages.success(request, _("The criteria now do what the template says."))
        return redirect("incidents:criteria_edit", slug)
    return _page(request, member, status, template_form=form)


@require_http_methods(["GET", "POST"])
def criterion_create(request: Request, slug: str) -> HttpResponse:
    """A criterion that only this study has."""
    member = member_for(request, slug, RoleName.ADMIN)
    form = NewCriterionForm(request.POST if request.method == "POST" else None)
    status = refusal_of(
        form, lambda: add_criterion(study=member.study, by=member, **form.cleaned_data)
    )
    if status is None:
        messages.success(request, _("The criterion is added."))
        return redirect("incidents:criteria_edit", slug)
    context = {"study": member.study, "form": form}
    return render(request, "incidents/criterion_form.html", context, status=status)


def _page(request: Request, member: Member, status: int, **forms: Any) -> HttpResponse:
    form = forms.get("form") or PlanForm(initial=_plan(member))
    plan = plan_of(member.study)
    context = {
        "study": member.study,
        "template_form": TemplateForm(initial={"template": plan.template}, auto_id="template_%s"),
        "rows": criterion_forms(None, criteria_of(member.study)),
        "explained": flags_explained(member.study),
        "row_version": version_to_send(form, "row_version", plan.row_version, status),
        "current_version": plan.row_version,
        **forms,
        "form": form,
    }
    return render(request, "incidents/criteria_edit.html", context, status=status)


def _plan(member: Member) -> dict[str, int]:
    plan = plan_of(member.study)
    return {"share": plan.share, "seed": plan.seed if plan.pk else new_seed()}
