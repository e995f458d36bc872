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
from taxonomy.actions.planning import PlanRefused, lock_batch, open_batch
from taxonomy.choices import AssignmentState, BatchKind, BatchState, Outcome, Unclassifiable
from taxonomy.models import Assignment, Batch, Category, Coding, Settlement
from taxonomy.queries.checks import differences
from taxonomy.queries.coding import work_of
from tests.factories import IncidentFactory, MemberFactory
from tests.racing import at_once
from tests.taxonomy.factories import AssignmentFactory, SchemeFactory

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


def test_moments_wait_until_the_last_coder_has_answered(scheme, batch, coders):
    for coder in coders[:2]:
        for assignment in batch.assignments.filter(coder=coder):
            answer(assignment)
    assert outcomes(scheme) == [Outcome.WAITING, Outcome.WAITING]

    first, second = batch.assignments.filter(coder=coders[2])
    answer(first)
    answer(second, "Waiting")

    assert outcomes(scheme) == [Outcome.AGREED, Outcome.IN_DISPUTE]


def test_a_coder_is_blind_until_all_of_theirs_is_answered(scheme, batch, coders):
    assert [sees_results(coder, scheme) for coder in coders] == [False] * 3

    for assignment in batch.assignments.filter(coder=coders[0]):
        answer(assignment)

    assert [sees_results(coder, scheme) for coder in coders] == [True, False, False]


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

    def check_then_tell(assignment):
        check_open(assignment)
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
    brought = [Brought(moments[0], coder, listening) for coder in coders]
    brought += [Brought(moments[1], coder, None, Unclassifiable.TOO_LITTLE) for coder in coders[:2]]
    with transaction.atomic():
        seq = change_facts(scheme.study)
        bring_assigned_codings(batch=batch, brought=brought, seq=seq, done_at=DAY)

    assert outcomes(scheme) == [Outcome.AGREED, Outcome.WAITING]
    assert batch.assignments.filter(done_at=DAY, state=AssignmentState.DONE).count() == 5
    assert set(Coding.objects.values_list("created_at", flat=True)) == {DAY}

    with transaction.atomic():
        seq = change_facts(scheme.study)
        last = [Brought(moments[1], coders[2], waiting)]
        bring_assigned_codings(batch=batch, brought=last, seq=seq, done_at=DAY)

    assert outcomes(scheme) == [Outcome.AGREED, Outcome.IN_DISPUTE]
    assert [row for row in differences(scheme.study) if row.kind == "settlement"] == []


def test_an_answer_that_nobody_asked_for_is_refused(scheme, batch, moments):
    outsider = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    brought = [Brought(moments[0], outsider, Category.objects.first())]

    with transaction.atomic(), pytest.raises(KeyError):
        bring_assigned_codings(batch=batch, brought=brought, seq=1, done_at=DAY)
