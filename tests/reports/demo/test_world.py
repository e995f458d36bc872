import dataclasses
import datetime as dt
from collections import Counter

import pytest

from reports.demo import world as demo
from reports.demo.dealing import apportion
from reports.demo.plans import CellCount, World

FILES = ["reconstruction.csv", "reconstruction_b.csv"]


@pytest.fixture(scope="module", params=FILES)
def counts(request) -> list[CellCount]:
    return demo.read_counts(demo.FOLDER / request.param)


@pytest.fixture(scope="module")
def world(counts) -> World:
    return demo.build_world(counts, seed=1999)


def test_every_cell_of_the_world_has_exactly_the_count_of_the_file(counts, world):
    told = Counter((i.region, i.strategy, i.viewpoint, i.valence) for i in world.incidents)
    planned = {
        (c.region, c.strategy, c.viewpoint, c.valence): c.incidents for c in counts if c.incidents
    }
    assert dict(told) == planned


def test_the_first_reconstruction_has_2826_incidents_and_the_other_2835():
    totals = [sum(c.incidents for c in demo.read_counts(demo.FOLDER / name)) for name in FILES]
    assert totals == [2826, 2835]


def test_463_respondents_tell_two_to_ten_incidents_each(world):
    told = Counter(incident.interview for incident in world.incidents)
    assert set(told) == {interview.code for interview in world.interviews}
    assert len(world.interviews) == len({i.respondent for i in world.interviews}) == 463
    assert (min(told.values()), max(told.values())) == (2, 10)


def test_incidents_of_an_interview_are_numbered_from_one_without_a_gap(world):
    for interview in world.interviews:
        orders = [i.order for i in world.incidents if i.interview == interview.code]
        assert orders == list(range(1, len(orders) + 1))


def test_most_respondents_tell_both_what_they_did_and_what_they_received(world):
    sides: dict[str, set[str]] = {}
    for incident in world.incidents:
        sides.setdefault(incident.interview, set()).add(incident.viewpoint)
    both = sum(len(viewpoints) == 2 for viewpoints in sides.values())
    assert both / len(sides) > 0.9


def test_60_employers_32_in_america_and_28_elsewhere_over_six_sectors(world):
    parts = Counter(organization.part for organization in world.organizations)
    assert parts == {"United States and Canada": 32, "Europe and Asia": 28}
    assert {organization.sector for organization in world.organizations} == set(world.sectors)
    assert len({organization.name for organization in world.organizations}) == 60


def test_sites_lie_in_at_least_ten_countries_and_every_site_was_visited(world):
    visited = {respondent.site for respondent in world.respondents}
    assert visited == {site.code for site in world.sites}
    assert len({site.country for site in world.sites}) >= 10


def test_the_region_country_and_sector_of_an_incident_are_those_of_its_site(world):
    sites = {site.code: site for site in world.sites}
    respondents = {r.code: sites[r.site] for r in world.respondents}
    interviews = {i.code: respondents[i.respondent] for i in world.interviews}
    for incident in world.incidents:
        site = interviews[incident.interview]
        assert (incident.region, incident.country, incident.sector) == (
            site.region,
            site.country,
            site.sector,
        )


def test_every_finest_category_is_used_and_fits_its_strategy(world):
    used = {incident.category for incident in world.incidents}
    codes = {code for s in demo.STRATEGY_CODES for code in demo.finest_codes(s)}
    assert used == codes
    assert len(codes) == 85
    assert all(i.category[0] == demo.STRATEGY_CODES[i.strategy] for i in world.incidents)


def test_shares_of_the_finest_categories_are_uneven(world):
    shares = Counter(incident.category for incident in world.incidents)
    assert max(shares.values()) > 3 * min(shares.values())


def test_what_was_received_as_a_customer_was_served_elsewhere(world):
    sides = {(i.viewpoint, i.told_as == "customer", i.served_by) for i in world.incidents}
    assert sides == {("customer", True, "elsewhere"), ("provider", False, "own_site")}


def test_what_is_told_of_the_own_side_is_mostly_ones_own_service(world):
    told = Counter(i.told_as for i in world.incidents if i.viewpoint == "provider")
    assert set(told) == {"own", "colleague", "provider"}
    assert told["own"] > told["colleague"] + told["provider"]


def test_what_was_asked_for_mostly_agrees_with_the_valence(world):
    agreeing = sum(i.asked_for == demo.AGREEING[i.valence] for i in world.incidents)
    assert 0.8 < agreeing / len(world.incidents) < 0.95
    assert {i.asked_for for i in world.incidents} == {"good", "poor", "either"}


def test_incidents_happened_within_a_month_before_an_interview_of_1998_or_1999(world):
    held = {interview.code: interview.held_on for interview in world.interviews}
    for incident in world.incidents:
        day = held[incident.interview]
        assert day - dt.timedelta(days=31) < incident.happened_from <= incident.happened_to < day
    assert min(i.happened_from for i in world.incidents) >= dt.date(1998, 9, 1)
    assert max(held.values()) <= dt.date(1999, 3, 31)
    assert all(day.weekday() < 5 for day in held.values())


def test_interviewers_ask_in_their_own_region(world):
    regions = {person.code: person.region for person in world.interviewers}
    assert len(regions) == 12
    assert all(regions[i.interviewer] == i.region for i in world.interviews)


def test_the_same_seed_gives_the_same_world_and_another_seed_another(counts, world):
    assert demo.build_world(counts, seed=1999) == world
    assert demo.build_world(counts, seed=2000) != world


def test_the_regions_stand_in_the_order_of_the_published_table(world):
    header = (demo.FOLDER / "published_table.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.split(",")[2:] == list(world.regions)


def test_an_unknown_region_is_refused():
    counts = demo.read_counts()
    elsewhere = dataclasses.replace(counts[0], region="Atlantis")
    with pytest.raises(ValueError, match="Atlantis"):
        demo.build_world([*counts, elsewhere], seed=1)


def test_counts_that_do_not_fit_the_interviews_are_refused():
    tenfold = [dataclasses.replace(c, incidents=10 * c.incidents) for c in demo.read_counts()]
    with pytest.raises(ValueError, match="do not fit"):
        demo.build_world(tenfold, seed=1)


@pytest.mark.parametrize(
    ("total", "weights", "least", "shares"),
    [(3, [1, 1, 1], 0, [1, 1, 1]), (10, [3, 1], 0, [8, 2]), (10, [9, 1], 4, [6, 4])],
)
def test_apportion_gives_largest_remainders_and_the_least_to_each(total, weights, least, shares):
    assert apportion(total, weights, least) == shares


def test_apportion_refuses_when_there_is_not_enough_for_everyone():
    with pytest.raises(ValueError, match="too few"):
        apportion(3, [1, 1], least=2)
