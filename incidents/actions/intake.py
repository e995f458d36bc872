"""Taking in many incidents at once, in portions that no reader sees until they are published."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import F, OuterRef, QuerySet, Subquery
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


@dataclasses.dataclass
class Arrival:
    """One incident that arrives: what was told, in which interview, and its moments.

    `recorded_by` and `recorded_at` say who wrote it down and when, where that is known. What the
    words give is worked out as soon as it is made, before anything is locked for it.
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

    def __post_init__(self) -> None:
        """Work out the original words, and the translation if there is one, as they are kept."""
        self.versions = [_words(self.told.texts, self.told.language)]
        if self.translation:
            words = {name: texts.tidy(self.translation.get(name, "")) for name in TEXTS}
            self.versions.append(_words(words, self.translation_language))


class Keys(NamedTuple):
    """The primary keys of the rows that an arrival becomes."""

    incident: int
    versions: Sequence[int]
    moments: Sequence[int]


def take_in(
    *, study: Study, arrivals: Sequence[Arrival], source: Import | None, by: Member | None
) -> list[Keys]:
    """Write a portion of incidents with their versions and moments; returns their keys, in order.

    They are in the state *importing*, which no reader's queryset knows, until `publish`. Call it
    inside a transaction. The change log has one entry for the whole, written by the caller.
    """
    sites = _sites_of({arrival.interview.respondent_id for arrival in arrivals})
    keys = _take_keys(arrivals)
    taken = list(zip(arrivals, keys, strict=True))
    now = timezone.now()  # said here, because a default of the database costs by the row
    write_rows(
        Incident,
        (_incident(*one, sites, now) for one in taken),
        study_id=study.pk,
        state=IncidentState.IMPORTING,
        imported_from_id=source.pk if source else None,
    )
    write_rows(IncidentVersion, (row for one in taken for row in _versions(*one, by, now)))
    write_rows(Moment, (row for one in taken for row in _moments(*one)))
    return keys


def publish(incidents: QuerySet[Incident], *, seq: int) -> int:
    """Let everybody see incidents that were being imported, as accepted; returns how many.

    `seq` is the number taken by `change_facts` in the caller's transaction. These narrow updates
    are the only statements that may touch more than a thousand rows.
    """
    waiting = incidents.filter(state=IncidentState.IMPORTING)
    _follow_respondents(waiting)
    return enter_tables(waiting, number=seq, state=IncidentState.ACCEPTED)


def _follow_respondents(incidents: QuerySet[Incident]) -> None:
    """Bring along what was being written while its respondent moved; the study is locked now."""
    told_by = Respondent.objects.filter(interviews=OuterRef("interview"))
    left_behind = incidents.exclude(site=F("interview__respondent__site"))
    left_behind.update(site=Subquery(told_by.values("site")))


def _sites_of(respondents: Collection[int]) -> dict[int, int]:
    rows = Respondent.objects.filter(pk__in=respondents)
    return dict(rows.values_list("pk", "site_id"))


def _take_keys(arrivals: Sequence[Arrival]) -> list[Keys]:
    incidents = reserve_keys(Incident, len(arrivals))
    versions = iter(reserve_keys(IncidentVersion, sum(len(one.versions) for one in arrivals)))
    moments = iter(reserve_keys(Moment, sum(len(one.parts) for one in arrivals)))
    return [
        Keys(key, list(islice(versions, len(one.versions))), list(islice(moments, len(one.parts))))
        for key, one in zip(incidents, arrivals, strict=True)
    ]


def _incident(
    arrival: Arrival, keys: Keys, sites: Mapping[int, int], now: dt.datetime
) -> dict[str, Any]:
    return {
        "id": keys.incident,
        "uid": arrival.uid,
        "version_id": keys.versions[0],  # written after it: checked when all is committed
        "interview_id": arrival.interview.pk,
        "site_id": sites[arrival.interview.respondent_id],
        "position": arrival.position,
        "source_id": arrival.source_id,
        "created_at": arrival.recorded_at or now,
        **arrival.told.facts,
    }


def _versions(
    arrival: Arrival, keys: Keys, by: Member | None, now: dt.datetime
) -> Iterator[dict[str, Any]]:
    author = arrival.recorded_by or by
    for number, (key, words) in enumerate(zip(keys.versions, arrival.versions, strict=True), 1):
        yield {
            "id": key,
            "number": number,
            "kind": VersionKind.TRANSLATION if number > 1 else VersionKind.ORIGINAL,
            "based_on": 1 if number > 1 else None,
            "incident_id": keys.incident,
            "author_id": author.pk if author else None,
            "created_at": arrival.recorded_at or now,
            **words,
        }


def _words(words: Mapping[str, str], language: str) -> dict[str, Any]:
    return {
        "language": language,
        "sha256": texts.fingerprint(words),
        "folded": texts.searchable(" ".join(words[name] for name in ("headline", *ANSWERS))),
        **words,
    }


def _moments(arrival: Arrival, keys: Keys) -> Iterator[dict[str, Any]]:
    for position, (key, part) in enumerate(zip(keys.moments, arrival.parts, strict=True), 1):
        yield {
            "id": key,
            "incident_id": keys.incident,
            "position": position,
            "label": part.label,
            "valence": part.valence,
        }
