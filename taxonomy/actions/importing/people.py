"""The places, members, respondents and interviews that a file needs, found or made."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from django.utils import timezone

from incidents.actions.many_places import SiteKey, add_organizations, add_sites
from incidents.actions.people import add_member
from incidents.actions.places import add_region, add_sector
from incidents.actions.rows import reserve_keys, write_rows
from incidents.choices import Consent, Relation, RoleName
from incidents.jobs import Claim
from incidents.models import (
    Import,
    Interview,
    Member,
    Region,
    RegionCountry,
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
PLACES = 200  # each may need an organization and a site, and both an entry of the log
PEOPLE = 250


class Place(NamedTuple):
    """A place as a file names it; blank where it says nothing. `country` is a code."""

    organization: str
    sector: str
    country: str
    place: str
    region: str

    @classmethod
    def of(cls, respondent: PlannedRespondent) -> "Place":
        """Where a respondent works, or the business they speak of."""
        return cls(**{name: getattr(respondent, name) for name in cls._fields})


class Places:
    """The places of a study by their names; what a file names and nobody has is made.

    Call what makes something in a portion, which holds the study: nobody else adds a place then.
    """

    def __init__(self, study: Study, by: Member | None) -> None:
        self.study, self.by = study, by
        self.made: list[tuple[str, str]] = []
        self.regions = {_bare(one.name): one for one in study.regions.filter(not_stated=False)}
        self.sectors = {_bare(one.name): one for one in study.sectors.filter(not_stated=False)}
        self.sector_not_stated = study.sectors.get(not_stated=True)
        self.organizations: dict[str, dict[int, int]] = defaultdict(dict)
        self.nowhere: dict[int, int] = {}
        self.newest = 0
        self.sites: dict[Place, int] = {}

    def name(self, places: Iterable[tuple[str, str]]) -> None:
        """Find or make regions and sectors in this order, each a kind and a name."""
        for kind, name in places:
            if kind == "region":
                self._region(name)
            else:
                self._sector(name)

    def settle(self, places: Sequence[Place]) -> None:
        """Find or make the sites of these places, whose regions and sectors there are."""
        self._look_again()
        self._make_organizations(places)
        keys = self._keys(places)
        known = self._known_sites(keys)
        missing = list(dict.fromkeys(key for key in keys if key not in known))
        made = add_sites(study=self.study, keys=missing, by=self.by) if missing else []
        known |= {key: site.pk for key, site in zip(missing, made, strict=True)}
        self.made += [("site", str(site.uid)) for site in made]
        self.sites |= {place: known[key] for place, key in zip(places, keys, strict=True)}

    def _look_again(self) -> None:
        """Read the organizations that were added since the last look."""
        rows = self.study.organizations.filter(pk__gt=self.newest).order_by("pk")
        for key, name, sector, not_stated in rows.values_list(
            "pk", "name", "sector_id", "not_stated"
        ):
            self.newest = key
            if not_stated:
                self.nowhere[sector] = key
            else:
                self.organizations[_bare(name)][sector] = key

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
        return self.sectors[_bare(name)]

    def _organization(self, place: Place) -> int | None:
        """By name and sector; a name without a sector is the first organization of that name."""
        sector = self._sector(place.sector)
        if not place.organization:
            return self.nowhere[sector.pk]
        same = self.organizations.get(_bare(place.organization), {})
        return same.get(sector.pk) if place.sector else next(iter(same.values()), None)

    def _make_organizations(self, places: Iterable[Place]) -> None:
        wanted: dict[str, dict[int, tuple[str, Sector]]] = defaultdict(dict)
        for place in places:
            same, sector = wanted[_bare(place.organization)], self._sector(place.sector)
            if self._organization(place) is None and (place.sector or not same):
                same.setdefault(sector.pk, (place.organization, sector))
        named = [one for same in wanted.values() for one in same.values()]
        if named:
            made = add_organizations(study=self.study, named=named, by=self.by)
            self.made += [("organization", str(one.uid)) for one in made]
            self._look_again()

    def _keys(self, places: Iterable[Place]) -> list[SiteKey]:
        countries = dict(
            RegionCountry.objects.filter(study=self.study).values_list("country", "region_id")
        )
        not_stated = self.study.regions.get(not_stated=True).pk
        keys = []
        for place in places:
            named = self._region(place.region)
            region = named.pk if named else countries.get(place.country, not_stated)
            organization = self._organization(place) or 0  # made just now, if there was none
            keys.append(SiteKey(organization, place.country, place.place, region))
        return keys

    def _known_sites(self, keys: Iterable[SiteKey]) -> dict[SiteKey, int]:
        rows = Site.objects.filter(organization__in={key.organization for key in keys})
        named = rows.values_list("pk", "organization_id", "country", "place", "region_id")
        return {SiteKey(at, country, place, region): pk for pk, at, country, place, region in named}


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


def _prepare_sites(source: Import, plan: ImportPlan, claim: Claim) -> dict[Key, int]:
    """Sites (primary keys) by respondent. What is made is made in portions, each of them fenced."""
    places = Places(source.study, source.member)
    for names in _portions(_in_order(plan), PLACES):
        with fenced(source, claim):
            places.name(names)
            _remember_places(source, places)
    by_respondent = {key: Place.of(one) for key, one in plan.respondents.items()}
    for portion in _portions(dict.fromkeys(by_respondent.values()), PLACES):
        with fenced(source, claim):
            places.settle(portion)
            _remember_places(source, places)
    return {key: places.sites[place] for key, place in by_respondent.items()}


def _remember_places(source: Import, places: Places) -> None:
    remember_made(source, places.made)
    places.made = []


def _in_order(plan: ImportPlan) -> list[tuple[str, str]]:
    """The regions and sectors of a file by their names: the order that their columns will have."""
    named = {("region", one.region) for one in plan.respondents.values()}
    named |= {("sector", one.sector) for one in plan.respondents.values()}
    return sorted(named, key=lambda place: (place[0], place[1].casefold()))


def _prepare_respondents(
    source: Import, plan: ImportPlan, sites: Mapping[Key, int], claim: Claim
) -> dict[Key, int]:
    """Respondents (primary keys). A code the study has elsewhere gets the import's number."""
    found: dict[Key, int] = {}
    for portion in _portions(plan.respondents):
        with fenced(source, claim):
            known = _known_respondents(source, portion)
            keys = iter(reserve_keys(Respondent, len(portion)))
            new: list[dict[str, Any]] = []
            for key in portion:
                code = respondent_code(source, key)
                if code in known and known[code][1] != sites[key]:
                    code = _second_code(source, key)
                if code not in known:
                    known[code] = (next(keys), sites[key])
                    new.append(_respondent(known[code], code, plan.respondents[key]))
                found[key] = known[code][0]
            write_rows(Respondent, new, study_id=source.study_id)
            made = [("respondent", str(one["uid"])) for one in new if not one["implied"]]
            remember_made(source, made)
    return found


