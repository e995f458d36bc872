"""Members have roles; a study never loses its last admin."""

import threading
from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError

from incidents.actions import people
from incidents.actions.people import add_member, change_member
from incidents.actions.refusals import StaleError
from incidents.choices import RoleName
from incidents.models import Member
from tests.factories import MemberFactory, StudyFactory, UserFactory
from tests.racing import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    return StudyFactory()


@pytest.fixture
def admin(study):
    return MemberFactory(study=study, roles=[RoleName.ADMIN])


def test_a_member_is_linked_to_the_account_with_the_address(study):
    user = UserFactory(email="ada@example.org")

    member = add_member(
        study=study,
        display_name="Ada",
        code="A",
        roles=[RoleName.CODER, RoleName.ANALYST],
        email=" Ada@Example.org",
        by=None,
    )

    assert member.user == user
    assert member.role_names == {"coder", "analyst"}


def test_a_member_may_have_no_account(study):
    member = add_member(study=study, display_name="Source", code="S", by=None)

    assert (member.user, member.role_names) == (None, frozenset())


def test_an_address_without_an_account_is_refused_with_what_to_do(study):
    with pytest.raises(ValidationError) as refusal:
        add_member(study=study, display_name="N", code="N", email="no@example.org", by=None)

    assert refusal.value.message_dict == {
        "email": ["No account has this address. Invite the person instead."]
    }
    assert not study.members.exists()


@pytest.mark.parametrize(("code", "again", "field"), [("A", False, "code"), ("B", True, "email")])
def test_a_code_and_an_account_are_taken_once_in_a_study(study, code, again, field):
    user = UserFactory()
    MemberFactory(study=study, code="A", user=user)

    with pytest.raises(ValidationError) as refusal:
        add_member(
            study=study, display_name="B", code=code, email=user.email if again else None, by=None
        )

    assert list(refusal.value.message_dict) == [field]
    assert study.members.count() == 1


def test_roles_are_set_as_given(study, admin):
    member = MemberFactory(study=study, roles=[RoleName.CODER, RoleName.ANALYST])

    changed = change_member(
        member=member, by=admin, roles=[RoleName.ANALYST, RoleName.INTERVIEWER], display_name="Bo"
    )

    assert changed.role_names == {"analyst", "interviewer"}
    assert changed.display_name == "Bo"


def test_an_account_is_linked_later(study, admin):
    member = MemberFactory(study=study, user=None)
    user = UserFactory()

    assert change_member(member=member, by=admin, email=user.email).user == user


@pytest.mark.parametrize("change", [{"roles": []}, {"active": False}])
def test_the_last_admin_with_an_account_stays(study, admin, change):
    MemberFactory(study=study, user=None, roles=[RoleName.ADMIN])
    MemberFactory(study=study, user=UserFactory(is_active=False), roles=[RoleName.ADMIN])

    with pytest.raises(ValidationError):
        change_member(member=admin, by=admin, **change)

    admin.refresh_from_db()
    assert (admin.active, admin.role_names) == (True, {"admin"})


def test_an_admin_may_go_while_another_stays(study, admin):
    MemberFactory(study=study, roles=[RoleName.ADMIN])

    assert not change_member(member=admin, by=admin, active=False).active


def test_a_change_of_a_person_decided_on_an_older_version_is_refused(study, admin):
    member = MemberFactory(study=study, roles=[RoleName.CODER])
    change_member(member=member, by=admin, display_name="First", row_version=0)

    with pytest.raises(StaleError):
        change_member(member=member, by=admin, roles=[RoleName.ADMIN], row_version=0)

    member = Member.objects.get(pk=member.pk)
    assert (member.display_name, member.role_names, member.row_version) == ("First", {"coder"}, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_admins_who_change_a_person_at_once_one_is_told():
    study = StudyFactory()
    admin = MemberFactory(study=study, roles=[RoleName.ADMIN])
    person = MemberFactory(study=study)

    def rename(name):
        return lambda: change_member(member=person, by=admin, display_name=name, row_version=0)

    outcomes = at_once(rename("Ann"), rename("Bob"))

    assert {type(outcome) for outcome in outcomes} == {Member, StaleError}
    (kept,) = (each for each in outcomes if isinstance(each, Member))
    person.refresh_from_db()
    assert (person.display_name, person.row_version) == (kept.display_name, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_admins_who_demote_each_other_at_once_leave_one(monkeypatch):
    study = StudyFactory()
    ann, bob = (MemberFactory(study=study, roles=[RoleName.ADMIN]) for _ in range(2))
    meeting = threading.Barrier(2, timeout=2)
    set_roles = people._set_roles

    def set_roles_together(member, roles):
        set_roles(member, roles)
        with suppress(threading.BrokenBarrierError):
            meeting.wait()  # without the lock both have written before either looks

    monkeypatch.setattr(people, "_set_roles", set_roles_together)

    outcomes = at_once(
        lambda: change_member(member=ann, by=bob, roles=[]),
        lambda: change_member(member=bob, by=ann, roles=[]),
    )

    assert {type(outcome) for outcome in outcomes} == {Member, ValidationError}
    assert Member.objects.with_role(RoleName.ADMIN).count() == 1
