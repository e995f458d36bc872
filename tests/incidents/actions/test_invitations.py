"""An invitation opens a study once, to whoever holds its link, as long as it stands."""

import datetime as dt
import threading
from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from incidents.actions import invitations
from incidents.actions.invitations import (
    accept_invitation,
    accept_with_new_account,
    invitation_of,
    invite,
    renew_invitation,
    revoke_invitation,
)
from incidents.actions.people import change_member
from incidents.actions.refusals import RefusedError
from incidents.choices import RoleName
from incidents.models import Change, Invitation, Member, User
from tests.factories import MemberFactory, UserFactory
from tests.racing import at_once

pytestmark = pytest.mark.django_db
GOOD = "a long and odd phrase"


@pytest.fixture
def admin():
    return MemberFactory(roles=[RoleName.ADMIN])


@pytest.fixture
def study(admin):
    return admin.study


def asked(admin, email="ada@example.org", **fields):
    given = {"display_name": "Ada", "roles": ["coder", "analyst"], **fields}
    return invite(study=admin.study, email=email, by=admin, **given)


def let_it_run_out(invitation):
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now())


def test_of_the_link_only_a_digest_is_kept(admin):
    invitation, token = asked(admin, "Ada@Example.org")

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM incidents_invitation")
        row = repr(cursor.fetchall())
    assert token not in row
    assert invitation.token_hash in row
    assert invitation.email == "ada@example.org"
    assert invitation_of(token) == invitation


def test_who_has_an_account_joins_with_it_and_gets_the_roles(admin, study):
    invitation, token = asked(admin)
    user = UserFactory(email="another@example.org")

    member = accept_invitation(token=token, user=user)

    assert (member.user, member.study, member.display_name) == (user, study, "Ada")
    assert member.role_names == {"coder", "analyst"}
    invitation.refresh_from_db()
    assert invitation.accepted_at is not None
    assert invitation.member == member


def test_who_has_none_makes_it_at_the_address_that_was_invited(admin, study):
    _invitation, token = asked(admin)

    user = accept_with_new_account(token=token, name="Ada L.", password=GOOD)

    assert (user.email, user.name) == ("ada@example.org", "Ada L.")
    assert user.check_password(GOOD)
    assert Member.objects.get(user=user).study == study


def test_an_account_made_meanwhile_is_not_taken_over(admin):
    _invitation, token = asked(admin)
    UserFactory(email="ada@example.org", password="their own")

    with pytest.raises(ValidationError):
        accept_with_new_account(token=token, name="Eve", password=GOOD)

    assert User.objects.get(email="ada@example.org").check_password("their own")
    assert invitation_of(token) is not None


def test_a_link_works_once(admin, study):
    _invitation, token = asked(admin)
    accept_invitation(token=token, user=UserFactory())

    with pytest.raises(RefusedError):
        accept_invitation(token=token, user=UserFactory())

    assert study.members.count() == 2


@pytest.mark.parametrize("end", ["runs out", "is taken back", "is renewed"])
def test_a_link_that_no_longer_stands_opens_nothing(admin, study, end):
    invitation, token = asked(admin)
    if end == "runs out":
        let_it_run_out(invitation)
    elif end == "is taken back":
        revoke_invitation(invitation=invitation, by=admin)
    else:
        renew_invitation(invitation=invitation, by=admin)

    assert invitation_of(token) is None
    with pytest.raises(RefusedError):
        accept_invitation(token=token, user=UserFactory())
    with pytest.raises(RefusedError):
        accept_with_new_account(token=token, name="Ada", password=GOOD)
    assert study.members.count() == 1
    assert not User.objects.filter(email="ada@example.org").exists()


@pytest.mark.parametrize("loss", [{"roles": ["analyst"]}, {"active": False}])
def test_who_may_no_longer_invite_takes_the_open_links_along(admin, study, loss):
    MemberFactory(study=study, roles=[RoleName.ADMIN])
    _invitation, token = asked(admin, roles=["admin"])

    change_member(member=admin, by=None, **loss)

    assert invitation_of(token) is None


def test_an_account_that_is_switched_off_takes_its_open_links_along(admin):
    _invitation, token = asked(admin)
    User.objects.filter(pk=admin.user_id).update(is_active=False)

    assert invitation_of(token) is None


