"""The addresses of reports."""

from django.urls import URLPattern, URLResolver, path

from reports.views import home, studies

app_name = "reports"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("studies/new/", studies.study_create, name="study_create"),
    path("s/<slug:slug>/", studies.study_show, name="study_show"),
]
