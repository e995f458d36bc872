"""Training sets: made, given, coded blind, finished; and what they leave alone."""

import threading
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction

from incidents.actions.fieldwork import Part
from incidents.actions.refusals import RefusedError
from incidents.actions.screening import divide_incident
from incidents.choices import IncidentState, RoleName, Valence
from incidents.models import Change, Incident
from taxonomy.access import is_blind, sees_results
from taxonomy.actions import training as actions
from taxonomy.actions.batching import merge_categories, retire_category
from taxonomy.actions.coding import CodingRefused, code_moment
from taxonomy.actions.planning import PlanRefused, begin_batch, put_on_batch
from taxonomy.actions.running import add_coder, hand_on, lock_finished
from taxonomy.actions.training import (
    TrainingRefused,
    add_moments,
    draw_moments,
    end_training,
    finish_training,
    make_training_set,
    move_item,
    restore_set,
    retire_set,
    set_key,
    take_out,
)
from taxonomy.choices import BatchKind, BatchState, Purpose, Unclassifiable
from taxonomy.models import Assignment, Batch, Coding, Settlement, Training, TrainingItem
from taxonomy.queries.coding import unassigned_moments, work_of
from taxonomy.queries.drawing import Asked, draw
from taxonomy.queries.training import coders_to_give, items_of, lacking, offered_to
from tests.factories import IncidentFactory
from tests.racing import at_once
from tests.taxonomy.factories import AssignmentFactory
from tests.taxonomy.planning_world import coders_in, moments_in, plan_of, scheme_to_code
from tests.taxonomy.training_world import admin_of, answer, answer_all, category, give, set_of


@pytest.fixture
def scheme(db):
    return scheme_to_code()


@pytest.fixture
def newcomer(scheme):
    return coders_in(scheme, 1)[0]


@pytest.fixture
def moments(scheme):
    return moments_in(scheme, 3)


@pytest.fixture
def complete(scheme, moments):
    return set_of(scheme, moments, ["Listening", "Waiting", "Listening"])


def keys(training_set):
    return [
        (item.moment, item.category and item.category.name)
        for item in items_of(training_set).select_related("moment", "category")
    ]


def settle_by(coder, moment, name, scheme):
    row = AssignmentFactory(scheme=scheme, moment=moment, coder=coder)
    said = category(scheme, name)
    return code_moment(assignment=row, by=coder, uid=row.uid, category=said)


# -- A set -------------------------------------------------------------------------------------


def test_a_set_begins_with_what_is_settled(scheme, newcomer, moments):
    settle_by(newcomer, moments[1], "Waiting", scheme)
    made = make_training_set(scheme=scheme, name="First", by=None)

    assert add_moments(training_set=made, moments=moments[:2], by=None) == 2

    assert keys(made) == [(moments[0], None), (moments[1], "Waiting")]
    assert lacking(made) == 1


def test_a_moment_is_in_a_set_once(complete, moments):
    assert add_moments(training_set=complete, moments=[moments[0], moments[0]], by=None) == 0

    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingItem.objects.create(training_set=complete, moment=moments[0], position=9)


def test_an_item_says_a_category_or_a_reason_not_both(complete, scheme):
    item = complete.items.first()

    with pytest.raises(IntegrityError, match="says_one_thing"), transaction.atomic():
        TrainingItem.objects.filter(pk=item.pk).update(unclassifiable="other")


def test_only_accepted_moments_of_the_study_are_put_in(complete, scheme):
    (elsewhere,) = moments_in(scheme_to_code(), 1)

    with pytest.raises(TrainingRefused, match="accepted incidents of this study"):
        add_moments(training_set=complete, moments=[elsewhere], by=None)


