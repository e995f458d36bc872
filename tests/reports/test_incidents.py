"""The grid of incidents: what each role finds in it, and what no filter gives away."""

import datetime as dt
import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incidents.choices import IncidentState, RoleName, ToldAs, Valence
from incidents.models import Incident, Study
from taxonomy.models import Category
from tests.factories import IncidentFactory, MemberFactory
from tests.reports.told import SECRET, blind, place, tell
from tests.taxonomy.factories import AssignmentFactory


def url_of(study, **query):
    return reverse("reports:incident_list", args=[study.slug], query=query)


def found(client, world, member, **query):
    """Return the headlines on the page, and the page."""
    client.force_login(member.user)
    answer = client.get(url_of(world.study, **query))
    assert answer.status_code == 200
    titles = re.findall(r'class="row-title"[^>]*>([^<]*)</a>', answer.text)
    return titles, answer.text


def titles(client, world, member, **query):
    return sorted(found(client, world, member, **query)[0])


def give(world, moment, coder):
    """Let the coder have the moment, as one of several."""
    AssignmentFactory(scheme=world.scheme, moment=moment, coder=coder, sole=False)


def fields(page):
    """Return the names of the filters offered."""
    return set(re.findall(r'<(?:input|select)[^>]* name="([a-z_]+)"', page))


# -- Filters ----------------------------------------------------------------------------------


def test_filters_keep_what_has_all_of_them(client, world):
    tell(world, "good north")
    tell(world, "poor north", valence=Valence.NEGATIVE, told_as=ToldAs.CUSTOMER)
    tell(world, "poor south", valence=Valence.NEGATIVE, region=1)
    north = str(world.regions[0].uid)

    def kept(**query):
        return titles(client, world, world.analyst, **query)

    assert kept() == ["good north", "poor north", "poor south"]
    assert kept(region=north) == ["good north", "poor north"]
    assert kept(region=north, valence="negative") == ["poor north"]
    assert kept(viewpoint="customer") == ["poor north"]
    assert kept(sector=str(world.organization.sector.uid), valence="positive") == ["good north"]
    by_name = titles(client, world, world.admin, organization=str(world.organization.uid))
    assert by_name == kept()
    assert kept(organization="not_stated") == []


def test_a_filter_in_use_is_said_as_the_language_writes_it(client, world):
    client.force_login(world.analyst.user)
    address = url_of(world.study, valence="positive")

    assert "Valence: Positive" in client.get(address).text
    french = client.get(address, headers={"accept-language": "fr"}).text
    assert "Valence\N{NO-BREAK SPACE}: Positive" in french


def test_valence_and_category_are_asked_of_one_moment(client, world):
    """A grid filtered by both means: has a moment with both."""
    together = tell(world, "warm and good", category=world.warm)
    apart = tell(world, "warm but poor, quick and good", moments=2)
    warm, quick = apart.moments.order_by("position")
    place(world, warm, world.warm)
    place(world, quick, world.quick)
    apart.moments.filter(pk=warm.pk).update(valence=Valence.NEGATIVE)

    def kept(**query):
        return titles(client, world, world.analyst, **query)

    assert kept(category=str(world.warm.uid)) == sorted(
        incident.version.headline for incident in (together, apart)
    )
    assert kept(category=str(world.warm.uid), valence="positive") == ["warm and good"]
    assert kept(category=str(world.quick.uid), valence="negative") == []
    assert len(kept(category=str(world.service.uid), valence="positive")) == 2


@pytest.mark.parametrize(
    ("typed", "fits"),
    [
        ("cafe STRASSE", True),
        ("strasse café", True),
        ("Straße", True),
        ("café bahnhof", False),
        ("100%", True),
        ("1%0", False),
        ("a_b", True),
        ("axb", False),
        ("back\\slash", True),
        ("%", True),
        ("_%_", False),
        ("'; drop table", False),
        ("   ", True),
    ],
)
def test_every_word_typed_must_occur_whatever_case_and_accents(client, world, typed, fits):
    tell(world, "Café in der STRASSE, 100% a_b back\\slash")

    assert bool(titles(client, world, world.analyst, q=typed)) is fits


def test_the_interviewers_note_is_not_searched(client, world):
    IncidentFactory(study=world.study, words={"headline": "told", "note": "secretnote"})

    assert titles(client, world, world.analyst, q="told") == ["told"]
    assert titles(client, world, world.analyst, q="secretnote") == []


def test_dates_keep_what_may_have_happened_between_them(client, world):
    day = dt.date(1999, 3, 10)
    tell(world, "dated", happened_from=day, happened_to=day + dt.timedelta(days=4))
    tell(world, "undated")

    assert titles(client, world, world.analyst, since="1999-03-14") == ["dated"]
    assert titles(client, world, world.analyst, since="1999-03-15") == []
    assert titles(client, world, world.analyst, until="1999-03-09") == []
    assert titles(client, world, world.analyst, until="1999-03-10") == ["dated"]


