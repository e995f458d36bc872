"""Building the reconstruction study, in portions, so that it may be cut off and taken up again."""

import datetime as dt
import random
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict

from django.db import transaction

from incidents.actions.fieldwork import Part, Told
from incidents.actions.history import record_change
from incidents.actions.intake import Arrival, publish, take_in
from incidents.actions.numbering import change_facts, next_number
from incidents.actions.people import add_member
from incidents.actions.places import add_organization, add_region, add_sector, site_for
from incidents.actions.studies import found_study
from incidents.choices import Consent, IncidentState, Relation, RoleName
from incidents.models import (
    Change,
    Incident,
    Interview,
    Member,
    Respondent,
    Site,
    Study,
    User,
)
from reports.demo.grammar import narrate
from reports.demo.plans import CellCount, IncidentPlan, World
from reports.demo.world import build_world, read_scheme
from taxonomy.actions.bringing import Brought, bring_assigned_codings
from taxonomy.actions.editing import start_scheme
from taxonomy.choices import BatchKind
from taxonomy.models import Batch, Category, Scheme

SEEDED = "seed_demo"
SEED = 1999
CODED_AT = dt.datetime(1999, 6, 30, 12, tzinfo=dt.UTC)
PORTION = 150  # incidents; six rows each stay under a thousand rows in one transaction
NAMESPACE = uuid.UUID("5f3a1d3e-4d2b-4a6f-9a3e-2f6f0c1b1999")
AIM = (
    "What do customer-contact employees tell of good and poor service, their own and what they"
    " received elsewhere, and which strategies does excellent service need? Rebuilt from the"
    " published figures of the study of 1998-99: the percentages are as published, everything"
    " else is invented."
)
PEOPLE = (
    ("ADM", "Ada Quist", "admin@candid.example", (RoleName.ADMIN,)),
    ("COD1", "Cora Lindqvist", "coder@candid.example", (RoleName.CODER,)),
    ("COD2", "Callum Reyes", None, (RoleName.CODER,)),
    ("ANA", "Anton Beyer", "analyst@candid.example", (RoleName.ANALYST,)),
)
INTERVIEWER_EMAIL = "interviewer@candid.example"
SUPERUSER_EMAIL = "superuser@candid.example"


def make_accounts(password: str) -> list[str]:
    """Make the demo's accounts where they are missing; returns all their addresses."""
    people = [(email, name) for _code, name, email, _roles in PEOPLE if email]
    for email, name in [*people, (INTERVIEWER_EMAIL, "Interviewer")]:
        if not User.objects.filter(email=email).exists():
            User.objects.create_user(email, password, name=name)
    if not User.objects.filter(email=SUPERUSER_EMAIL).exists():
        User.objects.create_superuser(SUPERUSER_EMAIL, password, name="Superuser")
    return [email for email, _name in people] + [INTERVIEWER_EMAIL, SUPERUSER_EMAIL]


def is_seeded(slug: str) -> bool:
    """Whether the study is complete."""
    return Change.objects.filter(verb=SEEDED, study__slug=slug).exists()


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
    sites = _sites(study, world)
    members = _members(study, world)
    scheme = Scheme.objects.filter(study=study, slug="serve").first() or _scheme(study)
    interviews = _interviews(study, world, sites, members)
    _incidents(world, interviews, scheme, progress)
    _publish(study)
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
    for region in world.regions:
        add_region(study=study, name=region, countries=countries[region], by=None)
    for sector in world.sectors:
        add_sector(study=study, name=sector, by=None)
    return study


@transaction.atomic
def _sites(study: Study, world: World) -> dict[str, Site]:
    sectors = {sector.name: sector for sector in study.sectors.all()}
    known = {organization.code: organization for organization in study.organizations.all()}
    for plan in world.organizations:
        if plan.code not in known:
            known[plan.code] = add_organization(
                study=study,
                name=plan.name,
                code=plan.code,
                sector=sectors[plan.sector],
                by=None,
            )
    regions = {region.name: region for region in study.regions.all()}
    return {
        plan.code: site_for(
            organization=known[plan.organization],
            country=plan.country,
            place=plan.place,
            region=regions[plan.region],
        )
        for plan in world.sites
    }


@transaction.atomic
def _members(study: Study, world: World) -> dict[str, Member]:
    interviewers = [
        (plan.code, plan.display_name, None, (RoleName.INTERVIEWER,)) for plan in world.interviewers
    ]
    code, shown, _email, roles = interviewers[0]
    interviewers[0] = (code, shown, INTERVIEWER_EMAIL, roles)  # type: ignore[assignment]
    known = {member.code: member for member in Member.objects.filter(study=study)}
    for code, shown, email, roles in (*PEOPLE, *interviewers):
        if code not in known:
            address = email if email and User.objects.filter(email=email).exists() else None
            known[code] = add_member(
                study=study, display_name=shown, code=code, roles=roles, email=address, by=None
            )
    return known


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


def _uid(study: Study, kind: str, code: str | int) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, f"{study.slug}:{kind}:{code}")


@transaction.atomic
def _interviews(
    study: Study, world: World, sites: dict[str, Site], members: dict[str, Member]
) -> dict[str, Interview]:
    wanted = {plan.code: plan for plan in world.respondents}
    Respondent.objects.bulk_create(
        (
            Respondent(
                uid=_uid(study, "respondent", plan.code),
                study=study,
                code=plan.code,
                site=sites[plan.site],
                relation=Relation.EMPLOYEE,
                job_role=plan.job_role,
                contact=plan.contact,
            )
            for plan in wanted.values()
        ),
        ignore_conflicts=True,
    )
    people = {row.code: row for row in Respondent.objects.filter(study=study)}
    Interview.objects.bulk_create(
        (
            Interview(
                uid=_uid(study, "interview", plan.code),
                study=study,
                code=plan.code,
                respondent=people[plan.respondent],
                interviewer=members[plan.interviewer],
                held_on=plan.held_on,
                mode=plan.mode,
                language="en",
                consent=Consent.QUOTES,
            )
            for plan in world.interviews
        ),
        ignore_conflicts=True,
    )
    rows = Interview.objects.filter(study=study).select_related("respondent")
    by_uid = {row.uid: row for row in rows}
    return {plan.code: by_uid[_uid(study, "interview", plan.code)] for plan in world.interviews}


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
    moments = take_in(
        study=study, arrivals=[arrival for _plan, arrival in rows], source=None, by=None
    )
    brought = [
        Brought(
            moment=moments[arrival.uid][0],
            coder=coders[plan.number % len(coders)],
            category=categories[plan.category],
        )
        for plan, arrival in rows
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
        uid=_uid(study, "incident", plan.number),
        interview=interviews[plan.interview],
        told=told,
        parts=(Part(valence=plan.valence),),
        position=plan.order,
    )


@transaction.atomic
def _publish(study: Study) -> None:
    if is_seeded(study.slug):
        return
    seq = change_facts(study)
    waiting = Incident.objects.filter(study=study, state=IncidentState.IMPORTING)
    published = publish(waiting, seq=seq)
    record_change(verb=SEEDED, on=study, study=study, incidents=published)
