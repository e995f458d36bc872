"""The addresses of reports."""

from django.urls import URLPattern, URLResolver, path

from reports.views import (
    bulk,
    components,
    dashboard,
    exports,
    funnel,
    guide,
    home,
    incidents,
    kept,
    past,
    studies,
    verbatims,
)

app_name = "reports"

SCHEME = "s/<slug:slug>/schemes/<slug:scheme>/"
FILTER = "s/<slug:slug>/incidents/filters/<uuid:uid>/"
CHOICES = "s/<slug:slug>/incidents/choices/<slug:field>/"
ACT = "s/<slug:slug>/incidents/decisions/<uuid:uid>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("components/", components.component_list, name="component_list"),
    path("help/", guide.help_index, name="help_index"),
    path("help/<slug:page>/", guide.help_show, name="help_show"),
    path("studies/new/", studies.study_create, name="study_create"),
    path("s/<slug:slug>/", studies.study_show, name="study_show"),
    path("s/<slug:slug>/interviewers/", studies.study_interviewers, name="study_interviewers"),
    path("s/<slug:slug>/funnel/", funnel.funnel_show, name="funnel_show"),
    path("s/<slug:slug>/incidents/", incidents.incident_list, name="incident_list"),
    path("s/<slug:slug>/incidents/count/", incidents.incident_count, name="incident_count"),
    path(CHOICES, incidents.filter_choices, name="filter_choices"),
    path("s/<slug:slug>/incidents/columns/", kept.grid_columns, name="grid_columns"),
    path("s/<slug:slug>/incidents/filters/", kept.filter_list, name="filter_list"),
    path("s/<slug:slug>/incidents/filters/new/", kept.filter_save, name="filter_save"),
    path(FILTER, kept.filter_edit, name="filter_edit"),
    path(f"{FILTER}delete/", kept.filter_delete, name="filter_delete"),
    path(f"{FILTER}open/", kept.filter_open, name="filter_open"),
    path("s/<slug:slug>/incidents/decide/", bulk.bulk_ask, name="bulk_ask"),
    path("s/<slug:slug>/incidents/decisions/", bulk.bulk_list, name="bulk_list"),
    path(ACT, bulk.bulk_show, name="bulk_show"),
    path(f"{ACT}undo/", bulk.bulk_undo, name="bulk_undo"),
    path("s/<slug:slug>/tables/", dashboard.dashboard, name="dashboard"),
    path(f"{SCHEME}table/", dashboard.table_show, name="table_show"),
    path(f"{SCHEME}table/fresh/", dashboard.table_fresh, name="table_fresh"),
    path(f"{SCHEME}table/interviews/", dashboard.table_interviews, name="table_interviews"),
    path(f"{SCHEME}table/past/", past.table_past, name="table_past"),
    path(f"{SCHEME}table.csv", exports.table_csv, name="table_csv"),
    path(f"{SCHEME}table.xlsx", exports.table_xlsx, name="table_xlsx"),
    path(f"{SCHEME}verbatims/", verbatims.verbatim_list, name="verbatim_list"),
]
