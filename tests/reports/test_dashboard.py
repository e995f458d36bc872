"""The region table as a page: who sees it, what it says, how fresh it is."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from incidents.choices import RoleName, Valence
from incidents.models import Study
from incidents.templatetags.figure_tags import percent_in_words
from taxonomy.choices import Outcome
from taxonomy.models import Category, Tally, TallyPointer
from tests.factories import MemberFactory, OrganizationFactory, SiteFactory
from tests.reports.told import SECRET, blind, tell
from tests.taxonomy.factories import CategoryFactory, RoundFactory, SchemeFactory

PAGES = (
    "table_show",
    "table_fresh",
    "table_interviews",
    "verbatim_list",
    "table_csv",
    "table_xlsx",
)


QUERIES = 17  # of a table with its form, whatever stands in it


def url_of(world, name="table_show", **query):
    return reverse(f"reports:{name}", args=[world.study.slug, world.scheme.slug], query=query)


def reading(client, member, url, **headers):
    client.force_login(member.user)
    return client.get(url, headers=headers)


def figures(page):
    """Return the lines of the first table on a page as lists of words."""
    lines = re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    cells = [re.findall(r"<t[hd].*?</t[hd]>", line, re.DOTALL) for line in lines]
    return [[" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in line] for line in cells]


def build_tally(world, rows, *, seq):
    Tally.objects.bulk_create(Tally(scheme=world.scheme, generation=7, **row) for row in rows)
    TallyPointer.objects.update_or_create(
        scheme=world.scheme,
        defaults={"generation": 7, "data_seq": seq, "built_at": timezone.now()},
    )


def test_an_analyst_reads_percentages_base_interviews_and_residual_lines(client, world):
    for region, category in ((0, world.warm), (0, world.warm), (0, world.quick), (1, world.quick)):
        tell(world, "told", region=region, category=category, moments=10)
    tell(world, "told", region=1)

    page = reading(client, world.analyst, url_of(world, round=1)).text

    assert figures(page) == [
        ["Round 1", "All", "North", "South"],
        ["Warm Service", "50%", "67%", "–"],
        ["Quick Service", "50%", "33%", "10"],
        ["Base", "40 *", "30 *", "10 **"],
        ["Interviews", "4", "3", "1"],
        ["Not coded Nobody has answered yet, or not all who are to answer.", "1", "0", "1"],
    ]
    assert "* Small base, below 50" in page
    assert "** Very small base, below 30: counts stand in the place of percentages." in page
    assert 'aria-label="Quick, South: 10 (a count)"' in page
    assert 'aria-label="Base, South: 10, very small base"' in page
    assert "Up to date" in page
    assert "do not add to 100" not in page
    assert "reconstruction" not in page.lower()


def test_without_a_question_the_coarsest_round_by_region_is_shown(client, world):
    tell(world, "told", category=world.warm)

    page = reading(client, world.analyst, url_of(world)).text

    assert figures(page)[:2] == [
        ["Coarse", "All", "North", "South"],
        ["Service", "1", "1", ""],
    ]


def test_columns_filters_unit_and_counts_are_in_the_address(client, world):
    incident = tell(world, "told", category=world.warm, moments=2, valence=Valence.NEGATIVE)
    tell(world, "told", region=1, category=world.quick)
    north = str(world.regions[0].uid)

    by_valence = figures(
        reading(client, world.analyst, url_of(world, by="valence", region=north, round=1)).text
    )
    incidents = figures(
        reading(client, world.analyst, url_of(world, unit="incidents", counts="on", round=1)).text
    )

    assert incident.moments.count() == 2
    assert by_valence[0][:3] == ["Round 1", "All", "Positive"]
    assert by_valence[1][1:4] == ["2", "", "2"]
    assert ["Base", "2 **"] in [line[:2] for line in by_valence]
    assert incidents[1][:3] == ["Warm Service", "1", "1"]


def test_a_whole_table_takes_the_same_queries_for_1_and_30_facts(
    client, world, django_assert_num_queries
):
    tell(world, "told", category=world.warm)
    client.force_login(world.analyst.user)
    for _ in range(2):
        with django_assert_num_queries(QUERIES):
            assert client.get(url_of(world)).status_code == 200
        for number in range(29):
            tell(world, f"told {number}", category=world.quick, region=number % 2)


def test_the_list_of_tables_takes_the_same_queries_for_1_and_30_rounds(
    client, world, django_assert_num_queries
):
    client.force_login(world.analyst.user)
    url = reverse("reports:dashboard", args=[world.study.slug])
    for _ in range(2):
        with django_assert_num_queries(9):
            page = client.get(url).text
        for _ in range(28):
            RoundFactory(scheme=world.scheme)
    assert "Coarse" in page


# -- Who sees it ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("role", "status"),
    [("interviewer", 403), ("coder", 403), ("analyst", 200), ("admin", 200), ("stranger", 404)],
)
def test_only_analysts_and_admins_read_tables(client, world, name, role, status):
    tell(world, "planted token", category=world.warm)
    world.stranger = MemberFactory(roles=[RoleName.ADMIN])
    url = url_of(world, name, row="base", round=1)
    shown = {"verbatim_list": "planted token", "table_interviews": "Interviews"}.get(name, "Warm")

    answer = reading(client, getattr(world, role), url)

    assert answer.status_code == status
    if name != "table_xlsx":  # its bytes are read in test_exports
        assert (shown in answer.text) == (status == 200)
    if status != 200:
        assert "Warm" not in answer.text
        assert "planted token" not in answer.text


@pytest.mark.parametrize("name", PAGES)
def test_who_still_codes_blindly_is_told_why_there_is_nothing(client, world, name):
    tell(world, "planted token", category=world.warm)
    both = MemberFactory(study=world.study, roles=[RoleName.ANALYST, RoleName.CODER])
    assignment = blind(world, both)
    url = url_of(world, name, row="base", round=1)

    answer = reading(client, both, url)

    assert answer.status_code == {"table_fresh": 204, "table_csv": 404, "table_xlsx": 404}.get(
        name, 200
    )
    assert ("your judgement stays your own" in answer.text) == (answer.status_code == 200)
    assert "Warm" not in answer.text
    assert "planted token" not in answer.text

    assignment.batch.state = "locked"
    assignment.batch.save()
    assert reading(client, both, url).status_code == 200


def test_the_list_of_tables_says_where_a_coder_is_blind(client, world):
    both = MemberFactory(study=world.study, roles=[RoleName.ANALYST, RoleName.CODER])
    blind(world, both)
    url = reverse("reports:dashboard", args=[world.study.slug])

    assert "your judgement stays your own" in reading(client, both, url).text
    assert "your judgement stays your own" not in reading(client, world.analyst, url).text
    assert reading(client, world.coder, url).status_code == 403


def test_organizations_are_shown_by_code_unless_names_are_allowed(client, world):
    tell(world, "told", category=world.warm)
    url = url_of(world, by="organization")

    assert figures(reading(client, world.analyst, url).text)[0][2] == "B-17"
    assert SECRET not in reading(client, world.analyst, url).text
    assert SECRET in reading(client, world.admin, url).text

    Study.objects.filter(pk=world.study.pk).update(names_shown_to_analysts=True)
    assert SECRET in reading(client, world.analyst, url).text


def test_codes_stand_in_their_own_order_which_tells_nothing_of_names(client, world):
    for name, code in (("Aa", "X-9"), ("Zz", "A-1")):
        organization = OrganizationFactory(study=world.study, name=name, code=code)
        SiteFactory(organization=organization)

    heads = figures(reading(client, world.analyst, url_of(world, by="organization")).text)[0]

    assert heads[2:] == ["A-1", "B-17", "X-9"]


def test_a_name_cannot_be_asked_for_by_who_may_not_see_it(client, world):
    for _ in range(3):
        tell(world, "told", category=world.warm, moments=2)

    by_name = reading(client, world.analyst, url_of(world, organization=SECRET))
    by_uid = reading(client, world.analyst, url_of(world, organization=str(world.organization.uid)))

    assert by_name.status_code == 422
    assert "Select a valid choice" in by_name.text
    assert by_uid.status_code == 200
    assert "Organization of the respondent: B-17" in by_uid.text


# -- Freshness --------------------------------------------------------------------------------


def tallied(world, moments):
    site = world.organization.sites.first()
    return {
        "outcome": Outcome.SINGLE,
        "category": world.warm,
        "site": site,
        "viewpoint": "provider",
        "valence": "positive",
        "moments": moments,
    }


def test_a_table_that_is_behind_says_so_and_asks_again_until_it_is_fresh(client, world):
    tell(world, "told", category=world.warm)
    seq = Study.objects.get(pk=world.study.pk).data_seq
    build_tally(world, [tallied(world, 5)], seq=seq - 1)

    page = reading(client, world.analyst, url_of(world)).text
    assert f"data number {seq - 1} of {seq}" in page
    assert 'hx-trigger="every 2s"' in page
    [asked] = re.findall(r'hx-get="([^"]*fresh[^"]*)"', page)
    asked = asked.replace("&amp;", "&")

    assert client.get(asked, headers={"HX-Request": "true"}).status_code == 204

    build_tally(world, [tallied(world, 1)], seq=seq)
    answer = client.get(asked, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Retarget"]) == (200, "#figures")
    assert "Up to date" in answer.text
    assert "every 2s" not in answer.text


def test_htmx_gets_the_figures_only_and_an_address_to_share(client, world):
    tell(world, "told", category=world.warm)
    url = url_of(world, round=1, region="", by="sector")

    part = reading(client, world.analyst, url, **{"HX-Request": "true"})

    assert "<html" not in part.text
    assert "table-question" not in part.text
    assert part["HX-Push-Url"] == url_of(world, round=1, by="sector")
    assert "HX-Request" in part["Vary"]
    assert figures(part.text)[0] == ["Round 1", "All", "Banks"]


# -- What it says -----------------------------------------------------------------------------


def test_columns_that_do_not_add_to_100_are_named(client, world):
    for category in (world.warm, world.quick, CategoryFactory(round=world.fine)):
        tell(world, "told", category=category, moments=20)

    page = reading(client, world.analyst, url_of(world, round=1)).text

    assert "All, North do not add to 100 because their figures are rounded." in page


def test_a_reconstruction_says_what_is_invented(client, world):
    Study.objects.filter(pk=world.study.pk).update(reconstruction=True)
    tell(world, "told", category=world.warm)

    page = reading(client, world.analyst, url_of(world, counts="on")).text

    assert "Percentages as published, everything else invented" in page
    assert "The counts are reconstructed." in page
    assert 'class="reconstructed"' in page


def test_empty_states_say_what_to_do(client, world):
    tables = reverse("reports:dashboard", args=[world.study.slug])
    assert "No incident has been accepted yet" in reading(client, world.analyst, url_of(world)).text
    tell(world, "told")
    page = reading(client, world.analyst, url_of(world)).text
    assert "Nothing is placed in a category of this round yet" in page

    world.scheme = SchemeFactory(study=world.study, slug="new")
    world.scheme.rounds.update(exists=False)
    assert "No rounds yet" in reading(client, world.analyst, url_of(world)).text
    assert "has no rounds yet" in reading(client, world.analyst, tables).text

    other = MemberFactory(roles=[RoleName.ANALYST])
    empty = reading(client, other, reverse("reports:dashboard", args=[other.study.slug])).text
    assert "No scheme yet" in empty


def test_words_of_the_study_are_text_and_never_markup(client, world):
    Category.objects.filter(pk=world.warm.pk).update(name="<script>alert(1)</script>")
    tell(world, "told", category=world.warm)

    page = reading(client, world.analyst, url_of(world, round=1)).text

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_a_large_table_counts_its_interviews_in_a_second_part(client, world, monkeypatch):
    monkeypatch.setattr("reports.views.dashboard.MANY_MOMENTS", 1)
    for _ in range(2):
        tell(world, "told", category=world.warm)

    page = reading(client, world.analyst, url_of(world)).text
    [asked] = set(re.findall(r'hx-get="([^"]*interviews[^"]*)"', page))

    assert figures(client.get(asked).text) == [["Interviews", "2", "2", "0"]]


def test_the_filters_come_when_they_are_asked_for_or_in_use(client, world):
    organization = OrganizationFactory(study=world.study, name="Zephyr Mills")
    region = world.regions[0].uid
    plain = reading(client, world.analyst, url_of(world))
    address = plain.context["filters_url"]
    part = reading(client, world.analyst, address, **{"HX-Request": "true"}).text
    unfolded, in_use = (
        reading(client, world.analyst, url).text for url in (address, url_of(world, region=region))
    )

    option = f'<option value="{organization.uid}">'
    assert option not in plain.text
    assert [page.count(option) for page in (part, unfolded, in_use)] == [1, 1, 1]
    assert ("<html" in part, '<details class="filters" open>' in unfolded) == (False, True)


def test_a_share_is_written_as_the_language_of_the_reader_writes_it(client, world):
    tell(world, "told", category=world.warm, moments=30)
    english, german = (
        reading(client, world.analyst, url_of(world, round=1), **{"Accept-Language": code}).text
        for code in ("en", "de")
    )

    assert ("100%</a>" in english, "100\N{NO-BREAK SPACE}%</a>" in english) == (True, False)
    assert ("100%</a>" in german, "100\N{NO-BREAK SPACE}%</a>" in german) == (False, True)


@pytest.mark.parametrize(
    ("shown", "written"),
    [("18%", "18\N{NO-BREAK SPACE}%"), ("<1%", "<1\N{NO-BREAK SPACE}%"), ("–", "–"), (None, "")],
)
def test_what_is_no_number_of_per_cent_stays_as_it_is(shown, written):
    with translation.override("fr"):
        assert percent_in_words(shown) == written
