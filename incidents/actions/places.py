"""The places of a study: regions with their countries, sectors, organizations, sites."""

import itertools
import uuid
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from incidents.actions.duplicates import refuse_taken
from incidents.actions.history import record_change
from incidents.actions.numbering import change_facts, lock_study
from incidents.actions.refusals import RefusedError, StaleError
from incidents.actions.studies import NOT_STATED_CODE
from incidents.models import (
    Member,
    Organization,
    Region,
    RegionCountry,
    Sector,
    Site,
    Study,
)

ORGANIZATION_CODE = "ORG"


# -- Regions ----------------------------------------------------------------------------------


@transaction.atomic
def add_region(
    *, study: Study, name: str, countries: Collection[str] = (), by: Member | None
) -> Region:
    """Add a region at the end, with the two-letter codes of the countries that default to it.

    Sites of these countries that had no region of their own follow. Raises ValidationError where
    the name or a country is taken.
    """
    _lock(study)
    with refuse_taken("name", _("The study has a region with this name.")):
        region = Region.objects.create(study=study, name=name, position=_next(study.regions))
    _set_countries(region, set(countries), by)
    record_change(verb="add_region", on=region, study=study, by=by, countries=sorted(countries))
    return region


@transaction.atomic
def change_region(
    *,
    region: Region,
    name: str | None = None,
    countries: Collection[str] | None = None,
    row_version: int | None = None,
    by: Member | None,
) -> Region:
    """Rename a region or set its countries; sites that stood where their country did follow.

    Raises ValidationError where the name or a country is taken, or the region is *not stated*, and
    StaleError where it no longer stands at `row_version`, if that is given.
    """
    _lock(region.study)
    _refuse_not_stated(region)
    with refuse_taken("name", _("The study has a region with this name.")):
        _rename(region, name, row_version, _("Somebody changed this region meanwhile."))
    if countries is not None:
        _set_countries(region, set(countries), by)
    record_change(
        verb="change_region",
        on=region,
        study=region.study,
        by=by,
        countries=None if countries is None else sorted(countries),
    )
    return region


def _set_countries(region: Region, wanted: set[str], by: Member | None) -> None:
    elsewhere = RegionCountry.objects.filter(study=region.study, country__in=wanted)
    taken = elsewhere.exclude(region=region).select_related("region").first()
    if taken is not None:
        raise ValidationError(
            {
                "countries": _(
                    "%(country)s is in the region “%(region)s”; take it out there first."
                )
                % {"country": taken.country.name, "region": taken.region}
            }
        )
    present = {str(row.country.code) for row in RegionCountry.objects.filter(region=region)}
    not_stated = Region.objects.get(study=region.study_id, not_stated=True)
    RegionCountry.objects.filter(region=region, country__in=present - wanted).delete()
    RegionCountry.objects.bulk_create(
        RegionCountry(study=region.study, region=region, country=code)
        for code in sorted(wanted - present)
    )
    moved = _let_sites_follow(wanted - present, not_stated, region)
    moved += _let_sites_follow(present - wanted, region, not_stated)
    if moved:  # sums by region are kept
        change_facts(region.study, by=by)


def _let_sites_follow(countries: set[str], old: Region, new: Region) -> int:
    """Move the sites of these countries from one default to the other, where no twin stands.

    Returns how many moved.
    """
    moved = 0
    for site in Site.objects.filter(region=old, country__in=countries):
        twin = Site.objects.filter(
            organization=site.organization_id, country=site.country, place=site.place, region=new
        )
        if not twin.exists():
            moved += Site.objects.filter(pk=site.pk).update(region=new)
    return moved


@transaction.atomic
def remove_region(*, region: Region, by: Member | None) -> None:
    """Remove a region that no site stands in. Raises ValidationError otherwise."""
    _lock(region.study)
    _refuse_not_stated(region)
    if region.sites.exists():
        raise ValidationError(_("Sites stand in this region; it cannot be removed."))
    record_change(verb="remove_region", on=region, study=region.study, by=by)
    region.delete()


# -- Sectors ----------------------------------------------------------------------------------


@transaction.atomic
def add_sector(*, study: Study, name: str, by: Member | None) -> Sector:
    """Add a sector at the end, with its organization *not stated*.

    Raises ValidationError where the name is taken.
    """
    _lock(study)
    with refuse_taken("name", _("The study has a sector with this name.")):
        sector = Sector.objects.create(study=study, name=name, position=_next(study.sectors))
    Organization.objects.create(
        study=study,
        sector=sector,
        name=_("Not stated"),
        code=_free_code(study, NOT_STATED_CODE),
        not_stated=True,
    )
    record_change(verb="add_sector", on=sector, study=study, by=by)
    return sector


@transaction.atomic
def change_sector(
    *, sector: Sector, name: str, row_version: int | None = None, by: Member | None
) -> Sector:
    """Rename a sector.

    Raises ValidationError where the name is taken or it is *not stated*, and StaleError where it no
    longer stands at `row_version`, if that is given.
    """
    _refuse_not_stated(sector)
    with refuse_taken("name", _("The study has a sector with this name.")):
        _rename(sector, name, row_version, _("Somebody changed this sector meanwhile."))
    record_change(verb="change_sector", on=sector, study=sector.study, by=by)
    return sector


@transaction.atomic
def reorder(
    *,
    study: Study,
    kind: type[Region] | type[Sector],
    order: Sequence[uuid.UUID],
    by: Member | None,
) -> None:
    """Put the regions or sectors of a study in this order; those not named come after."""
    _lock(study)
    rows = {row.uid: row for row in kind.objects.filter(study=study, not_stated=False)}
    rest = [uid for uid in rows if uid not in set(order)]
    for position, uid in enumerate([uid for uid in order if uid in rows] + rest, start=1):
        kind.objects.filter(pk=rows[uid].pk).update(position=position)
    record_change(verb=f"reorder_{kind.__name__.lower()}s", on=study, study=study, by=by)


