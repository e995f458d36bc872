"""While a batch is coded: pauses, names and days, coders who leave and come, its end by itself."""

import datetime as dt
import threading
from collections import Counter

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from incidents.choices import IncidentState, RoleName
from incidents.models import Change, Incident, Moment
from taxonomy.access import sees_results
from taxonomy.actions import coding as coding_actions
from taxonomy.actions import running
from taxonomy.actions.batching import merge_categories
from taxonomy.actions.coding import CodingRefused, take_back, take_next_assignment
from taxonomy.actions.planning import PlanRefused, lock_batch
from taxonomy.actions.running import (
    HandedOn,
    add_coder,
    change_batch,
    hand_on,
    lock_finished,
    pause_batch,
    resume_batch,
    take_away,
)
from taxonomy.choices import BatchKind, BatchState, Outcome
from taxonomy.models import Assignment, Batch, Category, Coding, Settlement
from taxonomy.queries.checks import differences
from taxonomy.queries.coding import work_of
from taxonomy.queries.planning import own_batches
from tests.factories import MemberFactory
from tests.racing import at_once
from tests.taxonomy.planning_world import (
    answer,
    answer_open,
    coders_in,
    moments_in,
    plan_of,
    scheme_to_code,
)


@pytest.fixture
def scheme(db):
    return scheme_to_code()


@pytest.fixture
def coders(scheme):
    return coders_in(scheme)


@pytest.fixture
def plan(scheme, coders):
    """Six moments by two of the first two coders each, and four shared out among them."""
    moments_in(scheme, 10)
    return plan_of(scheme, coders[:2], whole=False, number=6)


@pytest.fixture
def batch(plan):
    return plan.batches.select_related("scheme__study").get(kind=BatchKind.PLAN)


@pytest.fixture
def shared(plan):
    return plan.batches.select_related("scheme__study").get(kind=BatchKind.SHARED)


def outcomes(batch):
    rows = Settlement.objects.filter(scheme=batch.scheme, to_seq=None)
    return Counter(rows.values_list("outcome", flat=True))


def differs(scheme):
    """Settlements that are not what the answers say."""
    return [row for row in differences(scheme.study) if row.kind == "settlement"]


def has(batch, coder):
    return batch.assignments.filter(coder=coder).count()


# -- Pause, name and day -----------------------------------------------------------------------


def test_a_paused_portion_gives_nobody_anything_until_it_is_resumed(scheme, batch, coders):
    before_one = take_next_assignment(coder=coders[0], scheme=scheme)
    pause_batch(batch=batch, by=None)
    pause_batch(batch=batch, by=None)

    assert take_next_assignment(coder=coders[0], scheme=scheme) is None
    assert [work.waiting for work in work_of(coders[0])] == [0]
    assert [own.paused for own in own_batches(coders[0])] == [True]
    answer(before_one)  # what lay before the coder is kept
    assert not sees_results(coders[0], scheme)

    resume_batch(batch=batch, by=None)
    assert take_next_assignment(coder=coders[0], scheme=scheme)
    assert [work.waiting for work in work_of(coders[0])] == [7]
    verbs = Change.objects.filter(object_uid=batch.uid).order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == ["pause_batch", "resume_batch"]


def test_a_name_and_a_day_are_those_of_both_batches_of_a_portion(plan, batch, shared, coders):
    day = dt.date(2026, 6, 1)
    change_batch(batch=batch, name="First week", due_on=day, by=None)
    change_batch(batch=shared, name="First week", due_on=day, by=None)

    assert set(plan.batches.values_list("name", "due_on")) == {("First week", day)}
    assert [(own.name, own.due_on) for own in own_batches(coders[0])] == [("First week", day)]
    assert Change.objects.get(verb="change_batch").details == {"fields": ["name", "due_on"]}


def test_two_portions_of_a_plan_have_two_names(scheme, coders):
    moments_in(scheme, 4)
    plan = plan_of(scheme, coders, portions=2)
    first = plan.batches.get(name="Main · 1")

    with pytest.raises(PlanRefused, match="Another portion"):
        change_batch(batch=first, name="Main · 2", due_on=None, by=None)


