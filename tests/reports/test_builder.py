"""What a table can be asked on its page: who may, what it says, and where a click leads."""

import datetime as dt
import html
import re

import pytest
from django.urls import reverse

from incidents.choices import ServedBy, Valence
from incidents.models import Interview
from taxonomy.choices import Outcome
from taxonomy.models import Settlement
from taxonomy.queries import tables
from tests.reports.test_dashboard import QUERIES, figures, reading, url_of
from tests.reports.told import blind, tell
from tests.taxonomy.factories import CategoryFactory, RoundFactory, SchemeFactory


@pytest.fixture
def told(world):
    """Tell three positive and a negative incident in the north, one in the south; no small base."""
    tell(world, "warm", category=world.warm)
    tell(world, "warm, too", category=world.warm)
    tell(world, "quick", category=world.quick)
    tell(world, "slow", category=world.quick, valence=Valence.NEGATIVE)
    tell(world, "far", category=world.warm, region=1)
    return world


@pytest.fixture
def other(told):
    """Return another scheme in which the first incident has a cause."""
    scheme = SchemeFactory(study=told.study, slug="causes", name="Causes")
    category = CategoryFactory(round=RoundFactory(scheme=scheme, name="Kinds"), name="Rules")
    first = told.study.incidents.order_by("pk").first()
    Settlement.objects.create(
        scheme=scheme,
        moment=first.moments.get(),
        outcome=Outcome.SINGLE,
        category=category,
        from_seq=1,
    )
    return scheme


def column_by(scheme):
    return f"scheme:{scheme.slug}:{scheme.rounds.get(name='Kinds').position}"


def links_of(page, text):
    """Return the addresses behind the cells of a row that begins with a text."""
    [row] = [row for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL) if f">{text}<" in row]
    return [html.unescape(one) for one in re.findall(r'href="([^"]*)"', row)]


def base_of(page):
    """Return the figures of the line Base, without the marks of small ones."""
    line = next(line for line in figures(page) if line[0] == "Base")
    return [cell.split()[0] for cell in line[1:]]


def caption(page):
    [basis] = re.findall(r'<p class="figures-basis">(.*?)</p>', page, re.DOTALL)
    return " ".join(basis.split())


@pytest.mark.django_db
def test_one_variable_divides_the_columns_of_another_under_headings(client, told):
    page = reading(client, told.analyst, url_of(told, round=1, by="region", then="valence")).text

    lines = figures(page)
    assert lines[:2] == [["Round 1", "All", "North", "South"], ["Positive", "Negative", "Positive"]]
    assert 'colspan="2" dir="auto" class="column-group">North' in page
    assert base_of(page) == ["5", "3", "1", "1"]
    assert "Round 1 by region and, within each, valence" in page


@pytest.mark.django_db
def test_a_click_on_a_nested_cell_leads_to_what_it_counts(client, told):
    page = reading(client, told.analyst, url_of(told, round=1, by="region", then="valence")).text

    *_before, negative = [url for url in links_of(page, "Quick") if "verbatims" in url]
    behind = client.get(negative).text

    assert "slow" in behind
    assert "It was about quick" not in behind
    assert "It was about warm" not in behind


@pytest.mark.django_db
def test_a_subtotal_stands_over_its_rows_and_leads_to_all_of_them(client, told):
    page = reading(client, told.analyst, url_of(told, round=1, subtotals="on")).text

    names = [line[0] for line in figures(page)][1:4]
    assert names == ["Service", "Warm", "Quick"]
    behind = client.get(links_of(page, "Service")[0]).text
    assert all(word in behind for word in ("warm, too", "quick", "slow", "far"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "Moments of incidents told, per cent of those placed in this round (the base)."),
        ({"unit": "interviews"}, "Interviews, per cent of those with a moment placed"),
        ({"shares": "row"}, "Per cent of each row."),
        ({"weight": "interview"}, "Weighted: each interview counts alike"),
        ({"origin": "event"}, "Places are the event&#x27;s: what another site served"),
        ({"recall": "inside"}, "what has none is neither inside nor before"),
    ],
)
def test_unit_base_weights_and_places_are_always_said(client, told, asked, says):
    said = caption(reading(client, told.analyst, url_of(told, round=1, **asked)).text)

    assert says in said
    assert ("Not weighted." in said) == ("weight" not in asked)
    assert ("Places are the respondent&#x27;s." in said) == ("origin" not in asked)


