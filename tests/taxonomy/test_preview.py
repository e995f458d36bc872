"""What a preview says is what the tables show once it is done."""

import itertools
import random
import uuid
from collections import defaultdict

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incidents.actions.refusals import RefusedError
from incidents.choices import IncidentState, RoleName
from incidents.models import Incident, Moment
from taxonomy.actions.batching import merge_categories, place_categories, place_category
from taxonomy.actions.coding import code_moment, take_next_assignment
from taxonomy.actions.editing import add_category, describe_category, start_scheme
from taxonomy.actions.planning import lock_batch, open_batch
from taxonomy.actions.splitting import resort, split_category
from taxonomy.choices import Unclassifiable
from taxonomy.models import Assignment, Category, Coding
from taxonomy.queries import preview as preview_queries
from taxonomy.queries.facts import facts_of
from taxonomy.queries.preview import pairs_of_coders, preview_of_merge, preview_of_place
from taxonomy.queries.tables import answer
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.display import percent_shown
from taxonomy.tabulation.preview import agreeing
from taxonomy.tabulation.specification import Specification
from tests.factories import IncidentFactory, MemberFactory, StudyFactory
from tests.taxonomy.random_study import make_random_study

pytestmark = pytest.mark.django_db


def figures(scheme):
    """The shares that all tables by region show, by round, category and column."""
    return {
        (position, row.node.name): [cell.percent for cell in row.cells]
        for position in tree_of(scheme).rounds
        for row in answer(scheme, Specification(position), from_facts=True).table.rows
    }


def places(scheme):
    """The category or line that each moment counts in at each round."""
    tree = tree_of(scheme)
    rows = facts_of(scheme).values_list("pk", "settled__category_id", "settled__contested")
    return {
        (moment, position): (
            tree.at_round(category, position)
            if category
            else contested and tree.agreed_at(map(int, contested.strip(",").split(",")), position)
        )
        for moment, category, contested in rows
        for position in tree.rounds
    }


def stands_as_previewed(scheme, preview, before):
    after = figures(scheme)
    told = {
        (changed.position, row.name): (
            None if row.gone else [figure.after for figure in row.figures]
        )
        for _name, changed in preview.rounds
        for row in changed.rows
    }
    for place in before.keys() | after.keys():
        assert told.get(place, before.get(place)) == after.get(place), place


@pytest.mark.parametrize("seed", range(4))
def test_tables_are_afterwards_as_a_preview_of_several_said(seed):
    scheme = make_random_study(seed)
    rng = random.Random(seed)
    fine = scheme.rounds.get(exists=True, position=1)
    if not scheme.rounds.filter(exists=True, position=2).exists():
        pytest.skip("one round only")
    for name in ("Made", "Made too"):
        standing = list(fine.categories.filter(exists=True, merged_into=None).order_by("pk"))
        rows = rng.sample(standing, min(3, len(standing)))
        before = figures(scheme)
        preview = preview_of_place(rows, None, name)
        place_categories(categories=rows, name=name, by=None)
        stands_as_previewed(scheme, preview, before)

        before = figures(scheme)
        preview = preview_of_merge(rows, rows[0])
        merge_categories(categories=rows[1:], into=rows[0], by=None)
        stands_as_previewed(scheme, preview, before)


@pytest.mark.parametrize("seed", range(8))
def test_tables_are_afterwards_as_a_preview_said(seed):
    scheme = make_random_study(seed)
    rng = random.Random(seed)
    for _step in range(4):
        standing = list(
            Category.objects.filter(scheme=scheme, exists=True, merged_into=None).order_by("pk")
        )
        one, other = rng.sample(standing, 2)
        if other.round.position - one.round.position not in {0, 1}:
            continue
        before, moments = figures(scheme), places(scheme)
        merged = one.round_id == other.round_id
        preview = preview_of_merge([one], other) if merged else preview_of_place([one], other)
        try:
            if merged:
                merge_categories(categories=[one], into=other, by=None)
            else:
                place_category(category=one, parent=other, by=None)
        except RefusedError:
            continue

        stands_as_previewed(scheme, preview, before)
        later = places(scheme)
        moved = {moment for (moment, place), row in moments.items() if later[moment, place] != row}
        assert preview.moments == len(moved)


