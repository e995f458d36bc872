"""Guessing passwords is slowed down, by account and by address, for all processes together."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from config import settings as configured
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

SIGN_IN = "/accounts/login/"
TOO_MANY = "Too many failed login attempts"
WRONG = "not correct"


@pytest.fixture(autouse=True)
def limits(settings):
    """Limit as configured; elsewhere in the tests nothing is limited."""
    settings.ACCOUNT_RATE_LIMITS = configured.ACCOUNT_RATE_LIMITS
    cache.clear()
    yield
    cache.clear()


def sign_in(user, password=PASSWORD, *, address="198.51.100.1", path=SIGN_IN):
    """Try from an address, each time with a browser that has no history."""
    data = {"login": user.email, "password": password}
    return Client(REMOTE_ADDR=address).post(path, data)


def guess(user, times, **options):
    for number in range(times):
        assert WRONG in sign_in(user, f"guess {number}", **options).text


def test_the_sixth_wrong_password_is_refused_and_then_the_right_one_too():
    user, other = UserFactory(), UserFactory()
    guess(user, 5)

    assert TOO_MANY in sign_in(user, "guess 6").text
    assert TOO_MANY in sign_in(user).text
    assert sign_in(other).status_code == 302


def test_another_address_does_not_help_and_an_address_is_limited_over_all_accounts():
    user = UserFactory()
    for number in range(5):
        guess(user, 1, address=f"203.0.113.{number}")

    assert TOO_MANY in sign_in(user, address="203.0.113.99").text

    for _ in range(10):
        guess(UserFactory(), 1)
    assert TOO_MANY in sign_in(UserFactory()).text


def test_a_forged_forwarded_address_is_not_believed():
    for number in range(10):
        user = UserFactory()
        forged = Client(headers={"X-Forwarded-For": f"192.0.2.{number}"})
        assert WRONG in forged.post(SIGN_IN, {"login": user.email, "password": "guess"}).text

    last = Client(headers={"X-Forwarded-For": "192.0.2.200"})
    user = UserFactory()
    assert TOO_MANY in last.post(SIGN_IN, {"login": user.email, "password": PASSWORD}).text


def test_the_count_is_kept_in_the_database_that_all_processes_share():
    guess(UserFactory(), 1)

    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM candid_cache")
        keys = " ".join(row[0] for row in cursor.fetchall())
    assert "login_failed" in keys


def test_an_address_without_an_account_is_told_nothing_else():
    known, unknown = UserFactory(), UserFactory.build(email="nobody@example.org")

    answers = [sign_in(user, "guess") for user in (known, unknown)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert all(WRONG in answer.text for answer in answers)


def test_the_administration_has_no_way_in_past_the_limit():
    user = UserFactory(is_staff=True, is_superuser=True)

    answer = sign_in(user, path="/admin/login/")

    assert answer.status_code == 302
    assert answer.url.startswith(SIGN_IN)
    assert "sessionid" not in answer.cookies


def test_an_account_that_is_switched_off_cannot_sign_in(client):
    user = UserFactory(is_active=False)

    answer = client.post(SIGN_IN, {"login": user.email, "password": PASSWORD})

    assert answer.url == "/accounts/inactive/"
    assert client.get("/").url.startswith(SIGN_IN)
