"""What people said behind a cell, and nothing else."""

import random
import re

import pytest
from django.urls import reverse

from incidents.actions.numbering import change_facts
from incidents.choices import Consent, RoleName, Valence, VersionKind
from incidents.models import IncidentVersion, Interview, Study
from taxonomy.choices import Dimension, Outcome, Unit
from taxonomy.models import Coding, Settlement
from taxonomy.queries.tables import answer
from taxonomy.tabulation.specification import Specification
from tests.factories import MemberFactory
from tests.reports.told import SECRET, blind, place, tell
from tests.taxonomy.importing.files import tally
from tests.taxonomy.random_study import make_random_study
from tests.taxonomy.test_behind import cells_of


def url_of(scheme, **query):
    return reverse("reports:verbatim_list", args=[scheme.study.slug, scheme.slug], query=query)


def read_all(client, url):
    """Follow the pages of a cell to the end; return the links to incidents and the count."""
    links, address = [], url
    while address:
        page = client.get(address).text
        links += re.findall(r'href="[^"]*/incidents/([0-9a-f-]{36})/"', page)
        [count] = re.findall(r"· (?:Moments|Incidents): ([\d,]+)", page)
        following = re.search(r'href="([^"]*)" rel="next"', page)
        address = url.split("?")[0] + following[1].replace("&amp;", "&") if following else None
    return links, int(count)


@pytest.mark.django_db
@pytest.mark.parametrize("unit", [Unit.MOMENTS, Unit.INCIDENTS])
def test_every_cell_of_a_table_leads_to_as_many_verbatims_as_it_counts(client, unit, monkeypatch):
    monkeypatch.setattr("reports.views.verbatims.PAGE_SIZE", 4)
    scheme = make_random_study(40, incidents=18)
    reader = MemberFactory(study=scheme.study, roles=[RoleName.ADMIN])
    client.force_login(reader.user)
    rng = random.Random(unit.value)
    asked = Specification(2, Dimension.ORGANIZATION, unit=unit)
    cells = [cell for cell in cells_of(answer(scheme, asked, from_facts=True).table) if cell[2]]
    largest = max(cells, key=lambda cell: cell[2])

    for line, column, count in [largest, *rng.sample(cells, 8)]:
        row = getattr(line, "uid", line)
        url = url_of(scheme, row=row, column=column.word, round=2, by="organization", unit=unit)
        links, said = read_all(client, url)

        assert (len(links), said) == (count, count), (row, column)
        if unit == Unit.INCIDENTS:
            assert len(set(links)) == count
    assert largest[2] > 4  # more than one page was turned


def test_the_words_stand_beside_what_is_known_about_them(client, world):
    told = tell(world, "a warm word", category=world.warm, valence=Valence.MIXED)
    Interview.objects.filter(pk=told.interview_id).update(consent=Consent.NOTES)
    tell(world, "something else", category=world.quick)
    client.force_login(world.analyst.user)

    page = client.get(url_of(world.scheme, row=world.warm.uid, round=1)).text

    assert "It was about a warm word." in page
    assert "something else" not in page
    for words in ("North", "Banks", "B-17", "Provider", "Own service", "Mixed", "Notes only"):
        assert words in page
    assert SECRET not in page
    client.force_login(world.admin.user)
    assert SECRET in client.get(url_of(world.scheme, row=world.warm.uid, round=1)).text


def test_only_the_current_version_is_read_and_a_translation_says_so(client, world):
    told = tell(world, "ein warmes Wort", category=world.warm)
    Interview.objects.filter(pk=told.interview_id).update(language="de")
    told.version = IncidentVersion.objects.create(
        incident=told,
        number=2,
        kind=VersionKind.TRANSLATION,
        headline="a warm word",
        language="en",
        sha256="",
    )
    told.save(update_fields=["version"])
    client.force_login(world.analyst.user)

    page = client.get(url_of(world.scheme, row="base", round=1)).text

    assert "a warm word" in page
    assert "ein warmes Wort" not in page
    assert "A translation; told in the language “de”." in page


@pytest.mark.parametrize("rows", [1, 20])
def test_a_page_of_verbatims_takes_the_same_queries_for_any_number(
    client, world, rows, django_assert_num_queries
):
    for number in range(rows):
        tell(world, f"told {number}", category=world.warm, region=number % 2)
    Interview.objects.update(consent=Consent.ATTRIBUTED)
    client.force_login(world.analyst.user)

    with django_assert_num_queries(15):
        page = client.get(url_of(world.scheme, row="base", round=1)).text
    with django_assert_num_queries(17):
        client.get(url_of(world.scheme, row="base", round=1, unit="incidents"))
    with django_assert_num_queries(20):  # and the table of the cell
        client.get(url_of(world.scheme, row=world.warm.uid, round=1))

    assert page.count("<article") == rows


@pytest.mark.parametrize(
    "query",
    [
        {"row": "nothing of the kind"},
        {"row": "base", "column": "Atlantis"},
        {"row": "00000000-0000-4000-8000-000000000000"},
    ],
)
def test_a_cell_that_is_not_there_is_not_found(client, world, query):
    client.force_login(world.analyst.user)

    assert client.get(url_of(world.scheme, **query)).status_code == 404


