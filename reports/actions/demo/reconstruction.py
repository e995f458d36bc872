"""The reconstruction study, in portions, so that it may be cut off and taken up again."""

import datetime as dt
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict

from django.db import transaction

from incidents.actions.fieldwork import Part, Told
from incidents.actions.intake import Arrival, publish, take_in
from incidents.actions.numbering import change_facts, next_number
from incidents.actions.studies import found_study
from incidents.choices import Consent, IncidentState, RoleName
from incidents.models import Incident, Interview, Member, Site, Study
from reports.actions.demo.accounts import ADMIN, ANALYST, CODER, join
from reports.actions.demo.building import (
    divide,
    hold_interviews,
    is_seeded,
    mark_seeded,
    settle_places,
    uid_of,
)
from reports.actions.demo.showing import BY_REGION, keep_tables
from reports.demo.grammar import narrate
from reports.demo.plans import CellCount, IncidentPlan, World
from reports.demo.world import build_world, read_scheme
from taxonomy.actions.bringing import Brought, bring_assigned_codings
from taxonomy.actions.editing import start_scheme
from taxonomy.choices import BatchKind
from taxonomy.models import Batch, Category, Scheme

PORTION = 150  # incidents; six rows each stay under a thousand rows in one transaction
SEED = 1999
CODED_AT = dt.datetime(1999, 6, 30, 12, tzinfo=dt.UTC)
AIM = (
    "What do customer-contact employees tell of good and poor service, their own and what they"
    " received elsewhere, and which strategies does excellent service need? Rebuilt from the"
    " published figures of the study of 1998-99: the percentages are as published, everything"
    " else is invented."
)
PEOPLE = (ADMIN, CODER, ("COD2", "Callum Reyes", None, RoleName.CODER), ANALYST)


def seed_reconstruction(
    *,
    slug: str,
    name: str,
    counts: Sequence[CellCount],
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Study:
    """Build the study from counts, or go on where an earlier run was cut off; returns it.

    Everything is drawn from one seed, so the same counts give the same study.
    """
    world = build_world(counts, SEED)
    study = Study.objects.filter(slug=slug).first() or _found(slug, name, world)
    sites = settle_places(study, world.organizations, world.sites)
    members = join(study, PEOPLE, world.interviewers)
    scheme = Scheme.objects.filter(study=study, slug="serve").first() or _scheme(study)
    interviews = _interviews(study, world, sites, members)
    _incidents(world, interviews, scheme, progress)
    _publish(study, members[ANALYST[0]])
    return study


@transaction.atomic
def _found(slug: str, name: str, world: World) -> Study:
    study = found_study(
        slug=slug,
        name=name,
        aim=AIM,
        reconstruction=True,
        names_shown_to_analysts=True,
        languages=["en"],
        poor_first=False,
    )
    countries: dict[str, set[str]] = {region: set() for region in world.regions}
    for site in world.sites:
        countries[site.region].add(site.country)
    divide(study, {region: countries[region] for region in world.regions}, world.sectors)
    return study


def _scheme(study: Study) -> Scheme:
    content = read_scheme()
    return start_scheme(
        study=study,
        slug=content["slug"],
        name=content["name"],
        description=content["description"],
        rounds=content["rounds"],
        categories=content["categories"],
        by=None,
        rationale="The rounds of the study of 1998-99; names and definitions are invented.",
    )


def _interviews(
    study: Study, world: World, sites: dict[str, Site], members: dict[str, Member]
) -> dict[str, Interview]:
    return hold_interviews(
        study,
        sites,
        world.respondents,
        {
            plan.code: {
                "respondent": plan.respondent,
                "interviewer": members[plan.interviewer],
                "held_on": plan.held_on,
                "mode": plan.mode,
                "language": "en",
                "consent": Consent.QUOTES,
            }
            for plan in world.interviews
        },
    )


def _incidents(
    world: World,
    interviews: dict[str, Interview],
    scheme: Scheme,
    progress: Callable[[int, int], None],
) -> None:
    study = scheme.study
    known = set(Incident.objects.filter(study=study).values_list("uid", flat=True))
    rng = random.Random(SEED)  # noqa: S311  (a demonstration, not a secret)
    plans = [(plan, _arrival(study, plan, interviews, rng)) for plan in world.incidents]
    missing = [(plan, arrival) for plan, arrival in plans if arrival.uid not in known]
    categories = {
        row.code: row for row in Category.objects.filter(scheme=scheme, round__position=1)
    }
    coders = list(Member.objects.filter(study=study).with_role(RoleName.CODER).order_by("pk"))
    batch = Batch.objects.select_related("scheme__study").get(scheme=scheme, kind=BatchKind.ONCE)
    for start in range(0, len(missing), PORTION):
        progress(start, len(missing))
        _write_portion(missing[start : start + PORTION], batch, categories, coders)
    progress(len(missing), len(missing))


@transaction.atomic
def _write_portion(
    portion: Iterable[tuple[IncidentPlan, Arrival]],
    batch: Batch,
    categories: dict[str, Category],
    coders: Sequence[Member],
) -> None:
    study = batch.scheme.study
    seq = next_number(study)
    rows = list(portion)
    keys = take_in(study=study, arrivals=[arrival for _plan, arrival in rows], source=None, by=None)
    brought = [
        Brought(
            moment=key.moments[0],
            coder=coders[plan.number % len(coders)],
            category=categories[plan.category],
        )
        for (plan, _arrival), key in zip(rows, keys, strict=True)
    ]
    bring_assigned_codings(batch=batch, brought=brought, seq=seq, done_at=CODED_AT)


def _arrival(
    study: Study, plan: IncidentPlan, interviews: dict[str, Interview], rng: random.Random
) -> Arrival:
    words = {name: text for name, text in asdict(narrate(plan, rng)).items() if text}
    told = Told(
        words=words,
        language="en",
        told_as=plan.told_as,
        served_by=plan.served_by,
        asked_for=plan.asked_for,
        happened_told=plan.as_told,
        happened_from=plan.happened_from,
        happened_to=plan.happened_to,
    )
    return Arrival(
        uid=uid_of(study, "incident", plan.number),
        interview=interviews[plan.interview],
        told=told,
        parts=(Part(valence=plan.valence),),
        position=plan.order,
    )


@transaction.atomic
def _publish(study: Study, analyst: Member) -> None:
    if is_seeded(study.slug):
        return
    seq = change_facts(study)
    waiting = Incident.objects.filter(study=study, state=IncidentState.IMPORTING)
    published = publish(waiting, seq=seq)
    keep_tables(study=study, by=analyst, questions=[BY_REGION])
    mark_seeded(study, published)