def _known_respondents(source: Import, keys: Iterable[Key]) -> dict[str, tuple[int, int]]:
    """The primary key and the site of those that the study has, by their codes."""
    codes = {name(source, key) for key in keys for name in (respondent_code, _second_code)}
    rows = Respondent.objects.filter(study=source.study_id, code__in=codes)
    return {code: (key, site) for code, key, site in rows.values_list("code", "pk", "site_id")}


def _respondent(keys: tuple[int, int], code: str, planned: PlannedRespondent) -> dict[str, Any]:
    return {
        "id": keys[0],
        "uid": uuid.uuid4(),
        "site_id": keys[1],
        "code": code,
        "relation": planned.relation or Relation.NOT_STATED,
        "job_role": planned.job_role,
        "implied": planned.implied,
    }


def respondent_code(source: Import, key: Key) -> str:
    """The code of a respondent: the file's, or one made of the import and what implied it."""
    return key.name if key.kind == "respondent" else f"F{source.pk}-{key.kind[0]}{key.name}"[:80]


def _second_code(source: Import, key: Key) -> str:
    return f"{respondent_code(source, key)[:70]} #{source.pk}"


def _prepare_interviews(
    source: Import,
    plan: ImportPlan,
    respondents: Mapping[Key, int],
    members: Mapping[str, Member],
    claim: Claim,
) -> dict[Key, Interview]:
    """Interviews; those that an earlier attempt wrote are found by their uids."""
    known = {one.uid: one for one in Interview.objects.filter(imported_from=source)}
    uids = {key: uuid.uuid5(source.uid, f"{key.kind}:{key.name}") for key in plan.interviews}
    names = [field.attname for field in Interview._meta.concrete_fields]
    for portion in _portions(key for key, uid in uids.items() if uid not in known):
        with fenced(source, claim):
            new = [
                Interview(
                    id=pk,
                    uid=uids[key],
                    study_id=source.study_id,
                    respondent_id=respondents[plan.interviews[key].respondent],
                    interviewer=members.get(plan.interviews[key].interviewer),
                    code="" if plan.interviews[key].implied else key.name,
                    consent=Consent.BY_SOURCE,
                    implied=plan.interviews[key].implied,
                    imported_from_id=source.pk,
                    created_at=timezone.now(),
                )
                for pk, key in zip(reserve_keys(Interview, len(portion)), portion, strict=True)
            ]
            write_rows(Interview, ({name: getattr(one, name) for name in names} for one in new))
        known |= {one.uid: one for one in new}
    return {key: known[uid] for key, uid in uids.items()}


def _portions(items: Iterable[Item], size: int = PORTION) -> Iterable[list[Item]]:
    iterator = iter(items)
    while portion := list(islice(iterator, size)):
        yield portion


def _bare(name: str) -> str:
    return " ".join(name.split()).casefold()
