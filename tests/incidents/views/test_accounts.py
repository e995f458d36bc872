"""One's own account, the question who is there, and access that ends with the next request."""

import datetime as dt

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from incidents.actions.accounts import take_second_factors_away
from incidents.actions.people import change_member
from incidents.choices import RoleName
from incidents.models import Change, Invitation, Job, Member, User
from tests.factories import PASSWORD, MemberFactory, UserFactory
from tests.taxonomy.factories import SchemeFactory

pytestmark = pytest.mark.django_db
ACCOUNT = "/accounts/"
SIGN_IN = "/accounts/login/"
CONFIRM = "/accounts/reauthenticate/"
HTMX = {"HX-Request": "true"}


def sign_in(user, agent="Firefox/140 Linux"):
    browser = Client(headers={"User-Agent": agent})
    answer = browser.post(SIGN_IN, {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def is_in(browser):
    return browser.get(ACCOUNT).status_code == 200


def later(minutes):
    return time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes), tick=True)


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def admin():
    return MemberFactory(study__slug="s", roles=[RoleName.ADMIN])


# -- The page ---------------------------------------------------------------------------------


def test_the_page_gathers_name_factors_sessions_and_studies(user):
    member = MemberFactory(user=user, roles=[RoleName.CODER])
    MemberFactory()  # in a study of others
    browser = sign_in(user)

    page = browser.get(ACCOUNT)

    assert [row.study for row in page.context["memberships"]] == [member.study]
    assert [(row.device, row.here) for row in page.context["sessions"]] == [
        ("Firefox · Linux", True)
    ]
    assert not page.context["factors"].any


def test_a_name_is_changed(user):
    sign_in(user).post(ACCOUNT, {"name": "Ada"})

    user.refresh_from_db()
    assert user.name == "Ada"
    assert Change.objects.filter(verb="rename_account", user=user).exists()


@pytest.mark.parametrize("path", ["/accounts/2fa/", "/accounts/2fa/webauthn/", "/accounts/email/"])
def test_pages_of_the_package_that_say_less_lead_to_the_account(user, path):
    browser = sign_in(user)

    for answer in (browser.get(path), browser.post(path, {"email": "boss@example.org"})):
        assert answer.url == ACCOUNT
    user.refresh_from_db()
    assert user.email != "boss@example.org"


@pytest.mark.parametrize(
    ("path", "labels"),
    [
        (SIGN_IN, ["E-mail address", "Password", "Stay signed in on this device"]),
        ("/accounts/password/reset/", ["E-mail address"]),
    ],
)
def test_the_ways_in_name_their_fields_as_other_pages_do(path, labels):
    form = Client().get(path).context["form"]

    assert [field.label for field in form.visible_fields()] == labels
    assert not any("placeholder" in field.field.widget.attrs for field in form)


def test_a_new_password_is_held_to_the_rules_in_words(user):
    browser = sign_in(user)
    short = {"oldpassword": PASSWORD, "password1": "short", "password2": "short"}

    page = browser.post("/accounts/password/change/", short)

    assert "at least 12 characters" in page.text
    labels = [field.label for field in page.context["form"].visible_fields()]
    assert labels == ["Password until now", "New password", "The same password again"]
    assert is_in(sign_in(user))


# -- Sessions ---------------------------------------------------------------------------------


def test_one_other_browser_is_signed_out(user):
    here, there, third = (sign_in(user) for _ in range(3))
    session = UserSession.objects.get(session_key=there.session.session_key)

    here.post(reverse("incidents:session_end"), {"session": session.pk})

    assert [is_in(browser) for browser in (here, there, third)] == [True, False, True]


def test_nobody_ends_the_session_of_somebody_else(user):
    other = sign_in(UserFactory())
    session = UserSession.objects.get(session_key=other.session.session_key)

    sign_in(user).post(reverse("incidents:session_end"), {"session": session.pk})

    assert is_in(other)


@pytest.mark.parametrize("session", ["", "x", "-1", "9" * 400, "٣"])
def test_a_session_that_is_none_is_no_error(user, session):
    answer = sign_in(user).post(reverse("incidents:session_end"), {"session": session})

    assert answer.status_code == 302


def test_signing_out_everywhere_else_holds_for_browsers_on_no_list_too(user):
    here, there, unlisted = sign_in(user), sign_in(user), Client()
    unlisted.force_login(user)
    bystander = sign_in(UserFactory())

    here.post(reverse("incidents:sessions_end"))

    assert [is_in(browser) for browser in (here, there, unlisted)] == [True, False, False]
    assert is_in(bystander)
    assert len(here.get(ACCOUNT).context["sessions"]) == 1


def test_signing_out_everywhere_may_mean_here_too(user):
    here, there = sign_in(user), sign_in(user)

    here.post(reverse("incidents:sessions_end"), {"here": "too"})

    assert [is_in(browser) for browser in (here, there)] == [False, False]
    assert is_in(sign_in(user))


