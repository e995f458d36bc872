"""A dashboard shown to a room: one part after another, by keys and buttons."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from reports.actions import composing
from reports.models import Table
from tests.reports.told import make_world, tell

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world():
    world = make_world()
    tell(world, "one", category=world.warm)
    by = world.analyst
    table = Table.objects.create(scheme=world.scheme, owner=by, name="By region", shared=True)
    world.board = composing.create_dashboard(title="For the room", is_front=False, by=by)
    everything = {"table": True, "findings": True, "charts": []}
    composing.add_table(dashboard=world.board, saved=table, by=by, **everything)
    composing.add_words(composition=world.board, heading="The end", text="Thank you.", by=by)
    return world


def violations(page):
    return [found["id"] for found in Axe().run(page).response["violations"]]


def test_a_dashboard_is_presented_one_part_after_another(open_browser, world):
    page = open_browser(world.analyst.user)
    at = [world.study.slug, world.board.uid]
    page.goto(reverse("reports:dashboard_show", args=at))
    assert violations(page) == []

    page.get_by_role("link", name="Present").click()
    table, words = page.get_by_role("table"), page.get_by_text("Thank you.")
    page.get_by_text("1 of 2").wait_for()
    assert (table.is_visible(), words.is_visible()) == (True, False)
    assert page.get_by_role("button", name="Back").is_disabled()
    assert violations(page) == []

    page.keyboard.press("ArrowRight")
    page.get_by_text("2 of 2").wait_for()
    assert (table.is_visible(), words.is_visible()) == (False, True)
    page.reload()
    page.get_by_text("2 of 2").wait_for()
    page.get_by_role("button", name="Back").click()
    assert table.is_visible()

    page.keyboard.press("Escape")
    page.wait_for_url(f"**{reverse('reports:dashboard_show', args=at)}")
