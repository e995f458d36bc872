"""Every address: sign-in first, then each app's own."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

TO_ACCOUNT = RedirectView.as_view(pattern_name="incidents:account_show")  # it says all of it


@login_not_required
def icon(_request: HttpRequest) -> HttpResponseRedirect:
    """Lead to our icon who asks for one where browsers look without being told."""
    return HttpResponseRedirect(static("img/favicon.svg"))


urlpatterns: list[URLPattern | URLResolver] = [
    path("favicon.ico", icon, name="icon"),
    path("language/", login_not_required(set_language), name="set_language"),
    path("accounts/email/", TO_ACCOUNT),  # an account has one address, which admins vouched for
    path("accounts/2fa/", TO_ACCOUNT),
    path("accounts/2fa/webauthn/", TO_ACCOUNT),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("", include("incidents.urls")),  # tried in this order: what is sent most comes first
    path("", include("taxonomy.urls")),
    path("", include("reports.urls")),
]

if settings.DJANGO_ADMIN:
    # an account has one address, its own; keys and sessions are their owner's business
    admin.site.unregister([EmailAddress, Authenticator, UserSession])
    urlpatterns.append(path("admin/", admin.site.urls))
