"""The sentences for what can be wrong with an imported file: what it is, and what to do."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from taxonomy.sheets.problems import Problem

MESSAGES: Final[dict[str, Promise]] = {
    "empty_file": _("The file is empty. Choose the file that holds the incidents."),
    "header_only": _("The file has headers but no rows. Add at least one incident below them."),
    "file_too_big": _("The file is larger than %(limit)s MB. Divide it into several files."),
    "not_text": _(
        "This is neither a table of text nor an .xlsx workbook. Save the table as CSV or .xlsx."
    ),
    "nul_bytes": _(
        "The file contains zero bytes, so it is damaged or no text. "
        "Export it again as CSV or .xlsx."
    ),
    "broken_encoding": _(
        "Some letters cannot be read as %(encoding)s. Export the file again as CSV UTF-8."
    ),
    "unknown_encoding": _(
        "The letters of this file cannot be read. Export it again as CSV UTF-8 or .xlsx."
    ),
    "old_or_protected_workbook": _(
        "This is an old .xls workbook or one with a password. "
        "Save it as .xlsx without a password, or as CSV."
    ),
    "not_a_workbook": _("This is no .xlsx workbook. Save the table as .xlsx or CSV."),
    "damaged_workbook": _(
        "The workbook is damaged or incomplete. Open it in a spreadsheet, save it again as .xlsx, "
        "and upload that."
    ),
    "workbook_too_big": _(
        "Unpacked, the workbook is far larger than a table of incidents. "
        "Copy the table alone into a new workbook, or save it as CSV."
    ),
    "too_many_columns": _(
        "A row has more than %(limit)s columns. Delete what stands to the right of the table, "
        "or check that the columns are separated by a comma, semicolon or tab."
    ),
    "too_many_rows": _(
        "The table has more than %(limit)s rows. Divide it into several files, "
        "or delete what stands far below the table."
    ),
    "cell_too_long": _(
        "A cell has more than %(limit)s characters. Shorten it, "
        "or look for a quotation mark that is opened and never closed."
    ),
    "unbalanced_quote": _(
        "A quotation mark is opened and not closed, or stands alone inside a quoted cell. "
        "Close it, or write it twice."
    ),
    "duplicate_headers": _(
        "Several columns have the same header: %(names)s. Give each column its own."
    ),
    "unknown_column": _("The file has no column of that name. Its columns are: %(known)s."),
    "unknown_field": _("There is no field “%(field)s” to import into. Choose another field."),
    "field_twice": _("Another column is already imported as “%(field)s”. Choose one of the two."),
    "unknown_target": _("“%(target)s” is not a value of “%(field)s”. Choose one of: %(known)s."),
    "no_text_column": _(
        "No column holds what people told. Choose a column for the narrative, the headline "
        "or one of the five answers."
    ),
    "row_too_long": _(
        "The row has %(cells)s cells but there are %(limit)s headers. "
        "Give the further column a header, or look for a missing quotation mark."
    ),
    "unknown_value": _(
        "“%(value)s” is no known value of “%(field)s”. Say what it stands for, "
        "or map it to not_stated."
    ),
    "value_too_long": _(
        "The value has more than %(limit)s characters. Shorten it, or leave the column unmapped."
    ),
    "unknown_country": _(
        "“%(value)s” is no known country. Map it to a two-letter code, or to not_stated."
    ),
    "bad_date": _("“%(value)s” is no date. Write it as year-month-day, as in 2026-03-31."),
    "ambiguous_date": _(
        "“%(value)s” may be day/month or month/day, and the column does not tell. "
        "Write dates as year-month-day, as in 2026-03-31."
    ),
    "respondent_contradicts": _(
        "Respondent %(key)s has both “%(first)s” and “%(value)s” here. Correct one of them, "
        "or leave the respondent column unmapped."
    ),
    "interview_contradicts": _(
        "Interview %(key)s has both “%(first)s” and “%(value)s” here. Correct one of them, "
        "or map a column that tells the interviews apart."
    ),
    "not_in_study": _(
        "The study has no “%(value)s” for “%(field)s”. Add it to the study, map it to a name "
        "that exists, or let the import create what is missing."
    ),
    "no_words": _("The row has no words, so it is left out."),
    "same_id_other_words": _(
        "Row %(first)s has the same incident id “%(id)s” with other words, so this row is left "
        "out. Give each incident its own id, or leave the id column unmapped."
    ),
    "formulas": _(
        "The workbook has %(count)s formulas. What they showed when it was saved is read."
    ),
    "unmapped_column": _("The column has no field of its own. Its cells are kept with the rows."),
    "dropped_level": _("The column is empty, so it makes no round of categories."),
    "same_name": _(
        "“%(name)s” stands in several places and becomes a category in each: %(paths)s."
    ),
    "ambiguous_parent": _(
        "“%(name)s” stands under several categories (%(paths)s), so it is not placed. "
        "Place it on the board after the import."
    ),
    "no_parent": _(
        "The file does not say under which category “%(name)s” belongs. "
        "Place it on the board after the import."
    ),
    "codes_left_out": _(
        "%(count)s further codes in cells with several are not used: "
        "only the first of each cell was asked for."
    ),
    "merged_row_differs": _(
        "The row belongs to an incident for which an earlier row says something else. "
        "The earlier one counts; what stands here is kept with the row."
    ),
    "viewpoint_differs": _(
        "“%(told_as)s” and viewpoint “%(viewpoint)s” do not agree. How it was told counts."
    ),
}


def sentence(problem: Problem) -> str:
    """Return what to tell the user about a problem, without its row and column."""
    return str(MESSAGES[problem.code]) % problem.params
