"""Passkeys in a real browser, with a device that is a simulation, and access that ends."""

import pytest

from incidents.actions.people import change_member
from incidents.choices import RoleName
from incidents.models import Job
from tests.factories import PASSWORD, MemberFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(open_browser, live_server):
    """Return a page on localhost, where passkeys work, with a device that says yes."""
    page = open_browser()
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    page.home = live_server.url.replace("127.0.0.1", "localhost")
    return page


def sign_in(page, user):
    page.goto(f"{page.home}/accounts/login/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page):
    page.goto(f"{page.home}/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/**")


def add_a_key(page, *, alone):
    page.goto(f"{page.home}/accounts/2fa/webauthn/add/")
    if alone:
        page.get_by_label("Sign in with this key alone").check()
    page.get_by_role("button", name="Go on in the browser's dialog").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()


def test_a_passkey_signs_in_alone(page):
    user = UserFactory()
    sign_in(page, user)
    add_a_key(page, alone=True)
    sign_out(page)

    page.get_by_role("button", name="Sign in with a passkey").click()

    page.wait_for_url(f"{page.home}/")
    page.goto(f"{page.home}/accounts/")
    assert user.email in page.content()


def test_a_security_key_is_asked_for_after_the_password_and_answers_who_is_there(page, settings):
    user = UserFactory()
    sign_in(page, user)
    add_a_key(page, alone=False)
    sign_out(page)
    sign_in(page, user)
    page.get_by_role("heading", name="Second factor").wait_for()

    page.get_by_role("button", name="Use a passkey or security key").click()
    page.wait_for_url(f"{page.home}/")

    settings.REAUTHENTICATE_MINUTES = 0
    page.goto(f"{page.home}/accounts/2fa/webauthn/reauthenticate/?next=/accounts/")
    page.get_by_role("button", name="Use the passkey or security key").click()
    page.wait_for_url(f"{page.home}/accounts/")


def test_a_device_that_knows_no_key_is_no_dead_end(page):
    page.goto(f"{page.home}/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()

    page.get_by_text("No key was used").wait_for(timeout=90_000)
    assert page.get_by_role("button", name="Sign in with a passkey").is_enabled()


def test_who_is_removed_while_a_page_asks_how_far_work_is_reads_a_sentence(open_browser):
    member = MemberFactory(study__slug="s", roles=[RoleName.ADMIN])
    MemberFactory(study=member.study, roles=[RoleName.ADMIN])
    job = Job.objects.create(study=member.study, requested_by=member, kind="taxonomy.check_import")
    page = open_browser(member.user)
    page.goto(f"/s/s/jobs/{job.uid}/")
    bar = page.locator("progress").first
    bar.wait_for()

    change_member(member=member, by=None, active=False)

    page.get_by_text("This is no longer here.").wait_for(timeout=30_000)
    assert bar.count() == 1
    page.complaints[:] = [line for line in page.complaints if "404" not in line]
