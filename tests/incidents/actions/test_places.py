"""Regions have their countries, sectors their organization not stated, sites their key."""

import threading
import time

import pytest
from django.core.exceptions import ValidationError

from incidents.actions import places
from incidents.actions.history import record_change
from incidents.actions.places import (
    add_organization,
    add_region,
    add_sector,
    add_site,
    change_organization,
    change_region,
    change_sector,
    remove_region,
    reorder,
    site_for,
)
from incidents.actions.refusals import RefusedError, StaleError
from incidents.actions.studies import found_study
from incidents.models import Region, RegionCountry, Site
from tests.factories import OrganizationFactory, RegionFactory, SiteFactory, StudyFactory
from tests.racing import at_once

pytestmark = pytest.mark.django_db
LONG_ENOUGH_TO_BLOCK = 0.5


@pytest.fixture
def study():
    return StudyFactory()


def not_stated(study):
    return study.regions.get(not_stated=True)


# -- Regions ----------------------------------------------------------------------------------


def test_regions_keep_the_order_in_which_they_are_added(study):
    for name in ("Zeta", "Alpha"):
        add_region(study=study, name=name, by=None)

    assert [region.name for region in study.regions.all()] == ["Zeta", "Alpha", "Not stated"]


def test_a_region_of_the_same_name_is_refused(study):
    add_region(study=study, name="Asia", by=None)

    with pytest.raises(ValidationError) as refusal:
        add_region(study=study, name="Asia", by=None)

    assert list(refusal.value.message_dict) == ["name"]


def test_a_country_belongs_to_one_region(study):
    add_region(study=study, name="North", countries=["CA", "US"], by=None)

    with pytest.raises(ValidationError, match="North"):
        add_region(study=study, name="South", countries=["US"], by=None)

    assert not study.regions.filter(name="South").exists()
    assert RegionCountry.objects.get(study=study, country="US").region.name == "North"


def test_sites_of_a_country_follow_it_into_its_region_and_out_again(study):
    organization = OrganizationFactory(study=study)
    site = site_for(organization=organization, country="CA")
    assert site.region == not_stated(study)

    region = add_region(study=study, name="North", countries=["CA"], by=None)
    site.refresh_from_db()
    assert site.region == region

    change_region(region=region, countries=[], by=None)
    site.refresh_from_db()
    assert site.region == not_stated(study)


def test_a_site_with_a_region_of_its_own_stays_there(study):
    own = RegionFactory(study=study)
    site = site_for(organization=OrganizationFactory(study=study), country="CA", region=own)

    add_region(study=study, name="North", countries=["CA"], by=None)

    site.refresh_from_db()
    assert site.region == own


def test_a_site_whose_twin_stands_in_the_new_region_stays(study):
    region = RegionFactory(study=study)
    organization = OrganizationFactory(study=study)
    default = site_for(organization=organization, country="CA")
    site_for(organization=organization, country="CA", region=region)

    change_region(region=region, countries=["CA"], by=None)

    default.refresh_from_db()
    assert default.region == not_stated(study)


def test_the_region_not_stated_stays_as_it_is(study):
    with pytest.raises(ValidationError):
        change_region(region=not_stated(study), name="Elsewhere", by=None)

    assert not_stated(study).name == "Not stated"


def test_only_a_region_without_sites_is_removed(study):
    used, unused = SiteFactory(study=study).region, RegionFactory(study=study)

    remove_region(region=unused, by=None)
    with pytest.raises(ValidationError):
        remove_region(region=used, by=None)

    assert list(study.regions.filter(not_stated=False)) == [used]


def test_regions_are_put_in_order(study):
    one, two, three = (add_region(study=study, name=name, by=None) for name in "ABC")

    reorder(study=study, kind=Region, order=[three.uid, one.uid], by=None)

    assert list(study.regions.filter(not_stated=False)) == [three, one, two]


# -- Sectors and organizations ----------------------------------------------------------------


def test_each_sector_has_its_organization_not_stated(study):
    one, two = (add_sector(study=study, name=name, by=None) for name in ("Air", "Sea"))

    assert [sector.organizations.get().not_stated for sector in (one, two)] == [True, True]
    codes = study.organizations.values_list("code", flat=True)
    assert len(set(codes)) == 3


def test_a_sector_of_the_same_name_is_refused(study):
    air = add_sector(study=study, name="Air", by=None)
    sea = add_sector(study=study, name="Sea", by=None)

    with pytest.raises(ValidationError):
        change_sector(sector=sea, name="Air", by=None)
    with pytest.raises(ValidationError):
        add_sector(study=study, name="Air", by=None)

    assert list(study.sectors.filter(name="Air")) == [air]


def test_an_organization_gets_the_next_free_code():
    study = found_study(slug="codes", name="Codes")
    first = add_organization(study=study, name="First", by=None)
    add_organization(study=study, name="Taken", code="ORG3", by=None)
    third = add_organization(study=study, name="Third", by=None)

    assert (first.code, third.code) == ("ORG1", "ORG4")
    assert first.sector.not_stated


