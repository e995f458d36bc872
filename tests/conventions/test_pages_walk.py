"""Every page of every role in a real browser: light on a desk, dark on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.conftest import DESKTOP, PHONE
from tests.conventions.access_table import lines
from tests.conventions.access_world import make_world
from tests.conventions.test_access import url_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROLES = ("owner", "coder", "analyst", "blind", "admin")
NO_PAGES = {
    "reports:table_csv",
    "reports:table_xlsx",
    "reports:table_fresh",
    "reports:table_interviews",
    "taxonomy:import_refused",
    "incidents:file_ready",  # leaves for its file
}
SCREENS = {
    "light at 1280": {"viewport": DESKTOP, "color_scheme": "light"},
    "dark at 360": {"viewport": PHONE, "color_scheme": "dark"},
}
VIOLATIONS = {"resultTypes": ["violations"]}
ONLY_WHEN_BLIND = {"planned_scheme", "planned", "task_planned"}


def pages_of(role):
    """Return one line for each page that the role has."""
    found = {}
    for line in lines():
        opens = line.method == "GET" and line.answers[role] in {"200", "yes"}
        if opens and line.name not in NO_PAGES and worth_a_visit(role, line):
            found.setdefault(line.name, line)
    return list(found.values())


def worth_a_visit(role, line):
    """The blind one's pages are an analyst's but for those about what is coded blindly."""
    return role != "blind" or line.thing in ONLY_WHEN_BLIND


def faults_of(page, url, theme):
    """Open a page, and name what is wrong with it."""
    heard = len(page.complaints)
    page.goto(url)
    return [*page.complaints[heard:], *faults_in_sight(page, theme)]


def faults_in_sight(page, theme):
    """Name what is wrong with a page that is open."""
    faults = []
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        faults.append("is wider than the screen")
    if page.evaluate("document.documentElement.dataset.bsTheme") != theme:
        faults.append(f"is not {theme}")
    found = Axe().run(page, options=VIOLATIONS).response["violations"]
    return faults + [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found]


@pytest.mark.parametrize("role", ROLES)
def test_no_page_of_a_role_draws_a_complaint(open_browser, role):
    world = make_world("zq")
    faults = []
    for screen, options in SCREENS.items():
        page = open_browser(world.members[role].user, **options)
        for line in pages_of(role):
            url = url_of(world, line.name, world.things[line.thing], line.query)
            theme = options["color_scheme"]
            faults += [f"{line} {screen}: {fault}" for fault in faults_of(page, url, theme)]
    assert faults == []


def test_every_page_is_walked_by_somebody():
    pages = {line.name for line in lines() if line.method == "GET"} - NO_PAGES
    walked = {line.name for role in ROLES for line in pages_of(role)}

    assert pages - walked == {"reports:study_create"}


def test_what_is_wrong_with_a_page_is_found(open_browser):
    page = open_browser(viewport=PHONE, color_scheme="light")
    page.goto("/accounts/login/")
    assert faults_in_sight(page, "light") == []

    page.evaluate(
        """() => {
          const box = document.createElement("input");
          box.style.width = "2000px";
          document.querySelector("main").append(box);
        }"""
    )

    wide, unnamed = faults_in_sight(page, "light")
    assert wide == "is wider than the screen"
    assert unnamed.startswith("label: <input")


def test_the_bar_on_top_lines_up_with_a_wide_page(open_browser):
    world = make_world("zq")
    page = open_browser(world.members["analyst"].user, viewport={"width": 1900, "height": 900})

    def edges(selector):
        box = page.locator(selector).bounding_box()
        return box["x"], box["width"]

    for name in ("reports:dashboard", "reports:incident_list"):
        page.goto(url_of(world, name, world.things["nothing"]))
        assert edges(".topbar-row") == edges(".study-nav") == edges("main")
