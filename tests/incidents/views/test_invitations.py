"""Admins invite and follow their invitations; whoever has the link joins."""

import re
import smtplib

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from incidents.actions import invitations
from incidents.choices import RoleName
from incidents.models import Invitation, Member, User
from tests.factories import PASSWORD, InvitationFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db
ADA = {"email": "ada@example.org", "display_name": "Ada", "roles": ["coder"]}
ACCOUNT = {"name": "Ada L.", "password": "a long and odd phrase", "again": "a long and odd phrase"}


@pytest.fixture
def admin(client):
    member = MemberFactory(study__slug="s", roles=[RoleName.ADMIN])
    client.force_login(member.user)
    return member


def url(name, *args):
    return reverse(f"incidents:{name}", args=["s", *args])


def link_in(text):
    return re.search(r"http://testserver(/join/[\w-]+/)", text).group(1)


@pytest.fixture
def link(client, admin):
    return link_in(client.post(url("invitation_create"), ADA, follow=True).text)


# -- The admin's side -------------------------------------------------------------------------


def test_without_mail_the_link_is_shown_to_be_copied_and_only_once(client, admin):
    response = client.post(url("invitation_create"), ADA)

    first, again = client.get(response.url).text, client.get(response.url).text
    assert link_in(first)
    assert "/join/" not in again
    assert mail.outbox == []


def test_with_mail_the_link_is_sent(client, admin, settings):
    settings.SENDS_MAIL = True

    page = client.post(url("invitation_create"), ADA, follow=True).text

    (message,) = mail.outbox
    assert message.to == ["ada@example.org"]
    assert admin.study.name in message.subject
    assert link_in(message.body) == link_in(page)
    assert Invitation.objects.get().mailed_at is not None


@pytest.mark.parametrize("failure", [OSError("no route"), smtplib.SMTPRecipientsRefused({})])
def test_a_mail_server_that_fails_does_not_lose_the_invitation(
    client, admin, settings, monkeypatch, failure
):
    def refuse(*message):
        raise failure

    settings.SENDS_MAIL = True
    monkeypatch.setattr(invitations, "send_mail", refuse)

    page = client.post(url("invitation_create"), ADA, follow=True).text

    assert "The mail server did not take the message" in page
    assert Client().get(link_in(page)).status_code == 200
    assert Invitation.objects.get().mailed_at is None


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"email": "no address"}, "valid email"),
        ({"email": ""}, "required"),
        ({"roles": []}, "required"),
        ({"roles": ["owner"]}, "owner"),
        ({"display_name": "nul \x00"}, "Null characters"),
        ({"email": "TAKEN@example.org"}, "There is an open invitation"),
    ],
)
def test_an_invitation_that_cannot_be_comes_back(client, admin, bad, said):
    InvitationFactory(study=admin.study, email="taken@example.org", invited_by=admin)

    response = client.post(url("invitation_create"), ADA | bad)

    assert response.status_code == 422
    assert said in response.text
    assert Invitation.objects.count() == 1


def test_open_invitations_are_listed_with_the_ways_to_send_again_and_take_back(client, admin):
    mine = InvitationFactory(study=admin.study, invited_by=admin)
    over = InvitationFactory(study=admin.study, invited_by=admin)
    invitations.revoke_invitation(invitation=over, by=admin)
    elsewhere = InvitationFactory()

    page = client.get(url("member_list")).text

    assert mine.email in page
    assert url("invitation_renew", mine.uid) in page
    assert url("invitation_revoke", mine.uid) in page
    assert over.email not in page
    assert elsewhere.email not in page


def test_sending_again_makes_a_new_link_and_the_one_before_opens_nothing(client, admin, link):
    invitation = Invitation.objects.get()

    page = client.post(url("invitation_renew", invitation.uid), follow=True).text

    assert link_in(page) != link
    assert Client().get(link_in(page)).status_code == 200
    assert Client().get(link).status_code == 404


def test_what_is_taken_back_opens_nothing(client, admin, link):
    client.post(url("invitation_revoke", Invitation.objects.get().uid))

    response = Client().get(link)

    assert response.status_code == 404
    assert "This link no longer works" in response.text
    assert admin.study.name not in response.text


def test_a_person_without_an_account_is_invited_under_their_name_and_roles(client, admin):
    person = MemberFactory(study=admin.study, user=None, roles=[RoleName.CODER])

    client.post(url("member_invite", person.uid), {"email": "ada@example.org"})

    invitation = Invitation.objects.get()
    assert (invitation.member, invitation.roles) == (person, ["coder"])
    assert invitation.display_name == person.display_name


# -- The guest's side -------------------------------------------------------------------------


def test_who_has_no_account_makes_one_and_is_signed_in_and_in_the_study(client, admin, link):
    guest = Client()
    assert "ada@example.org" in guest.get(link).text

    response = guest.post(link, ACCOUNT, follow=True)

    member = Member.objects.get(study=admin.study, user__email="ada@example.org")
    assert member.role_names == {"coder"}
    assert admin.study.name in response.text
    assert guest.get(reverse("incidents:account_show")).status_code == 200
    assert Client().post(link, ACCOUNT).status_code == 404


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"password": "short", "again": "short"}, "at least 12 characters"),
        ({"password": "123456789012", "again": "123456789012"}, "entirely numeric"),
        ({"password": "ada@example.org", "again": "ada@example.org"}, "too similar"),
        ({"again": "a long and odd phrasE"}, "differ"),
        ({"name": ""}, "required"),
    ],
)
def test_an_account_that_cannot_be_comes_back_and_the_link_still_works(link, bad, said):
    guest = Client()

    response = guest.post(link, ACCOUNT | bad)

    assert response.status_code == 422
    assert said in response.text
    assert not User.objects.filter(email="ada@example.org").exists()
    assert guest.get(link).status_code == 200


def test_who_is_signed_in_joins_with_that_account(admin, link):
    user = UserFactory(email="another@example.org")
    guest = Client()
    guest.force_login(user)
    assert "another@example.org" in guest.get(link).text

    guest.post(link)

    assert Member.objects.filter(study=admin.study, user=user).exists()
    assert not User.objects.filter(email="ada@example.org").exists()


def test_who_has_an_account_at_the_address_signs_in_first_and_comes_back(admin, link):
    user = UserFactory(email="ada@example.org")
    guest = Client()

    page = guest.get(link)
    refused = guest.post(link, ACCOUNT)
    back = guest.post(
        f"/accounts/login/?next={link}", {"login": user.email, "password": PASSWORD, "next": link}
    )

    assert f"/accounts/login/?next={link}" in page.text
    assert (refused.status_code, user.check_password(PASSWORD)) == (200, True)
    assert back.url == link
    guest.post(link)
    assert Member.objects.filter(study=admin.study, user=user).exists()


def test_a_member_who_opens_a_link_of_their_study_is_told_so(client, link):
    response = client.post(link)

    assert response.status_code == 422
    assert "You are a member of this study already." in response.text
    assert Invitation.objects.open().exists()


@pytest.mark.parametrize("token", ["x", "%00", "a" * 500, "é"])
def test_a_link_that_never_was_opens_nothing(token):
    response = Client().get(f"/join/{token}/")

    assert response.status_code == 404
    assert "This link no longer works" in response.text