def test_a_filter_that_means_nothing_is_refused(client, world):
    client.force_login(world.analyst.user)

    answer_ = client.get(url_of(world.scheme, row="base", region="Mars"))

    assert answer_.status_code == 422
    assert "This cannot be asked" in answer_.text


def test_addresses_carry_no_counter_of_the_database(client, world):
    tell(world, "told", category=world.warm)
    client.force_login(world.analyst.user)
    page = client.get(
        reverse("reports:table_show", args=[world.study.slug, world.scheme.slug])
    ).text

    links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]*row=[^"]*)"', page)]
    words = {value for link in links for value in re.findall(r"(?:row|column)=([^&]*)", link)}

    assert len(links) == 4
    assert words == {str(world.service.uid), "base", "all", str(world.regions[0].uid)}


def note(world, incident, category, text, coder=None):
    """Let a coder have answered for an incident with a note."""
    moment = incident.moments.order_by("position").first()
    return Coding.objects.create(
        scheme=world.scheme,
        moment=moment,
        coder=coder or world.coder,
        category=category,
        note=text,
        scheme_revision=0,
        seq=1,
    )


def test_the_path_and_the_notes_of_the_codings_that_count_stand_below_the_words(client, world):
    told = tell(world, "a warm word", category=world.warm)
    note(world, told, world.warm, "because of the smile")
    other = MemberFactory(study=world.study, roles=[RoleName.CODER])
    note(world, told, world.quick, "an outvoted note", coder=other)
    waiting = tell(world, "still coded")
    Settlement.objects.create(
        scheme=world.scheme, moment=waiting.moments.get(), outcome=Outcome.WAITING, from_seq=1
    )
    note(world, waiting, world.warm, "a waiting note")
    client.force_login(world.analyst.user)

    page = client.get(url_of(world.scheme, row="base", round=1)).text
    not_coded = client.get(url_of(world.scheme, row="not_coded", round=1)).text

    assert "Service › Warm" in page
    assert "Coder A noted: because of the smile" in page
    assert world.coder.display_name not in page
    assert "an outvoted note" not in page
    assert "still coded" in not_coded
    assert "a waiting note" not in not_coded
    client.force_login(world.admin.user)
    admins = client.get(url_of(world.scheme, row="base", round=1)).text
    assert f"{world.coder.display_name} noted: because of the smile" in admins


def test_of_a_divided_incident_the_moment_that_the_cell_counts_is_marked(client, world):
    told = tell(world, "two things", moments=2)
    first, second = told.moments.order_by("position")
    place(world, first, world.warm)
    place(world, second, world.quick)
    client.force_login(world.analyst.user)

    page = client.get(url_of(world.scheme, row=world.quick.uid, round=1, unit="incidents")).text
    parts = re.search(r'<ul class="verbatim-parts".*?</ul>', page, re.DOTALL)[0]

    assert re.findall(r"(Part \d|counted in this cell|Service › \w+)", parts) == [
        "Part 1",
        "Service › Warm",
        "Part 2",
        "counted in this cell",
        "Service › Quick",
    ]
    assert reverse("reports:quote_collect", args=[world.study.slug, second.uid]) in page


@pytest.mark.parametrize(
    ("consent", "words", "collects"),
    [
        (Consent.NOTES, "Notes only: not to be quoted.", False),
        (Consent.QUOTES, "Quoted without saying who told it.", True),
        (Consent.ATTRIBUTED, "Quoted as: an employee", True),
    ],
)
def test_what_may_be_quoted_is_offered_with_who_is_named(client, world, consent, words, collects):
    told = tell(world, "a warm word", category=world.warm)
    Interview.objects.filter(pk=told.interview_id).update(consent=consent)
    client.force_login(world.analyst.user)

    page = client.get(url_of(world.scheme, row="base", round=1)).text

    assert words in page
    assert ("Collect a quote" in page) is collects


def test_who_codes_blindly_reads_neither_path_nor_note(client, world):
    told = tell(world, "a warm word", category=world.warm)
    note(world, told, world.warm, "because of the smile")
    reader = MemberFactory(study=world.study, roles=[RoleName.ANALYST, RoleName.CODER])
    blind(world, reader)
    client.force_login(reader.user)

    page = client.get(url_of(world.scheme, row="base", round=1)).text

    assert "a warm word" not in page
    assert "because of the smile" not in page


# -- Which cell it was, and the way back --------------------------------------------------------


def tell_often(world):
    for number in range(33):
        tell(world, f"warm {number}", category=world.warm)
    for number in range(7):
        tell(world, f"quick {number}", category=world.quick)
    tell(world, "in the south", category=world.quick, region=1)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "In the table: 83% of the column, 33 of 40 (Moments)."),
        ({"decimals": 1}, "In the table: 82.5% of the column, 33 of 40 (Moments)."),
        ({"shares": "row"}, "In the table: 100% of the row, 33 of 33 (Moments)."),
        ({"shares": "total"}, "In the table: 80% of everything, 33 of 41 (Moments)."),
        ({"shares": "counts"}, "In the table: 33 of 40 (Moments)."),
        ({"unit": "interviews"}, "In the table: 83% of the column, 33 of 40 (Interviews)."),
    ],
)
def test_the_words_say_the_figure_of_their_cell_as_the_table_shows_it(client, world, asked, said):
    tell_often(world)
    Interview.objects.update(implied=False)
    client.force_login(world.analyst.user)

    url = url_of(world.scheme, row=world.warm.uid, column=world.regions[0].uid, round=1, **asked)
    page = client.get(url).text

    assert said in page


