"""What is said besides each answer: that nobody may keep it, or that a session has ended."""

import json
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

QUESTIONS = ("account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn")


class KeptNowhere:
    """Tells browsers and proxies to keep nothing of what somebody who signed in was shown.

    What people told stays neither on a shared computer's disk nor behind its back button.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Forbid keeping the answer."""
        signed_in = request.user.is_authenticated
        response = self.get_response(request)
        if signed_in:
            patch_cache_control(response, private=True, no_store=True)
        return response


class SignInBeside:
    """Answers 401 where a script would follow the way to the sign-in page and lose what it holds.

    Pages are led to the sign-in as ever, and from there back to the page of the form that was sent;
    htmx and fetch are told, and the text stays. To the question who is there htmx takes the whole
    page: what was sent is kept and goes on afterwards.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Turn the redirect of LoginRequiredMiddleware into a 401 for scripts."""
        response = self.get_response(request)
        if "HX-Request" in request.headers and _asks_who_is_there(response):
            return HttpResponse(headers={"HX-Redirect": response.headers["Location"]})
        sign_in = resolve_url(settings.LOGIN_URL)
        if not _leads_to(response, sign_in):
            return response
        if not _asked_by_script(request):
            return _back_to_the_form(request, response)
        answer = JsonResponse({"error": _("You were signed out."), "sign_in": sign_in}, status=401)
        answer["HX-Trigger"] = json.dumps({"signed-out": {"sign_in": sign_in}})
        answer["Cache-Control"] = "no-store"
        return answer


def _back_to_the_form(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Lead from the sign-in to the page that a form was on: its own address may take no GET."""
    here = urlencode({REDIRECT_FIELD_NAME: request.get_full_path()}, safe="/")
    came_from = urlsplit(request.headers.get("Referer", ""))
    sent = request.method == "POST" and response.headers["Location"].endswith(f"?{here}")
    if not sent or came_from.netloc != request.get_host():
        return response
    return redirect_to_login(urlunsplit(("", "", came_from.path, came_from.query, "")))


def _asked_by_script(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers or request.headers.get("Accept") == "application/json"


def _asks_who_is_there(response: HttpResponseBase) -> bool:
    return any(_leads_to(response, reverse(question)) for question in QUESTIONS)


def _leads_to(response: HttpResponseBase, address: str) -> bool:
    if response.status_code != HTTPStatus.FOUND:
        return False
    return response.headers.get("Location", "").split("?")[0] == address