def test_a_form_too_large_to_be_read_signs_nobody_out(user):
    here, there = sign_in(user), sign_in(user)

    answer = here.post(reverse("incidents:sessions_end"), {"here": "x" * 6_000_000})

    assert answer.status_code == 400
    assert [is_in(browser) for browser in (here, there)] == [True, True]


def test_a_changed_password_signs_out_everywhere_else(user):
    here, there = sign_in(user), sign_in(user)
    new = "another long and odd phrase"

    here.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    assert [is_in(browser) for browser in (here, there)] == [True, False]


# -- Who is there -----------------------------------------------------------------------------

NEW = {"display_name": "Eve", "code": "EVE", "roles": ["analyst"]}


def test_a_change_of_people_long_after_the_sign_in_asks_and_then_goes_on(admin):
    browser = sign_in(admin.user)
    create = reverse("incidents:member_create", args=["s"])
    with later(31):
        asked = browser.post(create, NEW)
        assert asked.url.startswith(CONFIRM)
        assert not Member.objects.filter(code="EVE").exists()
        assert "Is it you?" in browser.get(asked.url).text

        wrong = browser.post(CONFIRM, {"password": "guess", "next": create})
        assert not Member.objects.filter(code="EVE").exists()
        done = browser.post(CONFIRM, {"password": PASSWORD, "next": create})

        assert wrong.status_code == 200
        assert done.url == reverse("incidents:member_list", args=["s"])
        assert Member.objects.get(code="EVE").role_names == {"analyst"}
        assert browser.post(create, NEW | {"code": "E2"}).url == done.url


def test_what_was_typed_comes_back_after_the_question_where_it_cannot_be(admin):
    browser = sign_in(admin.user)
    create = reverse("incidents:member_create", args=["s"])
    with later(31):
        browser.post(create, NEW | {"code": admin.code})
        page = browser.post(CONFIRM, {"password": PASSWORD, "next": create})

    assert page.status_code == 422
    assert 'value="Eve"' in page.text
    assert "Another member has this code." in page.text


def test_who_lost_the_role_during_the_question_does_not_go_on(admin):
    MemberFactory(study=admin.study, roles=[RoleName.ADMIN])
    browser = sign_in(admin.user)
    create = reverse("incidents:member_create", args=["s"])
    with later(31):
        browser.post(create, NEW)
        change_member(member=admin, by=None, roles=[])
        refused = browser.post(CONFIRM, {"password": PASSWORD, "next": create})

    assert refused.status_code == 403
    assert not Member.objects.filter(code="EVE").exists()


@pytest.mark.parametrize("name", ["member_edit", "member_invite"])
def test_other_changes_of_people_ask_too(admin, name):
    person = MemberFactory(study=admin.study, user=None)
    browser = sign_in(admin.user)
    data = {"display_name": "X", "code": "X", "email": "x@example.org"}
    with later(31):
        asked = browser.post(reverse(f"incidents:{name}", args=["s", person.uid]), data)

    assert asked.url.startswith(CONFIRM)
    person.refresh_from_db()
    assert person.display_name != "X"
    assert not Invitation.objects.exists()


def test_an_export_long_after_the_sign_in_asks_and_then_hands_the_file_out(admin):
    SchemeFactory(study=admin.study, slug="serve")
    browser = sign_in(admin.user)
    file = reverse("reports:table_csv", args=["s", "serve"]) + "?by=sector"
    assert browser.get(file)["Content-Type"].startswith("text/csv")
    with later(31):
        asked = browser.get(file, headers={"Referer": "http://testserver/s/s/tables/serve/"})
        assert asked.url.startswith(CONFIRM)
        ready = browser.post(asked.url, {"password": PASSWORD}, follow=True)

        assert ready.context["file"] == file
        assert ready.context["back"] == "/s/s/tables/serve/"
        assert browser.get(file)["Content-Type"].startswith("text/csv")


@pytest.mark.parametrize("file", ["", "/admin/", "//evil.example", "https://evil.example/s/"])
def test_the_page_that_hands_a_file_out_leads_nowhere_else(user, file):
    browser = sign_in(user)

    assert browser.get(reverse("incidents:file_ready"), {"file": file}).status_code == 404
    page = browser.get(reverse("incidents:file_ready"), {"file": "/s/a/b.csv", "back": file})
    assert page.context["back"] == "/"


# -- A second factor --------------------------------------------------------------------------


def test_an_account_with_a_second_factor_is_not_in_by_the_password_alone(user):
    totp.TOTP.activate(user, totp.generate_totp_secret())
    browser = Client()

    answer = browser.post(SIGN_IN, {"login": user.email, "password": PASSWORD})

    assert answer.url.startswith("/accounts/2fa/authenticate/")
    assert "recovery code" in browser.get(answer.url).text
    assert not is_in(browser)
    assert browser.post(answer.url, {"code": "000000"}).status_code == 200
    assert not is_in(browser)