@pytest.fixture
def admin(client):
    admin = MemberFactory(study=StudyFactory(slug="study"), roles=[RoleName.ADMIN, RoleName.CODER])
    client.force_login(admin.user)
    return admin


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
            {"round": 1, "name": "One", "parent": "T", "definition": "The first."},
            {"round": 1, "name": "Two", "parent": "T"},
        ],
    )


def named(name):
    return Category.objects.get(name=name)


def code(coder, scheme, category):
    assignment = take_next_assignment(coder=coder, scheme=scheme)
    said = {"category": named(category)} if category else {"unclassifiable": Unclassifiable.OTHER}
    code_moment(assignment=assignment, by=coder, uid=uuid.uuid4(), **said)


def plan_batch(scheme, coders):
    moments = Moment.objects.filter(incident__study=scheme.study, assignments=None)
    return open_batch(scheme=scheme, name="Overlap", moments=moments, coders=coders, by=None)


def asked(client, **query):
    address = reverse("taxonomy:categories_preview", args=["study", "x"])
    query = {"category": named("One").uid} | query
    return client.get(address, query, headers={"HX-Request": "true"})


def test_a_merge_is_previewed_with_figures_and_both_definitions(client, scheme, admin):
    for name in ("One", "Two", "Two"):
        IncidentFactory(study=admin.study)
        code(admin, scheme, name)
    into = str(named("Two").uid)

    page = asked(client, into=into).text
    assert "1 moment would be counted elsewhere." in page
    assert "no longer there" in page
    assert '<span class="figure-before">67%</span>' in page
    assert ">Coarse</h3>" not in page
    assert "More than one definition" not in page

    describe_category(category=named("Two"), definition="The second.", by=admin)
    page = asked(client, into=into).text
    assert page.index("The first.") < page.index("The second.")
    describe_category(category=named("Two"), definition="The first.", by=admin)
    assert "More than one definition" not in asked(client, into=into).text
    named_anew = asked(client, into=into, name="Both").text
    assert ">Both</th>" in named_anew


def coded_by(scheme, *answers):
    """Several coders who answer alike many moments, one after another, and then lock their batch.

    An answer is the name of a category; None says that the moment cannot be classified.
    """
    lock_batch(batch=answered_by(scheme, *answers), by=None)


def answered_by(scheme, *answers):
    """The same without the lock; returns the batch."""
    coders = [MemberFactory(study=scheme.study, roles=[RoleName.CODER]) for _ in answers]
    for _moment in answers[0]:
        IncidentFactory(study=scheme.study)
    batch = plan_batch(scheme, coders)
    for coder, names in zip(coders, answers, strict=True):
        for name in names:
            code(coder, scheme, name)
    return batch


def agreement(preview):
    """The pairs of coders that agree before and after, and the number of pairs, by round."""
    return {name: (*changed.agreement, changed.pairs) for name, changed in preview.rounds}


def test_coders_who_disagreed_agree_once_what_they_said_is_merged(scheme):
    coded_by(scheme, ["One"] * 4, ["One", "Two", "One", "One"])

    preview = preview_of_merge([named("One")], named("Two"))

    assert agreement(preview) == {"Fine": ("75%", "100%", 4), "Coarse": ("100%", "100%", 4)}
    assert [changed.base for _name, changed in preview.rounds] == [(3, 4), (3, 4)]


