"""Two screeners who ask for the next one get two, and none is lost to who walked away."""

import datetime as dt

import pytest
from django.utils import timezone

from incidents.actions import screening
from incidents.actions.holding import take, take_next
from incidents.choices import IncidentState, RoleName
from incidents.models import Incident, ScreeningHold
from incidents.queries.screening import holder_of, not_with_others
from tests.factories import IncidentFactory, MemberFactory
from tests.racing import at_once

pytestmark = pytest.mark.django_db
WAITING = Incident.objects.filter(state=IncidentState.SUBMITTED)


@pytest.fixture
def admins():
    first = MemberFactory(roles=[RoleName.ADMIN])
    return [first, MemberFactory(study=first.study, roles=[RoleName.ADMIN])]


@pytest.fixture
def waiting(admins):
    study = admins[0].study
    return [IncidentFactory(study=study, state=IncidentState.SUBMITTED) for _number in range(3)]


def following(member, after=0):
    return take_next(waiting=WAITING.all(), by=member, after=after)


def let_time_pass():
    ScreeningHold.objects.update(until=timezone.now() - dt.timedelta(seconds=1))


def test_the_second_screener_is_given_the_next_one(admins, waiting):
    assert [following(admin) for admin in admins] == waiting[:2]
    assert holder_of(waiting[0], admins[1]) == admins[0]
    assert holder_of(waiting[0], admins[0]) is None


def test_who_asks_again_keeps_what_is_on_the_desk(admins, waiting):
    assert following(admins[0]) == following(admins[0]) == waiting[0]
    assert ScreeningHold.objects.count() == 1


def test_a_desk_holds_one_incident_and_lets_the_one_before_go(admins, waiting):
    following(admins[0])
    assert following(admins[0], after=waiting[0].pk) == waiting[1]

    assert following(admins[1]) == waiting[0]


def test_behind_the_last_it_begins_again_from_the_start(admins, waiting):
    assert following(admins[0], after=waiting[2].pk) == waiting[0]


def test_when_others_have_all_that_is_left_there_is_none(admins, waiting):
    Incident.objects.exclude(pk=waiting[0].pk).update(state=IncidentState.ACCEPTED)
    following(admins[0])

    assert following(admins[1]) is None
    assert not not_with_others(WAITING.all(), admins[1]).exists()


def test_what_somebody_left_lying_is_free_after_a_while(admins, waiting):
    following(admins[0])
    let_time_pass()

    assert following(admins[1]) == waiting[0]
    assert ScreeningHold.objects.get().member == admins[1]
    assert not take(incident=waiting[0], by=admins[0])


def test_a_verdict_clears_the_desk(admins, waiting):
    following(admins[0])

    screening.accept(incident=waiting[0], by=admins[0], row_version=0)

    assert ScreeningHold.objects.count() == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("left_lying", [False, True])
def test_screeners_who_ask_at_once_get_different_incidents(left_lying):
    for _round in range(8):
        first = MemberFactory(roles=[RoleName.ADMIN])
        admins = [first, *(MemberFactory(study=first.study) for _number in range(3))]
        told = [
            IncidentFactory(study=first.study, state=IncidentState.SUBMITTED)
            for _number in range(4)
        ]
        if left_lying:
            following_in(first)
            let_time_pass()

        got = at_once(*(lambda admin=admin: following_in(admin) for admin in admins))

        assert sorted(incident.pk for incident in got) == [incident.pk for incident in told]
        assert ScreeningHold.objects.filter(incident__in=told).count() == 4


def following_in(member):
    return take_next(waiting=WAITING.filter(study=member.study), by=member)
