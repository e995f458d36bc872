"""What both demo studies are built with."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from incidents.actions.history import record_change
from incidents.actions.places import add_organization, add_region, add_sector, site_for
from incidents.choices import Relation
from incidents.models import Change, Incident, Interview, Moment, Respondent, Site, Study
from reports.demo.plans import OrganizationPlan, RespondentPlan, SitePlan
from taxonomy.actions.importing.sizes import tell_sizes
from taxonomy.models import Coding, Settlement

SEEDED = "seed_demo"
NAMESPACE = uuid.UUID("5f3a1d3e-4d2b-4a6f-9a3e-2f6f0c1b1999")


def is_seeded(slug: str) -> bool:
    """Whether the study is complete."""
    return Change.objects.filter(verb=SEEDED, study__slug=slug).exists()


def mark_seeded(study: Study, incidents: int) -> None:
    """Record that the study is complete, and let the database know how large it is."""
    record_change(verb=SEEDED, on=study, study=study, incidents=incidents)
    tell_sizes(Site, Respondent, Interview, Incident, Moment, Coding, Settlement)


def uid_of(study: Study, kind: str, code: str | int) -> uuid.UUID:
    """The uid that an object of a demo study always has."""
    return uuid.uuid5(NAMESPACE, f"{study.slug}:{kind}:{code}")


def divide(study: Study, regions: Mapping[str, Iterable[str]], sectors: Iterable[str]) -> None:
    """Give a new study its regions, with their countries, and its sectors."""
    for region, countries in regions.items():
        add_region(study=study, name=region, countries=set(countries), by=None)
    for sector in sectors:
        add_sector(study=study, name=sector, by=None)


@transaction.atomic
def settle_places(
    study: Study, organizations: Sequence[OrganizationPlan], sites: Sequence[SitePlan]
) -> dict[str, Site]:
    """Make organizations and sites where they are missing; returns the sites by their codes."""
    sectors = {sector.name: sector for sector in study.sectors.all()}
    known = {organization.code: organization for organization in study.organizations.all()}
    for plan in organizations:
        if plan.code not in known:
            known[plan.code] = add_organization(
                study=study, name=plan.name, code=plan.code, sector=sectors[plan.sector], by=None
            )
    regions = {region.name: region for region in study.regions.all()}
    return {
        plan.code: site_for(
            organization=known[plan.organization],
            country=plan.country,
            place=plan.place,
            region=regions[plan.region],
        )
        for plan in sites
    }


@transaction.atomic
def hold_interviews(
    study: Study,
    sites: Mapping[str, Site],
    respondents: Iterable[RespondentPlan],
    headers: Mapping[str, Mapping[str, Any]],
) -> dict[str, Interview]:
    """Make respondents and interviews where they are missing; returns the interviews by code.

    A header has the fields of an interview, its respondent by code.
    """
    Respondent.objects.bulk_create(
        (
            Respondent(
                uid=uid_of(study, "respondent", plan.code),
                study=study,
                code=plan.code,
                site=sites[plan.site],
                relation=Relation.EMPLOYEE,
                job_role=plan.job_role,
                contact=plan.contact,
            )
            for plan in respondents
        ),
        ignore_conflicts=True,
    )
    people = {row.code: row for row in Respondent.objects.filter(study=study)}
    Interview.objects.bulk_create(
        (
            Interview(
                uid=uid_of(study, "interview", code),
                study=study,
                code=code,
                **{**fields, "respondent": people[fields["respondent"]]},
            )
            for code, fields in headers.items()
        ),
        ignore_conflicts=True,
    )
    rows = Interview.objects.filter(study=study).select_related("respondent")
    by_uid = {row.uid: row for row in rows}
    return {code: by_uid[uid_of(study, "interview", code)] for code in headers}
