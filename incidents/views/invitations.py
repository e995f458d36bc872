"""Invitations: an admin makes and follows them, whoever has the link accepts."""

import uuid

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents.access import (
    invitation_to_change,
    member_for,
    member_to_change,
    require_recent_sign_in,
)
from incidents.actions import invitations
from incidents.actions.refusals import RefusedError
from incidents.choices import RoleName
from incidents.forms.accounts import JoinForm
from incidents.forms.invitations import InvitationForm
from incidents.http import Request
from incidents.models import Invitation, Member, User
from incidents.views.attempts import refusal_of

LINK = "invitation_link"  # in the session, until it is shown once
GONE = 404


# -- The admin's side -------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def invitation_create(request: Request, slug: str) -> HttpResponse:
    """Invite somebody new."""
    member = member_for(request, slug, RoleName.ADMIN)
    return _invite(request, member, None)


@require_http_methods(["GET", "POST"])
def member_invite(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Invite a person of the study who has no account yet."""
    member = member_for(request, slug, RoleName.ADMIN)
    person = member_to_change(member, uid)
    if person.user_id is not None:
        messages.info(request, _("This person has an account."))
        return redirect("incidents:member_edit", slug, uid)
    return _invite(request, member, person)


def _invite(request: Request, member: Member, person: Member | None) -> HttpResponse:
    if request.method == "POST":
        require_recent_sign_in(request)
    posted = request.POST if request.method == "POST" else None
    form = InvitationForm(posted, known=person is not None)
    made: list[tuple[Invitation, str]] = []
    status = refusal_of(form, lambda: made.append(_made(form, member, person)))
    if status is None:
        return _show_link(request, *made[0])
    context = {"study": member.study, "form": form, "person": person}
    return render(request, "incidents/invitation_create.html", context, status=status)


def _made(form: InvitationForm, member: Member, person: Member | None) -> tuple[Invitation, str]:
    known = {"display_name": person.display_name, "roles": person.role_names} if person else {}
    given = known | form.cleaned_data
    return invitations.invite(study=member.study, member=person, by=member, **given)


def _show_link(request: Request, invitation: Invitation, token: str) -> HttpResponse:
    """Mail the link where mail is set up, and go to the page that shows it, once."""
    link = request.build_absolute_uri(reverse("incidents:invitation_accept", args=[token]))
    request.session[LINK] = {"uid": str(invitation.uid), "link": link}
    if invitations.mail_invitation(invitation=invitation, link=link):
        text = _("The invitation is on its way to %(address)s.")
        messages.success(request, text % {"address": invitation.email})
    elif settings.SENDS_MAIL:
        text = _("The mail server did not take the message. Copy the link and send it yourself.")
        messages.warning(request, text)
    return redirect("incidents:invitation_show", invitation.study.slug, invitation.uid)


@require_GET
def invitation_show(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """An invitation; right after it was made or renewed, with its link."""
    member = member_for(request, slug, RoleName.ADMIN)
    invitation = invitation_to_change(member, uid)
    kept = request.session.get(LINK, {})
    link = kept["link"] if kept.get("uid") == str(uid) else ""
    if link:
        del request.session[LINK]
    context = {"study": member.study, "invitation": invitation, "link": link}
    return render(request, "incidents/invitation_show.html", context)


@require_POST
def invitation_renew(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Send an invitation once more, with a new link."""
    member = member_for(request, slug, RoleName.ADMIN)
    invitation = invitation_to_change(member, uid)
    require_recent_sign_in(request)
    try:
        renewed = invitations.renew_invitation(invitation=invitation, by=member)
    except RefusedError as error:
        messages.error(request, str(error))
        return redirect("incidents:member_list", slug)
    return _show_link(request, *renewed)


@require_POST
def invitation_revoke(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Take an invitation back."""
    member = member_for(request, slug, RoleName.ADMIN)
    invitation = invitation_to_change(member, uid)
    try:
        invitations.revoke_invitation(invitation=invitation, by=member)
    except RefusedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The invitation is taken back. Its link opens nothing."))
    return redirect("incidents:member_list", slug)


# -- The guest's side -------------------------------------------------------------------------


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def invitation_accept(request: Request, token: str) -> HttpResponse:
    """What a link opens: join as who is signed in, or with a new account."""
    invitation = invitations.invitation_of(token)
    if invitation is None:
        return render(request, "incidents/invitation_gone.html", status=GONE)
    if request.user.pk:
        return _join_signed_in(request, invitation, token)
    if User.objects.filter(email=invitation.email).exists():
        return render(request, "incidents/invitation_accept.html", {"invitation": invitation})
    return _join_anew(request, invitation, token)


def _join_signed_in(request: Request, invitation: Invitation, token: str) -> HttpResponse:
    form = forms.Form(request.POST if request.method == "POST" else None)
    status = refusal_of(form, lambda: invitations.accept_invitation(token=token, user=request.user))
    return _joined(request, invitation, form, status)


def _join_anew(request: Request, invitation: Invitation, token: str) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    form = JoinForm(posted, email=invitation.email, initial={"name": invitation.display_name})
    made: list[User] = []
    status = refusal_of(form, lambda: made.append(_account_made(form, token)))
    if status is None:
        get_adapter().login(request, made[0])
        UserSession.objects.create_from_request(request)
    return _joined(request, invitation, form, status)


def _account_made(form: JoinForm, token: str) -> User:
    given = {name: form.cleaned_data[name] for name in ("name", "password")}
    return invitations.accept_with_new_account(token=token, **given)


def _joined(
    request: Request, invitation: Invitation, form: forms.Form, status: int | None
) -> HttpResponse:
    if status is None:
        text = _("Welcome. You are in the study “%(study)s” now.")
        messages.success(request, text % {"study": invitation.study.name})
        return redirect(settings.LOGIN_REDIRECT_URL)
    context = {"invitation": invitation, "form": form}
    return render(request, "incidents/invitation_accept.html", context, status=status)
