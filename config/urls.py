"""Every address: sign-in first, then each app's own."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.account.urls")),
    path("", include("reports.urls")),
    path("", include("taxonomy.urls")),
    path("", include("incidents.urls")),
]

if settings.DJANGO_ADMIN:
    admin.site.unregister(EmailAddress)  # an account has one address, its own
    urlpatterns.append(path("admin/", admin.site.urls))