def test_of_three_coders_each_pair_is_compared(scheme, admin):
    for name in ("Three", "Four"):
        add_category(round=named("One").round, name=name, by=admin)
    coded_by(scheme, ["One", "One"], ["Two", "One"], ["Three", "Four"])

    assert agreement(preview_of_merge([named("One")], named("Two"))) == {"Fine": ("17%", "33%", 6)}
    assert agreement(preview_of_merge([named("One"), named("Three")], named("Two"))) == {
        "Fine": ("17%", "67%", 6),
        "Coarse": ("33%", "67%", 6),
    }


def test_who_both_say_that_a_moment_cannot_be_classified_agree(scheme):
    coded_by(scheme, [None, None, "One"], [None, "One", "Two"])

    assert agreement(preview_of_merge([named("One")], named("Two"))) == {
        "Fine": ("33%", "67%", 3),
        "Coarse": ("67%", "67%", 3),
    }


def test_what_cannot_be_classified_agrees_with_no_category_that_is_still_to_be_made(scheme):
    coded_by(scheme, [None, "One"], ["One", "One"])

    preview = preview_of_place([named("One")], None, "New")

    assert agreement(preview) == {"Coarse": ("50%", "50%", 2)}


def test_agreement_is_of_the_categories_of_each_round(scheme, admin):
    add_category(round=named("One").round, name="Loose", by=admin)
    coded_by(scheme, ["One", "One"], ["One", "Loose"])

    preview = preview_of_place([named("Loose")], named("Top"))
    assert agreement(preview) == {"Coarse": ("50%", "100%", 2)}
    assert preview.rounds[0][1].rows == ()
    assert agreement(preview_of_place([named("One")], None)) == {"Coarse": ("50%", "–", 2)}


def test_only_what_coders_say_now_and_say_themselves_is_compared(scheme, admin):
    batch = answered_by(scheme, ["One", "Two"], ["Two", "Two"])
    changed, sorted_again = Moment.objects.order_by("pk")
    given = changed.codings.get(category=named("Two"))
    code_moment(
        assignment=given.assignment, by=given.coder, uid=uuid.uuid4(), category=named("One")
    )
    lock_batch(batch=batch, by=None)
    split_category(category=named("Two"), names=["A", "B"], by=admin)
    resort(moment=sorted_again, category=named("Two"), into=named("A"), by=admin, uid=uuid.uuid4())

    preview = preview_of_merge([named("A")], named("B"))

    assert agreement(preview) == {"Fine": ("100%", "100%", 2)}


def test_what_several_code_is_compared_once_their_batch_is_locked(scheme):
    coded_by(scheme, ["One"], ["One"])
    batch = answered_by(scheme, ["One"] * 3, ["Two"] * 3)

    before = preview_of_merge([named("One")], named("Two"))
    lock_batch(batch=batch, by=None)
    after = preview_of_merge([named("One")], named("Two"))

    assert agreement(before) == {"Fine": ("100%", "100%", 1)}
    assert agreement(after)["Fine"] == ("25%", "100%", 4)


def test_who_codes_late_is_compared_when_all_of_theirs_is_given(scheme):
    coded_by(scheme, ["One"], ["Two"], ["Two"])
    late = Assignment.objects.filter(codings__category=named("One"))
    late.update(late=True)
    assert pairs_of_coders(scheme) == {(named("Two").pk, named("Two").pk): 1}
    late.update(late=False)
    assert sum(pairs_of_coders(scheme).values()) == 3


def test_moments_of_incidents_that_do_not_count_are_not_compared(scheme):
    coded_by(scheme, ["One", "One", "Two"], ["Two", "One", "Two"])
    excluded = Moment.objects.order_by("pk")[0].incident
    Incident.objects.filter(pk=excluded.pk).update(state=IncidentState.EXCLUDED)

    assert agreement(preview_of_merge([named("One")], named("Two"))) == {
        "Fine": ("100%", "100%", 2)
    }