def test_what_cannot_be_asked_is_said_beside_no_rows(client, world):
    tell(world, "planted token")
    client.force_login(world.analyst.user)

    for query in ({"region": "Mars"}, {"since": "the day before"}, {"q": "a\x00b"}):
        answer = client.get(url_of(world.study, **query))
        assert answer.status_code == 422
        assert "note-danger" in answer.text
        assert "planted token" not in answer.text


# -- Lists of which a page has only what is chosen ---------------------------------------------


def written(page, name):
    """Return the choices of a filter that stand on the page: value and words."""
    listed = re.search(rf'<select name="{name}".*?</select>', page, re.DOTALL)
    choices = re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)<', listed.group())
    return [(value, html.unescape(words)) for value, words in choices]


def choices_of(client, world, name):
    address = reverse("reports:filter_choices", args=[world.study.slug, name])
    answer = client.get(address)
    return answer.json()["choices"] if answer.status_code == 200 else answer.status_code


def test_a_page_writes_what_is_chosen_and_another_address_gives_the_rest(client, world):
    tell(world, "warm one", category=world.warm)
    organization, warm = world.organization, str(world.warm.uid)
    client.force_login(world.admin.user)

    bare = client.get(url_of(world.study)).text
    asked = client.get(url_of(world.study, category=warm, organization=organization.uid)).text
    whole = client.get(url_of(world.study, category=warm, filters="whole")).text

    assert written(bare, "category") == written(bare, "organization") == [("", "All")]
    assert re.search(rf'<noscript><a [^>]*href="[^"]*category={warm}[^"]*filters=whole"', asked)
    assert "<noscript>" not in whole
    assert written(asked, "category")[1:] == [(warm, "Service > Warm")]
    assert written(asked, "organization")[1:] == [(str(organization.uid), organization.name)]
    assert "Organization: " + organization.name in asked  # the chip that takes it away
    every = choices_of(client, world, "category")
    assert [warm, "Service > Warm", f"Kinds: {world.fine.name}"] in every
    assert [list(choice) for choice in written(whole, "category")[1:]] == [row[:2] for row in every]
    assert choices_of(client, world, "organization") == [
        [str(organization.uid), SECRET, ""],
        ["not_stated", "Not stated", ""],
    ]


def test_who_may_not_ask_by_a_list_does_not_get_it(client, world):
    for member, name in (
        (world.interviewer, "category"),
        (world.coder, "organization"),
        (world.analyst, "region"),
        (world.analyst, "sort"),
    ):
        client.force_login(member.user)
        assert choices_of(client, world, name) == 404


def test_an_analyst_who_sees_no_names_gets_none_in_a_list(client, world):
    Study.objects.filter(pk=world.study.pk).update(names_shown_to_analysts=False)
    client.force_login(world.analyst.user)

    labels = [label for _value, label, _group in choices_of(client, world, "organization")]

    assert labels == [world.organization.code, "Not stated"]
    page = client.get(url_of(world.study, organization=world.organization.uid)).text
    assert world.organization.name not in page


@pytest.mark.parametrize("name", ["category", "organization"])
@pytest.mark.parametrize("value", ["Mars", "00000000-0000-4000-8000-000000000000", "x" * 300])
def test_what_a_list_does_not_have_is_refused(client, world, name, value):
    client.force_login(world.analyst.user)

    assert client.get(url_of(world.study, **{name: value})).status_code == 422


def test_a_category_that_became_another_is_asked_as_that_one(client, world):
    tell(world, "warm one", category=world.warm)
    tell(world, "quick one", category=world.quick)
    Category.objects.filter(pk=world.quick.pk).update(merged_into=world.warm)

    both, page = found(client, world, world.analyst, category=str(world.quick.uid))

    assert sorted(both) == ["quick one", "warm one"]
    assert "Category: Service &gt; Warm" in page


# -- Pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 30])
def test_the_grid_takes_the_same_queries_for_any_number_of_rows(
    client, world, rows, django_assert_num_queries
):
    for number in range(rows):
        incident = IncidentFactory(study=world.study)  # each its own site and interviewer
        place(world, incident.moments.get(), world.warm if number % 2 else world.quick)
    IncidentFactory()  # of another study, and must not show
    client.force_login(world.admin.user)

    with django_assert_num_queries(13):
        page = client.get(url_of(world.study)).text

    assert page.count('<th scope="row"') == rows


