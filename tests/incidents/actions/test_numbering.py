"""What counts in tables, from which number of the study to which."""

import pytest

from incidents.actions.numbering import enter_tables, leave_tables
from incidents.choices import IncidentState
from incidents.models import Incident
from tests.factories import IncidentFactory

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

    with django_assert_num_queries(2):
        assert enter_tables(every, number=3) == incidents
    with django_assert_num_queries(1):
        assert leave_tables(every, number=4) == incidents
