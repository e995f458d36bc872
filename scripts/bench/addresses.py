"""The addresses of Candid, and that of the minimal view."""

from django.urls import URLPattern, URLResolver, include, path

from scripts.bench.minimal import telling_create

urlpatterns: list[URLPattern | URLResolver] = [
    path("bench/telling/", telling_create),
    path("", include("config.urls")),
]
