"""What people said, with what is known about it."""

import dataclasses
import uuid
from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from incidents.choices import ToldAs, Valence, VersionKind, Viewpoint
from incidents.models import Incident, IncidentVersion, Moment
from incidents.models.fieldwork import ANSWERS
from incidents.queries.words import Words, translations_of

ORIGIN = ("site__region", "site__organization__sector", "interview", "version")


@dataclasses.dataclass(frozen=True)
class Verbatim:
    """One moment, or one incident with all its moments, as it is read."""

    uid: uuid.UUID
    headline: str
    text: str
    language: str
    translation: Words | None
    note: str
    label: str
    valences: list[tuple[str, str]]
    facts: list[tuple[str, str]]


def read_moments(moments: QuerySet[Moment]) -> QuerySet[Moment]:
    """Load what a verbatim of a moment shows."""
    return moments.select_related(*(f"incident__{name}" for name in ORIGIN))


def read_incidents(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """Load what a verbatim of an incident shows."""
    return incidents.select_related(*ORIGIN).prefetch_related("moments")


def verbatims_of(rows: Iterable[Moment | Incident], *, names: bool) -> list[Verbatim]:
    """Rows of `read_moments` or `read_incidents` as shown; organizations by name or by code."""
    shown = [
        (row.incident, [row], row.label) if isinstance(row, Moment) else _whole(row) for row in rows
    ]
    translations = translations_of(incident for incident, _moments, _label in shown)
    return [
        _verbatim(incident, moments, label, translations.get(incident.pk), names=names)
        for incident, moments, label in shown
    ]


def _whole(incident: Incident) -> tuple[Incident, list[Moment], str]:
    return incident, list(incident.moments.all()), ""


def _verbatim(
    incident: Incident,
    moments: list[Moment],
    label: str,
    translation: Words | None,
    *,
    names: bool,
) -> Verbatim:
    version = incident.version or IncidentVersion()
    return Verbatim(
        uid=incident.uid,
        headline=version.headline,
        text=words_of(version),
        language=version.language,
        translation=translation,
        note=_translation_note(incident, version),
        label=label,
        valences=valences_of(moment.valence for moment in moments),
        facts=_facts(incident, names=names),
    )


def words_of(version: IncidentVersion) -> str:
    """The answers of the teller as one text."""
    return "\n\n".join(text for name in ANSWERS if (text := getattr(version, name)))


def valences_of(values: Iterable[str]) -> list[tuple[str, str]]:
    """The valences of some moments, each once, as value and words."""
    return [(value, str(Valence(value).label)) for value in dict.fromkeys(values)]


def _translation_note(incident: Incident, version: IncidentVersion) -> str:
    if version.kind != VersionKind.TRANSLATION:
        return ""
    told = incident.interview.language
    if not told or told == version.language:
        return _("A translation of what was told.")
    return _("A translation; told in the language “%(language)s”.") % {"language": told}


def _facts(incident: Incident, *, names: bool) -> list[tuple[str, str]]:
    organization = incident.site.organization
    return [
        (_("Region"), incident.site.region.shown_name),
        (_("Sector"), organization.sector.shown_name),
        (_("Organization"), organization.shown_name if names else organization.code),
        (_("Viewpoint"), str(Viewpoint(incident.viewpoint).label)),
        (_("Told as"), str(ToldAs(incident.told_as).label)),
        (_("Consent"), str(incident.interview.get_consent_display())),
    ]
