"""What somebody is told whose sign-in is old, or who lost a password where no mail leaves."""

import pytest
from django.urls import reverse

from incidents.choices import RoleName
from incidents.models import Member
from tests.factories import PASSWORD, MemberFactory
from tests.incidents.views.test_accounts import CONFIRM, HTMX, NEW, later, sign_in

pytestmark = pytest.mark.django_db
NO_MAIL = "No mail leaves this installation"


def test_htmx_takes_the_whole_page_to_the_question_and_what_it_sent_goes_on():
    admin = MemberFactory(study__slug="s", roles=[RoleName.ADMIN])
    browser = sign_in(admin.user)
    create = reverse("incidents:member_create", args=["s"])
    with later(31):
        asked = browser.post(create, NEW, headers=HTMX)

        assert (asked.status_code, asked.content) == (200, b"")
        assert asked.headers["HX-Redirect"].startswith(CONFIRM)
        assert not Member.objects.filter(code="EVE").exists()
        browser.post(CONFIRM, {"password": PASSWORD, "next": create})

    assert Member.objects.filter(code="EVE").exists()


@pytest.mark.parametrize("page", ["account_reset_password", "account_reset_password_done"])
def test_who_lost_a_password_reads_that_no_mail_leaves(client, settings, page):
    settings.SENDS_MAIL = False
    told = client.get(reverse(page)).text
    settings.SENDS_MAIL = True
    untold = client.get(reverse(page)).text

    assert NO_MAIL in told
    assert NO_MAIL not in untold
