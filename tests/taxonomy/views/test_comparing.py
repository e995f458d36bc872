"""What changed between two revisions, as a list that stays readable."""

import gzip

import pytest
from django.urls import reverse

from incidents.choices import RoleName
from taxonomy.actions.batching import merge_categories, place_category
from taxonomy.actions.editing import add_category, describe_category, start_scheme
from taxonomy.actions.revisions import undo
from taxonomy.actions.rounds import drop_round, freeze_round
from taxonomy.models import Category, Revision, Round, Scheme
from taxonomy.queries.difference import compared
from taxonomy.queries.revisions import rows_of, tree_at_revision
from taxonomy.tabulation.difference import differences
from taxonomy.views import comparing
from taxonomy.views.comparing import OPEN, SPELT_OUT
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    member = MemberFactory(study__slug="s", roles=[RoleName.ADMIN], display_name="Ada")
    client.force_login(member.user)
    return member


@pytest.fixture
def scheme(admin):
    return start_scheme(
        study=admin.study,
        slug="x",
        name="X",
        by=admin,
        rounds=[{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}],
        categories=[
            {"round": 2, "code": "T", "name": "Top"},
            {"round": 1, "name": "One", "parent": "T", "definition": "Said in a calm voice."},
            {"round": 1, "name": "Two", "parent": "T"},
        ],
    )


def named(name):
    return Category.objects.get(name=name)


def compare(client, **query):
    return client.get(reverse("taxonomy:revision_compare", args=["s", "x"]), query)


def test_the_net_difference_is_told_and_not_the_steps(client, scheme, admin):
    first = scheme.revision
    merged = merge_categories(categories=[named("One")], into=named("Two"), by=admin)
    undo(revision=merged, by=admin)
    describe_category(category=named("One"), by=admin, definition="Said in a warm voice.")

    page = compare(client, **{"from": first, "to": scheme.revision + 4}).text
    assert "The latest revision is" in page

    latest = Revision.objects.filter(scheme=scheme).count()
    page = compare(client, **{"from": first, "to": latest}).text
    assert "3 steps" in page
    assert "By Ada." in page
    assert [word for word in ("Words changed", "Merged", "No longer merged") if word in page] == [
        "Words changed"
    ]
    assert "calm</del>" in page
    assert "warm</ins>" in page


def test_what_compares_is_what_the_rows_say(scheme, admin):
    place_category(category=named("One"), parent=None, by=admin)
    freeze_round(round=Round.objects.get(name="Coarse"), by=admin)
    latest = Revision.objects.filter(scheme=scheme).count()

    for former in range(latest + 1):
        told = compared(scheme, former, latest).rounds
        assert told == differences(tree_at_revision(scheme, former), rows_of(scheme))


def test_the_order_of_the_numbers_does_not_matter(client, scheme, admin):
    add_category(round=Round.objects.get(name="Fine"), name="Three", by=admin)
    there = compare(client, **{"from": 1, "to": 2}).text

    assert "Three" in there
    assert compare(client, **{"from": 2, "to": 1}).text.count("Three") == there.count("Three")


def test_what_was_taken_back_leaves_nothing_otherwise(client, scheme, admin):
    undo(revision=place_category(category=named("One"), parent=None, by=admin), by=admin)

    page = compare(client, **{"from": 1, "to": 3}).text

    assert "Nothing is otherwise" in page
    assert "was taken back" in page
    assert "Choose two different revisions." in compare(client, **{"from": 1, "to": 1}).text


def test_a_dropped_round_is_told_with_where_its_categories_went(client, scheme, admin):
    drop_round(round=Round.objects.get(name="Coarse"), by=admin)

    page = compare(client, **{"from": 1, "to": 2}).text

    assert "The round was dropped." in page
    assert page.count("not batched") == 2


@pytest.mark.parametrize(
    "query", [{"from": "x", "to": "1"}, {"from": "-1", "to": "1"}, {"to": "1"}, {"from": "9" * 30}]
)
def test_numbers_that_are_none_are_asked_again(client, scheme, query):
    answer = compare(client, **query)

    assert answer.status_code == 422
    assert "field-error" in answer.text


