"""The variables of a file of moments, in their order."""

from typing import Any

from django.utils.translation import gettext as _

from incidents.choices import (
    AskedFor,
    Consent,
    IncidentState,
    ServedBy,
    ToldAs,
    Valence,
    Viewpoint,
)
from incidents.models.fieldwork import TEXTS, IncidentVersion
from incidents.queries.criteria import reasons_of
from reports.datafiles.book import WITHHELD, Cell, Kind, Value, Variable
from reports.queries.moment_fields import Field, Raw, Take, Told, chosen, days, text, whole
from reports.queries.moment_origins import origins_of
from reports.queries.moment_survey import Asked, Survey

QUOTABLE = (Consent.QUOTES, Consent.ATTRIBUTED, Consent.BY_SOURCE)
WIDE = 30
FROM = ("happened_from", "happened_from_month")
TO = ("happened_to", "happened_to_month")
STATES = (
    IncidentState.SUBMITTED,
    IncidentState.RETURNED,
    IncidentState.ACCEPTED,
    IncidentState.EXCLUDED,
)


def fields_of(asked: Asked, survey: Survey) -> list[Field]:
    """The variables of a file but for its schemes, in their order. Numbers run anew."""
    return [
        *_identities(asked),
        *_circumstances(asked),
        *origins_of(asked, survey),
        *(_words() if asked.full else ()),
    ]


# -- Which, and of whom ---------------------------------------------------------------------------


class _Running:
    """Numbers in the order of the file, in the place of what they stand for."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}

    def __call__(self, key: int) -> int:
        return self._known.setdefault(key, len(self._known) + 1)


def _identities(asked: Asked) -> list[Field]:
    interviews, respondents, sites = _Running(), _Running(), _Running()
    fields = [
        text("moment", _("Moment (uid)"), lambda told: str(told.raw.uid), width=WIDE),
        whole("moment_order", _("Moment within its incident"), lambda told: told.raw.position),
        text("incident", _("Incident (uid)"), lambda told: str(told.raw.incident_uid), width=WIDE),
        whole(
            "incident_order",
            _("Incident in the order told"),
            lambda told: told.raw.incident_position,
        ),
        whole(
            "interview",
            _("Interview (running number in this file; blank where the source named none)"),
            lambda told: interviews(told.raw.interview) if _is_known(told.raw) else None,
        ),
        whole(
            "respondent",
            _("Respondent (running number in this file; blank where nobody was named)"),
            lambda told: None if told.raw.respondent_implied else respondents(told.raw.respondent),
        ),
        whole("site", _("Site (running number in this file)"), lambda told: sites(told.raw.site)),
    ]
    return fields + (_named_identities() if asked.full else [])


def _named_identities() -> list[Field]:
    return [
        text("moment_label", _("Moment, in short"), lambda told: told.raw.label),
        text("incident_source", _("Incident’s number in the source"), lambda t: t.raw.source_id),
        text("interview_uid", _("Interview (uid)"), lambda told: str(told.raw.interview_uid)),
        text(
            "interview_source",
            _("Interview’s number in the source"),
            lambda told: told.raw.interview_code,
        ),
        text("respondent_code", _("Respondent’s code"), lambda told: told.raw.respondent_code),
        text("interviewer", _("Interviewer"), lambda told: told.raw.interviewer or ""),
    ]


def _is_known(raw: Raw) -> bool:
    """Whether the interview, or its teller, was named: else each row may be anybody's."""
    return not (raw.interview_implied and raw.respondent_implied and not raw.interview_code)


# -- How it was told ------------------------------------------------------------------------------


def _circumstances(asked: Asked) -> list[Field]:
    fields = [
        chosen("told_as", _("Told as"), ToldAs, lambda raw: raw.told_as),
        chosen("viewpoint", _("Viewpoint"), Viewpoint, lambda raw: raw.viewpoint),
        chosen("valence", _("Valence"), Valence, lambda raw: raw.valence),
        chosen("asked_for", _("Asked for"), AskedFor, lambda raw: raw.asked_for),
        chosen("served_by", _("Served by"), ServedBy, lambda raw: raw.served_by),
        *days(FROM, _("Happened from"), lambda raw: raw.happened_from, asked),
        *days(TO, _("Happened to"), lambda raw: raw.happened_to, asked),
        chosen("state", _("State"), STATES, lambda raw: raw.state),
    ]
    if asked.full:
        fields.append(
            text("happened_told", _("When, as told"), lambda told: told.raw.happened_told)
        )
    if asked.full and asked.set_aside:
        fields.append(_reasons(asked))
    return fields


def _reasons(asked: Asked) -> Field:
    known = reasons_of(asked.study)
    values = {
        code: Value(number, code, str(words))
        for number, (code, words) in enumerate(known.items(), 1)
    }
    other = Value(WITHHELD, "unknown", _("A reason no longer known"))
    variable = Variable(
        "excluded_because", _("Excluded because"), Kind.CODED, (*values.values(), other)
    )

    def take(told: Told) -> Cell:
        return values.get(told.reason, other) if told.reason else None

    return Field(variable, take)


# -- Words ----------------------------------------------------------------------------------------


def _words() -> list[Field]:
    """What was told, where it may be quoted; the note is the interviewer's."""
    given = Value(1, "included", _("Included"))
    kept = Value(2, "kept_back", _("Kept back: notes only was agreed to"))

    def allowed(told: Told) -> bool:
        return told.raw.consent in QUOTABLE

    def text_at(place: int) -> Take:
        return lambda told: (told.words[place] or "") if allowed(told) else ""

    fields = [
        Field(
            Variable("words", _("Words told"), Kind.CODED, (given, kept)),
            lambda told: given if allowed(told) else kept,
        )
    ]
    fields += [
        text(name, _label_of(name), text_at(place), width=WIDE) for place, name in enumerate(TEXTS)
    ]
    return [*fields, text("words_language", _("Language of the words"), text_at(len(TEXTS)))]


def _label_of(name: str) -> str:
    field: Any = IncidentVersion._meta.get_field(name)
    words = str(field.verbose_name)
    return words[:1].upper() + words[1:]
