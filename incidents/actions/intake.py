"""Taking in many incidents at once, in portions that no reader sees until they are published."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from incidents import texts
from incidents.actions.fieldwork import Part, Told
from incidents.actions.numbering import enter_tables
from incidents.actions.rows import reserve_keys, write_rows
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
    taken = _with_keys(arrivals)
    now = timezone.now()  # said here, because a default of the database costs by the row
    write_rows(
        Incident,
        (_incident(one, sites, now) for one in taken),
        study_id=study.pk,
        state=IncidentState.IMPORTING,
        imported_from_id=source.pk if source else None,
    )
    write_rows(IncidentVersion, (row for one in taken for row in _versions(one, by, now)))
    return _write_moments(taken)


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


@dataclasses.dataclass(frozen=True, slots=True)
class _Taken:
    """An arrival with the keys of its rows."""

    arrival: Arrival
    incident: int
    versions: Sequence[int]


def _with_keys(arrivals: Sequence[Arrival]) -> list[_Taken]:
    incidents = reserve_keys(Incident, len(arrivals))
    needed = [2 if arrival.translation else 1 for arrival in arrivals]
    versions = iter(reserve_keys(IncidentVersion, sum(needed)))
    return [
        _Taken(arrival, key, list(islice(versions, number)))
        for arrival, key, number in zip(arrivals, incidents, needed, strict=True)
    ]


def _incident(one: _Taken, sites: Mapping[int, int], now: dt.datetime) -> dict[str, Any]:
    arrival = one.arrival
    return {
        "id": one.incident,
        "uid": arrival.uid,
        "version_id": one.versions[0],  # written after it: checked when all is committed
        "interview_id": arrival.interview.pk,
        "site_id": sites[arrival.interview.respondent_id],
        "position": arrival.position,
        "source_id": arrival.source_id,
        "created_at": arrival.recorded_at or now,
        **arrival.told.facts,
    }


def _versions(one: _Taken, by: Member | None, now: dt.datetime) -> Iterator[dict[str, Any]]:
    arrival, told = one.arrival, one.arrival.told
    author = arrival.recorded_by or by
    written = {
        "incident_id": one.incident,
        "author_id": author.pk if author else None,
        "created_at": arrival.recorded_at or now,
    }
    original, *further = one.versions
    yield {
        "id": original,
        "number": 1,
        "kind": VersionKind.ORIGINAL,
        "based_on": None,
        **_words(told.texts, told.language),
        **written,
    }
    if further:
        words = {name: texts.tidy(arrival.translation.get(name, "")) for name in TEXTS}
        yield {
            "id": further[0],
            "number": 2,
            "kind": VersionKind.TRANSLATION,
            "based_on": 1,
            **_words(words, arrival.translation_language),
            **written,
        }


def _words(words: Mapping[str, str], language: str) -> dict[str, Any]:
    return {
        "language": language,
        "sha256": texts.fingerprint(words),
        "folded": texts.searchable(" ".join(words[name] for name in ("headline", *ANSWERS))),
        **words,
    }


def _write_moments(taken: Sequence[_Taken]) -> dict[uuid.UUID, list[Moment]]:
    keys = iter(reserve_keys(Moment, sum(len(one.arrival.parts) for one in taken)))
    moments = {
        one.arrival.uid: [
            Moment(
                id=next(keys),
                incident_id=one.incident,
                position=position,
                label=part.label,
                valence=part.valence,
            )
            for position, part in enumerate(one.arrival.parts, 1)
        ]
        for one in taken
    }
    names = [field.attname for field in Moment._meta.concrete_fields]
    write_rows(
        Moment,
        (
            {name: getattr(moment, name) for name in names}
            for group in moments.values()
            for moment in group
        ),
    )
    return moments
