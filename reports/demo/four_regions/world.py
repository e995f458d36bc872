"""The plan of the study of four regions: who told what, what became of it, who coded it how.

Pure: a seed in, plain rows out. The same seed gives the same study.
"""

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from reports.demo.dealing import apportion
from reports.demo.four_regions import judging
from reports.demo.four_regions.judging import BEHAVIOURS, CAUSE, ENCOUNTER, OUTCOME, SERVE
from reports.demo.four_regions.places import (
    CONTACTS,
    GERMAN_SPEAKING,
    INTERVIEWERS,
    JOB_ROLES,
    ORGANIZATIONS,
    REGION_OF,
)
from reports.demo.four_regions.plans import (
    AnswerPlan,
    Fate,
    FourRegions,
    PartPlan,
    StoryPlan,
    TalkPlan,
)
from reports.demo.plans import (
    InterviewerPlan,
    OrganizationPlan,
    RespondentPlan,
    SitePlan,
)

INTERVIEWS, INCIDENTS = 100, 600
FATES: Final = {
    Fate.USED: 540,
    Fate.WAITING: 18,
    Fate.RETURNED: 12,
    Fate.EXCLUDED: 24,
    Fate.WITHDRAWN: 3,
    Fate.WITHDRAWN_LATE: 3,
}
# Interviews by number in which nothing came to mind that was asked for.
NONE_RECALLED: Final = {8: "poor", 21: "good", 34: "poor", 55: "poor", 72: "good", 90: "poor"}
OF_TWO, OF_THREE = 100, 20  # incidents of several moments: a fifth
PLANNED: Final = {SERVE: 160, CAUSE: 198}  # moments that a coding plan gives out
LEFT: Final = {ENCOUNTER: 30, OUTCOME: 40}  # that nobody has coded yet
IN_GERMAN, MAY_CALL_BACK = 0.9, 0.4  # of the interviews where German is spoken; of all
FIRST_DAY, WEEKS = dt.date(2026, 1, 12), 11
TOLD_AS: Final = {
    "own": 36,
    "colleague": 18,
    "provider": 7,
    "customer": 24,
    "bystander": 9,
    "not_stated": 6,
}
VALENCES: Final = {"positive": 45, "negative": 38, "mixed": 9, "neutral": 3, "not_stated": 5}
# See, Establish, Render, Value, Extend: what is told of differs from region to region.
STRATEGIES: Final = {
    "North": (14, 22, 34, 16, 14),
    "West": (12, 30, 26, 18, 14),
    "East": (22, 10, 44, 10, 14),
    "South": (12, 16, 30, 26, 16),
}
# As told in English and in German, the fewest and the most days before the interview.
WHEN: Final = (
    ("yesterday", "gestern", 1, 1),
    ("two days ago", "vorgestern", 2, 2),
    ("a few days ago", "vor ein paar Tagen", 2, 5),
    ("about a week ago", "vor etwa einer Woche", 6, 8),
    ("last week", "letzte Woche", 5, 10),
    ("about two weeks ago", "vor etwa zwei Wochen", 12, 16),
    ("two or three weeks ago", "vor zwei, drei Wochen", 14, 21),
    ("almost a month ago", "vor fast einem Monat", 25, 30),
)
LONG_AGO: Final = ("about three months ago", "vor etwa drei Monaten", 80, 100)
EXCLUDED: Final = {
    "no_customer": "Two departments among themselves; no customer came into it.",
    "habitual": "Told as what always happens; no single occasion could be named.",
    "too_little": "Neither what was done nor what came of it.",
    "second_hand": "Heard from somebody who had heard it.",
    "too_old": "",
    "duplicate": "The same occasion is told in the next incident.",
    "other": "Told to test whether we write everything down.",
}
QUESTIONS: Final = (
    "What exactly did the person at the counter say or do?",
    "Was this one occasion, or does it happen often?",
    "How did the customer react in the end?",
    "Were you there yourself, or were you told of it?",
)
TAKEN_OUT: Final = "The respondent asked us to take it out."


def build_world(seed: int) -> FourRegions:
    """Return the plan of the study; the same seed gives the same plan."""
    rng = random.Random(seed)  # noqa: S311 - a repeatable demo, nothing secret
    organizations, sites = _places()
    interviewers = tuple(
        InterviewerPlan(f"INT{number}", name, region)
        for number, (name, region) in enumerate(INTERVIEWERS, start=1)
    )
    respondents, talks = _talks(sites, interviewers, rng)
    stories = _stories(talks, rng)
    return FourRegions(organizations, sites, interviewers, respondents, talks, stories)


