"""Taking in many incidents at once, in portions that no reader sees until they are published."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from incidents import texts
from incidents.actions.fieldwork import Part, Told
from incidents.actions.numbering import enter_tables
from incidents.choices import IncidentState, VersionKind
from incidents.models import (
    Import,
    Incident,
    IncidentVersion,
    Interview,
    Member,
    Moment,
    Respondent,
    Study,
)
from incidents.models.fieldwork import ANSWERS, TEXTS


@dataclasses.dataclass(frozen=True)
class Arrival:
    """One incident that arrives: what was told, in which interview, and its moments.

    `recorded_by` and `recorded_at` say who wrote it down and when, where that is known.
    """

    uid: uuid.UUID
    interview: Interview
    told: Told
    parts: Sequence[Part] = (Part(),)
    position: int = 1
    source_id: str = ""
    translation: Mapping[str, str] = dataclasses.field(default_factory=dict)
    translation_language: str = ""
    recorded_by: Member | None = None
    recorded_at: dt.datetime | None = None


def take_in(
    *, study: Study, arrivals: Sequence[Arrival], source: Import | None, by: Member | None
) -> dict[uuid.UUID, list[Moment]]:
    """Write a portion of incidents with their versions and moments; returns moments by incident.

    They are in the state *importing*, which no reader's queryset knows, until `publish`. Call it
    inside a transaction that holds the study, so that no respondent moves meanwhile. The change log
    has one entry for the whole, written by the caller.
    """
    sites = _sites_of({arrival.interview.respondent_id for arrival in arrivals})
    incidents = [_incident(study, arrival, source, sites) for arrival in arrivals]
    Incident.objects.bulk_create(incidents)
    by_uid = {incident.uid: incident for incident in incidents}
    IncidentVersion.objects.bulk_create(
        version for arrival in arrivals for version in _versions(arrival, by_uid[arrival.uid], by)
    )
    first = IncidentVersion.objects.filter(incident=OuterRef("pk"), number=1)
    Incident.objects.filter(pk__in=[incident.pk for incident in incidents]).update(
        version=Subquery(first.values("pk"))
    )
    moments = {
        arrival.uid: [
            Moment(
                incident=by_uid[arrival.uid],
                position=position,
                label=part.label,
                valence=part.valence,
            )
            for position, part in enumerate(arrival.parts, 1)
        ]
        for arrival in arrivals
    }
    Moment.objects.bulk_create(moment for group in moments.values() for moment in group)
    return moments


def publish(incidents: QuerySet[Incident], *, seq: int) -> int:
    """Let everybody see incidents that were being imported, as accepted; returns how many.

    `seq` is the number taken by `change_facts` in the caller's transaction. These two narrow
    updates are the only statements that may touch more than a thousand rows.
    """
    waiting = incidents.filter(state=IncidentState.IMPORTING)
    return enter_tables(waiting, number=seq, state=IncidentState.ACCEPTED)


def _sites_of(respondents: Collection[int]) -> dict[int, int]:
    rows = Respondent.objects.filter(pk__in=respondents)
    return dict(rows.values_list("pk", "site_id"))


def _incident(
    study: Study, arrival: Arrival, source: Import | None, sites: Mapping[int, int]
) -> Incident:
    return Incident(
        uid=arrival.uid,
        study=study,
        interview=arrival.interview,
        site_id=sites[arrival.interview.respondent_id],
        position=arrival.position,
        state=IncidentState.IMPORTING,
        source_id=arrival.source_id,
        imported_from=source,
        # Said here, because a default of the database costs by the row.
        created_at=arrival.recorded_at or timezone.now(),
        **arrival.told.facts,
    )


def _versions(arrival: Arrival, incident: Incident, by: Member | None) -> list[IncidentVersion]:
    written = {
        "incident": incident,
        "author": arrival.recorded_by or by,
        "created_at": arrival.recorded_at or timezone.now(),
    }
    told = arrival.told
    original = _version(told.texts, told.language, VersionKind.ORIGINAL, number=1, **written)
    if not arrival.translation:
        return [original]
    words = {name: texts.tidy(arrival.translation.get(name, "")) for name in TEXTS}
    language = arrival.translation_language
    translation = _version(
        words, language, VersionKind.TRANSLATION, number=2, based_on=original.number, **written
    )
    return [original, translation]


def _version(
    words: Mapping[str, str], language: str, kind: VersionKind, **fields: Any
) -> IncidentVersion:
    return IncidentVersion(
        kind=kind,
        language=language,
        sha256=texts.fingerprint(words),
        folded=texts.searchable(" ".join(words[name] for name in ("headline", *ANSWERS))),
        **words,
        **fields,
    )
