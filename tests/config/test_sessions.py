"""What a cookie claims to be a session."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("claimed", [r'"\000aaaaaaaaaaa"', "ééééééééé", "x" * 3000, "' OR 1=1 --"])
def test_a_cookie_that_names_no_session_is_no_error(claimed):
    browser = Client(HTTP_COOKIE=f"sessionid={claimed}")

    assert browser.get("/accounts/login/").status_code == 200
    assert browser.get("/").status_code == 302
    assert not Session.objects.exists()


def test_a_session_is_known_by_its_cookie(client):
    client.force_login(UserFactory())

    assert Client(HTTP_COOKIE=f"sessionid={client.session.session_key}").get("/").status_code == 200
