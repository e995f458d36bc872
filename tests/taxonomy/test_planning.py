"""Batches that give moments to several coders: opening, answering, locking."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import transaction

from incidents.actions.numbering import change_facts
from incidents.choices import IncidentState, RoleName
from incidents.models import Change, Incident
from taxonomy.access import sees_results
from taxonomy.actions import coding as coding_actions
from taxonomy.actions import planning
from taxonomy.actions.bringing import Brought, bring_assigned_codings
from taxonomy.actions.coding import CodingRefused, code_moment, take_back, take_next_assignment
from taxonomy.actions.planning import (
    PlanRefused,
    begin_batch,
    discard_if_empty,
    lock_batch,
    open_batch,
    put_on_batch,
    take_off_batch,
)
from taxonomy.choices import AssignmentState, BatchKind, BatchState, Outcome, Unclassifiable
from taxonomy.models import Assignment, Batch, Category, Coding, Settlement
from taxonomy.queries.checks import differences
from taxonomy.queries.coding import work_of
from taxonomy.queries.planning import open_batches
from tests.factories import IncidentFactory, MemberFactory
from tests.racing import at_once
from tests.taxonomy.factories import AssignmentFactory, SchemeFactory
from tests.taxonomy.training_world import give, set_of

DAY = dt.datetime(2026, 4, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def scheme(db):
    return SchemeFactory(categories=["Listening", "Waiting"])


@pytest.fixture
def coders(scheme):
    return [MemberFactory(study=scheme.study, roles=[RoleName.CODER]) for _ in range(3)]


@pytest.fixture
def moments(scheme):
    return [IncidentFactory(study=scheme.study).moments.get() for _ in range(2)]


@pytest.fixture
def batch(scheme, coders, moments):
    return open_batch(scheme=scheme, name="Overlap", moments=moments, coders=coders, by=None)


def answer(assignment, name="Listening"):
    category = Category.objects.get(scheme=assignment.batch.scheme, name=name)
    return code_moment(
        assignment=assignment, by=assignment.coder, uid=uuid.uuid4(), category=category
    )


def answer_all(batch):
    for assignment in batch.assignments.all():
        answer(assignment)


def outcomes(scheme):
    rows = Settlement.objects.filter(scheme=scheme, to_seq=None).order_by("moment")
    return list(rows.values_list("outcome", flat=True))


def test_a_batch_gives_every_moment_to_every_coder(batch, coders, moments):
    rows = Assignment.objects.filter(batch=batch)

    assert batch.kind == BatchKind.PLAN
    assert set(rows.values_list("moment", "coder", "sole", "state")) == {
        (moment.pk, coder.pk, False, AssignmentState.OPEN) for moment in moments for coder in coders
    }
    assert Change.objects.get(verb="open_batch").details == {
        "moments": 2,
        "coders": [str(coder.uid) for coder in coders],
    }


def test_what_several_are_to_code_is_not_given_once_more(scheme, batch, coders, moments):
    free = IncidentFactory(study=scheme.study).moments.get()
    for _ in moments:
        assignment = take_next_assignment(coder=coders[0], scheme=scheme)
        assert assignment.batch == batch
        answer(assignment)

    outsider = MemberFactory(study=scheme.study, roles=[RoleName.CODER])

    assert [work.waiting for work in work_of(outsider)] == [1]
    assert take_next_assignment(coder=outsider, scheme=scheme).moment == free
    assert take_next_assignment(coder=coders[0], scheme=scheme) is None


def test_moments_wait_until_the_batch_is_locked(scheme, batch, coders):
    for coder in coders[:2]:
        for assignment in batch.assignments.filter(coder=coder):
            answer(assignment)
    assert outcomes(scheme) == [Outcome.WAITING, Outcome.WAITING]

    first, second = batch.assignments.filter(coder=coders[2])
    answer(first)
    answer(second, "Waiting")
    assert outcomes(scheme) == [Outcome.WAITING, Outcome.WAITING]

    lock_batch(batch=batch, by=None)

    assert outcomes(scheme) == [Outcome.AGREED, Outcome.IN_DISPUTE]


def test_a_coder_is_blind_until_the_batch_is_locked(scheme, batch, coders):
    assert [sees_results(coder, scheme) for coder in coders] == [False] * 3

    answer_all(batch)
    assert [sees_results(coder, scheme) for coder in coders] == [False] * 3

    lock_batch(batch=batch, by=None)
    assert [sees_results(coder, scheme) for coder in coders] == [True] * 3


@pytest.mark.parametrize("state", [IncidentState.SUBMITTED, IncidentState.WITHDRAWN])
def test_only_what_counts_is_given(scheme, coders, moments, state):
    Incident.objects.filter(moments=moments[0]).update(state=state)

    with pytest.raises(PlanRefused, match="accepted incidents"):
        open_batch(scheme=scheme, name="No", moments=moments, coders=coders, by=None)
    assert not Batch.objects.filter(kind=BatchKind.PLAN).exists()


def test_moments_of_another_study_are_refused(scheme, coders):
    elsewhere = IncidentFactory().moments.get()

    with pytest.raises(PlanRefused, match="of this study"):
        open_batch(scheme=scheme, name="No", moments=[elsewhere], coders=coders, by=None)


def test_nothing_is_no_batch(scheme, coders, moments):
    with pytest.raises(PlanRefused, match="Choose moments"):
        open_batch(scheme=scheme, name="No", moments=[], coders=coders, by=None)
    with pytest.raises(PlanRefused, match="Choose active coders"):
        open_batch(scheme=scheme, name="No", moments=moments, coders=[], by=None)


def test_a_moment_that_a_coder_of_the_scheme_has_is_refused(scheme, coders, moments):
    AssignmentFactory(scheme=scheme, moment=moments[0], coder=coders[0])

    with pytest.raises(PlanRefused, match="with a coder of this scheme already"):
        open_batch(scheme=scheme, name="No", moments=moments, coders=coders, by=None)


def test_a_moment_with_a_coder_of_another_scheme_is_given(scheme, coders, moments):
    other = SchemeFactory(study=scheme.study, categories=["One"])
    AssignmentFactory(scheme=other, moment=moments[0], coder=coders[0])

    batch = open_batch(scheme=scheme, name="Yes", moments=moments, coders=coders, by=None)

    assert batch.assignments.count() == 6


@pytest.mark.parametrize("who", ["an analyst", "a coder who left", "a coder of another study"])
def test_only_active_coders_of_the_study_are_given_something(scheme, coders, moments, who):
    other = {
        "an analyst": lambda: MemberFactory(study=scheme.study, roles=[RoleName.ANALYST]),
        "a coder who left": lambda: MemberFactory(
            study=scheme.study, roles=[RoleName.CODER], active=False
        ),
        "a coder of another study": lambda: MemberFactory(roles=[RoleName.CODER]),
    }[who]()

    with pytest.raises(PlanRefused, match="active coders of this study"):
        open_batch(scheme=scheme, name="No", moments=moments, coders=[*coders[:2], other], by=None)


# -- Putting on and taking off -----------------------------------------------------------------


@pytest.fixture
def empty(scheme, coders):
    return begin_batch(scheme=scheme, name="Second", coders=coders[:2], by=None)


def put(batch, incident, coders):
    return put_on_batch(batch=batch, incident=incident, coders=coders, by=None)


def take_off(batch, incident, moments):
    return take_off_batch(batch=batch, incident=incident, moments=moments, by=None)


def test_the_moments_of_an_incident_are_put_on_a_batch_for_each_of_its_coders(empty, coders):
    incident = IncidentFactory(study=empty.scheme.study, moments=2)
    keys = sorted(moment.pk for moment in incident.moments.all())

    assert sorted(put(empty, incident, coders[:2])) == keys

    rows = set(empty.assignments.values_list("moment", "coder", "sole"))
    assert rows == {(key, coder.pk, False) for key in keys for coder in coders[:2]}
    change = Change.objects.get(verb="put_on_batch")
    assert change.object_uid == incident.uid
    assert change.details == {"batch": str(empty.uid), "moments": 2}


def test_what_is_on_the_batch_already_is_not_put_there_again(batch, coders, moments):
    before = batch.assignments.count()

    assert put(batch, moments[0].incident, coders) == []

    assert batch.assignments.count() == before
    assert not Change.objects.filter(verb="put_on_batch").exists()


def test_only_the_moments_that_nobody_has_are_put_on(scheme, empty, coders):
    incident = IncidentFactory(study=scheme.study, moments=2)
    taken, free = incident.moments.all()
    AssignmentFactory(scheme=scheme, batch=once(scheme), moment=taken, coder=coders[2])

    assert put(empty, incident, coders[:2]) == [free.pk]


def once(scheme):
    return scheme.batches.get(kind=BatchKind.ONCE)


def test_what_cannot_be_put_on_a_batch_is_refused(scheme, empty, coders, moments):
    submitted = IncidentFactory(study=scheme.study, state=IncidentState.SUBMITTED)
    AssignmentFactory(scheme=scheme, batch=once(scheme), moment=moments[0], coder=coders[2])
    left = MemberFactory(study=scheme.study, roles=[RoleName.CODER], active=False)
    free = moments[1].incident

    for incident, given_to, words in (
        (submitted, coders[:2], "Only what is accepted"),
        (IncidentFactory(), coders[:2], "with a coder of this scheme already"),
        (moments[0].incident, coders[:2], "with a coder of this scheme already"),
        (free, [left], "active coders"),
        (free, [], "active coders"),
    ):
        with pytest.raises(PlanRefused, match=words):
            put(empty, incident, given_to)
    Batch.objects.filter(pk=empty.pk).update(state=BatchState.LOCKED)
    with pytest.raises(PlanRefused, match="locked"):
        put(empty, free, coders[:2])

    assert not empty.assignments.exists()


def test_what_nobody_has_answered_for_is_taken_off_for_all(batch, moments):
    kept, gone = moments
    answer(batch.assignments.filter(moment=kept).first())

    assert take_off(batch, gone.incident, [gone.pk, kept.pk]) == [gone.pk]
    with pytest.raises(PlanRefused, match="coded it already"):
        take_off(batch, kept.incident, [kept.pk])

    assert set(batch.assignments.values_list("moment", flat=True)) == {kept.pk}
    assert Change.objects.filter(verb="take_off_batch").count() == 1


def test_an_answer_that_was_taken_back_keeps_its_moment_on_the_batch(batch, moments):
    coding = answer(batch.assignments.filter(moment=moments[0]).first())
    take_back(coding=coding, by=coding.coder)

    with pytest.raises(PlanRefused, match="coded it already"):
        take_off(batch, moments[0].incident, [moments[0].pk])


def test_what_somebody_practised_on_since_can_be_taken_off(scheme, batch, moments):
    newcomer = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    practice = give(set_of(scheme, moments[:1], ["Listening"]), newcomer)
    answer(practice.batch.assignments.get())

    assert take_off(batch, moments[0].incident, [moments[0].pk]) == [moments[0].pk]
    assert practice.batch.assignments.count() == 1


def test_nothing_is_taken_off_a_locked_batch(batch, moments):
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.LOCKED)

    with pytest.raises(PlanRefused, match="locked"):
        take_off(batch, moments[0].incident, [moments[0].pk])
    assert batch.assignments.count() == 6


def test_an_answer_to_what_was_taken_off_is_refused_in_words(batch, moments):
    assignment = batch.assignments.filter(moment=moments[0]).select_related("batch").first()
    take_off(batch, moments[0].incident, [moments[0].pk])

    with pytest.raises(CodingRefused, match="taken off"):
        answer(assignment)
    assert not Coding.objects.exists()


def test_a_batch_with_nothing_on_it_is_removed_and_no_other(batch, empty):
    assert not discard_if_empty(batch=batch, by=None)
    assert discard_if_empty(batch=empty, by=None)

    assert list(Batch.objects.filter(kind=BatchKind.PLAN)) == [batch]
    assert Change.objects.get(verb="discard_batch").object_uid == empty.uid
    with pytest.raises(PlanRefused, match="gone"):
        put(empty, IncidentFactory(study=empty.scheme.study), [MemberFactory()])


def test_open_batches_are_offered_with_their_coders_and_moments(scheme, batch, empty, coders):
    left = coders[2]
    left.active = False
    left.save()
    locked = Batch.objects.create(
        scheme=scheme, name="Locked", kind=BatchKind.PLAN, state=BatchState.LOCKED
    )
    for other in (locked, open_of_another_study()):
        AssignmentFactory(
            batch=other, moment=IncidentFactory().moments.get(), coder=coders[0], sole=False
        )

    (offered,) = open_batches(scheme.study)

    assert (offered.batch, offered.moments) == (batch, 2)
    assert offered.coders == sorted(coders[:2], key=lambda coder: coder.display_name)


def open_of_another_study():
    return Batch.objects.create(scheme=SchemeFactory(), name="Elsewhere", kind=BatchKind.PLAN)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_a_coder_takes_while_it_is_put_on_a_batch_is_given_once(monkeypatch):
    """The coder has seen the moment free; then it is put on a batch; then the coder takes it."""
    scheme = SchemeFactory(categories=["Listening"])
    asking, *coders = [MemberFactory(study=scheme.study, roles=[RoleName.CODER]) for _ in range(3)]
    incident = IncidentFactory(study=scheme.study)
    batch = begin_batch(scheme=scheme, name="Overlap", coders=coders, by=None)
    seen, put_there = threading.Event(), threading.Event()
    assign = coding_actions._assign

    def assign_late(*what):
        seen.set()
        put_there.wait(2)
        return assign(*what)

    def put_on_once_seen():
        assert seen.wait(30)
        with transaction.atomic():
            moments = put(batch, incident, coders)
            put_there.set()
            threading.Event().wait(2)  # the other comes as far as the lock lets it
        return moments

    monkeypatch.setattr(coding_actions, "_assign", assign_late)
    taken, moments = at_once(
        lambda: take_next_assignment(coder=asking, scheme=scheme), put_on_once_seen
    )

    assert (taken, len(moments)) == (None, 1)
    assert set(Assignment.objects.values_list("batch", flat=True)) == {batch.pk}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_answer_given_while_its_moment_is_taken_off_is_kept_or_refused(monkeypatch):
    """The one who takes off has seen no answer; then the other looks whether it is still there."""
    scheme = SchemeFactory(categories=["Listening"])
    coder = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    moment = IncidentFactory(study=scheme.study).moments.get()
    batch = open_batch(scheme=scheme, name="Plan", moments=[moment], coders=[coder], by=None)
    assignment = batch.assignments.select_related("batch__scheme__study").get()
    looked, checked = threading.Event(), threading.Event()
    check_open = coding_actions._check_open
    record_change = planning.record_change

    def record_slowly(**change):
        looked.set()
        checked.wait(2)  # with the lock the other is still waiting for the study
        return record_change(**change)

    def check_then_tell(*known):
        check_open(*known)
        checked.set()

    def answer_once_looked():
        assert looked.wait(30)
        return answer(assignment)

    monkeypatch.setattr(planning, "record_change", record_slowly)
    monkeypatch.setattr(coding_actions, "_check_open", check_then_tell)
    taken_off, answered = at_once(
        lambda: take_off(batch, moment.incident, [moment.pk]), answer_once_looked
    )

    assert taken_off == [moment.pk]
    assert isinstance(answered, CodingRefused)
    assert not Coding.objects.exists()


# -- Locking -----------------------------------------------------------------------------------


def test_a_batch_is_locked_when_everybody_has_answered(batch):
    with pytest.raises(PlanRefused, match="6 answers are still due"):
        lock_batch(batch=batch, by=None)
    answer_all(batch)

    assert lock_batch(batch=batch, by=None).state == BatchState.LOCKED
    lock_batch(batch=batch, by=None)
    assert Change.objects.filter(verb="lock_batch").count() == 1


def test_what_was_withdrawn_is_no_longer_due(batch, moments):
    for assignment in batch.assignments.filter(moment=moments[0]):
        answer(assignment)
    Incident.objects.filter(moments=moments[1]).update(state=IncidentState.WITHDRAWN)

    assert lock_batch(batch=batch, by=None).state == BatchState.LOCKED


def test_the_codings_of_a_locked_batch_are_final(batch):
    answer_all(batch)
    lock_batch(batch=batch, by=None)
    coding = Coding.objects.live().first()

    with pytest.raises(CodingRefused, match="locked"):
        take_back(coding=coding, by=coding.coder)
    with pytest.raises(CodingRefused, match="locked"):
        answer(coding.assignment, "Waiting")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_answer_taken_back_while_the_batch_is_locked_is_either_final_or_due(monkeypatch):
    """The one who locks has looked for due answers before the other takes one back."""
    scheme = SchemeFactory(categories=["Listening"])
    coders = [MemberFactory(study=scheme.study, roles=[RoleName.CODER]) for _ in range(2)]
    moments = [IncidentFactory(study=scheme.study).moments.get()]
    batch = open_batch(scheme=scheme, name="Overlap", moments=moments, coders=coders, by=None)
    answer_all(batch)
    coding = Coding.objects.first()
    counted, checked = threading.Event(), threading.Event()
    answers_due, check_open = planning.answers_due, coding_actions._check_open

    def count_then_wait(batch):
        due = answers_due(batch)
        assert due.count() == 0
        counted.set()
        checked.wait(2)  # with the lock the other is still waiting for the study
        return due.none()

    def check_then_tell(*known):
        check_open(*known)
        checked.set()

    def take_back_once_counted():
        counted.wait(10)
        return take_back(coding=coding, by=coding.coder)

    monkeypatch.setattr(planning, "answers_due", count_then_wait)
    monkeypatch.setattr(coding_actions, "_check_open", check_then_tell)
    locked, taken_back = at_once(lambda: lock_batch(batch=batch, by=None), take_back_once_counted)

    assert locked.state == BatchState.LOCKED
    assert isinstance(taken_back, CodingRefused)
    assert not batch.assignments.exclude(state=AssignmentState.DONE).exists()


# -- Many answers at once ----------------------------------------------------------------------


def test_answers_that_are_brought_settle_their_moments(scheme, batch, coders, moments):
    listening, waiting = Category.objects.filter(scheme=scheme).order_by("name")
    brought = [Brought(moments[0].pk, coder, listening) for coder in coders]
    brought += [
        Brought(moments[1].pk, coder, None, Unclassifiable.TOO_LITTLE) for coder in coders[:2]
    ]
    with transaction.atomic():
        seq = change_facts(scheme.study)
        bring_assigned_codings(batch=batch, brought=brought, seq=seq, done_at=DAY)

    assert outcomes(scheme) == [Outcome.WAITING, Outcome.WAITING]
    assert batch.assignments.filter(done_at=DAY, state=AssignmentState.DONE).count() == 5
    assert set(Coding.objects.values_list("created_at", flat=True)) == {DAY}

    with transaction.atomic():
        seq = change_facts(scheme.study)
        last = [Brought(moments[1].pk, coders[2], waiting)]
        bring_assigned_codings(batch=batch, brought=last, seq=seq, done_at=DAY)
    lock_batch(batch=batch, by=None)

    assert outcomes(scheme) == [Outcome.AGREED, Outcome.IN_DISPUTE]
    assert [row for row in differences(scheme.study) if row.kind == "settlement"] == []


def test_an_answer_that_nobody_asked_for_is_refused(scheme, batch, moments):
    outsider = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    brought = [Brought(moments[0].pk, outsider, Category.objects.first())]

    with transaction.atomic(), pytest.raises(KeyError):
        bring_assigned_codings(batch=batch, brought=brought, seq=1, done_at=DAY)
