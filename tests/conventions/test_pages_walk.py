"""Every page of every role in a real browser: on a desk and on a phone, light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.conftest import DESKTOP, PHONE
from tests.conventions.access_table import ELSEWHERE, lines
from tests.conventions.access_world import make_world
from tests.conventions.test_access import url_of
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROLES = ("owner", "coder", "analyst", "blind", "admin", "superuser")
NO_PAGES = {
    "incidents:file_ready",  # fetches a file at once, and here there is none
    "reports:document_file",
    "reports:export_file",
    "reports:filter_choices",
    "reports:incident_count",
    "reports:link_preview",  # in the frame of clients: tests/browser/test_client_page.py
    "reports:quotes_csv",
    "reports:quotes_text",
    "reports:run_chart",
    "reports:table_csv",
    "reports:table_xlsx",
    "reports:table_fresh",
    "reports:table_interviews",
    "reports:table_open",  # leads on to the table it was asked for
    "taxonomy:coding_ahead",  # the moments that come next, for the desk
    "taxonomy:import_refused",
    "taxonomy:reliability_csv",
    "taxonomy:scheme_against_any",  # leads on to another scheme
    "taxonomy:scheme_against_csv",
    "taxonomy:scheme_answers",
    "taxonomy:scheme_board",  # a part of the page of a scheme
}
EVERYTHING = {"resultTypes": ["violations"]}
COLOURS = {**EVERYTHING, "runOnly": ["color-contrast"]}  # all that another theme changes
LOOK = "rules => axe.run(rules).then(found => found.violations)"  # the rest is long to send
SCREENS = [
    (DESKTOP, "light", EVERYTHING),
    (DESKTOP, "dark", COLOURS),
    (PHONE, "dark", EVERYTHING),
    (PHONE, "light", COLOURS),
]
AT_ONCE = 50  # pages, so that several processes share a walk
ONLY_WHEN_BLIND = {"planned_scheme", "planned", "task_planned"}
THEMES = ("light", "dark")
AXE = Axe()


def pages_of(role):
    """Return one line for each page that the role has."""
    found = {}
    for line in lines():
        answers = line.answers | ELSEWHERE.get(line.name, {})
        opens = line.method == "GET" and answers.get(role) in {"200", "yes", "may"}
        if opens and line.name not in NO_PAGES and worth_a_visit(role, line):
            found.setdefault(line.name, line)
    return list(found.values())


def worth_a_visit(role, line):
    """The blind one's pages are an analyst's but for those about what is coded blindly."""
    return role != "blind" or line.thing in ONLY_WHEN_BLIND


def faults_of(page, url):
    """Open a page, look at it on every screen, and name what is wrong with it."""
    heard = len(page.complaints)
    page.set_viewport_size(DESKTOP)
    page.goto(url)
    page.evaluate(AXE.axe_script)
    faults = [fault for screen in SCREENS for fault in faults_in_sight(page, *screen)]
    return [*page.complaints[heard:], *faults]


def faults_in_sight(page, viewport, theme, rules):
    """Name what is wrong with an open page on a screen of this size and theme."""
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.wait_for_function("theme => document.documentElement.dataset.bsTheme === theme", arg=theme)
    faults = []
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        faults.append("is wider than the screen")
    found = page.evaluate(LOOK, rules)
    faults += [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found]
    return [f"{viewport['width']} {theme}: {fault}" for fault in faults]


PORTIONS = [(role, at) for role in ROLES for at in range(0, len(pages_of(role)), AT_ONCE)]


@pytest.mark.parametrize(("role", "at"), PORTIONS)
def test_no_page_of_a_role_draws_a_complaint(open_browser, role, at):
    world = make_world("zq")
    superuser = UserFactory(is_superuser=True)
    page = open_browser(superuser if role == "superuser" else world.members[role].user)
    faults = []
    for line in pages_of(role)[at : at + AT_ONCE]:
        url = url_of(world, line.name, world.things[line.thing], line.query)
        faults += [f"{line} {fault}" for fault in faults_of(page, url)]
    assert faults == []


def test_every_page_is_walked_by_somebody():
    pages = {line.name for line in lines() if line.method == "GET"} - NO_PAGES
    walked = {line.name for role in ROLES for line in pages_of(role)}

    assert pages - walked == set()


def test_what_is_wrong_with_a_page_is_found(open_browser):
    page = open_browser()
    assert faults_of(page, "/accounts/login/") == []

    page.evaluate(
        """() => {
          const box = document.createElement("input");
          box.style.width = "2000px";
          const words = document.createElement("p");
          words.textContent = "too faint";
          words.style.color = "light-dark(#111, #333)";
          document.querySelector("main").append(box, words);
        }"""
    )

    found = {
        fault.split(": <")[0] for screen in SCREENS for fault in faults_in_sight(page, *screen)
    }
    wide = {f"{size} {theme}: is wider than the screen" for size in (360, 1280) for theme in THEMES}
    assert found == wide | {
        "1280 light: label",
        "360 dark: label",
        "1280 dark: color-contrast",
        "360 dark: color-contrast",
    }


def test_the_bar_on_top_lines_up_with_a_wide_page(open_browser):
    world = make_world("zq")
    page = open_browser(world.members["analyst"].user, viewport={"width": 1900, "height": 900})

    def edges(selector):
        box = page.locator(selector).bounding_box()
        return box["x"], box["width"]

    for name in ("reports:dashboard", "reports:incident_list"):
        page.goto(url_of(world, name, world.things["nothing"]))
        assert edges(".topbar-row") == edges(".study-nav") == edges("main")
