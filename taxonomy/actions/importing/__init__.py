"""The import of files: what a file means, bringing it in, and taking it out again."""

from taxonomy.actions.importing.bringing_in import run_import
from taxonomy.actions.importing.meaning import (
    CHECK_IMPORT,
    RUN_IMPORT,
    SCHEME_SLUG,
    UNDO_IMPORT,
    check_import,
    discard_import,
    known_names,
    note_handing_out,
    plan_of,
    preview_of,
    receive_file,
    request_check,
    request_import,
    sample_of,
    say_what_it_means,
)
from taxonomy.actions.importing.taking_out import (
    obstacles,
    request_undo,
    undo_import,
    withdraw_import,
)

__all__ = [
    "CHECK_IMPORT",
    "RUN_IMPORT",
    "SCHEME_SLUG",
    "UNDO_IMPORT",
    "check_import",
    "discard_import",
    "known_names",
    "note_handing_out",
    "obstacles",
    "plan_of",
    "preview_of",
    "receive_file",
    "request_check",
    "request_import",
    "request_undo",
    "run_import",
    "sample_of",
    "say_what_it_means",
    "undo_import",
    "withdraw_import",
]