# -- Coders who leave and come -----------------------------------------------------------------


def test_open_moments_of_a_coder_go_to_others_and_answered_ones_stay(batch, coders):
    rows = list(batch.assignments.filter(coder=coders[0]).order_by("pk"))
    kept = answer(rows[0])

    assert hand_on(batch=batch, coder=coders[0], to=[coders[2]], by=None) == HandedOn(5, 0)

    assert (has(batch, coders[0]), has(batch, coders[1]), has(batch, coders[2])) == (1, 6, 5)
    assert batch.assignments.get(coder=coders[0]).moment_id == kept.moment_id
    with pytest.raises(CodingRefused, match="taken off the batch"):
        answer(rows[1])
    assert Change.objects.get(verb="hand_on").details == {
        "coder": str(coders[0].uid),
        "to": [str(coders[2].uid)],
        "moments": 5,
    }


def test_nobody_gets_a_moment_twice_and_the_rest_stays(batch, coders):
    handed = hand_on(batch=batch, coder=coders[0], to=[coders[1]], by=None)

    assert handed == HandedOn(given=0, left=6)
    assert (has(batch, coders[0]), has(batch, coders[1])) == (6, 6)
    assert not Change.objects.filter(verb="hand_on").exists()


def test_what_is_handed_on_is_balanced_and_shared_moments_stay_of_one_coder(
    scheme, plan, shared, coders
):
    more = coders_in(scheme, 1)
    mine = has(shared, coders[0])

    hand_on(batch=shared, coder=coders[0], to=[coders[2], *more], by=None)

    assert mine == 2
    assert [has(shared, one) for one in (coders[0], coders[2], *more)] == [0, 1, 1]
    assert not shared.assignments.filter(sole=False).exists()


def test_an_answer_that_was_taken_back_does_not_hold_its_moment(batch, coders):
    assignment = batch.assignments.filter(coder=coders[0]).first()
    take_back(coding=answer(assignment), by=coders[0])

    hand_on(batch=batch, coder=coders[0], to=[coders[2]], by=None)

    assert has(batch, coders[0]) == 0
    assert Coding.objects.filter(coder=coders[0], assignment=None).count() == 2
    handed_back = hand_on(batch=batch, coder=coders[2], to=[coders[0]], by=None)
    assert handed_back == HandedOn(6, 0)
    answer_open(batch, coder=coders[0])
    assert Coding.objects.live().filter(coder=coders[0]).count() == 6


def test_what_cannot_be_handed_on_is_refused(scheme, batch, coders):
    analyst = MemberFactory(study=scheme.study, roles=[RoleName.ANALYST])
    for coder, to, words in (
        (coders[0], [], "active coders"),
        (coders[0], [analyst], "active coders"),
        (coders[0], [coders[0]], "others than the coder"),
        (coders[2], [coders[0]], "answered everything"),
    ):
        with pytest.raises(PlanRefused, match=words):
            hand_on(batch=batch, coder=coder, to=to, by=None)


def test_what_nobody_can_take_is_taken_away_and_the_batch_can_be_locked(batch, coders):
    answer_open(batch, coder=coders[1])
    first = batch.assignments.filter(coder=coders[0]).first()
    answer(first, "Waiting")
    coders[0].active = False
    coders[0].save()

    assert take_away(batch=batch, coder=coders[0], by=None) == 5
    lock_batch(batch=batch, by=None)

    assert outcomes(batch) == {Outcome.SINGLE: 5, Outcome.IN_DISPUTE: 1}
    assert differs(batch.scheme) == []


def test_a_shared_moment_that_is_taken_away_is_free_again(scheme, shared, coders):
    moments = set(shared.assignments.filter(coder=coders[0]).values_list("moment", flat=True))
    take_away(batch=shared, coder=coders[0], by=None)
    resume_batch(batch=scheme.batches.get(kind=BatchKind.ONCE), by=None)

    assert take_next_assignment(coder=coders[2], scheme=scheme).moment_id in moments
    assert [work.waiting for work in work_of(coders[2])] == [2]


