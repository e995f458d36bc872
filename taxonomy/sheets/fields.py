"""The fields a column may be imported into, and the closed lists of their values."""

from collections.abc import Mapping
from typing import Final

NOT_STATED: Final = "not_stated"

ANSWERS: Final = ("situation", "action", "result", "people", "reaction")
WORDS: Final = ("headline", *ANSWERS)
TEXTS: Final = (*WORDS, "narrative", "translation")
LEVELS: Final = ("category_1", "category_2", "category_3")

CLOSED: Final[Mapping[str, tuple[str, ...]]] = {
    "relation": ("employee", "customer", NOT_STATED),
    "told_as": ("own", "colleague", "provider", "customer", "bystander", NOT_STATED),
    "viewpoint": ("customer", "provider", NOT_STATED),
    "asked_for": ("good", "poor", "either", NOT_STATED),
    "valence": ("positive", "negative", "mixed", "neutral", NOT_STATED),
}
"""Fields whose values are ours; other values need a mapping."""

OPEN: Final = (
    "interviewer",
    "organization",
    "place",
    "country",
    "region",
    "sector",
    "job_role",
    "language",
    "coder",
)
"""Fields whose values are names in the study."""

FIELDS: Final = (
    "incident_id",
    "interview",
    "respondent",
    "relation",
    "job_role",
    "interviewer",
    "organization",
    "place",
    "country",
    "region",
    "sector",
    "date",
    "told_as",
    "viewpoint",
    "asked_for",
    "valence",
    *WORDS,
    "narrative",
    "language",
    "translation",
    *LEVELS,
    "coder",
)

SPELLINGS: Final[Mapping[str, str]] = {"site": "place", "organisation": "organization"}
"""Other spellings of a field that are accepted where a field is named."""

IN_PARTS: Final = frozenset({"narrative"})
"""Fields that several columns may share: their texts are joined."""

RESPONDENT_FACTS: Final = (
    "organization",
    "place",
    "country",
    "region",
    "sector",
    "relation",
    "job_role",
)
INTERVIEW_FACTS: Final = ("respondent", "interviewer")

LONGEST: Final[Mapping[str, int]] = {
    "incident_id": 200,
    "interview": 80,
    "respondent": 80,
    "job_role": 120,
    "interviewer": 120,
    "organization": 160,
    "place": 120,
    "region": 120,
    "sector": 120,
    "date": 200,
    "headline": 200,
    "language": 20,
    "coder": 120,
    **dict.fromkeys(LEVELS, 300),
}
"""The most characters that a value may have; one category, where there are several."""


def field_named(name: str) -> str | None:
    """Return the field of that name or of another spelling of it."""
    plain = name.strip().lower()
    plain = SPELLINGS.get(plain, plain)
    return plain if plain in FIELDS else None


def says_nothing(text: str) -> bool:
    """Whether a text has no visible character."""
    return not text or not text.strip().strip("\u200b\ufeff\u2060").strip()


def is_not_stated(value: str) -> bool:
    """Whether a name in a column says *not stated* in so many words."""
    return value.replace("_", " ").casefold() == "not stated"