def test_pages_follow_each_other_by_key_and_keep_the_filters(client, world, monkeypatch):
    monkeypatch.setattr("reports.views.incidents.PAGE_SIZE", 3)
    for number in range(7):
        tell(world, f"good {number}")
        tell(world, f"poor {number}", valence=Valence.NEGATIVE)
    client.force_login(world.analyst.user)
    seen, address = [], "?valence=negative"
    at_least = iter((3, 3 + 3, 3 + 1))  # with the page before
    while address:
        page = client.get(url_of(world.study) + address).text
        assert f">{next(at_least)}+ incidents<" in page
        further = re.search(r'hx-get="([^"]*)" hx-trigger="load"', page)[1]
        assert "7 incidents" in client.get(html.unescape(further)).text
        seen += re.findall(r'class="row-title"[^>]*>([^<]*)</a>', page)
        following = re.search(r'href="([^"]*)" rel="next"', page)
        address = following and following[1].replace("&amp;", "&")

    assert seen == [f"poor {number}" for number in reversed(range(7))]


def test_a_count_stops_at_ten_thousand(client, world, monkeypatch):
    monkeypatch.setattr("reports.queries.grid.COUNTED", 2)
    monkeypatch.setattr("reports.views.incidents.PAGE_SIZE", 1)
    for number in range(2):
        tell(world, f"told {number}")
    assert "2 incidents" in found(client, world, world.analyst)[1]

    tell(world, "one more")

    assert "2+ incidents" in found(client, world, world.analyst)[1]


def test_a_search_stops_counting_sooner(client, world, monkeypatch):
    monkeypatch.setattr("reports.queries.grid.COUNTED_AMONG_WORDS", 2)
    monkeypatch.setattr("reports.views.incidents.PAGE_SIZE", 1)
    for number in range(3):
        tell(world, f"told {number}")
    client.force_login(world.analyst.user)
    further = reverse("reports:incident_count", args=[world.study.slug])

    assert "2+ incidents" in client.get(further, {"q": "told"}).text
    assert ">1 incident<" in found(client, world, world.analyst, q="1")[1]
    assert "3 incidents" in found(client, world, world.analyst)[1]


def test_what_fits_on_one_page_is_not_counted(client, world):
    for number in range(3):
        tell(world, f"told {number}")
    client.force_login(world.analyst.user)
    assert "3 incidents" in client.get(url_of(world.study, q="told")).text

    with CaptureQueriesContext(connection) as asked:
        client.get(url_of(world.study, q="told"))

    assert not [query for query in asked.captured_queries if "COUNT(" in query["sql"]]


def test_a_page_that_has_become_empty_still_says_how_many_there_are(client, world):
    first, *_others = [tell(world, f"told {number}") for number in range(3)]

    for asked in ({}, {"valence": "positive"}):
        titles, page = found(client, world, world.analyst, after=str(first.uid), **asked)

        assert titles == []
        assert "3 incidents" in page
    nothing = found(client, world, world.analyst, valence="negative")[1]
    assert "0 incidents" in nothing
    assert "count/?" not in nothing  # nothing follows


def test_a_count_that_takes_long_is_read_after_the_page(client, world, monkeypatch):
    monkeypatch.setattr("reports.views.incidents.PAGE_SIZE", 2)
    for number in range(3):
        tell(world, f"told {number}", category=world.warm)
    further = r'hx-get="([^"]*)" hx-trigger="load"'
    asked = {"category": str(world.warm.uid), "valence": "positive"}

    page = found(client, world, world.admin, **asked)[1]
    bare = found(client, world, world.admin)[1]

    assert "2+ incidents" in page
    assert "all 2+ that fit" in page
    assert "3 incidents" in bare
    assert re.search(further, bare) is None
    address = html.unescape(re.search(further, page)[1])
    counted = client.get(address)
    assert ">3 incidents</p>" in counted.text
    assert '<span id="all-found" hx-swap-oob="true">all 3 that fit</span>' in counted.text
    client.force_login(world.analyst.user)
    assert "all-found" not in client.get(address).text
    assert client.get(address + "&region=Mars").status_code == 422


def test_htmx_gets_the_rows_only_and_an_address_to_share(client, world):
    tell(world, "told")
    client.force_login(world.analyst.user)

    part = client.get(url_of(world.study, q="told", region=""), headers={"HX-Request": "true"})

    assert "<html" not in part.text
    assert 'role="search"' not in part.text
    assert part["HX-Push-Url"] == url_of(world.study, q="told")


def test_empty_states_say_what_to_do(client, world):
    assert "No incidents yet" in found(client, world, world.analyst)[1]
    assert "Nothing fits" in found(client, world, world.analyst, q="nowhere")[1]


# -- Who finds what ---------------------------------------------------------------------------

STATES = [state for state in IncidentState if state != IncidentState.IMPORTING]