@pytest.mark.django_db
@pytest.mark.parametrize(("shares", "says"), [("column", True), ("row", False), ("counts", False)])
def test_only_a_base_that_percentages_are_of_is_called_small(client, told, shares, says):
    page = reading(client, told.analyst, url_of(told, round=1, shares=shares)).text

    assert ("Very small base" in page) == says
    assert ("very small base" in page) == says
    assert ("In rows of fewer than 30" in page) == (shares == "row")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"by": "quarter"}, "All interviews counted here are in Q1 2026; choose months."),
        ({"by": "month"}, "All interviews counted here are in March 2026."),
        ({"by": "region"}, ""),
        ({"by": "quarter", "then": "region"}, ""),
    ],
)
def test_a_table_of_a_single_period_says_so(client, told, asked, says):
    Interview.objects.update(held_on=dt.date(2026, 3, 2))

    page = reading(client, told.analyst, url_of(told, round=1, **asked)).text

    assert ("counted here are in" in page) == bool(says)
    assert says in page


@pytest.mark.django_db
def test_a_table_of_two_periods_names_no_single_one(client, told):
    Interview.objects.update(held_on=dt.date(2026, 3, 2))
    Interview.objects.filter(pk=Interview.objects.first().pk).update(held_on=dt.date(2026, 4, 2))

    page = reading(client, told.analyst, url_of(told, round=1, by="quarter")).text

    assert "counted here are in" not in page


@pytest.mark.django_db
@pytest.mark.parametrize(("origin", "whose"), [("", "respondent"), ("event", "event")])
def test_the_chip_of_a_place_says_whose_and_the_recall_window_how_long(client, told, origin, whose):
    told.study.recall_window_days = 45
    told.study.save()
    asked = {"region": str(told.regions[0].uid), "recall": "not_stated", "origin": origin}

    page = reading(client, told.analyst, url_of(told, round=1, **asked)).text

    assert f"Region of the {whose}: North" in page
    assert "Recall window (45 days): " in page
    assert '<span class="of-respondent">Region of the respondent</span>' in page
    assert '<span class="of-event">Region of the event</span>' in page


@pytest.mark.django_db
def test_by_the_event_what_another_site_served_is_not_stated(client, told):
    first, *_rest = told.study.incidents.order_by("pk")
    told.study.incidents.update(served_by=ServedBy.OWN_SITE)
    told.study.incidents.filter(pk=first.pk).update(served_by=ServedBy.ELSEWHERE)

    page = reading(client, told.analyst, url_of(told, round=1, origin="event")).text

    assert figures(page)[0] == ["Round 1", "All", "North", "South", "Not stated"]
    assert base_of(page) == ["5", "3", "1", "1"]


@pytest.mark.django_db
def test_another_scheme_makes_columns_and_its_residuals_stand_beside(client, told, other):
    page = reading(client, told.analyst, url_of(told, round=1, by=column_by(other))).text

    assert figures(page)[0] == ["Round 1", "All", "Rules", "Not coded"]
    assert "Round 1 by Causes: Kinds" in page


@pytest.mark.django_db
def test_who_is_blind_in_another_scheme_can_ask_nothing_of_it(client, told, other):
    told.scheme, own = other, told.scheme
    blind(told, told.analyst)
    told.scheme = own
    rule = other.categories.get()
    plain = reading(client, told.analyst, url_of(told, round=1, filters="open")).text

    for asked in ({"by": column_by(other)}, {"then": column_by(other)}):
        answer = reading(client, told.analyst, url_of(told, round=1, **asked))
        assert answer.status_code == 422
        assert "Rules" not in answer.text
    filtered = reading(client, told.analyst, url_of(told, round=1, other_category=rule.uid)).text
    assert "Causes" not in plain
    assert "Rules" not in plain + filtered
    assert figures(filtered)[1] == figures(plain)[1]


@pytest.mark.django_db
def test_a_category_of_another_scheme_is_offered_with_its_scheme(client, told, other):
    page = reading(client, told.analyst, url_of(told, round=1, filters="open")).text

    assert f'<option value="{other.categories.get().uid}">Causes: Rules</option>' in page


