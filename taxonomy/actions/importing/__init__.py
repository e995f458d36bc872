"""The import of files: what a file means, bringing it in, and taking it out again."""

from taxonomy.actions.importing.bringing_in import run_import
from taxonomy.actions.importing.meaning import (
    CHECK_IMPORT,
    RUN_IMPORT,
    UNDO_IMPORT,
    check_import,
    discard_import,
    plan_of,
    preview_of,
    receive_file,
    request_check,
    request_import,
    say_what_it_means,
    sheet_of,
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
    "UNDO_IMPORT",
    "check_import",
    "discard_import",
    "obstacles",
    "plan_of",
    "preview_of",
    "receive_file",
    "request_check",
    "request_import",
    "request_undo",
    "run_import",
    "say_what_it_means",
    "sheet_of",
    "undo_import",
    "withdraw_import",
]
