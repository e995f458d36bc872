"""One's own account: name, password, second factor, sessions, studies."""

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents.access import memberships_of, require_recent_sign_in
from incidents.actions import accounts
from incidents.forms.accounts import NameForm
from incidents.http import Request
from incidents.queries.accounts import second_factors_of, sessions_of
from incidents.views.attempts import refusal_of


@require_http_methods(["GET", "POST"])
def account_show(request: Request) -> HttpResponse:
    """Everything about one's own account on one page; what is sent is the name."""
    posted = request.POST if request.method == "POST" else None
    form = NameForm(posted, initial={"name": request.user.name})
    status = refusal_of(
        form, lambda: accounts.rename_account(user=request.user, **form.cleaned_data)
    )
    if status is None:
        messages.success(request, _("Saved."))
        return redirect("incidents:account_show")
    context = {
        "form": form,
        "factors": second_factors_of(request.user),
        "sessions": sessions_of(request.user, request.session.session_key),
        "memberships": memberships_of(request.user),
    }
    return render(request, "incidents/account_show.html", context, status=status)


@require_POST
def session_end(request: Request) -> HttpResponse:
    """Sign out in one other browser."""
    pk = request.POST.get("session", "")
    ended = pk.isdecimal() and accounts.end_session(user=request.user, pk=int(pk[:18]))
    if ended:
        messages.success(request, _("Signed out there."))
    else:
        messages.info(request, _("Nobody was signed in there any more."))
    return redirect("incidents:account_show")


@require_POST
def sessions_end(request: Request) -> HttpResponse:
    """Sign out everywhere: in all other browsers, or in this one too."""
    require_recent_sign_in(request)
    here_too = request.POST.get("here") == "too"
    accounts.end_sessions(user=request.user)
    if here_too:
        logout(request)
        return redirect("account_login")
    update_session_auth_hash(request, request.user)
    UserSession.objects.create_from_request(request)
    messages.success(request, _("You are signed out everywhere but here."))
    return redirect("incidents:account_show")


@require_GET
def file_ready(request: Request) -> HttpResponse:
    """Hand a file out after the question who is there: a file cannot replace that page."""
    context = {name: request.GET.get(name, "") for name in ("file", "back")}
    if not _is_of_a_study(context["file"]):
        raise Http404
    if not _is_of_a_study(context["back"]):
        context["back"] = resolve_url(settings.LOGIN_REDIRECT_URL)
    return render(request, "incidents/file_ready.html", context)


def _is_of_a_study(address: str) -> bool:
    return address.startswith("/s/") and url_has_allowed_host_and_scheme(address, None)
