"""The plan of the reconstruction study: who told what of which kind, where and when.

Pure: counts and a seed in, plain rows out. Percentages follow from the counts as published;
which employer, respondent, date and finest category an incident has is invented.
"""

import csv
import datetime as dt
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from reports.demo.dealing import Told, apportion, choose_categories, deal_incidents
from reports.demo.employers import (
    CONTACTS,
    EMPLOYERS,
    INTERVIEWERS,
    JOB_ROLES,
    PART_OF_WORLD,
    REGIONS,
    SECTORS,
)
from reports.demo.plans import (
    CellCount,
    IncidentPlan,
    InterviewerPlan,
    InterviewPlan,
    OrganizationPlan,
    RespondentPlan,
    SitePlan,
    World,
)

FOLDER: Final = Path(__file__).parent
INTERVIEWS: Final = 463
FIRST_DAY, LAST_DAY = dt.date(1998, 10, 5), dt.date(1999, 3, 26)
STRATEGY_CODES: Final = {"see": "S", "establish": "E", "render": "R", "value": "V", "extend": "X"}
# As told, the fewest and the most days before the interview.
AS_TOLD: Final = (
    ("yesterday", 1, 1),
    ("two days ago", 2, 2),
    ("a few days ago", 2, 5),
    ("about a week ago", 6, 8),
    ("last week", 5, 10),
    ("about ten days ago", 9, 11),
    ("about two weeks ago", 12, 16),
    ("two or three weeks ago", 14, 21),
    ("about three weeks ago", 19, 23),
    ("almost a month ago", 25, 30),
)
TOLD_AS_WEIGHTS: Final = {
    "positive": {"own": 75, "colleague": 17, "provider": 8},
    "negative": {"own": 50, "colleague": 32, "provider": 18},
}
AGREEING: Final = {"positive": "good", "negative": "poor"}


def read_counts(path: Path = FOLDER / "reconstruction.csv") -> list[CellCount]:
    """Return the rows of a file of counts."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            CellCount(
                row["region"],
                row["strategy"],
                row["viewpoint"],
                row["valence"],
                int(row["incidents"]),
            )
            for row in csv.DictReader(file)
        ]


def read_scheme() -> dict[str, Any]:
    """Return the demo's scheme: slug, name, description, rounds and categories."""
    text = (FOLDER / "serve_reconstruction.json").read_text(encoding="utf-8")
    scheme: dict[str, Any] = json.loads(text)
    return scheme


def finest_codes(strategy: str) -> list[str]:
    """Return the codes of the finest categories under a strategy, in the scheme's order."""
    letter = STRATEGY_CODES[strategy]
    finest = (c["code"] for c in read_scheme()["categories"] if c["round"] == 1)
    return [code for code in finest if code.startswith(letter)]


def build_world(counts: Sequence[CellCount], seed: int) -> World:
    """Return the plan of the study whose cells have exactly these counts.

    The same counts and seed give the same world. Raises ValueError for an unknown region or
    strategy, and when the counts do not fit 463 interviews of 2 to 10 incidents.
    """
    rng = random.Random(seed)  # noqa: S311 - a repeatable demo, nothing secret
    organizations, sites = _plan_employers()
    interviewers = _plan_interviewers()
    respondents, interviews = _plan_interviews(counts, sites, interviewers, rng)
    site_of = {respondent.code: respondent.site for respondent in respondents}
    sites_by_code = {site.code: site for site in sites}
    told = deal_incidents(counts, interviews, rng)
    codes_of = {strategy: finest_codes(strategy) for strategy in STRATEGY_CODES}
    categories = choose_categories([cell for _, _, cell in told], codes_of, rng)
    incidents = tuple(
        _plan_incident(number, each, sites_by_code[site_of[each[0].respondent]], code, rng)
        for number, (each, code) in enumerate(zip(told, categories, strict=True), start=1)
    )
    return World(
        REGIONS,
        SECTORS,
        organizations,
        sites,
        interviewers,
        respondents,
        interviews,
        incidents,
    )


