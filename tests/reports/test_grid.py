"""The columns of the grid, what it is sorted by, and its pages both ways."""

import datetime as dt
import re
from operator import itemgetter

import pytest
from django.urls import reverse

from incidents.choices import IncidentState, RoleName, ToldAs
from incidents.models import Incident, IncidentVersion, Site
from reports.queries.columns import COLUMNS, columns_for, sorting_of
from reports.queries.grid import grid_rows, page_of_grid
from reports.queries.incidents import sight_of
from tests.factories import IncidentFactory, MemberFactory, OrganizationFactory, SiteFactory
from tests.reports.told import tell

SORTS = [column.name for column in COLUMNS if column.sorts_by]
DAYS = [None, dt.date(1999, 3, 1), dt.date(1999, 2, 1), None, dt.date(1999, 3, 1)]


def url_of(world, **query):
    return reverse("reports:incident_list", args=[world.study.slug], query=query)


@pytest.fixture
def mixed(world):
    """Eleven incidents of which many are alike in what they are sorted by."""
    hidden = {IncidentState.IMPORTING, IncidentState.HELD_OUT}
    states = [state for state in IncidentState if state not in hidden]
    organizations = [OrganizationFactory(study=world.study, name=name) for name in "BA"]
    for number in range(11):
        incident = tell(
            world,
            f"told {number}",
            region=number % 2,
            own=number % 3 == 0,
            state=states[number % len(states)],
            told_as=list(ToldAs)[number % 4],
            happened_from=DAYS[number % 5],
            source_id=str(number % 3) if number % 4 else "",
        )
        site = SiteFactory(
            organization=organizations[number % 2],
            region=world.regions[number % 2],
            country=["", "FR", "DE"][number % 3],
        )
        Incident.objects.filter(pk=incident.pk).update(site=site)
        IncidentVersion.objects.filter(incident=incident).update(language=["", "fr"][number % 2])
    return world


def all_pages(world, sort, size):
    """Return the headlines in the order of the pages, and in that of the way back."""
    sight = sight_of(world.admin, names=True, schemes=[])
    found = Incident.objects.filter(study=world.study)
    forth, back, query = [], [], {}
    while True:
        page = page_of_grid(found, [], by=sorting_of(sight, sort), query=query, size=size)
        forth += [row.headline for row in grid_rows(page.rows, [], str)]
        if page.after is None:
            break
        query = {"after": str(page.after)}
    last = page
    back = [row.headline for row in grid_rows(last.rows, [], str)]
    while last.before is not None:
        last = page_of_grid(
            found, [], by=sorting_of(sight, sort), query={"before": str(last.before)}, size=size
        )
        back = [row.headline for row in grid_rows(last.rows, [], str)] + back
    return forth, back


def key_of(sort, incident):
    """Say in plain words what each column sorts by; what is missing comes last."""
    return {
        "region": lambda: incident.site.region.name,
        "country": lambda: str(incident.site.country),
        "sector": lambda: incident.site.organization.sector.name,
        "organization": lambda: incident.site.organization.name,
        "interviewer": lambda: str(incident.interview.interviewer),
        "held": incident.interview.held_on.toordinal,
        "viewpoint": lambda: ["customer", "provider", "not_stated"].index(incident.viewpoint),
        "told_as": lambda: ToldAs.values.index(incident.told_as),
        "asked_for": lambda: incident.asked_for,
        "happened": lambda: incident.happened_from and incident.happened_from.toordinal(),
        "language": lambda: incident.version.language,
        "source": lambda: incident.source_id,
        "state": lambda: IncidentState.values.index(incident.state),
    }[sort]()


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{name}" for name in SORTS)])
def test_every_sort_is_in_order_and_its_pages_lead_there_and_back(mixed, sort):
    forth, back = all_pages(mixed, sort, 2)

    rows = list(Incident.objects.for_list().filter(study=mixed.study))  # the newest first
    keyed = [(key_of(sort.removeprefix("-"), row), row.version.headline) for row in rows]
    stated = sorted(
        (pair for pair in keyed if pair[0] is not None),
        key=itemgetter(0),
        reverse=sort.startswith("-"),
    )
    # reverse keeps the order of equal ones, so the newest still come first
    assert forth == [headline for _key, headline in stated] + [
        headline for key, headline in keyed if key is None
    ]
    assert sorted(back) == sorted(forth)
    assert back[-2:] == forth[-2:]


