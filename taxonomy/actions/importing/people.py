"""The places, members, respondents and interviews that a file needs, found or made."""

import uuid
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TypeVar

from django.db import transaction
from django.utils import timezone

from incidents.actions.people import add_member
from incidents.actions.places import add_organization, add_region, add_sector, region_of, site_for
from incidents.choices import Consent, Relation, RoleName
from incidents.jobs import Claim
from incidents.models import (
    Import,
    Interview,
    Member,
    Organization,
    Region,
    Respondent,
    Sector,
    Site,
    Study,
)
from taxonomy.actions.importing.meaning import fenced
from taxonomy.sheets.plan import ImportPlan, Key, PlannedRespondent

Item = TypeVar("Item")

SOURCE_CODE = "SOURCE"
SOURCE_NAME = "Source"
PORTION = 400
PLACES = (
    100  # a site may need a region, a sector and an organization, each with an entry of the log
)
PEOPLE = 250


class Places:
    """Finds the site of a respondent; makes regions, sectors, organizations and sites."""

    def __init__(self, study: Study, by: Member | None) -> None:
        self.study, self.by = study, by
        self.made: list[tuple[str, str]] = []
        self.regions = {_bare(one.name): one for one in study.regions.filter(not_stated=False)}
        self.sectors = {_bare(one.name): one for one in study.sectors.filter(not_stated=False)}
        self.sector_not_stated = study.sectors.get(not_stated=True)
        self.organizations: dict[tuple[str, int], Organization] = {}
        self.nowhere: dict[int, Organization] = {}
        for one in study.organizations.select_related("sector"):
            self._remember(one)
        self.sites: dict[tuple[str, ...], Site] = {}

    def site(self, respondent: PlannedRespondent) -> Site:
        """The site of a respondent, made if nobody came from there before."""
        key = (
            respondent.organization,
            respondent.sector,
            respondent.country,
            respondent.place,
            respondent.region,
        )
        if key not in self.sites:
            self.sites[key] = self._site(respondent)
        return self.sites[key]

    def name(self, places: Iterable[tuple[str, str]]) -> None:
        """Find or make regions and sectors in this order, each a kind and a name."""
        for kind, name in places:
            if kind == "region":
                self._region(name)
            else:
                self._sector(name)

    def _site(self, respondent: PlannedRespondent) -> Site:
        organization = self._organization(respondent.organization, respondent.sector)
        region = self._region(respondent.region) or region_of(self.study, respondent.country)
        sites = Site.objects.filter(
            organization=organization,
            country=respondent.country,
            place=respondent.place,
            region=region,
        )
        known = sites.first()
        if known is not None:
            return known
        site = site_for(
            organization=organization,
            country=respondent.country,
            place=respondent.place,
            region=region,
            by=self.by,
        )
        self.made.append(("site", str(site.uid)))
        return site

    def _region(self, name: str) -> Region | None:
        if not name:
            return None
        if _bare(name) not in self.regions:
            made = add_region(study=self.study, name=name, by=self.by)
            self.regions[_bare(name)] = made
            self.made.append(("region", str(made.uid)))
        return self.regions[_bare(name)]

    def _sector(self, name: str) -> Sector:
        if not name:
            return self.sector_not_stated
        if _bare(name) not in self.sectors:
            made = add_sector(study=self.study, name=name, by=self.by)
            self.sectors[_bare(name)] = made
            self.made.append(("sector", str(made.uid)))
            self._remember(made.organizations.select_related("sector").get(not_stated=True))
        return self.sectors[_bare(name)]

    def _organization(self, name: str, sector_name: str) -> Organization:
        """By name and sector; a name without a sector is the one organization of that name."""
        if not name:
            return self.nowhere[self._sector(sector_name).pk]
        same = [one for (bare, _pk), one in self.organizations.items() if bare == _bare(name)]
        if not sector_name and same:
            return same[0]
        sector = self._sector(sector_name)
        if (_bare(name), sector.pk) not in self.organizations:
            made = add_organization(study=self.study, name=name, sector=sector, by=self.by)
            self.made.append(("organization", str(made.uid)))
            self._remember(made)
        return self.organizations[_bare(name), sector.pk]

    def _remember(self, organization: Organization) -> None:
        if organization.not_stated:
            self.nowhere[organization.sector_id] = organization
        else:
            key = (_bare(organization.name), organization.sector_id)
            self.organizations[key] = organization


def prepare_people(source: Import, plan: ImportPlan, claim: Claim) -> dict[Key, Interview]:
    """Find or make everybody the plan names, in portions; returns the interviews by their key."""
    sites = _prepare_sites(source, plan, claim)
    members = prepare_members(source, plan, claim)
    respondents = _prepare_respondents(source, plan, sites, claim)
    return _prepare_interviews(source, plan, respondents, members, claim)


def prepare_members(source: Import, plan: ImportPlan, claim: Claim) -> dict[str, Member]:
    """Members by the name in the file; the blank name is the member *Source*, if it is needed."""
    wanted: dict[str, RoleName] = {
        interview.interviewer: RoleName.INTERVIEWER
        for interview in plan.interviews.values()
        if interview.interviewer
    }
    coders = {
        coding.coder
        for incident in plan.incidents
        for moment in incident.moments
        for coding in moment.codings
    }
    wanted |= {name: RoleName.CODER for name in coders if name}
    members: dict[str, Member] = {}
    for portion in _portions(wanted, PEOPLE):
        with fenced(source, claim):
            known = {_bare(one.display_name): one for one in source.study.members.all()}
            missing = {_bare(name): name for name in portion if _bare(name) not in known}
            made = {
                bare: _new_member(source, name, wanted[name], len(known) + number)
                for number, (bare, name) in enumerate(missing.items(), 1)
            }
            members |= {name: (known | made)[_bare(name)] for name in portion}
            remember_made(source, [("member", str(one.uid)) for one in made.values()])
    if "" in coders:
        with fenced(source, claim):
            members[""], is_new = _source_member(source.study)
            remember_made(source, [("member", str(members[""].uid))] if is_new else [])
    return members