def test_a_renewed_invitation_has_a_new_link_and_a_new_term(admin):
    invitation, _token = asked(admin)
    let_it_run_out(invitation)

    renewed, token = renew_invitation(invitation=invitation, by=admin)

    assert invitation_of(token) == invitation
    assert renewed.expires_at > timezone.now() + dt.timedelta(days=6)


@pytest.mark.parametrize("act", [renew_invitation, revoke_invitation])
def test_what_was_accepted_is_neither_renewed_nor_taken_back(admin, act):
    invitation, token = asked(admin)
    accept_invitation(token=token, user=UserFactory())

    with pytest.raises(RefusedError):
        act(invitation=invitation, by=admin)

    invitation.refresh_from_db()
    assert invitation.revoked_at is None


def test_a_person_without_an_account_is_linked_to_it(admin, study):
    person = MemberFactory(study=study, user=None, code="SRC1", roles=[RoleName.CODER])
    _invitation, token = asked(admin, member=person, roles=person.role_names)
    user = UserFactory()

    member = accept_invitation(token=token, user=user)

    assert (member, member.user, member.code) == (person, user, "SRC1")


def test_who_left_comes_back_as_the_same_member(admin, study):
    left = MemberFactory(study=study, active=False, roles=[RoleName.INTERVIEWER])
    _invitation, token = asked(admin, left.user.email)

    member = accept_invitation(token=token, user=left.user)

    assert (member, member.active) == (left, True)
    assert member.role_names == {"coder", "analyst"}


def test_who_is_in_the_study_does_not_use_the_link_up(admin, study):
    _invitation, token = asked(admin)

    with pytest.raises(RefusedError, match="already"):
        accept_invitation(token=token, user=admin.user)

    assert invitation_of(token) is not None


def test_an_address_that_is_in_or_was_asked_is_not_asked_again(admin):
    asked(admin)
    for email in ("ADA@example.org", admin.user.email):
        with pytest.raises(ValidationError) as refusal:
            asked(admin, email)
        assert list(refusal.value.message_dict) == ["email"]
    assert Invitation.objects.count() == 1


def test_an_invitation_that_ran_out_makes_room(admin):
    first, _token = asked(admin)
    let_it_run_out(first)

    second, token = asked(admin)

    assert invitation_of(token) == second
    assert list(Invitation.objects.open()) == [second]


def test_the_change_log_names_the_acts_and_no_address_or_link(admin):
    invitation, token = asked(admin)
    accept_invitation(token=token, user=UserFactory())

    log = Change.objects.filter(object_uid=invitation.uid).order_by("pk")
    assert [entry.verb for entry in log] == ["invite", "accept_invitation"]
    assert "ada" not in repr([entry.details for entry in log])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_a_link_at_once_one_gets_in(monkeypatch):
    admin = MemberFactory(roles=[RoleName.ADMIN])
    _invitation, token = asked(admin)
    one, two = UserFactory(), UserFactory()
    meeting = threading.Barrier(2, timeout=2)
    join = invitations._join

    def join_together(*given):
        with suppress(threading.BrokenBarrierError):
            meeting.wait()  # without the lock both have found the invitation open
        return join(*given)

    monkeypatch.setattr(invitations, "_join", join_together)

    outcomes = at_once(
        lambda: accept_invitation(token=token, user=one),
        lambda: accept_invitation(token=token, user=two),
    )

    assert {type(outcome) for outcome in outcomes} == {Member, RefusedError}
    assert admin.study.members.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_accepts_while_it_is_taken_back_is_in_or_out_and_not_both(monkeypatch):
    admin = MemberFactory(roles=[RoleName.ADMIN])
    invitation, token = asked(admin)
    meeting = threading.Barrier(2, timeout=2)
    join = invitations._join

    def join_meanwhile(*given):
        with suppress(threading.BrokenBarrierError):
            meeting.wait()
        return join(*given)

    def take_back():
        with suppress(threading.BrokenBarrierError):
            meeting.wait()  # the other has looked, and not yet written
        return revoke_invitation(invitation=invitation, by=admin)

    monkeypatch.setattr(invitations, "_join", join_meanwhile)

    outcomes = at_once(lambda: accept_invitation(token=token, user=UserFactory()), take_back)

    invitation.refresh_from_db()
    joined = admin.study.members.count() == 2
    assert joined == (invitation.accepted_at is not None)
    assert joined != (invitation.revoked_at is not None)
    assert RefusedError in {type(outcome) for outcome in outcomes}