def test_a_draw_is_spread_over_the_categories_and_repeats_itself(scheme, newcomer):
    moments = moments_in(scheme, 6)
    for moment, name in zip(moments, ["Listening"] * 5 + ["Waiting"], strict=True):
        settle_by(newcomer, moment, name, scheme)
    one = make_training_set(scheme=scheme, name="One", by=None)

    assert draw_moments(training_set=one, number=3, seed=4, by=None) == 3

    drawn = keys(one)
    assert sorted(name for _moment, name in drawn) == ["Listening", "Listening", "Waiting"]
    TrainingItem.objects.all().delete()
    draw_moments(training_set=one, number=3, seed=4, by=None)
    assert keys(one) == drawn


def test_a_second_draw_leaves_out_what_another_set_has(scheme, newcomer, moments):
    for moment in moments:
        settle_by(newcomer, moment, "Waiting", scheme)
    one, two = (make_training_set(scheme=scheme, name=name, by=None) for name in "ab")
    draw_moments(training_set=one, number=2, seed=1, by=None)

    assert draw_moments(training_set=two, number=2, seed=1, by=None) == 1
    with pytest.raises(TrainingRefused, match="No settled moment is left"):
        draw_moments(training_set=two, number=2, seed=1, by=None)


def test_items_change_places_and_stop_at_the_ends(complete, moments):
    first, second, _third = items_of(complete)

    move_item(item=first, up=True, by=None)
    move_item(item=second, up=True, by=None)

    order = [item.moment for item in items_of(complete)]
    assert order == [moments[1], moments[0], moments[2]]
    assert Change.objects.filter(verb="move_training_item").count() == 1


def test_a_key_is_a_category_that_is_offered_or_a_reason(complete, scheme):
    item = complete.items.first()
    retire_category(category=category(scheme, "Waiting"), by=None)

    with pytest.raises(TrainingRefused, match="no longer offered"):
        set_key(item=item, by=None, category=category(scheme, "Waiting"))
    with pytest.raises(TrainingRefused, match="or say why"):
        set_key(item=item, by=None)
    set_key(item=item, by=None, unclassifiable=Unclassifiable.TOO_LITTLE)

    item.refresh_from_db()
    assert (item.category, item.unclassifiable) == (None, "too_little")


def test_changing_a_key_names_who_has_coded_it(complete, scheme, newcomer, moments):
    training = give(complete, newcomer)
    answer(training, moments[0], "Waiting")
    touched, untouched, _third = items_of(complete)
    waiting = category(scheme, "Waiting")

    assert set_key(item=touched, by=None, category=waiting) == [newcomer]
    assert set_key(item=touched, by=None, category=waiting) == []  # as it is
    listening = category(scheme, "Listening")
    assert set_key(item=untouched, by=None, category=listening) == []


def test_what_is_taken_out_stays_for_who_has_coded_it(complete, newcomer, moments):
    training = give(complete, newcomer)
    answer(training, moments[0], "Waiting")
    done, due, _third = items_of(complete)

    assert take_out(item=done, by=None) == [newcomer]
    assert take_out(item=due, by=None) == []

    left = training.batch.assignments.order_by("moment").values_list("moment", flat=True)
    assert list(left) == [moments[0].pk, moments[2].pk]
    assert [item.moment for item in items_of(complete)] == [moments[2]]


def test_what_was_taken_out_comes_back_with_its_key(complete, moments):
    take_out(item=complete.items.get(moment=moments[1]), by=None)

    assert add_moments(training_set=complete, moments=[moments[1]], by=None) == 1

    assert keys(complete)[-1] == (moments[1], "Waiting")
    assert complete.items.count() == 3


# -- An incident that is cut anew --------------------------------------------------------------


def divide(incident, *labels, by):
    incident.refresh_from_db()
    parts = [Part(label=label, valence=Valence.NEGATIVE) for label in labels]
    return divide_incident(incident=incident, parts=parts, by=by, row_version=incident.row_version)