def remember_made(source: Import, made: Iterable[tuple[str, str]]) -> None:
    """Note what an import made beside incidents, so that undoing it can take it out again."""
    fresh = list(made)
    if not fresh:
        return
    row = Import.objects.select_for_update().get(pk=source.pk)
    row.created = {**row.created, "made": [*row.created.get("made", []), *fresh]}
    row.save(update_fields=["created"])


def _new_member(source: Import, name: str, role: RoleName, number: int) -> Member:
    taken = set(source.study.members.values_list("code", flat=True))
    code = next(f"M{n}" for n in range(number, number + len(taken) + 1) if f"M{n}" not in taken)
    return add_member(
        study=source.study, display_name=name, code=code, roles=[role], by=source.member
    )


def _source_member(study: Study) -> tuple[Member, bool]:
    """The member to whom codes without a coder belong, and whether it was made just now."""
    known = study.members.filter(code=SOURCE_CODE).first()
    if known is not None:
        return known, False
    made = add_member(study=study, display_name=SOURCE_NAME, code=SOURCE_CODE, roles=[], by=None)
    return made, True


def _prepare_sites(source: Import, plan: ImportPlan, claim: Claim) -> dict[Key, Site]:
    """Sites by respondent. What is made is made in portions, each of them fenced."""
    places = Places(source.study, source.member)
    sites: dict[Key, Site] = {}
    for names in _portions(_in_order(plan), PLACES):
        with fenced(source, claim):
            places.name(names)
            remember_made(source, places.made)
            places.made = []
    for portion in _portions(plan.respondents, PLACES):
        with fenced(source, claim):
            sites |= {key: places.site(plan.respondents[key]) for key in portion}
            remember_made(source, places.made)
            places.made = []
    return sites


def _in_order(plan: ImportPlan) -> list[tuple[str, str]]:
    """The regions and sectors of a file by their names: the order that their columns will have."""
    named = {("region", one.region) for one in plan.respondents.values()}
    named |= {("sector", one.sector) for one in plan.respondents.values()}
    return sorted(named, key=lambda place: (place[0], place[1].casefold()))


def _prepare_respondents(
    source: Import, plan: ImportPlan, sites: Mapping[Key, Site], claim: Claim
) -> dict[Key, Respondent]:
    """Respondents by key. A code the study has at another site gets the import's number."""
    study = source.study
    known = {one.code: one for one in Respondent.objects.filter(study=study)}
    found: dict[Key, Respondent] = {}
    for portion in _portions(plan.respondents):
        new = []
        for key in portion:
            code = respondent_code(source, key)
            if code in known and known[code].site_id != sites[key].pk:
                code = f"{code[:70]} #{source.pk}"
            if code not in known:
                planned = plan.respondents[key]
                known[code] = Respondent(
                    study=study,
                    site=sites[key],
                    code=code,
                    relation=planned.relation or Relation.NOT_STATED,
                    job_role=planned.job_role,
                    implied=planned.implied,
                )
                new.append(known[code])
            found[key] = known[code]
        with transaction.atomic():
            claim.hold()
            Respondent.objects.bulk_create(new)
            remember_made(source, [("respondent", str(one.uid)) for one in new if not one.implied])
    return found


def respondent_code(source: Import, key: Key) -> str:
    """The code of a respondent: the file's, or one made of the import and what implied it."""
    return key.name if key.kind == "respondent" else f"F{source.pk}-{key.kind[0]}{key.name}"[:80]


def _prepare_interviews(
    source: Import,
    plan: ImportPlan,
    respondents: Mapping[Key, Respondent],
    members: Mapping[str, Member],
    claim: Claim,
) -> dict[Key, Interview]:
    known = {
        one.uid: one
        for one in Interview.objects.filter(imported_from=source).select_related("respondent")
    }
    found: dict[Key, Interview] = {}
    for portion in _portions(plan.interviews):
        new = []
        for key in portion:
            uid = uuid.uuid5(source.uid, f"{key.kind}:{key.name}")
            if uid not in known:
                planned = plan.interviews[key]
                known[uid] = Interview(
                    uid=uid,
                    study=source.study,
                    respondent=respondents[planned.respondent],
                    interviewer=members.get(planned.interviewer),
                    code=key.name if not planned.implied else "",
                    consent=Consent.BY_SOURCE,
                    implied=planned.implied,
                    imported_from=source,
                    created_at=timezone.now(),
                )
                new.append(known[uid])
            found[key] = known[uid]
        with transaction.atomic():
            claim.hold()
            Interview.objects.bulk_create(new)
    return found


def _portions(items: Iterable[Item], size: int = PORTION) -> Iterable[list[Item]]:
    iterator = iter(items)
    while portion := list(islice(iterator, size)):
        yield portion


def _bare(name: str) -> str:
    return " ".join(name.split()).casefold()