def test_newest_first_leads_there_and_back(mixed):
    forth, back = all_pages(mixed, "", 3)

    assert forth == [f"told {number}" for number in reversed(range(11))]
    assert set(back) == set(forth)


def test_the_way_back_ends_with_a_full_first_page(mixed):
    sight = sight_of(mixed.admin, names=True, schemes=[])
    found = Incident.objects.filter(study=mixed.study)
    first = page_of_grid(found, [], by=sorting_of(sight, "region"), query={}, size=4)
    second = page_of_grid(
        found, [], by=sorting_of(sight, "region"), query={"after": first.after}, size=3
    )

    back = page_of_grid(
        found, [], by=sorting_of(sight, "region"), query={"before": second.before}, size=5
    )

    assert len(back.rows) == 5
    assert back.before is None


def test_a_page_goes_on_from_where_its_last_row_was_though_it_has_changed(mixed):
    sight = sight_of(mixed.admin, names=True, schemes=[])
    found = Incident.objects.filter(study=mixed.study)
    first = page_of_grid(found, [], by=sorting_of(sight, "state"), query={}, size=4)
    expected = page_of_grid(
        found, [], by=sorting_of(sight, "state"), query={"after": first.after}, size=20
    )

    Incident.objects.filter(pk=first.rows[-1].pk).update(state=IncidentState.WITHDRAWN)
    second = page_of_grid(
        found, [], by=sorting_of(sight, "state"), query={"after": first.after}, size=20
    )

    moved = {first.rows[-1].pk}
    assert {row.pk for row in second.rows} - moved == {row.pk for row in expected.rows}


@pytest.mark.parametrize(
    "place", ["nonsense", "~", "00000000-0000-0000-0000-000000000000~1", "1~x"]
)
def test_a_place_that_is_none_starts_from_the_top(client, mixed, place):
    client.force_login(mixed.admin.user)

    for query in ({"after": place}, {"after": place, "sort": "happened"}, {"before": place}):
        page = client.get(url_of(mixed, **query))
        assert page.status_code == 200
        assert page.text.count('class="row-title"') == 7  # all but excluded and withdrawn ones


@pytest.mark.parametrize("sort", SORTS)
def test_a_place_may_say_what_no_row_is_sorted_by(client, mixed, sort):
    client.force_login(mixed.admin.user)
    row = Incident.objects.first()

    for value in ("", "\x00", "x", "9" * 30, "-1", "10000-01-01"):
        page = client.get(url_of(mixed, sort=sort, after=f"{row.uid}~{value}"))
        assert page.status_code == 200


@pytest.mark.parametrize("sort", ["headline", "-", "--region", "valence", "site__region", "pk"])
def test_what_is_no_column_to_sort_by_is_newest_first(client, mixed, sort):
    client.force_login(mixed.admin.user)

    assert headlines(client, mixed, sort=sort) == headlines(client, mixed)


def test_a_row_leads_to_its_incident(client, world):
    incident = tell(world, "told")
    client.force_login(world.analyst.user)

    page = client.get(url_of(world)).text

    found = re.findall(r'class="row-title" href="([^"]*)"', page)
    assert found == [reverse("incidents:incident_show", args=[world.study.slug, incident.uid])]


def headlines(client, world, **query):
    page = client.get(url_of(world, **query)).text
    return re.findall(r'class="row-title"[^>]*>([^<]*)</a>', page)