@pytest.mark.django_db
def test_who_wrote_things_down_only_admins_may_ask(client, told):
    by_interviewer = url_of(told, round=1, by="interviewer")
    name = Interview.objects.filter(study=told.study).first().interviewer.display_name

    refused = reading(client, told.analyst, by_interviewer)
    filters = reading(client, told.analyst, url_of(told, round=1, filters="open")).text

    assert (refused.status_code, name in refused.text) == (422, False)
    assert 'name="interviewer"' not in filters
    assert name in reading(client, told.admin, by_interviewer).text


@pytest.mark.django_db
def test_what_has_no_dates_is_neither_inside_nor_before_the_recall_window(client, told):
    first, second, *_rest = told.study.incidents.order_by("pk")
    Interview.objects.filter(study=told.study).update(held_on=dt.date(2026, 6, 1))
    for incident, day in ((first, dt.date(2026, 5, 20)), (second, dt.date(2026, 1, 1))):
        told.study.incidents.filter(pk=incident.pk).update(happened_from=day, happened_to=day)

    bases = {
        kept: base_of(reading(client, told.analyst, url_of(told, round=1, recall=kept)).text)[0]
        for kept in ("inside", "outside", "not_stated")
    }

    assert bases == {"inside": "1", "outside": "1", "not_stated": "3"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"then": "region"}, "Choose another variable than for the columns."),
        ({"weight": "interview", "unit": "incidents"}, "Weights are for moments"),
        ({"since": "soon"}, "Enter a valid date"),
        ({"by": "mood"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_asked_together_is_said(client, told, asked, says):
    answer = reading(client, told.analyst, url_of(told, round=1, **asked))

    assert answer.status_code == 422
    assert says in answer.text


@pytest.mark.django_db
def test_weights_and_interviews_cannot_be_asked_where_no_interview_is_known(client, told):
    told.study.interviews.update(implied=True, code="")
    told.study.respondents.update(implied=True)

    for asked in ({"weight": "interview"}, {"unit": "interviews"}):
        answer = reading(client, told.analyst, url_of(told, round=1, **asked))
        assert answer.status_code == 422
        assert "neither who told what nor in which interview" in answer.text


@pytest.mark.django_db
def test_a_study_too_large_for_a_page_is_offered_a_run(client, told, monkeypatch):
    monkeypatch.setattr(tables, "MOST_ONE_BY_ONE", 3)

    page = reading(client, told.analyst, url_of(told, round=1, unit="interviews")).text
    at_once = reading(client, told.analyst, url_of(told, round=1, by="month")).text

    run = reverse("reports:run_ask", args=[told.study.slug, told.scheme.slug])
    assert "Compute it as a run" in page
    assert f'action="{run}"' in page
    assert 'value="round=1&amp;unit=interviews"' in page
    assert "Compute it as a run" not in at_once


@pytest.mark.django_db
def test_every_change_gives_an_address_with_the_whole_question(client, told):
    asked = {
        "round": "1",
        "subtotals": "on",
        "by": "region",
        "then": "valence",
        "origin": "event",
        "unit": "moments",
        "weight": "interview",
        "shares": "total",
        "counts": "on",
        "viewpoint": "provider",
        "held_until": "2030-01-01",
        "first_told": "yes",
    }

    answer = reading(client, told.analyst, url_of(told, **asked), **{"HX-Request": "true"})

    assert answer.status_code == 200
    assert answer["HX-Push-Url"].split("?")[1] == "&".join(f"{k}={v}" for k, v in asked.items())


@pytest.mark.django_db
@pytest.mark.parametrize("people", [1, 12])
def test_columns_by_interviewer_take_the_same_queries_for_any_number(
    client, told, people, django_assert_num_queries
):
    for number in range(people):  # each by an interviewer of its own, as are those told before
        tell(told, f"{number}", category=told.warm)
    client.force_login(told.admin.user)
    url = url_of(told, round=1, by="interviewer", shares="counts")
    client.get(url)

    with django_assert_num_queries(QUERIES):
        page = client.get(url).text

    assert len(figures(page)[0]) == 2 + 5 + people
