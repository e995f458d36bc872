"""What a preview says is what the tables show once it is done."""

import random
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incidents.actions.refusals import RefusedError
from incidents.choices import RoleName
from incidents.models import Moment
from taxonomy.actions import measuring
from taxonomy.actions.batching import merge_categories, place_categories, place_category
from taxonomy.actions.coding import code_moment, take_next_assignment
from taxonomy.actions.editing import add_category, describe_category, start_scheme
from taxonomy.actions.measuring import ask_agreement
from taxonomy.actions.planning import lock_batch, open_batch
from taxonomy.choices import Unclassifiable
from taxonomy.models import AgreementReport, Category
from taxonomy.queries.facts import facts_of
from taxonomy.queries.preview import preview_of_merge, preview_of_place
from taxonomy.queries.tables import answer
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.specification import Specification
from tests.factories import IncidentFactory, MemberFactory, StudyFactory
from tests.taxonomy.random_study import make_random_study
from tests.taxonomy.reliability_study import measure

pytestmark = pytest.mark.django_db


def figures(scheme):
    """The figures that all tables by region show, by round, category and column."""
    return {
        (position, row.node.name): [cell.text for cell in row.cells]
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


@pytest.fixture(autouse=True)
def no_samples(monkeypatch):
    monkeypatch.setattr(measuring, "SAMPLES", 0)


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
    assert '<span class="figure-before">2</span>' in page
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
    measure()


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
    """Percent agreement before and after, and of how many moments, by round."""
    return {
        name: (round(before.agreement, 3), round(after.agreement, 3), after.moments)
        for name, changed in preview.rounds
        for before, after in [changed.agreement]
    }


def test_coders_who_disagreed_agree_once_what_they_said_is_merged(scheme):
    coded_by(scheme, ["One"] * 4, ["One", "Two", "One", "One"])

    preview = preview_of_merge([named("One")], named("Two"))

    assert agreement(preview) == {"Fine": (0.75, 1, 4), "Coarse": (1, 1, 4)}
    assert [changed.base for _name, changed in preview.rounds] == [(3, 4), (3, 4)]


def test_of_three_coders_each_pair_is_compared(scheme, admin):
    for name in ("Three", "Four"):
        add_category(round=named("One").round, name=name, by=admin)
    coded_by(scheme, ["One", "One"], ["Two", "One"], ["Three", "Four"])

    assert agreement(preview_of_merge([named("One")], named("Two"))) == {"Fine": (0.167, 0.333, 2)}
    assert agreement(preview_of_merge([named("One"), named("Three")], named("Two"))) == {
        "Fine": (0.167, 0.667, 2),
        "Coarse": (1, 1, 2),
    }


def test_who_both_say_that_a_moment_cannot_be_classified_agree(scheme):
    coded_by(scheme, [None, None, "One"], [None, "One", "Two"])

    assert agreement(preview_of_merge([named("One")], named("Two"))) == {
        "Fine": (0.333, 0.667, 3),
        "Coarse": (0.667, 0.667, 3),
    }


def test_what_cannot_be_classified_agrees_with_no_category_that_is_still_to_be_made(scheme):
    coded_by(scheme, [None, "One"], ["One", "One"])

    preview = preview_of_place([named("One")], None, "New")

    assert agreement(preview) == {"Coarse": (0.5, 0.5, 2)}


def test_agreement_is_of_the_categories_of_each_round(scheme, admin):
    add_category(round=named("One").round, name="Loose", by=admin)
    add_category(round=named("Top").round, name="Other", by=admin)
    coded_by(scheme, ["One", "One"], ["One", "Loose"])

    preview = preview_of_place([named("Loose")], named("Other"))
    assert [(one.moments, one.agreement, one.alpha) for one in preview.rounds[0][1].agreement] == [
        (1, 1, None),
        (2, 0.5, 0),
    ]
    assert preview.rounds[0][1].rows == ()
    loose = preview_of_place([named("One")], None).rounds[0][1].agreement
    assert [one.moments for one in loose] == [1, 0]


def figures_of(kept):
    figures = (kept["overall"][one] for one in FIGURES)
    return [figure.get("value") for figure in figures]


FIGURES = ("percent_agreement", "krippendorff_alpha", "fleiss_kappa")


@pytest.mark.parametrize("seed", range(3))
def test_the_figures_are_those_of_reliability_before_and_after(scheme, admin, seed):
    rng = random.Random(seed)
    fine = named("One").round
    names = ["One", "Two", *(f"F{number}" for number in range(4))]
    for name in names[2:]:
        add_category(round=fine, name=name, parent=rng.choice([None, named("Top")]), by=admin)
    coded_by(scheme, *(rng.choices([*names, None], k=8) for _coder in range(3)))
    rows = [named(name) for name in rng.sample(names, 2)]
    preview = preview_of_merge(rows[:1], rows[1])
    told = {changed.position: changed.agreement for _name, changed in preview.rounds}
    before = {kept["position"]: kept for kept in measured(scheme)}
    merge_categories(categories=rows[:1], into=rows[1], by=None)
    ask_agreement(scheme=scheme, by=None)
    measure()

    after = {kept["position"]: kept for kept in measured(scheme)}
    assert 1 in told
    for position, points in told.items():
        for point, kept in zip(points, (before[position], after[position]), strict=True):
            shown = [point.agreement, point.alpha, point.kappa]
            assert shown == [
                None if figure is None else pytest.approx(figure, abs=1e-6)
                for figure in figures_of(kept)
            ]
        assert points[1].agreement >= points[0].agreement or position > 1


def measured(scheme):
    return AgreementReport.objects.filter(scheme=scheme).latest("pk").answer["rounds"]


def test_what_several_code_is_compared_once_their_batch_is_locked(scheme):
    coded_by(scheme, ["One"], ["One"])
    batch = answered_by(scheme, ["One"] * 3, ["Two"] * 3)

    before = preview_of_merge([named("One")], named("Two"))
    lock_batch(batch=batch, by=None)
    measure()
    after = preview_of_merge([named("One")], named("Two"))

    assert agreement(before) == {"Fine": (1, 1, 1)}
    assert agreement(after)["Fine"] == (0.25, 1, 4)


def test_the_page_shows_figures_of_agreement_before_and_after(client, scheme):
    coded_by(scheme, ["One", "One", "Two"], ["Two", "One", "Two"])
    text = asked(client, into=str(named("Two").uid)).text

    assert '<span class="figure-before">0.667</span>' in text
    assert "<dd>– as before</dd>" in text  # at the coarse round all is one category
    assert "Of 3 moments that several coders coded, as last measured." in text
    assert "How far coders would agree" not in text


def test_agreement_that_was_not_measured_is_said_to_be_missing(client, scheme):
    lock_batch(batch=answered_by(scheme, ["One"], ["Two"]), by=None)
    into = str(named("Two").uid)
    text = asked(client, into=into).text
    assert "How far coders would agree is worked out from the figures of reliability" in text
    assert "Percent agreement" not in text

    measure()
    assert "Percent agreement" in asked(client, into=into).text
    report = AgreementReport.objects.get()
    report.answer["answers"] = None
    report.save()
    assert "How far coders would agree" in asked(client, into=into).text


def test_where_nobody_was_to_agree_nothing_is_asked_about_it(client, scheme, admin):
    IncidentFactory(study=admin.study)
    code(admin, scheme, "One")

    with CaptureQueriesContext(connection) as asked_for:
        page = asked(client, into=str(named("Two").uid)).text

    assert "Percent agreement" not in page
    told = [query["sql"] for query in asked_for]
    assert not [sql for sql in told if "taxonomy_coding" in sql or "agreementreport" in sql]


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
