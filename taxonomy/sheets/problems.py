"""What can be wrong with a file or a row: a code with its parameters, never a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """What a problem means for the import."""

    ERROR = "error"  # the import cannot start
    REFUSED = "refused"  # this row is left out and counted, the import goes on
    NOTICE = "notice"  # worth knowing


SEVERITIES: Final[Mapping[str, Severity]] = {
    # the file
    "empty_file": Severity.ERROR,
    "header_only": Severity.ERROR,
    "file_too_big": Severity.ERROR,
    "not_text": Severity.ERROR,
    "nul_bytes": Severity.ERROR,
    "broken_encoding": Severity.ERROR,
    "unknown_encoding": Severity.ERROR,
    "old_or_protected_workbook": Severity.ERROR,
    "not_a_workbook": Severity.ERROR,
    "damaged_workbook": Severity.ERROR,
    "workbook_too_big": Severity.ERROR,
    "too_many_columns": Severity.ERROR,
    "too_many_rows": Severity.ERROR,
    "cell_too_long": Severity.ERROR,
    "unbalanced_quote": Severity.ERROR,
    "duplicate_headers": Severity.ERROR,
    # what was said about columns and values
    "unknown_column": Severity.ERROR,
    "unknown_field": Severity.ERROR,
    "field_twice": Severity.ERROR,
    "unknown_target": Severity.ERROR,
    "no_text_column": Severity.ERROR,
    # rows
    "row_too_long": Severity.ERROR,
    "unknown_value": Severity.ERROR,
    "value_too_long": Severity.ERROR,
    "unknown_country": Severity.ERROR,
    "bad_date": Severity.ERROR,
    "ambiguous_date": Severity.ERROR,
    "respondent_contradicts": Severity.ERROR,
    "interview_contradicts": Severity.ERROR,
    "not_in_study": Severity.ERROR,
    "no_words": Severity.REFUSED,
    "same_id_other_words": Severity.REFUSED,
    # worth knowing
    "formulas": Severity.NOTICE,
    "unmapped_column": Severity.NOTICE,
    "dropped_level": Severity.NOTICE,
    "same_name": Severity.NOTICE,
    "ambiguous_parent": Severity.NOTICE,
    "no_parent": Severity.NOTICE,
    "codes_left_out": Severity.NOTICE,
    "merged_row_differs": Severity.NOTICE,
    "viewpoint_differs": Severity.NOTICE,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to say about a file, a column or a row; `row` is the number a spreadsheet shows."""

    code: str
    row: int | None = None
    column: str | None = None
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """What it means for the import."""
        return SEVERITIES[self.code]


class SheetError(Exception):
    """The file cannot be read; carries the one problem that says why."""

    def __init__(
        self, code: str, *, row: int | None = None, column: str | None = None, **params: object
    ) -> None:
        super().__init__(code)
        self.problem = Problem(code, row, column, params)