def test_what_a_set_has_is_not_cut_anew_but_its_valence_may_change(complete, scheme, moments):
    admin, incident = admin_of(scheme), moments[0].incident

    with pytest.raises(RefusedError, match=r"training set \(First steps\).*Take it out there"):
        divide(incident, "the queue", "the answer", by=admin)
    divide(incident, "", by=admin)

    assert [moment.valence for moment in incident.moments.all()] == [Valence.NEGATIVE]
    assert keys(complete)[0] == (moments[0], "Listening")


@pytest.mark.parametrize("after", [["the queue"], ["the queue", "the answer", "the end"]])
def test_a_part_that_a_set_has_does_not_go_with_its_key(scheme, after):
    admin = admin_of(scheme)
    incident = IncidentFactory(study=scheme.study, moments=2)
    made = set_of(scheme, list(incident.moments.all()), ["Listening", "Waiting"])

    with pytest.raises(RefusedError, match="Take it out there first"):
        divide(incident, *after, by=admin)

    assert [name for _moment, name in keys(made)] == ["Listening", "Waiting"]


def test_a_key_of_before_the_cut_does_not_come_back_after_it(scheme, moments):
    made = set_of(scheme, moments[:1], ["Waiting"])
    take_out(item=made.items.get(), by=None)

    first, *_rest = divide(moments[0].incident, "the queue", "the answer", by=admin_of(scheme))
    add_moments(training_set=made, moments=[first], by=None)

    assert keys(made) == [(first, None)]


# -- Who practises -----------------------------------------------------------------------------


def test_a_coder_gets_the_moments_in_their_order_and_is_blind(complete, newcomer, moments):
    training = give(complete, newcomer)

    given = training.batch.assignments.order_by("pk")
    assert [row.moment for row in given] == moments
    assert is_blind(newcomer, complete.scheme)
    assert not sees_results(newcomer, complete.scheme)
    assert Change.objects.get(verb="give_training").details["moments"] == 3


def test_a_set_without_all_keys_is_given_to_nobody(scheme, newcomer, moments):
    made = set_of(scheme, moments, ["Listening", "", ""])

    with pytest.raises(TrainingRefused, match="2 moments of this set have no key"):
        give(made, newcomer)
    assert offered_to(newcomer) == []


def test_a_key_that_is_retired_is_none_but_one_that_is_merged_is(complete, scheme, newcomer):
    listening, waiting = category(scheme, "Listening"), category(scheme, "Waiting")
    merge_categories(categories=[waiting], into=listening, by=None)
    assert lacking(complete) == 0

    retire_category(category=category(scheme, "Listening"), by=None)
    assert lacking(complete) == 3


def test_a_set_is_given_to_a_coder_once_and_not_while_retired(complete, newcomer):
    retire_set(training_set=complete, by=None)
    with pytest.raises(TrainingRefused, match="retired"):
        give(complete, newcomer)
    restore_set(training_set=complete, by=None)

    give(complete, newcomer)

    with pytest.raises(TrainingRefused, match="has or had this set"):
        give(complete, newcomer)
    assert offered_to(newcomer) == []


def test_a_member_has_a_set_once(complete, newcomer, scheme):
    give(complete, newcomer)
    batch = Batch.objects.create(scheme=scheme, name="Twice", kind=BatchKind.TRAINING)

    with pytest.raises(IntegrityError), transaction.atomic():
        Training.objects.create(training_set=complete, batch=batch, member=newcomer)


def test_who_wrote_a_key_does_not_practise_on_it(scheme, moments):
    expert = admin_of(scheme)
    expert.roles.create(name=RoleName.CODER)
    made = set_of(scheme, moments[:1], ["Waiting"], by=expert)

    with pytest.raises(TrainingRefused, match="wrote keys"):
        give(made, expert)


@pytest.mark.parametrize("did", ["wrote a key", "put the moment in"])
def test_who_wrote_a_key_that_was_written_anew_does_not_practise_on_it(scheme, moments, did):
    first, last, newcomer = coders_in(scheme, 3)
    key = "Waiting" if did == "wrote a key" else ""
    made = set_of(scheme, moments[:1], [key], by=first)
    set_key(item=made.items.get(), by=last, category=category(scheme, "Listening"))

    for wrote in (first, last):
        with pytest.raises(TrainingRefused, match="wrote keys"):
            give(made, wrote)
        assert offered_to(wrote) == []
    assert list(coders_to_give(made)) == [newcomer]
    assert offered_to(newcomer) == [made]