@pytest.fixture
def everything(world):
    """One incident in each state, of the interviewer; one given to the coder; one importing."""
    for state in STATES:
        tell(world, f"own {state.value}", own=True, state=state)
    tell(world, "being imported", state=IncidentState.IMPORTING)
    assigned = tell(world, "assigned")
    give(world, assigned.moments.get(), world.coder)
    tell(world, "submitted to another", state=IncidentState.SUBMITTED)
    return world


ROLES = {
    "interviewer": ["own accepted", "own returned", "own submitted"],
    "coder": ["assigned"],
    "analyst": ["assigned", "own accepted"],
    "admin": [
        "assigned",
        "own accepted",
        "own returned",
        "own submitted",
        "submitted to another",
    ],
}


@pytest.mark.parametrize("role", ROLES)
def test_every_role_finds_what_it_may_read(client, everything, role):
    member = getattr(everything, role)

    assert titles(client, everything, member) == ROLES[role]
    assert Incident.objects.filter(study=everything.study).count() == 9  # one is held out
    aside = {
        state: titles(client, everything, member, state=state)
        for state in ("excluded", "withdrawn")
    }
    if role == "admin":
        assert aside == {"excluded": ["own excluded"], "withdrawn": ["own withdrawn"]}
    else:
        assert aside == {
            "excluded": ROLES[role],
            "withdrawn": ROLES[role],
        }  # not a filter of theirs


def test_who_is_not_in_the_study_finds_no_page(client, everything):
    stranger = MemberFactory(roles=[RoleName.ADMIN])
    client.force_login(stranger.user)

    answer = client.get(url_of(everything.study))

    assert answer.status_code == 404
    assert "own accepted" not in answer.text


def test_a_member_with_two_roles_finds_each_incident_once(client, everything):
    both = MemberFactory(study=everything.study, roles=[RoleName.ANALYST, RoleName.CODER])
    assigned = Incident.objects.get(version__headline="assigned").moments.get()
    give(everything, assigned, both)

    assert titles(client, everything, both) == ["assigned", "own accepted"]


def test_a_coders_grid_knows_no_places_and_nobody(client, everything):
    names = [SECRET, "B-17", "North", "Banks", everything.interviewer.display_name]
    place_filters = {"region", "sector", "organization"}

    _titles, page = found(client, everything, everything.coder)
    elsewhere = titles(client, everything, everything.coder, region=str(everything.regions[1].uid))

    assert [name for name in names if name in page] == []
    assert fields(page) & (place_filters | {"state"}) == set()
    assert elsewhere == ["assigned"]  # a filter that is not there filters nothing
    _titles, page = found(client, everything, everything.admin)
    assert [name for name in names if name in page] == [SECRET, "North", "Banks", names[-1]]
    assert place_filters | {"state", "category"} <= fields(page)


def test_a_coder_who_also_interviews_learns_no_places_of_what_they_code(client, everything):
    both = MemberFactory(study=everything.study, roles=[RoleName.INTERVIEWER, RoleName.CODER])
    assigned = Incident.objects.get(version__headline="assigned").moments.get()
    give(everything, assigned, both)

    shown, page = found(client, everything, both, region=str(everything.regions[1].uid))

    assert shown == ["assigned"]
    assert "North" not in page
    assert "region" not in fields(page)


def test_names_of_organizations_are_neither_shown_nor_found_by_who_may_not_see_them(client, world):
    tell(world, "told")

    _titles, page = found(client, world, world.analyst)
    assert SECRET not in page
    assert "B-17" in page
    assert titles(client, world, world.analyst, q=SECRET) == []
    client.force_login(world.analyst.user)
    assert client.get(url_of(world.study, organization=SECRET)).status_code == 422

    Study.objects.filter(pk=world.study.pk).update(names_shown_to_analysts=True)
    assert SECRET in found(client, world, world.analyst)[1]


def test_a_blind_coder_cannot_ask_by_category(client, world):
    tell(world, "warm one", category=world.warm)
    tell(world, "quick one", category=world.quick)
    both = MemberFactory(study=world.study, roles=[RoleName.ANALYST, RoleName.CODER])
    asked = {"category": str(world.warm.uid)}
    assert titles(client, world, both, **asked) == ["warm one"]

    blind(world, both)

    shown, page = found(client, world, both, **asked)
    assert sorted(shown) == ["quick one", "to be coded blindly", "warm one"]
    assert "3 incidents" in page
    assert "category" not in fields(page)
    assert "Warm" not in page


def test_an_interviewer_cannot_ask_by_category(client, world):
    tell(world, "own one", own=True, category=world.warm)

    shown, page = found(client, world, world.interviewer, category=str(world.quick.uid))

    assert shown == ["own one"]
    assert "category" not in fields(page)
    assert SECRET in page