def test_a_head_sorts_then_turns_round_then_lets_go(client, mixed):
    client.force_login(mixed.analyst.user)

    plain = client.get(url_of(mixed)).text
    up = client.get(url_of(mixed, sort="region")).text
    down = client.get(url_of(mixed, sort="-region")).text

    assert 'href="?sort=region"' in plain
    assert 'aria-sort="ascending"' in up
    assert 'href="?sort=-region"' in up
    assert 'aria-sort="descending"' in down
    assert 'class="grid-sort" href="?q="' in down


def test_who_sees_only_codes_sorts_by_codes(client, world):
    names = {"Alpha": "Z-1", "Omega": "A-1"}
    for name, code in names.items():
        organization = OrganizationFactory(study=world.study, name=name, code=code)
        incident = tell(world, f"of {name}")
        site = SiteFactory(organization=organization, region=world.regions[0])
        Incident.objects.filter(pk=incident.pk).update(site=site)
    client.force_login(world.analyst.user)
    assert headlines(client, world, sort="organization") == ["of Omega", "of Alpha"]

    client.force_login(world.admin.user)
    assert headlines(client, world, sort="organization") == ["of Alpha", "of Omega"]


# -- Columns ----------------------------------------------------------------------------------


def heads(page):
    table = page[page.index("<thead") : page.index("</thead")]
    cells = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', table, re.DOTALL)
    words = [re.sub(r"<[^>]*>", "", cell).strip() for cell in cells]
    return [word for word in words if word]  # without the box that chooses all


def choose(client, world, *names, **also):
    address = reverse("reports:grid_columns", args=[world.study.slug])
    return client.post(address, {"columns": names, "query": "sort=region", **also})


def test_columns_chosen_are_remembered_for_the_member_and_the_study(client, world):
    tell(world, "told")
    client.force_login(world.analyst.user)
    usual = heads(client.get(url_of(world)).text)

    answer = choose(client, world, "told_as", "country")

    assert answer.url == url_of(world, sort="region")
    assert usual[1:] == [
        "Region",
        "Sector",
        "Organization",
        "Viewpoint",
        "Valence",
        "Happened",
        "State",
    ]
    assert heads(client.get(url_of(world)).text) == ["Told", "Country", "Told as"]
    client.force_login(world.admin.user)
    assert "Told as" not in heads(client.get(url_of(world)).text)
    client.force_login(world.analyst.user)
    choose(client, world, usual="1")
    assert heads(client.get(url_of(world)).text) == usual


def test_no_column_at_all_is_a_choice_too(client, world):
    tell(world, "told")
    client.force_login(world.analyst.user)

    choose(client, world)

    assert heads(client.get(url_of(world)).text) == ["Told"]


def test_a_column_that_is_not_open_to_the_member_is_refused(client, world):
    tell(world, "told")
    client.force_login(world.analyst.user)

    choose(client, world, "interviewer")

    assert "Interviewer" not in heads(client.get(url_of(world)).text)
    client.force_login(world.admin.user)
    choose(client, world, "interviewer")
    assert heads(client.get(url_of(world)).text) == ["Told", "Interviewer"]


def test_a_column_of_a_former_role_is_shown_no_more(client, world):
    incident = tell(world, "told")
    member = MemberFactory(study=world.study, roles=[RoleName.ADMIN])
    client.force_login(member.user)
    choose(client, world, "interviewer", "region")

    member.roles.update(name=RoleName.ANALYST)

    page = client.get(url_of(world)).text
    assert heads(page) == ["Told", "Region"]
    assert incident.interview.interviewer.display_name not in page


@pytest.mark.parametrize("rows", [1, 30])
def test_all_columns_and_a_sort_take_the_same_queries_for_any_number_of_rows(
    client, world, rows, django_assert_num_queries
):
    for _number in range(rows):
        IncidentFactory(study=world.study)
    client.force_login(world.admin.user)
    sight = sight_of(world.admin, names=True, schemes=[])
    choose(client, world, *(column.name for column in columns_for(sight)))

    with django_assert_num_queries(13):
        page = client.get(url_of(world, sort="-organization")).text

    assert page.count('<th scope="row"') == rows
    assert Site.objects.filter(organization__study=world.study).count() == rows