def _places() -> tuple[tuple[OrganizationPlan, ...], tuple[SitePlan, ...]]:
    organizations, sites = [], []
    for number, (name, sector, places) in enumerate(ORGANIZATIONS, start=1):
        code = f"F{number:02}"
        organizations.append(OrganizationPlan(code, name, sector, ""))
        sites += [
            SitePlan(f"{code}-{n}", code, sector, country, place, REGION_OF[country])
            for n, (country, place) in enumerate(places, start=1)
        ]
    return tuple(organizations), tuple(sites)


def _talks(
    sites: Sequence[SitePlan], interviewers: Sequence[InterviewerPlan], rng: random.Random
) -> tuple[tuple[RespondentPlan, ...], tuple[TalkPlan, ...]]:
    shares = apportion(INTERVIEWS, [rng.uniform(1, 3) for _ in sites], least=2)
    held = [site for site, share in zip(sites, shares, strict=True) for _ in range(share)]
    rng.shuffle(held)
    days = sorted(
        FIRST_DAY + dt.timedelta(weeks=rng.randrange(WEEKS), days=rng.randrange(5)) for _ in held
    )
    respondents, talks = [], []
    for number, (site, day) in enumerate(zip(held, days, strict=True), start=1):
        role, contact = rng.choice(JOB_ROLES[site.sector]), rng.choice(CONTACTS)
        respondents.append(RespondentPlan(f"R{number:03}", site.code, role, contact))
        asking = [person for person in interviewers if person.region == site.region]
        talks.append(_talk(number, site, rng.choice(asking), day, rng))
    return tuple(respondents), tuple(talks)


def _talk(
    number: int, site: SitePlan, by: InterviewerPlan, day: dt.date, rng: random.Random
) -> TalkPlan:
    german = site.country in GERMAN_SPEAKING and rng.random() < IN_GERMAN
    modes = ("in_person", "telephone", "video", "written")
    return TalkPlan(
        code=f"T{number:03}",
        respondent=f"R{number:03}",
        interviewer=by.code,
        country=site.country,
        sector=site.sector,
        held_on=day,
        mode=rng.choices(modes, (45, 25, 25, 5))[0],
        language="de" if german else "en",
        consent=rng.choices(("quotes", "attributed", "notes"), (65, 20, 15))[0],
        may_call_back=rng.random() < MAY_CALL_BACK,
        none_recalled=NONE_RECALLED.get(number, ""),
    )


def _stories(talks: Sequence[TalkPlan], rng: random.Random) -> tuple[StoryPlan, ...]:
    sizes = apportion(INCIDENTS, [rng.uniform(1, 3) for _ in talks], least=2)
    told = [
        (talk, order)
        for talk, size in zip(talks, sizes, strict=True)
        for order in range(1, size + 1)
    ]
    fates = [fate for fate, share in FATES.items() for _ in range(share)]
    rng.shuffle(fates)
    used = [number for number, fate in enumerate(fates) if fate == Fate.USED]
    several = rng.sample(used, OF_TWO + OF_THREE)
    parts_of = dict.fromkeys(several[:OF_TWO], 2) | dict.fromkeys(several[OF_TWO:], 3)
    kinds = [
        [_kind(REGION_OF[talk.country], rng) for _ in range(parts_of.get(number, 1))]
        for number, (talk, _order) in enumerate(told)
    ]
    parts = _coded(kinds, fates, rng)
    reasons = _reasons()
    return tuple(
        _story((number, *told[number]), fates[number], parts[number], reasons, rng)
        for number in range(INCIDENTS)
    )


def _kind(region: str, rng: random.Random) -> tuple[str, str]:
    strategy = rng.choices(list(BEHAVIOURS), STRATEGIES[region])[0]
    valence = rng.choices(list(VALENCES), list(VALENCES.values()))[0]
    return rng.choice(BEHAVIOURS[strategy]), valence


def _reasons() -> Iterator[tuple[str, str]]:
    """The criteria of exclusion with their reasons, again and again."""
    while True:
        yield from EXCLUDED.items()


