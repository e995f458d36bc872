"""Moments that come back after their batch was locked, and answers that were sorted again."""

import uuid

import pytest
from django.db import transaction

from incidents.actions import reverting, screening
from incidents.actions.numbering import change_facts
from incidents.choices import RoleName
from incidents.models import Change, Incident
from taxonomy.access import sees_results
from taxonomy.actions.adjudicating import (
    AdjudicationRefused,
    adjudicate,
    adjudicate_alike,
    reopen,
)
from taxonomy.actions.batching import merge_categories
from taxonomy.actions.bringing import Brought, bring_codings
from taxonomy.actions.coding import take_next_assignment
from taxonomy.actions.planning import lock_batch
from taxonomy.actions.running import add_coder, hand_on, lock_finished, take_away
from taxonomy.actions.splitting import resort, split_category, take_back_resort
from taxonomy.choices import Outcome
from taxonomy.models import Batch, Settlement
from taxonomy.queries.checks import differences
from taxonomy.queries.coding import unassigned_moments
from taxonomy.queries.disputes import decisions_on
from taxonomy.queries.reliability import adjudicated_in, counted_codings
from tests.factories import MemberFactory
from tests.taxonomy.disputed import TWO_APART, category, coded, decide, settled
from tests.taxonomy.factories import SchemeFactory
from tests.taxonomy.planning_world import answer, coders_in, moments_in, plan_of


@pytest.fixture
def scheme(db):
    return SchemeFactory(categories=["Listening", "Waiting", "Amends"])


@pytest.fixture
def admin(scheme):
    return MemberFactory(study=scheme.study, roles=[RoleName.ADMIN], display_name="Ada")


@pytest.fixture
def coders(scheme):
    return coders_in(scheme, 4)


def leave(moment, admin):
    incident = Incident.objects.get(pk=moment.incident_id)
    screening.exclude(
        incident=incident, criterion="other", by=admin, row_version=incident.row_version
    )


def come_back(moment, admin):
    incident = Incident.objects.get(pk=moment.incident_id)
    reverting.restore(incident=incident, by=admin, row_version=incident.row_version)


def differs(scheme):
    return [one for one in differences(scheme.study) if one.kind == "settlement"]


# -- What comes back ---------------------------------------------------------------------------


@pytest.fixture
def back(scheme, coders, admin):
    """The first of two moments, answered by one of two coders, left before the lock; it is back."""
    first, other = moments_in(scheme, 2)
    batch = plan_of(scheme, coders[:2]).batches.select_related("scheme__study").get()
    answer(batch.assignments.get(moment=first, coder=coders[0]))
    leave(first, admin)
    for coder in coders[:2]:
        answer(batch.assignments.get(moment=other, coder=coder))
    batch = lock_batch(batch=batch, by=None)
    come_back(first, admin)
    return batch, first


def test_nobody_waits_for_what_cannot_be_answered_any_more(scheme, back):
    _batch, moment = back

    assert settled(moment) == (Outcome.SINGLE, "Listening")
    assert differs(scheme) == []


def test_what_came_back_after_the_lock_is_handed_on_as_late(scheme, coders, back):
    batch, moment = back

    assert hand_on(batch=batch, coder=coders[1], to=[coders[2]], by=None).given == 1
    assert settled(moment) == (Outcome.SINGLE, "Listening")
    assert not sees_results(coders[2], scheme)

    answer(batch.assignments.get(coder=coders[2]), "Waiting")
    assert settled(moment)[0] == Outcome.IN_DISPUTE
    assert counted_codings(scheme).filter(moment=moment).count() == 2
    assert differs(scheme) == []


def test_what_nobody_answered_is_free_again_when_it_is_taken_away(scheme, coders, admin):
    first, other = moments_in(scheme, 2)
    batch = plan_of(scheme, coders[:2]).batches.select_related("scheme__study").get()
    leave(first, admin)
    for coder in coders[:2]:
        answer(batch.assignments.get(moment=other, coder=coder))
    batch = lock_batch(batch=batch, by=None)
    come_back(first, admin)

    for coder in coders[:2]:
        assert take_away(batch=batch, coder=coder, by=admin) == 1

    assert list(unassigned_moments(scheme)) == [first]
    assert differs(scheme) == []


