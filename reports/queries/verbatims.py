"""What people said, with what is known about it."""

import dataclasses
import uuid
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from incidents.choices import Consent, ToldAs, Valence, VersionKind, Viewpoint
from incidents.models import Incident, IncidentVersion, Member, Moment
from incidents.models.fieldwork import ANSWERS
from incidents.queries.words import Words, translations_of
from reports.queries.attributions import READS, attributions_of
from reports.queries.categories import notes_in, path_of, settled_in
from taxonomy.models import Scheme
from taxonomy.tabulation.tree import Tree

ORIGIN = (*READS, "version")


@dataclasses.dataclass(frozen=True)
class Coded:
    """How moments are read in a scheme: the paths and the coders' notes of each, by its key."""

    paths: Mapping[int, str]
    notes: Mapping[int, list[tuple[str, str]]]


@dataclasses.dataclass(frozen=True)
class Part:
    """One moment of what is read; `is_here`: it is one that the cell counts."""

    uid: uuid.UUID
    label: str
    path: str
    notes: list[tuple[str, str]]
    is_here: bool


@dataclasses.dataclass(frozen=True)
class Verbatim:
    """One moment, or one incident with all its moments, as it is read."""

    uid: uuid.UUID
    headline: str
    text: str
    language: str
    translation: Words | None
    note: str
    parts: list[Part]
    valences: list[tuple[str, str]]
    facts: list[tuple[str, str]]
    attribution: str
    may_be_quoted: bool
    version: int

    @property
    def is_divided(self) -> bool:
        """Whether it has several moments, or is one of several."""
        return any(part.label for part in self.parts)

    @property
    def quoted_from(self) -> uuid.UUID:
        """The moment that a quote of it is taken from: the first that the cell counts."""
        return next((part.uid for part in self.parts if part.is_here), self.parts[0].uid)


def read_moments(moments: QuerySet[Moment]) -> QuerySet[Moment]:
    """Load what a verbatim of a moment shows."""
    return moments.select_related(*(f"incident__{name}" for name in ORIGIN))


def read_incidents(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """Load what a verbatim of an incident shows."""
    return incidents.select_related(*ORIGIN).prefetch_related("moments")


def coded_in(scheme: Scheme, tree: Tree, reader: Member, moments: Sequence[int]) -> Coded:
    """What a reader who sees results reads of the codings of moments; two queries."""
    settled = settled_in(scheme, moments)
    paths = {row.moment_id: path_of(row, tree) for row in settled}
    return Coded(paths, notes_in(scheme, tree, settled, reader))


def moments_of(rows: Iterable[Moment | Incident]) -> list[Moment]:
    """The moments of rows of `read_moments` or `read_incidents`."""
    return [moment for row in rows for moment in _row(row)[1]]


def verbatims_of(
    rows: Sequence[Moment | Incident],
    *,
    names: bool,
    coded: Coded,
    here: Iterable[int] | None = None,
) -> list[Verbatim]:
    """Rows of `read_moments` or `read_incidents` as shown; organizations by name or by code.

    `here` are the keys of the moments that a cell counts; None where that is all of them.
    """
    shown = [_row(row) for row in rows]
    keys = {moment.pk for _incident, moments in shown for moment in moments}
    counted = keys if here is None else set(here)
    incidents = [incident for incident, _moments in shown]
    translations, attributions = translations_of(incidents), attributions_of(incidents)
    return [
        _verbatim(
            incident,
            [_part(moment, coded, is_here=moment.pk in counted) for moment in moments],
            valences=valences_of(moment.valence for moment in moments),
            translation=translations.get(incident.pk),
            attribution=attributions.get(incident.pk, ""),
            names=names,
        )
        for incident, moments in shown
    ]


def _row(row: Moment | Incident) -> tuple[Incident, list[Moment]]:
    return (row.incident, [row]) if isinstance(row, Moment) else (row, list(row.moments.all()))


def _part(moment: Moment, coded: Coded, *, is_here: bool) -> Part:
    path, notes = coded.paths.get(moment.pk, ""), coded.notes.get(moment.pk, [])
    return Part(moment.uid, moment.label, path, notes, is_here)


def _verbatim(
    incident: Incident,
    parts: list[Part],
    *,
    valences: list[tuple[str, str]],
    translation: Words | None,
    attribution: str,
    names: bool,
) -> Verbatim:
    version = incident.version or IncidentVersion(number=0)
    return Verbatim(
        uid=incident.uid,
        headline=version.headline,
        text=words_of(version),
        language=version.language,
        translation=translation,
        note=_translation_note(incident, version),
        parts=parts,
        valences=valences,
        facts=_facts(incident, names=names),
        attribution=attribution,
        may_be_quoted=incident.interview.consent != Consent.NOTES,
        version=version.number,
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