def test_a_coder_added_to_an_open_batch_has_all_of_it_and_is_asked_once(batch, coders):
    assert add_coder(batch=batch, coder=coders[2], by=None) == 6
    with pytest.raises(PlanRefused, match="every moment of this batch already"):
        add_coder(batch=batch, coder=coders[2], by=None)

    assert not batch.assignments.filter(late=True).exists()
    again = batch.assignments.filter(coder=coders[2]).first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(batch=batch, moment=again.moment, coder=coders[2])


def test_where_each_moment_has_one_coder_none_is_added(shared, coders):
    with pytest.raises(PlanRefused, match="each moment has one coder"):
        add_coder(batch=shared, coder=coders[2], by=None)


# -- Late answers ------------------------------------------------------------------------------


@pytest.fixture
def locked(batch):
    answer_open(batch)
    return lock_batch(batch=batch, by=None)


def test_a_coder_added_to_a_locked_batch_is_blind_until_all_is_answered(scheme, locked, coders):
    assert [sees_results(coder, scheme) for coder in coders] == [True, True, True]
    assert add_coder(batch=locked, coder=coders[2], by=None) == 6
    assert [sees_results(coder, scheme) for coder in coders] == [True, True, False]

    for _ in range(5):
        answer(take_next_assignment(coder=coders[2], scheme=scheme), "Waiting")
    assert outcomes(locked) == {Outcome.AGREED: 6}
    (own,) = own_batches(coders[2])
    assert (own.late, own.done, own.due) == (True, 5, 1)
    assert not sees_results(coders[2], scheme)

    last = answer(take_next_assignment(coder=coders[2], scheme=scheme), "Waiting")
    assert outcomes(locked) == {Outcome.IN_DISPUTE: 6}
    assert sees_results(coders[2], scheme)
    assert own_batches(coders[2]) == []
    with pytest.raises(CodingRefused, match="locked"):
        take_back(coding=last, by=coders[2])
    assert differs(scheme) == []


def test_a_late_answer_may_be_taken_back_before_the_last_one(scheme, locked, coders):
    add_coder(batch=locked, coder=coders[2], by=None)
    coding = answer(take_next_assignment(coder=coders[2], scheme=scheme))

    take_back(coding=coding, by=coders[2])

    assert own_batches(coders[2])[0].due == 6
    assert differs(scheme) == []


def test_late_answers_count_when_the_last_that_was_due_leaves_the_study(scheme, locked, coders):
    add_coder(batch=locked, coder=coders[2], by=None)
    for _ in range(5):
        answer(take_next_assignment(coder=coders[2], scheme=scheme))
    last = take_next_assignment(coder=coders[2], scheme=scheme)
    Incident.objects.filter(moments=last.moment).update(state=IncidentState.WITHDRAWN)
    assert not sees_results(coders[2], scheme)

    lock_finished()

    assert sees_results(coders[2], scheme)
    assert not Assignment.objects.filter(late=True).exists()


def test_a_late_coder_who_leaves_is_relieved_and_what_they_answered_counts(scheme, locked, coders):
    add_coder(batch=locked, coder=coders[2], by=None)
    answer(take_next_assignment(coder=coders[2], scheme=scheme), "Waiting")

    assert take_away(batch=locked, coder=coders[2], by=None) == 5

    assert outcomes(locked) == {Outcome.AGREED: 5, Outcome.IN_DISPUTE: 1}
    assert sees_results(coders[2], scheme)


# -- The end -----------------------------------------------------------------------------------


def ago(minutes):
    return timezone.now() - dt.timedelta(minutes=minutes)


def test_a_batch_is_locked_by_itself_when_it_has_been_quiet(batch):
    answer_open(batch)
    batch.assignments.update(done_at=ago(14))
    lock_finished()
    batch.refresh_from_db()
    assert batch.state == BatchState.OPEN

    batch.assignments.update(done_at=ago(16))
    lock_finished()
    lock_finished()

    batch.refresh_from_db()
    assert batch.state == BatchState.LOCKED
    assert outcomes(batch) == {Outcome.AGREED: 6}
    assert Change.objects.get(verb="lock_batch").member is None


