"""The members of a study and their roles."""

import uuid

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from incidents.access import member_for, member_to_change, require_recent_sign_in
from incidents.actions.people import add_member, change_member
from incidents.choices import RoleName
from incidents.forms.people import MemberForm
from incidents.http import Request
from incidents.models import Member
from incidents.queries.places import free_member_code, members_of, open_invitations_of
from incidents.views.attempts import refusal_of, version_to_send


@require_GET
def member_list(request: Request, slug: str) -> HttpResponse:
    """Everybody in a study, who is active first."""
    member = member_for(request, slug, RoleName.ADMIN)
    context = {
        "study": member.study,
        "people": members_of(member.study),
        "invitations": open_invitations_of(member.study),
    }
    return render(request, "incidents/member_list.html", context)


@require_http_methods(["GET", "POST"])
def member_create(request: Request, slug: str) -> HttpResponse:
    """Somebody new in the study."""
    member = member_for(request, slug, RoleName.ADMIN)
    posted = _posted(request)
    initial = {"code": free_member_code(member.study)}
    form = MemberForm(posted, initial=initial, new=True)
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
    form = _form_of(person, _posted(request))
    status = refusal_of(form, lambda: change_member(member=person, by=member, **form.cleaned_data))
    if status is None:
        messages.success(request, _("Saved."))
        return redirect("incidents:member_list", slug)
    person = member_to_change(member, uid)  # as it stands, not as typed
    version = version_to_send(form, "row_version", person.row_version, status)
    context = {"study": member.study, "form": form, "person": person, "row_version": version}
    return render(request, "incidents/member_form.html", context, status=status)


def _posted(request: Request) -> QueryDict | None:
    """What was sent, by somebody who signed in not long ago."""
    if request.method != "POST":
        return None
    require_recent_sign_in(request)
    return request.POST


def _form_of(person: Member, posted: QueryDict | None) -> MemberForm:
    initial = {
        "display_name": person.display_name,
        "code": person.code,
        "roles": sorted(person.role_names),
        "active": person.active,
    }
    return MemberForm(posted, initial=initial, account=person.user.email if person.user else "")
