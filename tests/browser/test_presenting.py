"""A dashboard shown to a room: one part after another, by keys and buttons."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from reports.actions import composing
from reports.models import RunChart, Table
from tests.reports.test_runs import ran
from tests.reports.told import make_world, tell
from tests.taxonomy.factories import CategoryFactory

LAPTOP = {"width": 1280, "height": 720}
PHONE = {"width": 360, "height": 800}
TALL = '<svg id="dots-{}" viewBox="0 0 300 900"><title>Dots</title></svg>'
LEFT_BELOW = "document.documentElement.scrollHeight - innerHeight"

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


@pytest.fixture
def presented(world):
    """Present a table of more rows than a screen has lines, and a picture higher than wide."""
    for number in range(30):
        CategoryFactory(round=world.fine, name=f"Category {number}", parent=world.service)
    run = ran(world, query="round=1&by=valence")
    svg = TALL.format(run.uid.hex[:8])
    RunChart.objects.create(run=run, kind="dots", theme="light", svg=svg)
    table = Table.objects.create(
        scheme=world.scheme,
        owner=world.analyst,
        name="Long",
        shared=True,
        query=f"{run.query}&round_uid={world.fine.uid}",
    )
    everything = {"table": True, "findings": False, "charts": ["dots"]}
    composing.add_table(dashboard=world.board, saved=table, by=world.analyst, **everything)
    return reverse("reports:dashboard_present", args=[world.study.slug, world.board.uid])


def test_a_table_and_its_picture_fit_on_the_screen_each(open_browser, world, presented):
    page = open_browser(world.analyst.user, viewport=LAPTOP)
    part = world.board.items[-1]["id"]
    page.goto(f"{presented}#part-{part}")

    page.get_by_text("3 of 4").wait_for()
    assert page.evaluate(LEFT_BELOW) == 0
    base = page.get_by_role("link", name="Base, All: 1, very small base").bounding_box()
    assert base["y"] + base["height"] < LAPTOP["height"]
    scrolled = page.locator(".table-scroll:visible")
    assert scrolled.evaluate("box => box.scrollHeight > box.clientHeight")
    assert violations(page) == []

    page.get_by_role("button", name="Next").click()
    picture = page.get_by_role("region", name="Long: Dots").locator("svg")
    box = picture.bounding_box()
    assert page.evaluate(LEFT_BELOW) == 0
    assert box["y"] + box["height"] <= LAPTOP["height"]
    assert box["height"] > LAPTOP["height"] / 2
    assert violations(page) == []


def test_on_a_phone_no_keys_are_spoken_of(open_browser, world, presented):
    hint = "Arrow keys lead on and back"
    desk = open_browser(world.analyst.user)
    desk.goto(presented)
    phone = open_browser(world.analyst.user, viewport=PHONE, has_touch=True, is_mobile=True)
    phone.goto(presented)

    assert desk.get_by_text(hint).is_visible()
    assert not phone.get_by_text(hint).is_visible()
    assert phone.get_by_role("button", name="Next").is_visible()


def test_on_a_phone_a_table_shows_at_its_edge_that_it_goes_on(open_browser, world, presented):
    page = open_browser(world.analyst.user, viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto(reverse("reports:dashboard_show", args=[world.study.slug, world.board.uid]))

    box = page.locator(".figures .table-scroll").last
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    assert "gradient" in box.evaluate("box => getComputedStyle(box).backgroundImage")
    edges = box.locator("thead th").evaluate_all(
        "heads => heads.map((head) => Math.round(head.getBoundingClientRect().right))"
    )
    end = round(box.bounding_box()["x"] + box.bounding_box()["width"])
    assert min(abs(edge - end) for edge in edges) > 8
