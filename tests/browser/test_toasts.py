"""A message with an undo, from a page that was loaded and from one that was not."""

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.template.loader import render_to_string

from incidents.http import tell
from tests.factories import UserFactory


@pytest.fixture
def asked(rf):
    """Return a request that can hold messages."""
    request = rf.get("/")
    request.session = {}
    request._messages = CookieStorage(request)
    return request


def drawn(request):
    context = {"messages": get_messages(request)}
    return render_to_string("components/messages.html", context, request)


def test_what_can_be_taken_back_says_so_in_its_message(asked):
    tell(asked, "12 incidents excluded", undo="/take-back/12/")

    message = drawn(asked)

    assert "12 incidents excluded" in message
    assert 'action="/take-back/12/"' in message
    assert 'name="csrfmiddlewaretoken"' in message
    assert "note-success" in message


def test_what_cannot_be_taken_back_offers_no_undo(asked):
    tell(asked, "Signed out everywhere")

    message = drawn(asked)

    assert "Signed out everywhere" in message
    assert "<form" not in message


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_message_without_a_reload_has_its_undo_and_stays_in_sight(open_browser):
    page = open_browser(UserFactory(is_superuser=True), viewport={"width": 360, "height": 740})
    page.goto("/components/")
    page.evaluate("scrollTo(0, 3000)")

    page.evaluate(
        """() => document.dispatchEvent(new CustomEvent("toast", {
          detail: { text: "Excluded.", level: "success", undo: "/take-back/",
            link: { href: "/next/", text: "Go on" } },
        }))"""
    )

    note = page.locator("#messages .note")
    assert note.locator("[data-text]").inner_text() == "Excluded. Go on"
    assert note.get_by_role("link", name="Go on").get_attribute("href") == "/next/"
    assert note.locator("form").get_attribute("action") == "/take-back/"
    assert len(note.locator("[name=csrfmiddlewaretoken]").input_value()) > 30
    assert 0 <= note.bounding_box()["y"] < 740
    note.locator("[data-close]").click()
    assert note.count() == 0