def test_only_active_coders_practise(complete, scheme):
    with pytest.raises(PlanRefused, match="active coders"):
        give(complete, admin_of(scheme))


def test_what_a_coder_has_already_is_left_out(complete, scheme, newcomer, moments):
    settle_by(newcomer, moments[0], "Waiting", scheme)

    training = give(complete, newcomer)

    assert [row.moment for row in training.batch.assignments.order_by("pk")] == moments[1:]


def test_practice_counts_nowhere(complete, scheme, newcomer, moments):
    training = give(complete, newcomer)
    answer_all(training, ["Listening"] * 3)

    assert set(Coding.objects.values_list("purpose", flat=True)) == {Purpose.TRAINING}
    assert not Settlement.objects.exists()
    assert list(unassigned_moments(scheme)) == moments
    assert [(work.done, work.done_today) for work in work_of(newcomer)] == [(0, 0)]


def test_it_is_finished_when_all_is_answered_and_final_then(complete, newcomer, moments):
    training = give(complete, newcomer)
    with pytest.raises(PlanRefused, match="3 answers are still due"):
        finish_training(training=training, by=newcomer)
    answer_all(training, ["Listening"] * 3)

    finished = finish_training(training=training, by=newcomer)

    assert finished.finished_at is not None
    assert finished.batch.state == BatchState.LOCKED
    assert sees_results(newcomer, complete.scheme)
    with pytest.raises(CodingRefused, match="locked"):
        answer(training, moments[0], "Waiting")
    finish_training(training=training, by=newcomer)
    assert Change.objects.filter(verb="finish_training").count() == 1


def test_nobody_but_its_coder_finishes_it_by_waiting(complete, newcomer):
    training = give(complete, newcomer)
    answer_all(training, ["Listening"] * 3)
    Assignment.objects.update(done_at="2026-01-01T00:00Z")

    lock_finished()

    assert Batch.objects.get(pk=training.batch_id).state == BatchState.OPEN


def test_a_withdrawn_incident_is_not_waited_for(complete, newcomer, moments):
    training = give(complete, newcomer)
    answer(training, moments[0], "Listening")
    answer(training, moments[1], "Listening")
    Incident.objects.filter(moments=moments[2]).update(state=IncidentState.WITHDRAWN)

    assert finish_training(training=training, by=newcomer).finished_at is not None


def test_one_that_is_ended_keeps_what_is_answered(complete, newcomer, moments):
    training = give(complete, newcomer)
    answer(training, moments[1], "Waiting")

    ended = end_training(training=training, by=None)

    assert ended.finished_at is not None
    assert [row.moment for row in ended.batch.assignments.all()] == [moments[1]]
    assert not is_blind(newcomer, complete.scheme)


def test_one_that_nobody_began_is_gone_when_it_is_ended(complete, newcomer):
    training = give(complete, newcomer)

    assert end_training(training=training, by=None) is None

    assert not Training.objects.exists()
    assert offered_to(newcomer) == [complete]


def test_one_whose_last_moment_is_taken_out_of_the_set_is_gone(scheme, newcomer, moments):
    made = set_of(scheme, moments[:2], ["Listening", "Waiting"])
    begun, other = give(made, newcomer), give(made, coders_in(scheme, 1)[0])
    answer(begun, moments[0], "Listening")

    for item in items_of(made):
        take_out(item=item, by=None)

    assert list(Training.objects.all()) == [begun]
    assert not Batch.objects.filter(pk=other.batch_id).exists()
    assert not is_blind(other.member, scheme)
    assert finish_training(training=begun, by=newcomer).finished_at is not None
    gone = Change.objects.get(verb="discard_training")
    assert gone.object_uid == other.uid


