"""What the browser is told, and whether it can live with it."""

import pytest

from tests.conftest import DESKTOP, PHONE


def test_every_answer_carries_the_strict_policy(client, db):
    answer = client.get("/accounts/login/")

    policy = {
        name: sources.split()
        for name, _, sources in (
            part.strip().partition(" ")
            for part in answer.headers["Content-Security-Policy"].split(";")
        )
    }
    assert policy == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
    }
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_sign_up_is_closed(client, db, django_user_model):
    answer = client.post(
        "/accounts/signup/",
        {"email": "me@example.org", "password1": "kT5-nutmeg", "password2": "kT5-nutmeg"},
    )

    assert answer.status_code == 200
    assert "signup_closed" in answer.templates[0].name
    assert django_user_model.objects.count() == 0


@pytest.mark.browser
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_sign_in_page_draws_no_complaint_from_the_browser(
    transactional_db, open_browser, viewport
):
    page = open_browser(viewport=viewport)

    answer = page.goto("/accounts/login/")

    assert answer.status == 200
    assert page.locator("input[type=password]").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
