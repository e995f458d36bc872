"""How the variables of a file of moments are read from what is stored: the kinds of them."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from incidents.choices import Viewpoint
from incidents.models.fieldwork import TEXTS
from reports.datafiles.book import NOT_STATED, WITHHELD, Cell, Kind, Value, Variable
from reports.queries.moment_survey import Asked, Place

NARROW = 9
UNKNOWN = "not_stated"


class Raw(NamedTuple):
    """One moment as it is stored, without its words."""

    pk: int
    uid: uuid.UUID
    position: int
    label: str
    valence: str
    incident: int
    incident_uid: uuid.UUID
    incident_position: int
    told_as: str
    viewpoint: str
    asked_for: str
    served_by: str
    happened_told: str
    happened_from: dt.date | None
    happened_to: dt.date | None
    state: str
    source_id: str
    site: int
    interview: int
    interview_uid: uuid.UUID
    interview_code: str
    interview_implied: bool
    held_on: dt.date | None
    mode: str
    language: str
    consent: str
    may_call_back: bool
    interviewer: str | None
    respondent: int
    respondent_code: str
    respondent_implied: bool
    relation: str
    job_role: str
    contact: str


LOOKUPS = (
    *("pk", "uid", "position", "label", "valence", "incident_id"),
    *(
        f"incident__{name}"
        for name in (
            *("uid", "position", "told_as", "viewpoint", "asked_for", "served_by"),
            *("happened_told", "happened_from", "happened_to", "state", "source_id", "site_id"),
            *("interview_id", "interview__uid", "interview__code", "interview__implied"),
            *("interview__held_on", "interview__mode", "interview__language"),
            *("interview__consent", "interview__may_call_back"),
            "interview__interviewer__display_name",
            *("interview__respondent_id", "interview__respondent__code"),
            *("interview__respondent__implied", "interview__respondent__relation"),
            *("interview__respondent__job_role", "interview__respondent__contact"),
        )
    ),
)
WORDS = tuple(f"incident__version__{name}" for name in (*TEXTS, "language"))


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """One moment with its place, why it was set aside, and (in a full file) its words."""

    raw: Raw
    place: Place
    reason: str
    words: Sequence[str]


Take = Callable[[Told], Cell]


class Field(NamedTuple):
    """A variable and how its cell is taken from a moment."""

    variable: Variable
    take: Take


def text(name: str, label: str, take: Take, *, width: int = 14) -> Field:
    """Whatever was written."""
    return Field(Variable(name, label, width=width), take)


def whole(name: str, label: str, take: Take) -> Field:
    """A whole number, or nothing."""
    return Field(Variable(name, label, Kind.WHOLE, width=NARROW), take)


def chosen(
    name: str, label: str, choices: Iterable[TextChoices], read: Callable[[Raw], str]
) -> Field:
    """One of a closed list, numbered in its order; not stated is a missing value."""
    values = dict(_numbered(choices))
    variable = Variable(name, label, Kind.CODED, tuple(values.values()))
    return Field(variable, lambda told: values[read(told.raw)])


def _numbered(choices: Iterable[TextChoices]) -> Iterable[tuple[str, Value]]:
    number = 0
    for choice in choices:
        if choice.value == UNKNOWN:
            yield choice.value, not_stated()
        else:
            number += 1
            yield choice.value, Value(number, choice.value, str(choice.label))


def not_stated() -> Value:
    """What stands for what nobody said; a missing value in SPSS."""
    return Value(NOT_STATED, UNKNOWN, str(Viewpoint.NOT_STATED.label))


def withheld_value() -> Value:
    """What stands for what too few have; a missing value in SPSS."""
    return Value(WITHHELD, "withheld", _("Withheld: too few"))


def days(
    names: tuple[str, str], label: str, read: Callable[[Raw], dt.date | None], asked: Asked
) -> list[Field]:
    """The day, or under the other name in a de-identified file the month."""
    day, month = names
    if asked.full:
        return [Field(Variable(day, label, Kind.DATE, width=12), lambda told: read(told.raw))]
    words = _("%(what)s (month)") % {"what": label}
    return [text(month, words, lambda told: _month(read(told.raw)), width=NARROW)]


def _month(day: dt.date | None) -> str:
    return f"{day.year:04}-{day.month:02}" if day else ""
