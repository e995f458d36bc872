"""What a client reads by a link, and what its maker is shown of it, on a desk and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from reports.models import LinkOpening
from tests.conftest import DESKTOP, PHONE
from tests.reports.linking import computed, dashboard_of, share, start_no_engine
from tests.reports.told import make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shared(monkeypatch):
    """Let a link be made; return the world, the dashboard, the link and the token."""
    start_no_engine(monkeypatch)
    world = make_world()
    computed(world)
    dashboard = dashboard_of(world)
    link, token, _job = share(world, dashboard)
    return world, dashboard, link, token


def faults(page):
    found = [one["id"] for one in Axe().run(page).response["violations"]]
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*found, *(["is wider than the screen"] if wide else [])]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_a_client_reads_by_a_link(open_browser, shared, viewport, theme):
    page = open_browser(viewport=viewport, color_scheme=theme)

    page.goto(reverse("reports:client_page", args=[shared[-1]]))

    page.get_by_role("heading", name="By valence").wait_for()
    assert faults(page) == []


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_its_maker_sees_what_the_client_sees_and_is_asked_before_it_ends(
    open_browser, shared, viewport
):
    world, dashboard, link, _token = shared
    page = open_browser(world.analyst.user, viewport=viewport)
    at = reverse("reports:link_show", args=[world.study.slug, dashboard.uid, link.uid])
    page.goto(at)

    page.get_by_role("link", name="See what the client sees").click()
    page.get_by_role("heading", name="By valence").wait_for()
    assert faults(page) == []
    page.get_by_role("link", name="Back to the link").click()
    page.get_by_text("Nobody has opened it yet.").wait_for()
    assert not LinkOpening.objects.exists()

    ends = page.get_by_role("button", name="Take the link back")
    assert not ends.is_visible()
    page.locator("summary", has_text="Take the link back").click()
    page.get_by_text("Ms. Ivy, and whoever else has the address").wait_for()
    assert faults(page) == []
    ends.click()
    page.get_by_text("The link is taken back.").wait_for()