# -- What others are given ---------------------------------------------------------------------


def test_a_plan_of_several_coders_gives_what_is_practised_to_one_each(complete, scheme, moments):
    others = moments_in(scheme, 2)
    coders = coders_in(scheme)

    seen = draw(scheme, Asked(name="Main", coders=coders, each=2, whole=True, seed=1))
    plan = plan_of(scheme, coders)

    assert (seen.practised, seen.several, seen.available) == (3, 2, 5)
    assert draw(scheme, Asked(name="One", coders=coders, each=1)).practised == 0
    rows = Assignment.objects.filter(batch__plan=plan)
    several = set(rows.filter(sole=False).values_list("moment", flat=True))
    assert several == {moment.pk for moment in others}
    assert set(rows.filter(sole=True).values_list("moment", flat=True)) == {
        moment.pk for moment in moments
    }


def test_who_practised_on_a_moment_gets_it_in_no_batch_of_several(scheme, newcomer):
    moments, coders = moments_in(scheme, 2), coders_in(scheme, 3)
    plan = plan_of(scheme, coders[:2])
    made = set_of(scheme, moments[:1], ["Waiting"])
    give(made, newcomer)
    batch = plan.batches.get()

    assert add_coder(batch=batch, coder=newcomer, by=None) == 1
    handed = hand_on(batch=batch, coder=coders[0], to=[newcomer, coders[2]], by=None)

    given = Assignment.objects.filter(batch=batch, coder=newcomer)
    assert [row.moment for row in given] == [moments[1]]
    assert (handed.given, handed.left) == (2, 0)


def test_what_is_practised_is_put_on_no_batch_of_several(complete, scheme, moments):
    coders = coders_in(scheme, 2)
    batch = begin_batch(scheme=scheme, name="Later", coders=coders, by=None)

    with pytest.raises(PlanRefused, match="in a training set"):
        put_on_batch(batch=batch, incident=moments[0].incident, coders=coders, by=None)


# -- Two at once -------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_set_given_twice_at_once_is_given_once(complete, newcomer):
    outcomes = at_once(*[lambda: give(complete, newcomer)] * 2)

    assert sorted(type(one).__name__ for one in outcomes) == ["Training", "TrainingRefused"]
    assert Training.objects.count() == 1
    assert Assignment.objects.count() == 3


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_finish_at_once_finish_once(complete, newcomer):
    training = give(complete, newcomer)
    answer_all(training, ["Listening"] * 3)

    outcomes = at_once(*[lambda: finish_training(training=training, by=newcomer)] * 2)

    assert [type(one).__name__ for one in outcomes] == ["Training", "Training"]
    assert outcomes[0].finished_at == outcomes[1].finished_at
    assert Change.objects.filter(verb="finish_training").count() == 1
    assert Change.objects.filter(verb="lock_batch").count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_answer_given_while_its_moment_is_taken_out_is_kept_or_refused(
    monkeypatch, complete, newcomer, moments
):
    """The one who takes out has seen that it is not answered; then its coder answers."""
    training, item = give(complete, newcomer), items_of(complete)[0]
    seen, answered = threading.Event(), threading.Event()

    def filter_slowly(**which):
        seen.set()
        answered.wait(0.5)  # with the lock the coder is still waiting for the study
        return Coding.objects.filter(**which)

    def answer_once_seen():
        assert seen.wait(30)
        try:
            return answer(training, moments[0], "Waiting")
        finally:
            answered.set()

    slow = SimpleNamespace(objects=SimpleNamespace(filter=filter_slowly))
    monkeypatch.setattr(actions, "Coding", slow)
    touched, refusal = at_once(lambda: take_out(item=item, by=None), answer_once_seen)

    assert touched == []
    assert isinstance(refusal, CodingRefused)
    assert not Coding.objects.exists()
    assert not training.batch.assignments.filter(moment=moments[0]).exists()
