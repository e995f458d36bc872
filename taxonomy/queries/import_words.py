"""The words for what an import reads: fields, and kinds of messages."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FIELD_GROUPS: Final[list[tuple[Promise, dict[str, Promise]]]] = [
    (
        _("What was told"),
        {
            "narrative": _("The whole story (several columns are joined)"),
            "headline": _("Headline"),
            "situation": _("The situation"),
            "action": _("What the provider did"),
            "result": _("What resulted"),
            "people": _("Who was involved"),
            "reaction": _("How the customer reacted"),
            "language": _("Language"),
            "translation": _("Translation"),
        },
    ),
    (
        _("About the incident"),
        {
            "incident_id": _("Incident id (rows that share it are one incident)"),
            "date": _("Date, as told"),
            "told_as": _("Told as"),
            "viewpoint": _("Viewpoint"),
            "asked_for": _("Asked for"),
            "valence": _("Valence"),
        },
    ),
    (
        _("Who told, and where"),
        {
            "interview": _("Interview"),
            "respondent": _("Respondent"),
            "relation": _("Relation to the organization"),
            "job_role": _("Job role"),
            "interviewer": _("Interviewer"),
            "organization": _("Organization"),
            "place": _("Site or place"),
            "country": _("Country"),
            "region": _("Region"),
            "sector": _("Sector"),
        },
    ),
    (
        _("How it was sorted"),
        {
            "category_1": _("Category, level 1 (the broadest)"),
            "category_2": _("Category, level 2"),
            "category_3": _("Category, level 3"),
            "coder": _("Coder"),
        },
    ),
]
FIELD_LABELS: Final[dict[str, Promise]] = {
    field: label for _group, fields in FIELD_GROUPS for field, label in fields.items()
}
KIND_TITLES: Final[dict[str, Promise]] = {
    "unknown_column": _("A column that the file does not have"),
    "unknown_field": _("A field that does not exist"),
    "field_twice": _("Two columns for one field"),
    "unknown_target": _("A value that does not exist here"),
    "no_text_column": _("No column with what people told"),
    "row_too_long": _("Rows with more cells than headers"),
    "unknown_value": _("Values that are not known here"),
    "value_too_long": _("Values that are too long"),
    "unknown_country": _("Countries that are not known"),
    "bad_date": _("Dates that cannot be read"),
    "ambiguous_date": _("Dates that may be read in two ways"),
    "respondent_contradicts": _("Respondents about whom the rows contradict each other"),
    "interview_contradicts": _("Interviews about which the rows contradict each other"),
    "not_in_study": _("Names that the study does not have"),
    "no_words": _("Rows without any words"),
    "same_id_other_words": _("Rows with the id of another incident"),
    "formulas": _("Formulas"),
    "dropped_level": _("Empty category columns"),
    "same_name": _("Names that stand in several places"),
    "ambiguous_parent": _("Categories with several parents, not batched"),
    "no_parent": _("Categories without a parent, not batched"),
    "codes_left_out": _("Codes that are not used"),
    "merged_row_differs": _("Rows of one incident that differ"),
    "viewpoint_differs": _("Viewpoints that do not fit how it was told"),
    "too_many_categories": _("Too many categories"),
    "incident_too_big": _("Incidents with too many moments"),
    "scheme_has_fewer_rounds": _("The scheme has too few rounds"),
    "scheme_has_more_rounds": _("The scheme has more rounds"),
}
