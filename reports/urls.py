"""The addresses of reports."""

from django.urls import URLPattern, URLResolver, path

from reports.views import (
    bulk,
    charts,
    client_links,
    client_pages,
    comparing_runs,
    components,
    composing,
    dashboard,
    dashboard_pages,
    dashboards,
    documents,
    exports,
    funnel,
    guide,
    home,
    incidents,
    kept,
    method,
    moment_files,
    past,
    quote_files,
    quotes,
    ready,
    reports,
    runs,
    saved_tables,
    schedules,
    studies,
    verbatims,
)

app_name = "reports"

SCHEME = "s/<slug:slug>/schemes/<slug:scheme>/"
FILTER = "s/<slug:slug>/incidents/filters/<uuid:uid>/"
CHOICES = "s/<slug:slug>/incidents/choices/<slug:field>/"
RUN = "s/<slug:slug>/runs/<uuid:uid>/"
TABLE = "s/<slug:slug>/tables/<uuid:uid>/"
ACT = "s/<slug:slug>/incidents/decisions/<uuid:uid>/"
EXPORT = "s/<slug:slug>/exports/<uuid:uid>/"
REPORT = "s/<slug:slug>/reports/<uuid:uid>/"
DASHBOARD = "s/<slug:slug>/dashboards/<uuid:uid>/"
LINK = f"{DASHBOARD}links/<uuid:link>/"
DOCUMENT = f"{REPORT}documents/<uuid:document>/"
QUOTE = "s/<slug:slug>/quotes/<uuid:uid>/"


def composition_paths(of: str, start: str) -> list[URLPattern]:
    """The addresses of what is done alike to a report and to a dashboard, below its own."""
    part, kind = f"{start}parts/<uuid:item>/", {"of": of}
    return [
        path(f"{start}delete/", composing.composition_delete, kind, f"{of}_delete"),
        path(f"{start}restore/", composing.composition_restore, kind, f"{of}_restore"),
        path(f"{start}add/quote/", composing.add_quote, kind, f"{of}_add_quote"),
        path(f"{start}add/words/", composing.add_words, kind, f"{of}_add_words"),
        path(f"{part}edit/", composing.item_edit, kind, f"{of}_item_edit"),
        path(f"{part}move/", composing.item_move, kind, f"{of}_item_move"),
        path(f"{part}remove/", composing.item_remove, kind, f"{of}_item_remove"),
        path(f"{part}restore/", composing.item_restore, kind, f"{of}_item_restore"),
    ]


urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("components/", components.component_list, name="component_list"),
    path("help/", guide.help_index, name="help_index"),
    path("help/<slug:page>/", guide.help_show, name="help_show"),
    path("studies/new/", studies.study_create, name="study_create"),
    path("s/<slug:slug>/", studies.study_show, name="study_show"),
    path("s/<slug:slug>/interviewers/", studies.study_interviewers, name="study_interviewers"),
    path("s/<slug:slug>/funnel/", funnel.funnel_show, name="funnel_show"),
    path("s/<slug:slug>/method/", method.method_show, name="method_show"),
    path("s/<slug:slug>/method/words/", method.method_edit, name="method_edit"),
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
    path("s/<slug:slug>/exports/", moment_files.export_list, name="export_list"),
    path("s/<slug:slug>/exports/new/", moment_files.export_ask, name="export_ask"),
    path(EXPORT, moment_files.export_show, name="export_show"),
    path(f"{EXPORT}file/", moment_files.export_file, name="export_file"),
    path(f"{EXPORT}delete/", moment_files.export_delete, name="export_delete"),
    path("s/<slug:slug>/tables/", dashboard.dashboard, name="dashboard"),
    path(TABLE, saved_tables.table_open, name="table_open"),
    path(f"{TABLE}edit/", saved_tables.table_edit, name="table_edit"),
    path(f"{TABLE}duplicate/", saved_tables.table_duplicate, name="table_duplicate"),
    path(f"{TABLE}move/", saved_tables.table_move, name="table_move"),
    path(f"{TABLE}delete/", saved_tables.table_delete, name="table_delete"),
    path(f"{TABLE}restore/", saved_tables.table_restore, name="table_restore"),
    path(f"{TABLE}schedule/", schedules.table_schedule, name="table_schedule"),
    path(f"{TABLE}schedule/stop/", schedules.schedule_stop, name="schedule_stop"),
    path(f"{SCHEME}table/", dashboard.table_show, name="table_show"),
    path(f"{SCHEME}table/keep/", saved_tables.table_keep, name="table_keep"),
    path(f"{SCHEME}table/run/", runs.run_ask, name="run_ask"),
    path("s/<slug:slug>/runs/", runs.run_list, name="run_list"),
    path(RUN, runs.run_show, name="run_show"),
    path(f"{RUN}compare/", comparing_runs.run_compare, name="run_compare"),
    path(f"{RUN}charts/<slug:kind>.<slug:form>", charts.run_chart, name="run_chart"),
    path(f"{SCHEME}table/fresh/", dashboard.table_fresh, name="table_fresh"),
    path(f"{SCHEME}table/interviews/", dashboard.table_interviews, name="table_interviews"),
    path(f"{SCHEME}ready/sides/", ready.ready_show, {"which": "sides"}, "ready_sides"),
    path(f"{SCHEME}ready/valences/", ready.ready_show, {"which": "valences"}, "ready_valences"),
    path(f"{SCHEME}ready/causes/", ready.ready_show, {"which": "causes"}, "ready_causes"),
    path(f"{SCHEME}table/past/", past.table_past, name="table_past"),
    path(f"{SCHEME}table.csv", exports.table_csv, name="table_csv"),
    path(f"{SCHEME}table.xlsx", exports.table_xlsx, name="table_xlsx"),
    path(f"{SCHEME}verbatims/", verbatims.verbatim_list, name="verbatim_list"),
    path("s/<slug:slug>/quotes/", quotes.quote_list, name="quote_list"),
    path("s/<slug:slug>/quotes/quotes.txt", quote_files.quotes_text, name="quotes_text"),
    path("s/<slug:slug>/quotes/quotes.csv", quote_files.quotes_csv, name="quotes_csv"),
    path("s/<slug:slug>/moments/<uuid:uid>/quote/", quotes.quote_collect, name="quote_collect"),
    path(QUOTE, quotes.quote_edit, name="quote_edit"),
    path(f"{QUOTE}replace/", quotes.quote_replace, name="quote_replace"),
    path(f"{QUOTE}confirm/", quotes.quote_confirm, name="quote_confirm"),
    path(f"{QUOTE}take-back/", quotes.quote_take_back, name="quote_take_back"),
    path(f"{QUOTE}move/", quotes.quote_move, name="quote_move"),
    path(f"{QUOTE}delete/", quotes.quote_delete, name="quote_delete"),
    path(f"{QUOTE}restore/", quotes.quote_restore, name="quote_restore"),
    path("s/<slug:slug>/front/", dashboard_pages.front_show, name="front_show"),
    path("s/<slug:slug>/front/present/", dashboard_pages.front_present, name="front_present"),
    path("s/<slug:slug>/front/compute/", dashboard_pages.front_compute, name="front_compute"),
    path("s/<slug:slug>/dashboards/", dashboards.dashboard_list, name="dashboard_list"),
    path("s/<slug:slug>/dashboards/new/", dashboards.dashboard_create, name="dashboard_create"),
    path(DASHBOARD, dashboard_pages.dashboard_show, name="dashboard_show"),
    path(f"{DASHBOARD}present/", dashboard_pages.dashboard_present, name="dashboard_present"),
    path(f"{DASHBOARD}compute/", dashboard_pages.dashboard_compute, name="dashboard_compute"),
    path(f"{DASHBOARD}edit/", dashboards.dashboard_compose, name="dashboard_compose"),
    path(f"{DASHBOARD}edit/title/", dashboards.dashboard_edit, name="dashboard_edit"),
    path(f"{DASHBOARD}add/table/", dashboards.dashboard_add_table, name="dashboard_add_table"),
    *composition_paths("dashboard", DASHBOARD),
    path(f"{DASHBOARD}links/", client_links.link_list, name="link_list"),
    path(f"{DASHBOARD}links/new/", client_links.link_create, name="link_create"),
    path(LINK, client_links.link_show, name="link_show"),
    path(f"{LINK}preview/", client_links.link_preview, name="link_preview"),
    path(f"{LINK}renew/", client_links.link_renew, name="link_renew"),
    path(f"{LINK}revoke/", client_links.link_revoke, name="link_revoke"),
    path("c/<str:token>/", client_pages.client_page, name="client_page"),
    path("s/<slug:slug>/reports/", reports.report_list, name="report_list"),
    path("s/<slug:slug>/reports/new/", reports.report_create, name="report_create"),
    path(REPORT, reports.report_show, name="report_show"),
    path(f"{REPORT}edit/", reports.report_edit, name="report_edit"),
    path(f"{REPORT}add/run/", reports.report_add_run, name="report_add_run"),
    *composition_paths("report", REPORT),
    path(f"{REPORT}documents/", documents.document_make, name="document_make"),
    path(DOCUMENT, documents.document_show, name="document_show"),
    path(f"{DOCUMENT}file/", documents.document_file, name="document_file"),
]