# -- Organizations and sites ------------------------------------------------------------------


@transaction.atomic
def add_organization(
    *, study: Study, name: str, sector: Sector | None = None, code: str = "", by: Member | None
) -> Organization:
    """Add an organization; its sector is *not stated* and its code the next free one by default.

    Raises ValidationError where the sector has the name, or the study the code.
    """
    _lock(study)
    organization = Organization(
        study=study,
        sector=sector or Sector.objects.get(study=study, not_stated=True),
        name=name,
        code=code or _free_code(study, ORGANIZATION_CODE),
    )
    _refuse_taken_organization(organization)
    organization.save()
    record_change(verb="add_organization", on=organization, study=study, by=by)
    return organization


@transaction.atomic
def change_organization(
    *,
    organization: Organization,
    name: str,
    code: str,
    sector: Sector,
    row_version: int,
    by: Member | None,
) -> Organization:
    """Change an organization that stands at `row_version`, and return it as it is now.

    Raises ValidationError where name or code is taken or it is *not stated*, and StaleError where
    somebody changed it meanwhile.
    """
    _lock(organization.study)
    _refuse_not_stated(organization)
    organization.name, organization.code, organization.sector = name, code, sector
    _refuse_taken_organization(organization)
    changed = Organization.objects.filter(pk=organization.pk, row_version=row_version).update(
        name=name, code=code, sector=sector, row_version=F("row_version") + 1
    )
    if not changed:
        raise StaleError(_("Somebody changed this organization meanwhile."))
    organization.refresh_from_db()
    record_change(verb="change_organization", on=organization, study=organization.study, by=by)
    return organization


def _refuse_taken_organization(organization: Organization) -> None:
    """The study is locked: nobody takes the name between this look and the write."""
    others = Organization.objects.filter(study=organization.study).exclude(pk=organization.pk)
    if others.filter(code=organization.code).exists():
        raise ValidationError({"code": _("Another organization has this code.")})
    same = others.filter(name=organization.name, sector=organization.sector, not_stated=False)
    if same.exists():
        raise ValidationError({"name": _("The sector has an organization with this name.")})


@transaction.atomic
def add_site(
    *,
    organization: Organization,
    country: str = "",
    place: str = "",
    region: Region | None = None,
    by: Member | None,
) -> Site:
    """Add a site; its region is its country's by default.

    Raises ValidationError where the organization has this very site, and RefusedError where its
    region was removed meanwhile.
    """
    region = _standing(region or region_of(organization.study, country))
    with refuse_taken("place", _("The organization has this site.")):
        site = Site.objects.create(
            organization=organization, country=country, place=place, region=region
        )
    record_change(verb="add_site", on=site, study=organization.study, by=by)
    return site


@transaction.atomic
def site_for(
    *,
    organization: Organization,
    country: str = "",
    place: str = "",
    region: Region | None = None,
    by: Member | None = None,
) -> Site:
    """Find the site with this key, or add it; its region is its country's by default.

    Raises RefusedError where its region was removed meanwhile.
    """
    region = region or region_of(organization.study, country)
    key: dict[str, Any] = {
        "organization": organization,
        "country": country,
        "place": place,
        "region": region,
    }
    known = Site.objects.filter(**key).first()
    if known is not None:
        return known
    _standing(region)
    site, created = Site.objects.get_or_create(**key)
    if created:
        record_change(verb="add_site", on=site, study=organization.study, by=by)
    return site


def _standing(region: Region) -> Region:
    """The region, which nobody can remove until the caller's commit: that takes the study too."""
    lock_study(region.study_id)
    if not Region.objects.filter(pk=region.pk).exists():
        raise RefusedError(_("This region was removed meanwhile. Choose another."))
    return region


def region_of(study: Study, country: str) -> Region:
    """Find the region that a country falls to, or the one *not stated*."""
    regions = Region.objects.filter(study=study)
    named = regions.filter(countries__country=country).first() if country else None
    return named or regions.get(not_stated=True)


# -- What they share --------------------------------------------------------------------------


def _lock(study: Study) -> None:
    lock_study(study.pk)


def _rename(place: Region | Sector, name: str | None, row_version: int | None, stale: str) -> None:
    """Take the next version of a row, which is its lock until the commit, and its name if given."""
    rows = type(place)._default_manager.filter(pk=place.pk)
    if row_version is not None:
        rows = rows.filter(row_version=row_version)
    fields = {} if name is None else {"name": name}
    if not rows.update(**fields, row_version=F("row_version") + 1):
        raise StaleError(stale)
    place.refresh_from_db(fields=["name", "row_version"])


def _next(places: "object") -> int:
    return (places.aggregate(last=Max("position"))["last"] or 0) + 1  # type: ignore[attr-defined]


def free_codes(study: Study, stem: str = ORGANIZATION_CODE) -> Iterator[str]:
    """The codes that no organization of the study has, one after another."""
    taken = set(
        Organization.objects.filter(study=study, code__startswith=stem).values_list(
            "code", flat=True
        )
    )
    return (code for code in _codes(stem, len(taken) + 1) if code not in taken)


def _free_code(study: Study, stem: str) -> str:
    return next(free_codes(study, stem))


def _codes(stem: str, start: int) -> Iterator[str]:
    return (f"{stem}{number}" for number in itertools.count(start))


def _refuse_not_stated(place: Region | Sector | Organization) -> None:
    if place.not_stated:
        raise ValidationError(_("“Not stated” stays as it is."))
