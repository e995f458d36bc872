"""What counts in tables, from which number of the study to which."""

from contextlib import suppress

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from incidents.actions.numbering import enter_tables, leave_tables, next_number
from incidents.actions.refusals import RefusedError
from incidents.choices import IncidentState
from incidents.models import DataNumber, Incident, Stay, Study
from tests.factories import IncidentFactory, MomentFactory, StudyFactory

SUBMITTED, ACCEPTED = IncidentState.SUBMITTED, IncidentState.ACCEPTED


@pytest.fixture
def told(db):
    return IncidentFactory(state=SUBMITTED, moments=2)


def only(incident):
    return Incident.objects.filter(pk=incident.pk)


def as_it_is(incident):
    row = only(incident).get()
    return row.state, [moment.entered_seq for moment in row.moments.all()], row.left_seq


def test_what_enters_has_all_its_moments_count_from_that_number(told):
    other = IncidentFactory(state=SUBMITTED, study=told.study)

    assert enter_tables(only(told), number=7, state=ACCEPTED) == 1

    assert as_it_is(told) == (ACCEPTED, [7, 7], None)
    assert as_it_is(other) == (SUBMITTED, [None], None)


def test_what_leaves_keeps_the_number_from_which_it_counted(told):
    enter_tables(only(told), number=7)

    assert leave_tables(only(told), number=9, state=IncidentState.EXCLUDED) == 1

    assert as_it_is(told) == (IncidentState.EXCLUDED, [7, 7], 9)


def test_what_enters_again_has_not_left(told):
    enter_tables(only(told), number=7)
    leave_tables(only(told), number=9)

    enter_tables(only(told), number=12)

    assert as_it_is(told) == (SUBMITTED, [12, 12], None)


@pytest.mark.parametrize("incidents", [1, 5])
def test_any_number_enters_and_leaves_in_the_same_statements(
    told, incidents, django_assert_num_queries
):
    for _ in range(1, incidents):
        IncidentFactory(state=SUBMITTED, study=told.study)
    every = Incident.objects.filter(study=told.study)

    with django_assert_num_queries(3):
        assert enter_tables(every, number=3) == incidents
    with django_assert_num_queries(1):
        assert leave_tables(every, number=4) == incidents
    with django_assert_num_queries(4):
        assert enter_tables(every, number=5) == incidents


def test_what_comes_back_keeps_when_it_counted_before(told):
    enter_tables(only(told), number=7)
    leave_tables(only(told), number=9)
    enter_tables(only(told), number=12)
    leave_tables(only(told), number=13)
    enter_tables(only(told), number=20)

    stays = Stay.objects.filter(moment__incident=told).values_list("from_seq", "to_seq")
    assert sorted(stays) == [(7, 9), (7, 9), (12, 13), (12, 13)]
    assert as_it_is(told) == (SUBMITTED, [20, 20], None)


def test_what_counts_already_goes_on_counting(told):
    enter_tables(only(told), number=7)
    MomentFactory(incident=told, position=3, entered_seq=None)

    enter_tables(only(told), number=12)

    assert as_it_is(told) == (SUBMITTED, [7, 7, 12], None)


def test_what_left_before_keeps_when_it_left(told):
    enter_tables(only(told), number=7)
    leave_tables(only(told), number=9)

    leave_tables(only(told), number=30, state=IncidentState.WITHDRAWN)

    assert as_it_is(told) == (IncidentState.WITHDRAWN, [7, 7], 9)


def test_what_never_counted_has_no_stay(told):
    leave_tables(only(told), number=9)
    enter_tables(only(told), number=12)

    assert not Stay.objects.exists()


@pytest.mark.parametrize(("first", "last"), [(9, 9), (9, 7)])
def test_a_stay_ends_after_it_began(told, first, last):
    with pytest.raises(IntegrityError):
        Stay.objects.create(moment=told.moments.first(), from_seq=first, to_seq=last)


def test_a_stay_begins_once(told):
    moment = told.moments.first()
    Stay.objects.create(moment=moment, from_seq=1, to_seq=2)

    with pytest.raises(IntegrityError):
        Stay.objects.create(moment=moment, from_seq=1, to_seq=3)


@pytest.mark.django_db(transaction=True)
def test_a_number_is_kept_with_its_time_and_goes_with_what_is_rolled_back():
    study, before = StudyFactory(), timezone.now()

    with transaction.atomic():
        assert next_number(study) == 1
    with suppress(RefusedError), transaction.atomic():
        next_number(study)
        raise RefusedError

    [kept] = DataNumber.objects.filter(study=study)
    assert kept.number == Study.objects.get(pk=study.pk).data_seq == 1
    assert before <= kept.at <= timezone.now()


def test_a_number_is_taken_once(told):
    DataNumber.objects.filter(study=told.study).delete()
    DataNumber.objects.create(study=told.study, number=4, at=timezone.now())

    with pytest.raises(IntegrityError):
        DataNumber.objects.create(study=told.study, number=4, at=timezone.now())