@pytest.mark.parametrize(
    ("name", "code", "field"), [("Other", "A1", "code"), ("Acme", "A2", "name")]
)
def test_an_organization_is_known_by_one_name_and_one_code(study, name, code, field):
    add_organization(study=study, name="Acme", code="A1", by=None)

    with pytest.raises(ValidationError) as refusal:
        add_organization(study=study, name=name, code=code, by=None)

    assert list(refusal.value.message_dict) == [field]
    assert study.organizations.filter(not_stated=False).count() == 1


def test_two_who_change_an_organization_do_not_overwrite_each_other(study):
    organization = add_organization(study=study, name="Acme", by=None)
    sector = add_sector(study=study, name="Air", by=None)
    same = {"code": "A", "sector": sector, "by": None, "row_version": 0}
    change_organization(organization=organization, name="Acme Air", **same)

    with pytest.raises(StaleError):
        change_organization(organization=organization, name="Acme Sea", **same)

    organization.refresh_from_db()
    assert (organization.name, organization.sector) == ("Acme Air", sector)


@pytest.mark.parametrize(
    ("add", "change", "kind"),
    [(add_region, change_region, "region"), (add_sector, change_sector, "sector")],
)
def test_a_place_is_changed_only_as_it_was_read(study, add, change, kind):
    place = add(study=study, name="Air", by=None)
    change(**{kind: place}, name="Airlines", row_version=0, by=None)

    with pytest.raises(StaleError):
        change(**{kind: place}, name="Airports", row_version=0, by=None)

    place.refresh_from_db()
    assert (place.name, place.row_version) == ("Airlines", 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("add", "change", "kind"),
    [(add_region, change_region, "region"), (add_sector, change_sector, "sector")],
)
def test_of_two_who_change_a_place_at_once_one_is_told(add, change, kind):
    study = found_study(slug="s", name="S")
    place = add(study=study, name="Air", by=None)

    def rename(name):
        mine = type(place).objects.select_related("study").get(pk=place.pk)
        return lambda: change(**{kind: mine}, name=name, row_version=0, by=None)

    outcomes = at_once(rename("Ann"), rename("Bob"))

    assert {type(outcome) for outcome in outcomes} == {type(place), StaleError}
    (kept,) = (each for each in outcomes if isinstance(each, type(place)))
    place.refresh_from_db()
    assert (place.name, place.row_version) == (kept.name, 1)


# -- Sites ------------------------------------------------------------------------------------


def test_a_site_is_found_again_by_its_key(study):
    region = add_region(study=study, name="North", countries=["CA"], by=None)
    organization = OrganizationFactory(study=study)

    first = site_for(organization=organization, country="CA", place="Rome")
    again = site_for(organization=organization, country="CA", place="Rome", region=region)
    elsewhere = site_for(organization=organization, country="CA", place="Oslo")

    assert first == again
    assert first.region == region
    assert elsewhere != first


def test_a_site_without_a_country_is_in_the_region_not_stated(study):
    site = site_for(organization=OrganizationFactory(study=study))

    assert site.region == not_stated(study)


def test_the_same_site_is_not_added_twice(study):
    organization = OrganizationFactory(study=study)
    add_site(organization=organization, country="CA", place="Rome", by=None)

    with pytest.raises(ValidationError) as refusal:
        add_site(organization=organization, country="CA", place="Rome", by=None)

    assert list(refusal.value.message_dict) == ["place"]
    assert Site.objects.count() == 1


@pytest.mark.parametrize("make", [add_site, site_for])
def test_a_region_removed_meanwhile_takes_no_site(study, make):
    region = add_region(study=study, name="North", by=None)
    organization = OrganizationFactory(study=study)
    remove_region(region=Region.objects.get(pk=region.pk), by=None)

    with pytest.raises(RefusedError, match="removed meanwhile"):
        make(organization=organization, place="Rome", region=region, by=None)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_site_waits_for_the_removal_of_its_region_and_is_then_refused(study, monkeypatch):
    """Without the lock of the study the site is written, and the removal breaks its reference."""
    region = add_region(study=study, name="North", by=None)
    organization = OrganizationFactory(study=study)
    has_looked = threading.Event()

    def record_slowly(**change):
        if change["verb"] == "remove_region":
            has_looked.set()
            time.sleep(LONG_ENOUGH_TO_BLOCK)
        return record_change(**change)

    def put_a_site_there():
        assert has_looked.wait(10)
        site_for(organization=organization, place="Rome", region=region)

    monkeypatch.setattr(places, "record_change", record_slowly)
    removed, refused = at_once(
        lambda: remove_region(region=Region.objects.get(pk=region.pk), by=None), put_a_site_there
    )

    assert (removed, type(refused)) == (None, RefusedError)
    assert not Site.objects.exists()
    assert not Region.objects.filter(pk=region.pk).exists()