def test_a_decision_outlives_a_late_coder_whose_moment_had_left(scheme, coders, admin):
    first, other = coded(scheme, coders[:2], TWO_APART, ("Listening", "Listening"))
    decide(first, scheme, admin)
    batch = Batch.objects.get(assignments__moment=first, assignments__coder=coders[0])
    add_coder(batch=batch, coder=coders[2], by=admin)
    leave(first, admin)
    answer(batch.assignments.get(coder=coders[2], moment=other))

    come_back(first, admin)

    assert settled(first) == (Outcome.ADJUDICATED, "Waiting")
    assert sees_results(coders[2], scheme)
    assert differs(scheme) == []


# -- Who takes part ----------------------------------------------------------------------------


@pytest.fixture
def brought(scheme, coders):
    """A moment that one coder is to answer, and for which a file brought another's answer."""
    (moment,) = moments_in(scheme, 1)
    given = take_next_assignment(coder=coders[0], scheme=scheme)
    with transaction.atomic():
        seq = change_facts(scheme.study)
        said = Brought(moment.pk, coders[1], category(scheme, "Waiting"))
        bring_codings(scheme=scheme, brought=[said], seq=seq)
    assert settled(moment)[0] == Outcome.WAITING
    return given.batch, moment


def test_what_is_taken_away_waits_no_longer(scheme, coders, brought):
    batch, moment = brought

    take_away(batch=batch, coder=coders[0], by=None)

    assert settled(moment) == (Outcome.SINGLE, "Waiting")
    assert differs(scheme) == []


def test_what_is_handed_on_to_whoever_has_answered_waits_no_longer(scheme, coders, brought):
    batch, moment = brought

    hand_on(batch=batch, coder=coders[0], to=[coders[1]], by=None)

    assert settled(moment) == (Outcome.SINGLE, "Waiting")
    assert differs(scheme) == []


def test_that_late_answers_count_is_on_record(scheme, coders, admin):
    first, other = coded(scheme, coders[:2], *[("Listening", "Listening")] * 2)
    batch = Batch.objects.get(assignments__moment=first, assignments__coder=coders[0])
    add_coder(batch=batch, coder=coders[2], by=admin)
    answer(batch.assignments.get(coder=coders[2], moment=other), "Waiting")
    leave(first, admin)
    assert not Change.objects.filter(verb="count_late").exists()

    lock_finished()

    entry = Change.objects.get(verb="count_late")
    assert (entry.object_uid, entry.member) == (batch.uid, None)
    assert entry.details == {"coder": str(coders[2].uid), "moments": 2}


# -- Sorted again after a split ----------------------------------------------------------------


def sort_again(moment, scheme, by, out_of="Waiting", into="In line"):
    split = category(scheme, out_of)
    split_category(category=split, names=[into, f"Not {into}"], by=by)
    return resort(
        moment=moment, category=split, into=category(scheme, into), by=by, uid=uuid.uuid4()
    )


def test_a_decision_that_is_sorted_again_leaves_a_dispute_when_it_is_reopened(
    scheme, coders, admin
):
    (moment,) = coded(scheme, coders[:2], TWO_APART)
    decision = decide(moment, scheme, admin)
    sort_again(moment, scheme, admin)
    assert settled(moment) == (Outcome.ADJUDICATED, "In line")

    reopen(adjudication=decision, by=admin, reason="Not so")

    assert settled(moment)[0] == Outcome.IN_DISPUTE
    assert differs(scheme) == []


def test_a_majority_that_is_sorted_again_stays_one(scheme, coders, admin):
    said = ("Waiting", "Waiting", "Listening")
    (moment,) = coded(scheme, coders[:3], said, majority=True)

    sorting = sort_again(moment, scheme, admin)

    assert settled(moment) == (Outcome.MAJORITY, "In line")
    take_back_resort(coding=sorting, by=admin)
    assert settled(moment) == (Outcome.MAJORITY, "Waiting")
    assert differs(scheme) == []


