"""What a preview says is what the tables show once it is done."""

import random
import uuid

import pytest
from django.urls import reverse

from incidents.actions.refusals import RefusedError
from incidents.choices import RoleName
from incidents.models import Moment
from taxonomy.actions.batching import merge_categories, place_categories, place_category
from taxonomy.actions.coding import code_moment, take_next_assignment
from taxonomy.actions.editing import add_category, describe_category, start_scheme
from taxonomy.actions.planning import open_batch
from taxonomy.models import Category
from taxonomy.queries.facts import facts_of
from taxonomy.queries.preview import preview_of_merge, preview_of_place
from taxonomy.queries.tables import answer
from taxonomy.queries.trees import tree_of
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
    code_moment(assignment=assignment, by=coder, uid=uuid.uuid4(), category=named(category))


def plan_batch(scheme, coders):
    moments = Moment.objects.filter(incident__study=scheme.study)
    open_batch(scheme=scheme, name="Overlap", moments=moments, coders=coders, by=None)


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
    named_anew = asked(client, into=into, name="Both").text
    assert ">Both</th>" in named_anew


def test_coders_who_disagreed_agree_once_what_they_said_is_merged(client, scheme, admin):
    coders = [MemberFactory(study=admin.study, roles=[RoleName.CODER]) for _ in range(2)]
    for _ in range(4):
        IncidentFactory(study=admin.study)
    plan_batch(scheme, coders)
    for coder, names in zip(coders, (["One"] * 4, ["One", "Two", "One", "One"]), strict=True):
        for name in names:
            code(coder, scheme, name)

    preview = preview_of_merge([named("One")], named("Two"))

    [(_name, fine)] = [one for one in preview.rounds if one[1].position == 1]
    assert (fine.agreement, fine.coded_by_several) == (("75%", "100%"), 4)
    assert fine.base == (3, 4)


def test_agreement_is_of_the_categories_of_each_round(client, scheme, admin):
    coders = [MemberFactory(study=admin.study, roles=[RoleName.CODER]) for _ in range(2)]
    add_category(round=named("One").round, name="Loose", by=admin)
    for _ in range(2):
        IncidentFactory(study=admin.study)
    plan_batch(scheme, coders)
    for coder, names in zip(coders, (["One", "One"], ["One", "Loose"]), strict=True):
        for name in names:
            code(coder, scheme, name)

    [(name, coarse)] = preview_of_place([named("Loose")], named("Top")).rounds
    assert (name, coarse.rows, coarse.agreement) == ("Coarse", (), ("50%", "100%"))
    [(name, coarse)] = preview_of_place([named("One")], None).rounds
    assert (name, coarse.agreement) == ("Coarse", ("50%", "–"))


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