def test_an_authenticator_app_is_set_up_used_and_switched_off(user):
    cache.clear()
    browser = sign_in(user)
    secret = browser.get("/accounts/2fa/totp/activate/").context["form"].secret
    now = next(totp.yield_hotp_counters_from_time())
    code = totp.format_hotp_value(totp.hotp_value(secret, now))

    assert browser.post("/accounts/2fa/totp/activate/", {"code": "1"}).status_code == 200
    answer = browser.post("/accounts/2fa/totp/activate/", {"code": code}, follow=True)

    assert answer.context["unused_codes"]
    factors = browser.get(ACCOUNT).context["factors"]
    assert (factors.app, factors.codes_left) == (True, 10)
    second = Client()
    second.post(SIGN_IN, {"login": user.email, "password": PASSWORD})
    second.post("/accounts/2fa/authenticate/", {"code": answer.context["unused_codes"][0]})
    assert second.get(ACCOUNT).context["factors"].codes_left == 9
    second.post("/accounts/2fa/totp/deactivate/")
    assert not second.get(ACCOUNT).context["factors"].any


def test_a_superuser_takes_the_factors_of_who_lost_their_devices_away(user):
    superuser = UserFactory(is_superuser=True, is_staff=True)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    Authenticator.objects.create(user=superuser, type=Authenticator.Type.TOTP, data={})
    found = Client()
    found.force_login(user)

    assert take_second_factors_away(user=user, by=superuser) == 1

    assert list(Authenticator.objects.values_list("user", flat=True)) == [superuser.pk]
    assert not is_in(found)
    assert is_in(sign_in(user))


NO_ANSWERS_OF_A_KEY = {
    "5,000 digits": "9" * 5000,
    "lists without end": "[" * 100_000,
    "a number": "0",
    "a word": '"x"',
    "a list": "[1]",
    "no parts": '{"id": 1}',
    "empty parts": '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}',
    "parts that say nothing": '{"id": "AA", "rawId": "AA", "type": "public-key", "response":'
    ' {"clientDataJSON": "AA", "attestationObject": "AA", "authenticatorData": "AA",'
    ' "signature": "AA", "userHandle": "AA"}}',
}


@pytest.mark.parametrize("answer", NO_ANSWERS_OF_A_KEY.values(), ids=NO_ANSWERS_OF_A_KEY)
def test_what_no_key_answers_is_refused_and_nothing_is_kept(user, client, answer):
    add, sign_in_by_key = "/accounts/2fa/webauthn/add/", "/accounts/2fa/webauthn/login/"
    browser = sign_in(user)
    browser.get(add)
    client.get(sign_in_by_key, headers={"X-Requested-With": "XMLHttpRequest"})

    assert browser.post(add, {"name": "Key", "credential": answer}).status_code == 200
    refused = client.post(sign_in_by_key, {"credential": answer})

    assert (refused.status_code, refused.url) == (302, SIGN_IN)
    assert not Authenticator.objects.exists()
    assert is_in(browser)


def test_a_key_has_a_name_of_some_length(user):
    answer = sign_in(user).post("/accounts/2fa/webauthn/add/", {"name": "x" * 121})

    assert "at most 120 characters" in answer.text


# -- Access ends with the next request --------------------------------------------------------


def gone(member):
    change_member(member=member, by=None, active=False)


def switched_off(member):
    User.objects.filter(pk=member.user_id).update(is_active=False)


@pytest.fixture
def leaver(admin):
    return MemberFactory(study=admin.study, roles=[RoleName.ADMIN])


@pytest.mark.parametrize(
    ("end", "page", "part"), [(gone, 404, 404), (switched_off, 302, 401)], ids=["gone", "off"]
)
def test_who_is_out_reads_nothing_with_the_next_request(client, leaver, end, page, part):
    job = Job.objects.create(study=leaver.study, requested_by=leaver, kind="taxonomy.check_import")
    SchemeFactory(study=leaver.study, slug="serve")
    client.force_login(leaver.user)
    pages = [
        reverse("incidents:member_list", args=["s"]),
        reverse("reports:table_csv", args=["s", "serve"]),
        reverse("incidents:job_show", args=["s", job.uid]),
    ]
    assert [client.get(each).status_code for each in pages] == [200, 200, 200]

    end(leaver)

    assert [client.get(each).status_code for each in pages] == [page] * 3
    answers = [client.get(each, headers=HTMX) for each in pages]
    assert [answer.status_code for answer in answers] == [part] * 3
    assert not any(leaver.study.name in answer.text for answer in answers)


def test_a_role_taken_away_is_gone_with_the_next_request(client, leaver):
    client.force_login(leaver.user)
    people = reverse("incidents:member_list", args=["s"])
    assert client.get(people).status_code == 200

    change_member(member=leaver, by=None, roles=[RoleName.CODER])

    assert client.get(people).status_code == 403
