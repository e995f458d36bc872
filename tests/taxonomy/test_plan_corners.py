"""Plans beside what is held already, many portions, small samples, names, empty batches."""

import pytest

from incidents.choices import IncidentState
from incidents.models import Incident
from reports.queries.home import cards_of
from taxonomy.access import is_blind
from taxonomy.actions.coding import put_aside, take_next_assignment
from taxonomy.actions.drawing import give_out
from taxonomy.actions.planning import PlanRefused, begin_batch, lock_batch, open_batch
from taxonomy.actions.running import add_coder, change_batch, hand_on, pause_batch
from taxonomy.choices import BatchKind, BatchState, Later
from taxonomy.forms.plans import PlanForm
from taxonomy.models import AgreementReport, Assignment, Batch
from taxonomy.queries.coding import open_assignments
from taxonomy.queries.drawing import MOST_PORTIONS, Asked, asked_again, draw_again
from taxonomy.queries.planning import same_portion
from taxonomy.queries.progress import coders_left
from tests.taxonomy.disputed import coded
from tests.taxonomy.planning_world import answer, coders_in, moments_in, plan_of, scheme_to_code


@pytest.fixture
def scheme(db):
    return scheme_to_code()


@pytest.fixture
def coders(scheme):
    return coders_in(scheme)


@pytest.mark.parametrize("each", [1, 2])
def test_a_coder_who_is_named_twice_is_one_coder(scheme, coders, each):
    uid = str(coders[0].uid)
    asked = {"name": "Main", "coders": [uid, uid], "way": "whole", "each": str(each), "every": "7"}

    form = PlanForm({**asked, "later": Later.WAIT, "seed": "5"}, scheme=scheme)

    if each == 1:
        assert form.is_valid()
        assert form.asked().coders == [coders[0]]
    else:
        assert form.errors == {"each": ["Choose as many coders as are to code a moment, or more."]}


# -- What coders hold when a plan is made ------------------------------------------------------


@pytest.fixture
def held(scheme, coders):
    """Two moments that the first coder took, one of them put aside, and a plan of two others."""
    moments_in(scheme, 4)
    aside = take_next_assignment(coder=coders[0], scheme=scheme)
    put_aside(assignment=aside, by=coders[0])
    taken = [aside, take_next_assignment(coder=coders[0], scheme=scheme)]
    plan_of(scheme, coders[1:])
    return taken


def test_what_a_coder_took_before_a_plan_they_may_finish(scheme, coders, held):
    given = take_next_assignment(coder=coders[0], scheme=scheme)
    assert given == held[1]
    answer(given)
    assert take_next_assignment(coder=coders[0], scheme=scheme) == held[0]
    answer(held[0])

    assert take_next_assignment(coder=coders[0], scheme=scheme) is None
    assert cards_of([coders[0]])[0].to_code == 0


def test_what_is_handed_on_of_it_reaches_whoever_takes_it_over(scheme, coders, held):
    once = Batch.objects.get(kind=BatchKind.ONCE)

    hand_on(batch=once, coder=coders[0], to=[coders[2]], by=None)

    moments = {one.moment_id for one in held}
    assert open_assignments(coders[2], scheme).filter(moment__in=moments).count() == 2


# -- Home --------------------------------------------------------------------------------------


def test_home_counts_what_is_late_and_nothing_that_is_paused(scheme, coders, held):
    assert cards_of([coders[0]])[0].to_code == 2
    assert cards_of([coders[1]])[0].to_code == 2
    pause_batch(batch=Batch.objects.get(kind=BatchKind.PLAN), by=None)
    assert cards_of([coders[0]])[0].to_code == 2
    assert cards_of([coders[1]])[0].to_code == 0


def test_home_counts_what_is_late(scheme, coders):
    coded(scheme, coders[:2], ("Listening", "Waiting"))

    add_coder(batch=Batch.objects.get(kind=BatchKind.PLAN), coder=coders[2], by=None)

    assert cards_of([coders[2]])[0].to_code == 1


# -- Portions and samples ----------------------------------------------------------------------


def test_a_drawing_makes_a_bounded_number_of_portions(scheme):
    asked = {"name": "Main", "coders": [], "each": 2}

    assert Asked(**asked, size=1).parts(MOST_PORTIONS - 1) == MOST_PORTIONS - 1
    assert Asked(**asked, size=1).parts(250_000) == MOST_PORTIONS
    assert Asked(**asked, size=50).parts(120) == 3


def test_what_comes_later_has_the_same_small_share_drawn(scheme, coders):
    moments_in(scheme, 4)
    plan = plan_of(scheme, coders, whole=False, number=1, each=2)
    plan.drawing["drawn"][0] |= {"available": 1000, "overlap": 4}

    asked = asked_again(plan, first_due=None, portions=None)

    assert [asked.overlap(number) for number in (1000, 10_000, 250, 100)] == [4, 40, 1, 0]


def test_further_portions_have_names_that_no_portion_has(scheme, coders):
    moments_in(scheme, 4)
    plan = plan_of(scheme, coders, portions=2)
    renamed = plan.batches.get(name="Main · 2")
    change_batch(batch=renamed, name="Main · 3", due_on=None, by=None)
    moments_in(scheme, 4)
    asked = asked_again(plan, first_due=None, portions=2)
    assert [portion.name for portion in draw_again(plan, asked).portions] == [
        "Main · 4",
        "Main · 5",
    ]

    give_out(plan=plan, asked=asked, by=None)

    assert list(same_portion(renamed)) == [renamed]
    names = plan.batches.order_by("name").values_list("name", flat=True)
    assert list(names) == ["Main · 1", "Main · 3", "Main · 4", "Main · 5"]


# -- Batches -----------------------------------------------------------------------------------


def test_an_empty_batch_is_not_locked(scheme, coders):
    batch = begin_batch(scheme=scheme, name="Empty", coders=coders, by=None)

    with pytest.raises(PlanRefused, match="nothing in this batch"):
        lock_batch(batch=batch, by=None)

    batch.refresh_from_db()
    assert batch.state == BatchState.OPEN
    assert not AgreementReport.objects.exists()


def test_a_batch_that_all_incidents_have_left_can_be_locked_and_blinds_nobody_then(scheme, coders):
    moments = moments_in(scheme, 2)
    batch = open_batch(scheme=scheme, name="B", moments=moments, coders=coders[:2], by=None)
    Incident.objects.filter(moments__in=moments).update(state=IncidentState.EXCLUDED)
    assert is_blind(coders[0], scheme)

    lock_batch(batch=batch, by=None)

    assert not is_blind(coders[0], scheme)


def test_who_got_a_part_handed_on_can_be_added_and_who_has_all_cannot(scheme, coders):
    moments = moments_in(scheme, 3)
    batch = open_batch(scheme=scheme, name="B", moments=moments, coders=coders[:2], by=None)
    answer(batch.assignments.filter(coder=coders[0]).first())
    hand_on(batch=batch, coder=coders[0], to=[coders[2]], by=None)

    assert set(coders_left(batch)) == {coders[0], coders[2]}
    assert add_coder(batch=batch, coder=coders[2], by=None) == 1

    assert set(coders_left(batch)) == {coders[0]}
    assert Assignment.objects.filter(batch=batch, coder=coders[2]).count() == 3