def test_nothing_else_is_locked_by_itself(scheme, batch, shared, coders):
    answer_open(shared)
    *_others, last = answer_open(batch)
    take_back(coding=last, by=last.coder)
    Assignment.objects.filter(done_at__isnull=False).update(done_at=ago(60))
    Batch.objects.create(scheme=scheme, name="Empty", kind=BatchKind.PLAN)

    lock_finished()

    assert not Batch.objects.filter(state=BatchState.LOCKED).exists()
    with pytest.raises(PlanRefused, match="Only what several code"):
        lock_batch(batch=shared, by=None)


def test_a_category_that_is_merged_meanwhile_is_no_longer_taken_and_nothing_is_lost(scheme, batch):
    given = answer_open(batch, coder=batch.assignments.first().coder)
    listening, waiting = Category.objects.filter(scheme=scheme).order_by("name")
    merge_categories(categories=[listening], into=waiting, by=None)
    due = batch.assignments.filter(state="open").select_related("batch__scheme__study", "coder")

    with pytest.raises(CodingRefused, match="no longer offered"):
        answer(due[0])
    for one in due:
        answer(one, "Waiting")
    lock_batch(batch=batch, by=None)

    assert Coding.objects.live().count() == 2 * len(given)
    assert outcomes(batch) == {Outcome.IN_DISPUTE: 6}  # settled by merge in the tables


# -- Two people, two connections ---------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_answer_given_while_its_moment_is_handed_on_is_kept_or_refused(monkeypatch):
    """The one who hands on has seen no answer; then the other looks whether it is still theirs."""
    scheme = scheme_to_code()
    coders = coders_in(scheme, 2)
    moments_in(scheme, 1)
    batch = plan_of(scheme, coders[:1], each=1).batches.select_related("scheme__study").get()
    assignment = batch.assignments.select_related("batch__scheme__study", "coder").get()
    looked, checked = threading.Event(), threading.Event()
    check_open, open_moments = coding_actions._check_open, running._open_moments

    def look_then_wait(*what):
        found = open_moments(*what)
        looked.set()
        checked.wait(2)  # with the lock the other is still waiting for the study
        return found

    def check_then_tell(*known):
        standing = check_open(*known)
        checked.set()
        return standing

    def answer_once_looked():
        assert looked.wait(30)
        return answer(assignment)

    monkeypatch.setattr(running, "_open_moments", look_then_wait)
    monkeypatch.setattr(coding_actions, "_check_open", check_then_tell)
    handed, answered = at_once(
        lambda: hand_on(batch=batch, coder=coders[0], to=[coders[1]], by=None), answer_once_looked
    )

    assert handed == HandedOn(1, 0)
    assert isinstance(answered, CodingRefused)
    assert list(batch.assignments.values_list("coder", flat=True)) == [coders[1].pk]
    assert not Coding.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_answer_taken_back_while_the_batch_locks_itself_is_final_or_due(monkeypatch):
    """The sweeper has seen all answered before the coder takes the last one back."""
    scheme = scheme_to_code()
    coders = coders_in(scheme, 2)
    moments_in(scheme, 1)
    batch = plan_of(scheme, coders).batches.select_related("scheme__study").get()
    coding = answer_open(batch)[-1]
    batch.assignments.update(done_at=ago(16))
    seen, taken = threading.Event(), threading.Event()
    lock_quiet = running._lock_quiet

    def lock_late(*what):
        seen.set()
        assert taken.wait(30)
        return lock_quiet(*what)

    def take_back_once_seen():
        assert seen.wait(30)
        undone = take_back(coding=Coding.objects.get(pk=coding.pk), by=coding.coder)
        taken.set()
        return undone

    monkeypatch.setattr(running, "_lock_quiet", lock_late)
    _swept, undone = at_once(lock_finished, take_back_once_seen)

    assert undone.taken_back
    batch.refresh_from_db()
    assert batch.state == BatchState.OPEN
    assert Settlement.objects.get(to_seq=None).outcome == Outcome.WAITING
    assert Moment.objects.count() == 1
