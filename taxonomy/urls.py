"""The addresses of taxonomy."""

from django.urls import URLPattern, URLResolver, path

from taxonomy.views import (
    against,
    agreeing,
    batching,
    coding,
    comparing,
    disputes,
    exchange,
    imports,
    lineage,
    looks,
    outcomes,
    proposals,
    reliability,
    schemes,
    sorts,
    splitting,
)

app_name = "taxonomy"

SCHEME = "s/<slug:slug>/schemes/<slug:scheme>/"
IMPORTS = "s/<slug:slug>/imports/"
SORT = f"{SCHEME}sorts/<uuid:uid>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("s/<slug:slug>/code/", coding.coding_list, name="coding_list"),
    path("s/<slug:slug>/code/mine/", coding.coding_mine, name="coding_mine"),
    path("s/<slug:slug>/code/outcomes/", outcomes.coding_outcomes, name="coding_outcomes"),
    path(
        "s/<slug:slug>/code/mine/<uuid:uid>/take-back/",
        coding.coding_take_back,
        name="coding_take_back",
    ),
    path(f"{SCHEME}code/", coding.coding_next, name="coding_next"),
    path(f"{SCHEME}code/ahead/", coding.coding_ahead, name="coding_ahead"),
    path(f"{SCHEME}code/aside/", coding.coding_aside, name="coding_aside"),
    path(f"{SCHEME}code/<uuid:uid>/", coding.coding_show, name="coding_show"),
    path(f"{SCHEME}code/<uuid:uid>/answer/", coding.coding_record, name="coding_record"),
    path(f"{SCHEME}code/<uuid:uid>/put-aside/", coding.coding_put_aside, name="coding_put_aside"),
    path("s/<slug:slug>/code/proposals/", proposals.proposal_mine, name="proposal_mine"),
    path(f"{SCHEME}proposals/", proposals.proposal_list, name="proposal_list"),
    path(f"{SCHEME}proposals/new/", proposals.proposal_new, name="proposal_new"),
    path(f"{SCHEME}proposals/<uuid:uid>/", proposals.proposal_show, name="proposal_show"),
    path(
        f"{SCHEME}proposals/<uuid:uid>/withdraw/",
        proposals.proposal_withdraw,
        name="proposal_withdraw",
    ),
    path(
        f"{SCHEME}proposals/<uuid:uid>/accept/", proposals.proposal_accept, name="proposal_accept"
    ),
    path(
        f"{SCHEME}proposals/<uuid:uid>/change/", proposals.proposal_change, name="proposal_change"
    ),
    path(
        f"{SCHEME}proposals/<uuid:uid>/decline/",
        proposals.proposal_decline,
        name="proposal_decline",
    ),
    path("s/<slug:slug>/schemes/", schemes.scheme_list, name="scheme_list"),
    path("s/<slug:slug>/schemes/new/", schemes.scheme_create, name="scheme_create"),
    path(
        "s/<slug:slug>/schemes/new/template/",
        schemes.scheme_from_template,
        name="scheme_from_template",
    ),
    path("s/<slug:slug>/schemes/new/file/", exchange.scheme_from_file, name="scheme_from_file"),
    path(
        "s/<slug:slug>/schemes/new/file/<uuid:uid>/",
        exchange.scheme_from_file_preview,
        name="scheme_from_file_preview",
    ),
    path(
        "s/<slug:slug>/schemes/new/file/<uuid:uid>/discard/",
        exchange.scheme_from_file_discard,
        name="scheme_from_file_discard",
    ),
    path(SCHEME, schemes.scheme_show, name="scheme_show"),
    path(f"{SCHEME}lineage/", lineage.scheme_lineage, name="scheme_lineage"),
    path(
        f"{SCHEME}categories/<uuid:uid>/lineage/", lineage.category_lineage, name="category_lineage"
    ),
    path(f"{SCHEME}history/", schemes.scheme_history, name="scheme_history"),
    path(f"{SCHEME}history/compare/", comparing.revision_compare, name="revision_compare"),
    path(f"{SCHEME}history/<uuid:uid>/undo/", schemes.revision_undo, name="revision_undo"),
    path(f"{SCHEME}board/", schemes.scheme_board, name="scheme_board"),
    path(f"{SCHEME}place/", batching.categories_place, name="categories_place"),
    path(f"{SCHEME}merge/", batching.categories_merge, name="categories_merge"),
    path(f"{SCHEME}preview/", batching.categories_preview, name="categories_preview"),
    path(f"{SCHEME}against/", against.scheme_against_any, name="scheme_against_any"),
    path(f"{SCHEME}against/<slug:other>/", against.scheme_against, name="scheme_against"),
    path(
        f"{SCHEME}against/<slug:other>/crosswalk.csv",
        against.scheme_against_csv,
        name="scheme_against_csv",
    ),
    path(f"{SCHEME}reliability/", reliability.reliability_show, name="reliability_show"),
    path(
        f"{SCHEME}reliability/measure/",
        reliability.reliability_measure,
        name="reliability_measure",
    ),
    path(
        f"{SCHEME}reliability/confusion/",
        reliability.reliability_confusion,
        name="reliability_confusion",
    ),
    path(
        f"{SCHEME}reliability/reliability.csv",
        reliability.reliability_csv_file,
        name="reliability_csv",
    ),
    path(f"{SCHEME}disputes/", disputes.dispute_list, name="dispute_list"),
    path(f"{SCHEME}disputes/alike/", disputes.dispute_alike, name="dispute_alike"),
    path(f"{SCHEME}disputes/<uuid:uid>/", disputes.dispute_show, name="dispute_show"),
    path(f"{SCHEME}disputes/<uuid:uid>/decide/", disputes.dispute_decide, name="dispute_decide"),
    path(f"{SCHEME}decisions/<uuid:uid>/reopen/", disputes.dispute_reopen, name="dispute_reopen"),
    path(
        f"{SCHEME}decisions/<uuid:uid>/take-back/",
        disputes.dispute_take_back,
        name="dispute_take_back",
    ),
    path(f"{SCHEME}export/", exchange.scheme_export, name="scheme_export"),
    path(f"{SCHEME}export/answers.csv", exchange.scheme_answers, name="scheme_answers"),
    path(f"{SCHEME}import/", exchange.scheme_import, name="scheme_import"),
    path(
        f"{SCHEME}import/<uuid:uid>/",
        exchange.scheme_import_preview,
        name="scheme_import_preview",
    ),
    path(
        f"{SCHEME}import/<uuid:uid>/discard/",
        exchange.scheme_import_discard,
        name="scheme_import_discard",
    ),
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
    path(f"{SCHEME}categories/<uuid:uid>/split/", splitting.category_split, name="category_split"),
    path(f"{SCHEME}categories/<uuid:uid>/sort-again/", splitting.resort_desk, name="resort_desk"),
    path(
        f"{SCHEME}categories/<uuid:uid>/sort-again/record/",
        splitting.resort_record,
        name="resort_record",
    ),
    path(
        f"{SCHEME}categories/<uuid:uid>/sort-again/<uuid:coding>/take-back/",
        splitting.resort_take_back,
        name="resort_take_back",
    ),
    path(f"{SCHEME}categories/<uuid:uid>/move/", batching.category_move, name="category_move"),
    path(
        f"{SCHEME}categories/<uuid:uid>/retire/", batching.category_retire, name="category_retire"
    ),
    path(
        f"{SCHEME}categories/<uuid:uid>/restore/",
        batching.category_restore,
        name="category_restore",
    ),
    path(f"{SCHEME}looks/", looks.look_list, name="look_list"),
    path(f"{SCHEME}looks/<uuid:uid>/stop/", looks.look_stop, name="look_stop"),
    path(f"{SCHEME}sorts/", sorts.sort_list, name="sort_list"),
    path(f"{SCHEME}sorts/new/", sorts.sort_create, name="sort_create"),
    path(f"{SCHEME}sorts/new/moments/", sorts.sort_of_moments, name="sort_of_moments"),
    path(SORT, sorts.sort_show, name="sort_show"),
    path(f"{SORT}end/", sorts.sort_end, name="sort_end"),
    path(f"{SORT}reopen/", sorts.sort_reopen, name="sort_reopen"),
    path(f"{SORT}mine/", sorts.sort_desk, name="sort_desk"),
    path(f"{SORT}mine/put/", sorts.sort_put, name="sort_put"),
    path(f"{SORT}mine/undo/", sorts.sort_undo, name="sort_undo"),
    path(f"{SORT}mine/done/", sorts.sort_finish, name="sort_finish"),
    path(f"{SORT}mine/resume/", sorts.sort_resume, name="sort_resume"),
    path(f"{SORT}mine/piles/<uuid:pile>/rename/", sorts.pile_rename, name="pile_rename"),
    path(f"{SORT}results/", agreeing.sort_results, name="sort_results"),
    path(f"{SORT}results/machine/", agreeing.sort_machine, name="sort_machine"),
    path(f"{SORT}piles/", agreeing.sort_piles, name="sort_piles"),
    path(f"{SORT}agree/", agreeing.sort_agree, name="sort_agree"),
    path(f"{SORT}agree/settle/", agreeing.sort_settle, name="sort_settle"),
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