@pytest.mark.parametrize("seed", range(6))
def test_a_merge_never_makes_coders_agree_less_in_its_round(scheme, admin, seed):
    rng = random.Random(seed)
    fine = named("One").round
    names = ["One", "Two", *(f"F{number}" for number in range(6))]
    for name in names[2:]:
        add_category(round=fine, name=name, parent=rng.choice([None, named("Top")]), by=admin)
    coded_by(scheme, *(rng.choices([*names, None], k=8) for _coder in range(3)))
    pairs = pairs_of_coders(scheme)
    assert sum(pairs.values()) == 24

    for _merge in range(5):
        standing = fine.categories.filter(exists=True, merged_into=None).order_by("pk")
        *rows, into = rng.sample(list(standing), 2)
        tree = tree_of(scheme)
        preview = preview_of_merge(rows, into)
        merge_categories(categories=rows, into=into, by=None)
        later = tree_of(scheme)
        assert agreeing(pairs, later, 1) >= agreeing(pairs, tree, 1)
        assert agreeing(pairs, later, 1) == by_hand(scheme)
        shown = {name: after for name, (_before, after, _pairs) in agreement(preview).items()}
        assert shown.get("Fine") in {None, percent_shown(by_hand(scheme), 24)}


def by_hand(scheme):
    """How many of all pairs of answers to one moment are the same category of the finest round."""
    tree = tree_of(scheme)
    answers = defaultdict(list)
    for moment, category in Coding.objects.values_list("moment", "category"):
        answers[moment].append(category and tree.at_round(category, 1).key)
    pairs = itertools.chain.from_iterable(itertools.combinations(a, 2) for a in answers.values())
    return sum(one == other for one, other in pairs)


def test_agreement_of_more_moments_than_a_page_can_wait_for_is_not_worked_out(
    client, scheme, monkeypatch
):
    coded_by(scheme, ["One", "One"], ["Two", "Two"])
    into = str(named("Two").uid)
    monkeypatch.setattr(preview_queries, "MOST_COMPARED", 2)
    assert (
        "Pairs of coders that agree: – before and 100% after, of 2."
        in asked(client, into=into).text
    )

    monkeypatch.setattr(preview_queries, "MOST_COMPARED", 1)
    page = asked(client, into=into).text

    assert "Pairs of coders that agree" not in page
    assert "2 moments were coded by several. Pairs of coders are not compared" in page


def test_where_nobody_was_to_agree_nothing_is_asked_about_it(client, scheme, admin):
    IncidentFactory(study=admin.study)
    code(admin, scheme, "One")

    with CaptureQueriesContext(connection) as asked_for:
        page = asked(client, into=str(named("Two").uid)).text

    assert "Pairs of coders" not in page
    assert not [query for query in asked_for if "taxonomy_coding" in query["sql"]]


def test_what_is_not_asked_is_not_answered(client, scheme, admin):
    assert "Choose, and what it would do" in asked(client).text
    long = asked(client, into=str(named("Two").uid), name="x" * 301).text
    assert "at most 300 characters" in long
    merge_categories(categories=[named("One")], into=named("Two"), by=admin)
    gone = asked(client, into=str(named("Two").uid)).text
    assert "The scheme has changed meanwhile." in gone
    assert preview_of_merge([named("One")], named("Two")) is None


def test_what_changes_no_figure_is_said_to(client, scheme, admin):
    top = add_category(round=named("Top").round, name="Empty", by=admin)
    assert "No figure of a table by region changes." in asked(client, parent=str(top.uid)).text
    assert "Choose, and what it would do" in asked(client, into="").text
    assert "Choose, and what it would do" in asked(client, into=str(named("One").uid)).text


def test_who_codes_blind_is_shown_no_figure(client, scheme, admin):
    IncidentFactory(study=admin.study)
    plan_batch(scheme, [admin, MemberFactory(study=admin.study, roles=[RoleName.CODER])])

    page = asked(client, into=str(named("Two").uid)).text

    assert "when your batch is done" in page
    assert "would be counted elsewhere" not in page
