"""The members of a study and their roles."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from incidents.access import member_for, member_to_change
from incidents.actions.people import add_member, change_member
from incidents.choices import RoleName
from incidents.forms.people import MemberForm
from incidents.http import Request
from incidents.models import Member
from incidents.queries.places import free_member_code, members_of
from incidents.views.attempts import refusal_of


@require_GET
def member_list(request: Request, slug: str) -> HttpResponse:
    """Everybody in a study, who is active first."""
    member = member_for(request, slug, RoleName.ADMIN)
    context = {"study": member.study, "people": members_of(member.study)}
    return render(request, "incidents/member_list.html", context)


@require_http_methods(["GET", "POST"])
def member_create(request: Request, slug: str) -> HttpResponse:
    """Somebody new in the study."""
    member = member_for(request, slug, RoleName.ADMIN)
    initial = {"code": free_member_code(member.study)}
    form = MemberForm(request.POST if request.method == "POST" else None, initial=initial, new=True)
    status = refusal_of(
        form, lambda: add_member(study=member.study, by=member, **form.cleaned_data)
    )
    if status is None:
        messages.success(request, _("The member is added."))
        return redirect("incidents:member_list", slug)
    context = {"study": member.study, "form": form}
    return render(request, "incidents/member_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
def member_edit(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """The name, code, account and roles of a member."""
    member = member_for(request, slug, RoleName.ADMIN)
    person = member_to_change(member, uid)
    form = _form_of(person, request)
    status = refusal_of(form, lambda: change_member(member=person, by=member, **form.cleaned_data))
    if status is None:
        messages.success(request, _("Saved."))
        return redirect("incidents:member_list", slug)
    context = {"study": member.study, "form": form, "person": person}
    return render(request, "incidents/member_form.html", context, status=status)


def _form_of(person: Member, request: Request) -> MemberForm:
    initial = {
        "display_name": person.display_name,
        "code": person.code,
        "roles": sorted(person.role_names),
        "active": person.active,
    }
    posted = request.POST if request.method == "POST" else None
    return MemberForm(posted, initial=initial, account=person.user.email if person.user else "")
