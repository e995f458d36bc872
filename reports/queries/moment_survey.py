"""What a file of moments will hold: how many there are, and which attributes it may show.

In a de-identified file a region, country, sector, language, job role or kind of contact is shown
only where as many moments as the study's threshold, from three interviews and two organizations,
have it. What is withheld is no single value, and has as much behind it itself.
"""

import dataclasses
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from django.db.models import QuerySet

from incidents.choices import IncidentState
from incidents.models import Incident, Moment, Organization, Site, Study
from taxonomy.models import Scheme
from taxonomy.tabulation.disclosure import (
    FEWEST_INTERVIEWS,
    FEWEST_ORGANIZATIONS,
    Behind,
    Rule,
)

PORTION = 1000  # incidents
FEWEST_WITHHELD = 2
SET_ASIDE = (IncidentState.SUBMITTED, IncidentState.RETURNED, IncidentState.EXCLUDED)
GUARDED = ("region", "country", "sector", "language", "job_role", "contact")

Progress = Callable[[int, int], None]
Key = int | str


class ChangedMeanwhileError(Exception):
    """What was read no longer fits what was read before."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """What is to be in a file: of which schemes the outcomes, with names or without.

    `told_to` is the interviewer, by key, to whose incidents it is limited.
    """

    study: Study
    full: bool = False
    set_aside: bool = False
    schemes: tuple[Scheme, ...] = ()
    told_to: int | None = None

    @property
    def states(self) -> tuple[IncidentState, ...]:
        """The states of the incidents told of."""
        accepted = (IncidentState.ACCEPTED,)
        return (*accepted, *SET_ASIDE) if self.full and self.set_aside else accepted


class Place(NamedTuple):
    """What a site says; 0 and "" where it is not stated."""

    region: int
    country: str
    sector: int
    organization: int
    organization_code: str
    organization_name: str
    place: str


class _Seen:
    """What stands behind one value: moments, and as many interviews and organizations as needed."""

    def __init__(self) -> None:
        self.moments = 0
        self.interviews: set[int] = set()
        self.organizations: set[int] = set()

    def add(self, interview: int, organization: int) -> None:
        self.moments += 1
        if len(self.interviews) < FEWEST_INTERVIEWS:
            self.interviews.add(interview)
        if len(self.organizations) < FEWEST_ORGANIZATIONS:
            self.organizations.add(organization)

    def join(self, other: "_Seen") -> None:
        self.moments += other.moments
        self.interviews |= other.interviews
        self.organizations |= other.organizations

    def suffices(self, threshold: int) -> bool:
        """Whether enough stand behind it; where no organization is stated none is recognised."""
        rule = Rule.outside(threshold, organizations_known=not self.organizations <= {0})
        behind = Behind(self.moments, len(self.interviews), len(self.organizations))
        return behind.is_enough(rule)


@dataclasses.dataclass(frozen=True)
class Survey:
    """The incidents of a file by key, the number of moments, and the values found and shown."""

    incidents: "array[int]"
    moments: int
    places: Mapping[int, Place]
    found: Mapping[str, frozenset[Key]]
    shown: Mapping[str, frozenset[Key]]


def moments_asked(asked: Asked) -> QuerySet[Moment]:
    """The moments of a file; what is withdrawn, held out or being imported is in none."""
    rows = Moment.objects.filter(incident__study=asked.study.pk, incident__state__in=asked.states)
    if asked.told_to is None:
        return rows
    return rows.filter(incident__interview__interviewer=asked.told_to)


def survey_of(asked: Asked, *, progress: Progress = lambda _done, _all: None) -> Survey:
    """Read in portions what there is. Raises ChangedMeanwhileError where a place is new."""
    places = places_of(asked.study)
    seen: dict[str, dict[Key, _Seen]] = {name: {} for name in GUARDED}
    incidents: array[int] = array("q")
    moments = 0
    for keys in _portions(asked):
        incidents.extend(keys)
        for row in _attributes(keys):
            moments += 1
            _note(seen, row, places)
        progress(0, moments)
    found = {name: frozenset(values) for name, values in seen.items()}
    threshold = asked.study.confidentiality_threshold
    shown = {name: _shown(values, threshold) for name, values in seen.items()}
    return Survey(incidents, moments, places, found, found if asked.full else shown)


def places_of(study: Study) -> dict[int, Place]:
    """What each site of a study says."""
    rows = Site.objects.filter(organization__study=study.pk).values_list(
        *("pk", "region", "region__not_stated", "country", "place", "organization")
    )
    organizations = _organizations(study)
    places = {}
    for key, region, unknown, country, place, organization in rows:
        sector, code, name, not_stated = organizations[organization]
        places[key] = Place(
            region=0 if unknown else region,
            country=str(country or ""),
            sector=sector,
            organization=0 if not_stated else organization,
            organization_code="" if not_stated else code,
            organization_name="" if not_stated else name,
            place=place,
        )
    return places


def _organizations(study: Study) -> dict[int, tuple[int, str, str, bool]]:
    rows = Organization.objects.filter(study=study.pk).values_list(
        *("pk", "sector", "sector__not_stated", "code", "name", "not_stated")
    )
    return {
        key: (0 if unknown else sector, code, name, not_stated)
        for key, sector, unknown, code, name, not_stated in rows
    }


def _portions(asked: Asked) -> Iterator[list[int]]:
    rows = Incident.objects.filter(study=asked.study.pk, state__in=asked.states).order_by("pk")
    if asked.told_to is not None:
        rows = rows.filter(interview__interviewer=asked.told_to)
    last = 0
    while keys := list(rows.filter(pk__gt=last).values_list("pk", flat=True)[:PORTION]):
        yield keys
        last = keys[-1]


Attributes = tuple[int, int, str, str, str]


def _attributes(keys: list[int]) -> Iterable[Attributes]:
    told_in = "incident__interview"
    teller = f"{told_in}__respondent"
    return Moment.objects.filter(incident__in=keys).values_list(
        "incident__site",
        told_in,
        f"{told_in}__language",
        f"{teller}__job_role",
        f"{teller}__contact",
    )


def _note(seen: dict[str, dict[Key, _Seen]], row: Attributes, places: Mapping[int, Place]) -> None:
    site, interview, *told = row
    place = places.get(site)
    if place is None:
        raise ChangedMeanwhileError
    values: list[Key] = [place.region, place.country, place.sector, *told]
    for name, value in zip(GUARDED, values, strict=True):
        if value:
            known = seen[name].get(value)
            if known is None:
                known = seen[name][value] = _Seen()
            known.add(interview, place.organization)


def _shown(values: Mapping[Key, _Seen], threshold: int) -> frozenset[Key]:
    """The values with enough behind them; the fewest more are withheld that hide the others."""
    ordered = sorted(values, key=lambda value: (values[value].moments, str(value)))
    withheld = {value for value in ordered if not values[value].suffices(threshold)}
    together = _Seen()
    for value in withheld:
        together.join(values[value])
    for value in ordered:
        if not withheld or (len(withheld) >= FEWEST_WITHHELD and together.suffices(threshold)):
            break
        if value not in withheld:
            withheld.add(value)
            together.join(values[value])
    return frozenset(values.keys() - withheld)
