"""The addresses of taxonomy."""

from django.urls import URLPattern, URLResolver, path

from taxonomy.views import batching, coding, imports, schemes

app_name = "taxonomy"

SCHEME = "s/<slug:slug>/schemes/<slug:scheme>/"
IMPORTS = "s/<slug:slug>/imports/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("s/<slug:slug>/code/", coding.coding_list, name="coding_list"),
    path("s/<slug:slug>/code/mine/", coding.coding_mine, name="coding_mine"),
    path(
        "s/<slug:slug>/code/mine/<uuid:uid>/take-back/",
        coding.coding_take_back,
        name="coding_take_back",
    ),
    path(f"{SCHEME}code/", coding.coding_next, name="coding_next"),
    path(f"{SCHEME}code/<uuid:uid>/", coding.coding_show, name="coding_show"),
    path(f"{SCHEME}code/<uuid:uid>/answer/", coding.coding_record, name="coding_record"),
    path(f"{SCHEME}code/<uuid:uid>/put-aside/", coding.coding_put_aside, name="coding_put_aside"),
    path("s/<slug:slug>/schemes/", schemes.scheme_list, name="scheme_list"),
    path("s/<slug:slug>/schemes/new/", schemes.scheme_create, name="scheme_create"),
    path(
        "s/<slug:slug>/schemes/new/template/",
        schemes.scheme_from_template,
        name="scheme_from_template",
    ),
    path(SCHEME, schemes.scheme_show, name="scheme_show"),
    path(f"{SCHEME}history/", schemes.scheme_history, name="scheme_history"),
    path(f"{SCHEME}history/<uuid:uid>/undo/", schemes.revision_undo, name="revision_undo"),
    path(f"{SCHEME}rounds/new/", schemes.round_create, name="round_create"),
    path(f"{SCHEME}rounds/<uuid:uid>/", schemes.round_edit, name="round_edit"),
    path(f"{SCHEME}rounds/<uuid:uid>/freeze/", batching.round_freeze, name="round_freeze"),
    path(f"{SCHEME}rounds/<uuid:uid>/reopen/", batching.round_reopen, name="round_reopen"),
    path(f"{SCHEME}rounds/<uuid:uid>/drop/", batching.round_drop, name="round_drop"),
    path(
        f"{SCHEME}rounds/<uuid:uid>/categories/new/",
        schemes.category_create,
        name="category_create",
    ),
    path(f"{SCHEME}categories/<uuid:uid>/", schemes.category_edit, name="category_edit"),
    path(f"{SCHEME}categories/<uuid:uid>/words/", schemes.category_show, name="category_show"),
    path(
        f"{SCHEME}categories/<uuid:uid>/history/", schemes.category_history, name="category_history"
    ),
    path(f"{SCHEME}categories/<uuid:uid>/place/", batching.category_place, name="category_place"),
    path(
        f"{SCHEME}categories/<uuid:uid>/preview/",
        batching.category_preview,
        name="category_preview",
    ),
    path(f"{SCHEME}categories/<uuid:uid>/merge/", batching.category_merge, name="category_merge"),
    path(f"{SCHEME}categories/<uuid:uid>/move/", batching.category_move, name="category_move"),
    path(
        f"{SCHEME}categories/<uuid:uid>/retire/", batching.category_retire, name="category_retire"
    ),
    path(
        f"{SCHEME}categories/<uuid:uid>/restore/",
        batching.category_restore,
        name="category_restore",
    ),
    path(IMPORTS, imports.import_list, name="import_list"),
    path(f"{IMPORTS}new/", imports.import_new, name="import_new"),
    path(f"{IMPORTS}<uuid:uid>/", imports.import_show, name="import_show"),
    path(f"{IMPORTS}<uuid:uid>/columns/", imports.import_columns, name="import_columns"),
    path(f"{IMPORTS}<uuid:uid>/values/", imports.import_values, name="import_values"),
    path(f"{IMPORTS}<uuid:uid>/run/", imports.import_run, name="import_run"),
    path(f"{IMPORTS}<uuid:uid>/undo/", imports.import_undo, name="import_undo"),
    path(f"{IMPORTS}<uuid:uid>/withdraw/", imports.import_withdraw, name="import_withdraw"),
    path(f"{IMPORTS}<uuid:uid>/discard/", imports.import_discard, name="import_discard"),
    path(f"{IMPORTS}<uuid:uid>/refused.csv", imports.import_refused, name="import_refused"),
]