def _plan_employers() -> tuple[tuple[OrganizationPlan, ...], tuple[SitePlan, ...]]:
    organizations, sites = [], []
    listed = ((region, row) for region in EMPLOYERS for row in EMPLOYERS[region])
    for number, (region, (name, sector, country, places)) in enumerate(listed, start=1):
        code = f"E{number:02}"
        organizations.append(OrganizationPlan(code, name, sector, PART_OF_WORLD[region]))
        sites += [
            SitePlan(f"{code}-{n}", code, sector, country, place, region)
            for n, place in enumerate(places, start=1)
        ]
    return tuple(organizations), tuple(sites)


def _plan_interviewers() -> tuple[InterviewerPlan, ...]:
    listed = [(name, region) for region, names in INTERVIEWERS.items() for name in names]
    return tuple(InterviewerPlan(f"IV{n:02}", *row) for n, row in enumerate(listed, start=1))


def _plan_interviews(
    counts: Sequence[CellCount],
    sites: Sequence[SitePlan],
    interviewers: Sequence[InterviewerPlan],
    rng: random.Random,
) -> tuple[tuple[RespondentPlan, ...], tuple[InterviewPlan, ...]]:
    respondents: list[RespondentPlan] = []
    interviews: list[InterviewPlan] = []
    for site, held in _interviews_by_site(counts, sites, rng):
        asking = [person for person in interviewers if person.region == site.region]
        for day in sorted(_working_day(rng) for _ in range(held)):
            number = f"{len(interviews) + 1:03}"
            role, contact = rng.choice(JOB_ROLES[site.sector]), rng.choice(CONTACTS)
            mode = rng.choices(("in_person", "telephone"), (7, 3))[0]
            respondents.append(RespondentPlan(f"R{number}", site.code, role, contact))
            interviewer = rng.choice(asking).code
            interviews.append(
                InterviewPlan(f"I{number}", f"R{number}", interviewer, site.region, day, mode)
            )
    return tuple(respondents), tuple(interviews)


def _interviews_by_site(
    counts: Sequence[CellCount], sites: Sequence[SitePlan], rng: random.Random
) -> Iterator[tuple[SitePlan, int]]:
    totals = _totals(counts)
    shares = apportion(INTERVIEWS, [totals[region] for region in REGIONS])
    for region, share in zip(REGIONS, shares, strict=True):
        places = [site for site in sites if site.region == region]
        weights = [rng.uniform(1, 4) for _ in places]
        yield from zip(places, apportion(share, weights, least=1), strict=True)


def _totals(counts: Sequence[CellCount]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for count in counts:
        if count.region not in REGIONS or count.strategy not in STRATEGY_CODES:
            message = f"unknown region or strategy: {count.region}, {count.strategy}"
            raise ValueError(message)
        totals[count.region] += count.incidents
    return totals


def _working_day(rng: random.Random) -> dt.date:
    weeks = (LAST_DAY - FIRST_DAY).days // 7
    return FIRST_DAY + dt.timedelta(weeks=rng.randint(0, weeks), days=rng.randint(0, 4))


def _plan_incident(
    number: int, told: Told, site: SitePlan, category: str, rng: random.Random
) -> IncidentPlan:
    interview, order, (strategy, viewpoint, valence) = told
    told_as = _told_as(viewpoint, valence, rng)
    as_told, fewest, most = rng.choice(AS_TOLD)
    return IncidentPlan(
        number=number,
        interview=interview.code,
        order=order,
        region=interview.region,
        country=site.country,
        sector=site.sector,
        strategy=strategy,
        viewpoint=viewpoint,
        valence=valence,
        category=category,
        told_as=told_as,
        served_by="elsewhere" if told_as == "customer" else "own_site",
        asked_for=_asked_for(valence, rng),
        as_told=as_told,
        happened_from=interview.held_on - dt.timedelta(days=most),
        happened_to=interview.held_on - dt.timedelta(days=fewest),
    )


def _told_as(viewpoint: str, valence: str, rng: random.Random) -> str:
    if viewpoint == "customer":
        return "customer"
    weights = TOLD_AS_WEIGHTS[valence]
    return rng.choices(list(weights), list(weights.values()))[0]


def _asked_for(valence: str, rng: random.Random) -> str:
    opposite = "poor" if valence == "positive" else "good"
    return rng.choices((AGREEING[valence], "either", opposite), (86, 9, 5))[0]