def test_a_majority_that_was_overruled_counts_again_as_it_was(scheme, coders, admin):
    said = ("Waiting", "Waiting", "Listening")
    (moment,) = coded(scheme, coders[:3], said, majority=True)
    decision = adjudicate(
        moment=moment, scheme=scheme, by=admin, reason="No", category=category(scheme, "Amends")
    )
    sort_again(moment, scheme, admin, out_of="Amends", into="Money")

    reopen(adjudication=decision, by=admin, reason="Yes")

    assert settled(moment) == (Outcome.MAJORITY, "Waiting")


def test_a_late_answer_from_before_a_sorting_is_not_overwritten_by_it(scheme, coders, admin):
    first, other = coded(scheme, coders[:2], *[("Waiting", "Waiting")] * 2)
    batch = Batch.objects.get(assignments__moment=first, assignments__coder=coders[0])
    add_coder(batch=batch, coder=coders[2], by=admin)
    answer(batch.assignments.get(coder=coders[2], moment=first), "Listening")
    sort_again(first, scheme, admin)
    assert settled(first) == (Outcome.AGREED, "In line")

    answer(batch.assignments.get(coder=coders[2], moment=other))

    contested = {category(scheme, name).pk for name in ("Listening", "In line")}
    row = Settlement.objects.get(moment=first, to_seq=None)
    assert row.outcome == Outcome.IN_DISPUTE
    assert {int(key) for key in row.contested.strip(",").split(",")} == contested


def test_what_is_sorted_twice_by_two_means_what_the_last_said(scheme, coders, admin):
    other = MemberFactory(study=scheme.study, roles=[RoleName.ADMIN])
    (moment,) = coded(scheme, coders[:3], ("Waiting", "Waiting", "Listening"), majority=True)

    sort_again(moment, scheme, admin)
    sort_again(moment, scheme, other, out_of="In line", into="In the cold")

    assert settled(moment) == (Outcome.MAJORITY, "In the cold")


# -- What is said of a decision ----------------------------------------------------------------


def test_who_decides_and_codes_the_moment_later_is_said_to_have_coded_it(scheme, coders):
    both = MemberFactory(study=scheme.study, roles=[RoleName.ADMIN, RoleName.CODER])
    (moment,) = coded(scheme, coders[:2], TWO_APART)
    decide(moment, scheme, both)
    batch = Batch.objects.get(assignments__moment=moment, assignments__coder=coders[0])
    sort_again(moment, scheme, both)
    assert adjudicated_in(scheme, [batch.uid]) == (1, 0)
    assert [one.has_coded for one in decisions_on(moment, scheme)] == [False]

    add_coder(batch=batch, coder=both, by=None)
    answer(batch.assignments.get(coder=both))

    assert adjudicated_in(scheme, [batch.uid]) == (1, 1)
    assert [one.has_coded for one in decisions_on(moment, scheme)] == [True]


def test_what_is_decided_alike_is_on_record_with_what_was_decided(scheme, coders, admin):
    moments = coded(scheme, coders[:2], TWO_APART, TWO_APART)
    waiting = category(scheme, "Waiting")

    adjudicate_alike(
        moments=[one.pk for one in moments], scheme=scheme, by=admin, reason="So", category=waiting
    )

    details = Change.objects.filter(verb="adjudicate").values_list("details", flat=True)
    assert list(details) == [{"category": str(waiting.uid), "unclassifiable": ""}] * 2


def test_what_a_merge_settled_is_not_decided(scheme, coders, admin):
    first, other = coded(scheme, coders[:2], TWO_APART, ("Listening", "Amends"))
    into = category(scheme, "Listening")
    merge_categories(categories=[category(scheme, "Waiting")], into=into, by=admin, rationale="One")

    with pytest.raises(AdjudicationRefused, match="merged meanwhile"):
        decide(first, scheme, admin, "Amends")
    made = adjudicate_alike(
        moments=[first.pk, other.pk], scheme=scheme, by=admin, reason="So", category=into
    )

    assert [one.moment_id for one in made] == [other.pk]