def test_of_a_small_base_no_percentage_is_said(client, world):
    tell_often(world)
    client.force_login(world.analyst.user)
    south = {"column": world.regions[1].uid, "round": 1}

    page = client.get(url_of(world.scheme, row=world.quick.uid, **south)).text
    base = client.get(url_of(world.scheme, row="base", **south)).text

    assert "In the table: 1 of 1 (Moments)." in page
    assert "In the table" not in base


def test_in_a_reconstruction_the_figure_says_that_its_counts_are_invented(client, world):
    tell_often(world)
    Study.objects.filter(pk=world.study.pk).update(reconstruction=True)
    client.force_login(world.analyst.user)

    page = client.get(url_of(world.scheme, row=world.warm.uid, round=1)).text

    assert re.search(r"In the table: [^<]*\(Moments\)\. [^<]*invented: the numbers", page)


def test_the_figure_of_a_table_too_large_for_a_page_is_left_out(client, world, monkeypatch):
    monkeypatch.setattr("taxonomy.queries.tables.MOST_ONE_BY_ONE", 0)
    tell(world, "told", category=world.warm)
    client.force_login(world.analyst.user)

    page = client.get(url_of(world.scheme, row=world.warm.uid, round=1, unit="incidents")).text

    assert "It was about told." in page
    assert "In the table" not in page


def test_a_table_that_is_counted_again_says_as_of_when_its_figure_is(client, world):
    tell_often(world)
    change_facts(world.study)
    tally(world.study)
    tell(world, "later", category=world.warm)
    change_facts(world.study)
    client.force_login(world.analyst.user)

    page = client.get(url_of(world.scheme, row=world.warm.uid, round=1)).text

    assert "· All · Moments: 34" in page
    assert "In the table: 80% of the column, 33 of 41 (Moments). It was counted" in page


@pytest.mark.parametrize(
    ("back", "leads_to", "words"),
    [
        ("", None, "Back to the table"),
        ("/s/{slug}/front/#part-1", "/s/{slug}/front/#part-1", "Back to the dashboard"),
        ("/s/{slug}/dashboards/", "/s/{slug}/dashboards/", "Back"),
        ("/s/{slug}/nowhere", "/s/{slug}/nowhere", "Back"),
        ("/s/elsewhere/front/", None, "Back to the table"),
        ("https://example.org/s/{slug}/", None, "Back to the table"),
        ("//example.org/s/{slug}/", None, "Back to the table"),
    ],
)
def test_the_way_back_leads_where_one_came_from_inside_the_study(
    client, world, back, leads_to, words
):
    tell(world, "told", category=world.warm)
    client.force_login(world.analyst.user)
    back = back.format(slug=world.study.slug)

    page = client.get(url_of(world.scheme, row="base", round=1, back=back)).text

    [(href, said)] = re.findall(r'href="([^"]*)"><svg.*?</svg>\s*(Back[^<]*)</a>', page)
    table = reverse("reports:table_show", args=[world.study.slug, world.scheme.slug])
    assert said == words
    assert href == (leads_to or f"{table}?round=1").format(slug=world.study.slug)


def test_a_turned_page_still_knows_the_way_back(client, world, monkeypatch):
    monkeypatch.setattr("reports.views.verbatims.PAGE_SIZE", 1)
    for words in ("one", "two"):
        tell(world, words, category=world.warm)
    client.force_login(world.analyst.user)
    back = reverse("reports:front_show", args=[world.study.slug])

    url = url_of(world.scheme, row="base", round=1, back=back)
    [following] = re.findall(r'href="(\?[^"]*)" rel="next"', client.get(url).text)
    page = client.get(url.split("?")[0] + following.replace("&amp;", "&")).text

    assert f'href="{back}"' in page
    assert "Back to the dashboard" in page


def test_a_label_in_tables_stands_on_tables_and_the_name_in_the_scheme_beside_it(client, world):
    for category, label in ((world.service, "What was served"), (world.warm, "Kindness")):
        category.label = label
        category.save(update_fields=["label"])
    tell(world, "told", category=world.warm)
    client.force_login(world.analyst.user)
    table = reverse("reports:table_show", args=[world.study.slug, world.scheme.slug])

    words = client.get(url_of(world.scheme, row=world.warm.uid, round=1)).text
    filters = client.get(f"{table}?round=1&filters=open").text

    assert "What was served › Kindness" in words
    assert "In the scheme: “Warm”" in words
    assert ">What was served &gt; Kindness</option>" in filters
    assert '<span class="row-detail" dir="auto">What was served</span>' in filters
    assert "Service" not in words + filters
