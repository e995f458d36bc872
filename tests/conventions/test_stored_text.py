"""What people type is shown and never run: every page, with markup in every word of the study."""

import pytest

from tests.conventions import access_world
from tests.conventions.access_world import make_world
from tests.conventions.test_access import url_of
from tests.conventions.test_pages_walk import pages_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MARKUP = "\"'><b data-ran>{{7|add:7}}</b><img src=x onerror=r()>"
ROLES = ("owner", "coder", "analyst", "admin")


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setitem(access_world.SLUGS, MARKUP, "here")
    return make_world(MARKUP)


def walk(page, world, role):
    """Open every page of a role; return what was run, and how many pages showed the markup."""
    ran, showed = [], 0
    for line in pages_of(role):
        page.goto(url_of(world, line.name, world.things[line.thing], line.query))
        if page.locator("[data-ran], img[src=x]").count():
            ran.append(f"{line} made markup of words")
        text = page.locator("body").inner_text()
        showed += "data-ran" in text
        if "14</b>" in text:
            ran.append(f"{line} ran a template in words")
    return ran, showed


@pytest.mark.parametrize("role", ROLES)
def test_no_page_runs_what_somebody_typed(open_browser, world, role):
    page = open_browser(world.members[role].user)

    ran, showed = walk(page, world, role)

    assert ran == []
    assert page.complaints == []
    assert showed >= 3


def test_markup_on_a_page_is_found(open_browser, world):
    page = open_browser(world.members["admin"].user)
    page.goto(url_of(world, "reports:home", world.things["nothing"]))
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<b data-ran>here</b>')")

    assert page.locator("[data-ran], img[src=x]").count() == 1