def _story(
    told: tuple[int, TalkPlan, int],
    fate: Fate,
    parts: tuple[PartPlan, ...],
    reasons: Iterator[tuple[str, str]],
    rng: random.Random,
) -> StoryPlan:
    number, talk, order = told
    told_as = rng.choices(list(TOLD_AS), list(TOLD_AS.values()))[0]
    criterion, words = "", ""
    if fate == Fate.EXCLUDED:
        criterion, words = next(reasons)
    elif fate == Fate.RETURNED:
        words = rng.choice(QUESTIONS)
    elif fate in {Fate.WITHDRAWN, Fate.WITHDRAWN_LATE}:
        words = TAKEN_OUT
    english, german, fewest, most = LONG_AGO if criterion == "too_old" else rng.choice(WHEN)
    return StoryPlan(
        number=number + 1,
        talk=talk,
        order=order,
        told_as=told_as,
        served_by=_served_by(told_as),
        asked_for=_asked_for(parts[0].valence, rng),
        as_told=german if talk.language == "de" else english,
        happened_from=talk.held_on - dt.timedelta(days=most),
        happened_to=talk.held_on - dt.timedelta(days=fewest),
        fate=fate,
        parts=parts,
        translated=talk.language == "de" and (fate != Fate.WAITING),
        criterion=criterion,
        words=words,
    )


def _served_by(told_as: str) -> str:
    if told_as in {"customer", "bystander"}:
        return "elsewhere"
    return "not_stated" if told_as == "not_stated" else "own_site"


def _asked_for(valence: str, rng: random.Random) -> str:
    agreeing = {"positive": "good", "negative": "poor"}.get(valence, "either")
    return rng.choices((agreeing, "either", "not_stated"), (85, 10, 5))[0]


# -- Who codes what ----------------------------------------------------------------------------

Kinds = Sequence[Sequence[tuple[str, str]]]  # behaviour and valence of each moment, by incident
Place = tuple[int, int]  # incident and moment


def _coded(
    kinds: Kinds, fates: Sequence[Fate], rng: random.Random
) -> dict[int, tuple[PartPlan, ...]]:
    """Return the moments of every incident with the answers that coders give."""
    used = [(i, m) for i, row in enumerate(kinds) if fates[i] == Fate.USED for m in range(len(row))]
    late = [(i, 0) for i, fate in enumerate(fates) if fate == Fate.WITHDRAWN_LATE]
    answers: dict[Place, dict[str, tuple[AnswerPlan, ...]]] = {
        (i, m): {} for i, row in enumerate(kinds) for m in range(len(row))
    }
    planned: dict[Place, set[str]] = {place: set() for place in answers}
    second: dict[Place, AnswerPlan] = {}
    for scheme in (SERVE, CAUSE, ENCOUNTER, OUTCOME):
        drawn = rng.sample(used, len(used))
        by_plan, left = PLANNED.get(scheme, 0), LEFT.get(scheme, 0)
        for place in drawn[:by_plan]:
            planned[place].add(scheme)
            answers[place][scheme] = _by_all(kinds[place[0]][place[1]], scheme, rng)
        for place in [*drawn[by_plan : len(drawn) - left], *late]:
            answers[place][scheme] = (_by_one(kinds[place[0]][place[1]], scheme, rng),)
        if scheme == SERVE:
            second = _second_thoughts(drawn[:by_plan], answers)
    return {
        i: tuple(
            PartPlan(*row[m], answers[i, m], frozenset(planned[i, m]), second.get((i, m)))
            for m in range(len(row))
        )
        for i, row in enumerate(kinds)
    }


def _second_thoughts(
    places: Sequence[Place], answers: Mapping[Place, Mapping[str, tuple[AnswerPlan, ...]]]
) -> dict[Place, AnswerPlan]:
    thoughts = {place: judging.second_thought(answers[place][SERVE]) for place in places}
    return {place: thought for place, thought in thoughts.items() if thought and thought.coder}


def _judged(kind: tuple[str, str], scheme: str, rng: random.Random) -> AnswerPlan:
    behaviour, valence = kind
    if scheme == SERVE:
        return judging.judged_serve(behaviour, rng)
    if scheme == ENCOUNTER:
        return judging.judged_encounter(behaviour, rng)
    judge = judging.judged_cause if scheme == CAUSE else judging.judged_outcome
    return judge(valence, rng)


def _by_one(kind: tuple[str, str], scheme: str, rng: random.Random) -> AnswerPlan:
    return judging.by_coder(_judged(kind, scheme, rng), rng.randrange(judging.CODERS))


def _by_all(kind: tuple[str, str], scheme: str, rng: random.Random) -> tuple[AnswerPlan, ...]:
    first = _judged(kind, scheme, rng)
    siblings = BEHAVIOURS[kind[0][0]] if scheme == SERVE else judging.CAUSES
    others = range(1, judging.CODERS)
    return (
        first,
        *(judging.second_opinion(first, coder, scheme, siblings, rng) for coder in others),
    )