def test_without_numbers_the_page_asks_for_them(client, scheme):
    answer = compare(client)

    assert (answer.status_code, "Two revisions to compare" in answer.text) == (200, True)


def test_the_history_leads_there(client, scheme, admin):
    add_category(round=Round.objects.get(name="Fine"), name="Three", by=admin)

    page = client.get(reverse("taxonomy:scheme_history", args=["s", "x"])).text

    there = reverse("taxonomy:revision_compare", args=["s", "x"])
    assert f'action="{there}"' in page
    assert f'href="{there}?from=1&amp;to=2"' in page
    assert page.count('type="radio" name="from"') == 2


def test_only_one_category_is_told_of_when_asked(client, scheme, admin):
    one = named("One")
    describe_category(category=one, by=admin, definition="x")
    describe_category(category=named("Two"), by=admin, definition="y")

    page = compare(client, **{"from": 1, "to": 3, "category": str(one.uid)}).text

    assert ("Only “One”" in page, "Two</" in page, "y</ins>" in page) == (True, False, False)


def test_a_whole_template_at_once_stays_readable(client, admin):
    names = [f"A category with quite a long name, number {number}" for number in range(85)]
    long = " ".join(["word"] * 150)
    start_scheme(
        study=admin.study,
        slug="x",
        name="X",
        by=admin,
        rounds=[{"position": 1, "name": "Fine"}],
        categories=[{"round": 1, "name": name, "definition": long} for name in names],
    )

    answer = compare(client, **{"from": 0, "to": 1})

    assert all(name in answer.text for name in names)
    assert '<details class="compare-group" >' in answer.text  # folded
    assert len(gzip.compress(answer.content)) < 15_000
    assert len(names) > OPEN


def test_of_many_texts_only_the_first_are_spelt_out(client, admin):
    categories = [{"round": 1, "name": f"C{number:02}"} for number in range(SPELT_OUT + 5)]
    rounds = [{"position": 1, "name": "Fine"}]
    start_scheme(
        study=admin.study, slug="x", name="X", by=admin, rounds=rounds, categories=categories
    )
    for category in Category.objects.all():
        describe_category(category=category, by=admin, definition="said")

    page = compare(client, **{"from": 1, "to": SPELT_OUT + 6}).text

    assert (page.count("said</ins>"), page.count("Show the words")) == (SPELT_OUT, 5)
    last = named(f"C{SPELT_OUT + 4:02}")
    assert f"category={last.uid}" in page


def test_of_long_texts_only_so_many_letters_are_spelt_out(client, admin, monkeypatch):
    monkeypatch.setattr(comparing, "LETTERS", 2 * len("said"))
    categories = [{"round": 1, "name": f"C{number}"} for number in range(4)]
    rounds = [{"position": 1, "name": "Fine"}]
    start_scheme(
        study=admin.study, slug="x", name="X", by=admin, rounds=rounds, categories=categories
    )
    for category in Category.objects.all():
        describe_category(category=category, by=admin, definition="said")

    page = compare(client, **{"from": 1, "to": 5}).text

    assert (page.count("said</ins>"), page.count("Show the words")) == (2, 2)


@pytest.mark.parametrize("steps", [1, 20])
def test_a_comparison_takes_eight_queries_for_any_number_of_steps(
    client, scheme, admin, steps, django_assert_num_queries
):
    for number in range(steps):
        add_category(round=Round.objects.get(name="Fine"), name=f"More {number}", by=admin)

    with django_assert_num_queries(8):
        compare(client, **{"from": 1, "to": 1 + steps})


def test_numbers_in_addresses_have_no_thousands_set_apart(client, scheme, admin):
    Revision.objects.filter(scheme=scheme).update(number=1234)
    Scheme.objects.filter(pk=scheme.pk).update(revision=1235)

    page = client.get(reverse("taxonomy:scheme_history", args=["s", "x"])).text

    assert 'name="from" value="1234"' in page
    assert "?from=1234&amp;to=1235" in page
