"""A coder at work in a real browser: keys only, no reload, nothing lost."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from incidents.choices import RoleName
from taxonomy.choices import BatchKind
from taxonomy.models import Assignment, Batch, Category, Coding, Scheme
from tests.conftest import DESKTOP, PHONE
from tests.factories import IncidentFactory, MemberFactory
from tests.taxonomy.factories import AssignmentFactory, CategoryFactory, RoundFactory, SchemeFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DEFINITIONS = {
    "Active listening": "Lets people finish and asks back.",
    "Making amends": "Offers something for the trouble caused.",
    "Kept waiting": "Leaves people in a line without a word.",
    "Fiancé treatment": "Turns a purchase into an occasion.",
}
FOCUSED = "document.activeElement.id"


@pytest.fixture
def scheme():
    scheme = SchemeFactory(name="Behaviours")
    coarse = RoundFactory(scheme=scheme, name="Strategies")
    respond = CategoryFactory(round=coarse, name="Respond with care")
    for name, definition in DEFINITIONS.items():
        fine = scheme.rounds.get(position=1)
        CategoryFactory(round=fine, parent=respond, name=name, definition=definition)
    return scheme


@pytest.fixture
def coder(scheme):
    return MemberFactory(study=scheme.study, roles=[RoleName.CODER])


@pytest.fixture
def desk(scheme):
    return reverse("taxonomy:coding_next", args=[scheme.study.slug, scheme.slug])


def tell(scheme, *headlines):
    for headline in headlines:
        IncidentFactory(study=scheme.study, words={"headline": headline})


def add_categories(scheme, number):
    fine = scheme.rounds.get(position=1)
    Category.objects.bulk_create(
        Category(scheme=scheme, round=fine, position=n, name=f"Behaviour {n}", exists=True)
        for n in range(number)
    )


def headline(page, text):
    page.get_by_role("heading", name=text, exact=True).wait_for()


def answers():
    rows = Coding.objects.live().order_by("pk").select_related("category")
    return [coding.category.name if coding.category else coding.unclassifiable for coding in rows]


def test_three_incidents_by_keyboard_one_taken_back_one_beyond_classifying(
    open_browser, scheme, coder, desk
):
    tell(scheme, "The first", "The second", "The third")
    page = open_browser(coder.user)
    page.goto(desk)
    headline(page, "The first")
    page.evaluate("window.same = true")
    keys = page.keyboard

    keys.type("fiance")  # without the accent
    keys.press("Enter")
    headline(page, "The second")
    assert page.evaluate(FOCUSED) == "category-search"
    assert page.locator("#category-search").input_value() == ""

    keys.press("Alt+z")
    headline(page, "The first")
    keys.type("trouble caused")  # words of the definition
    keys.press("Alt+u")
    keys.press("Enter")
    headline(page, "The second")

    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("Enter")
    headline(page, "The third")

    keys.press("Alt+x")
    keys.press("ArrowDown")
    keys.press("Enter")
    page.get_by_role("heading", name="Nothing is left to code").wait_for()

    assert page.evaluate("window.same"), "the page was never loaded again"
    assert answers() == ["Making amends", "Making amends", "no_behaviour"]
    assert Coding.objects.live().order_by("pk").first().confidence == "unsure"


def test_the_best_match_is_first_and_its_definition_shows(open_browser, scheme, coder, desk):
    tell(scheme, "The first")
    page = open_browser(coder.user)
    page.goto(desk)
    page.keyboard.type("WAIT")

    option = page.get_by_role("option")
    assert option.count() == 1
    assert option.first.get_attribute("aria-selected") == "true"
    search = page.get_by_role("combobox")
    assert search.get_attribute("aria-activedescendant") == option.first.get_attribute("id")
    assert page.locator("#category-definition").inner_text().count("in a line without a word") == 1
    assert page.locator("#category-count").inner_text() == "1 of 5"

    page.keyboard.press("Escape")
    assert option.count() == 5
    page.keyboard.type("zzzzz")
    assert page.locator("#category-count").inner_text().startswith("No category matches")


def test_a_coarser_category_is_found_too_and_says_so(open_browser, scheme, coder, desk):
    tell(scheme, "The first")
    page = open_browser(coder.user)
    page.goto(desk)
    options = page.get_by_role("option").all_inner_texts()
    assert "Strategies" in options[-1]
    page.keyboard.type("respond with")
    assert "Strategies" in page.get_by_role("option").last.inner_text()
    page.keyboard.type(" care")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Nothing is left to code").wait_for()
    assert answers() == ["Respond with care"]


def test_a_category_used_lately_codes_by_its_digit_and_what_is_put_aside_comes_last(
    open_browser, scheme, coder, desk
):
    tell(scheme, "The first", "The second", "The third")
    page = open_browser(coder.user)
    page.goto(desk)
    page.keyboard.type("amends")
    page.keyboard.press("Enter")
    headline(page, "The second")
    page.keyboard.press("Alt+n")
    headline(page, "The third")
    page.keyboard.press("Alt+1")
    headline(page, "The second")
    assert answers() == ["Making amends", "Making amends"]


@pytest.fixture
def planned(scheme, coder):
    """Return a function that gives moments to the coder by plan."""

    def give(*headlines):
        batch = Batch.objects.create(scheme=scheme, name="Week 1", kind=BatchKind.SHARED)
        for headline in headlines:
            incident = IncidentFactory(study=scheme.study, words={"headline": headline})
            AssignmentFactory(batch=batch, moment=incident.moments.get(), coder=coder)

    return give


def test_without_a_network_one_codes_on_and_another_visit_sends_what_waits(
    open_browser, coder, desk, planned
):
    planned("The first", "The second", "The third", "The fourth")
    page = open_browser(coder.user)
    with page.expect_response("**/ahead/**"):
        page.goto(desk)
    page.context.set_offline(True)
    page.keyboard.type("listening")
    page.keyboard.press("Alt+m")
    page.keyboard.type("She said so herself.")
    page.keyboard.press("Alt+g")
    page.keyboard.press("Control+Enter")
    headline(page, "The second")
    page.keyboard.type("wating")  # a letter is missing: the closest
    page.keyboard.press("Enter")
    headline(page, "The third")
    page.get_by_text("2 answers wait for the network.").wait_for()
    page.keyboard.press("Alt+z")
    headline(page, "The second")
    page.keyboard.press("Alt+x")
    page.keyboard.press("Enter")
    headline(page, "The third")
    page.keyboard.type("amends")
    page.keyboard.press("Alt+m")
    page.keyboard.type("Half a thought")
    assert answers() == []

    again = page.context.new_page()
    page.close()
    again.context.set_offline(False)
    again.goto(desk)

    headline(again, "The third")
    assert again.get_by_label("Note").input_value() == "Half a thought"
    assert again.get_by_role("button", name="Code Making amends").is_visible()
    again.get_by_text("2 of 4 done").wait_for()
    assert answers() == ["Active listening", "too_little"]
    first = Coding.objects.first()
    assert (first.note, first.flagged) == ("She said so herself.", True)
    page.complaints.clear()  # the browser's own lines about the lost requests


def test_a_session_that_ends_in_the_midst_of_a_day_costs_no_answer(
    open_browser, coder, desk, planned
):
    planned("The first", "The second", "The third")
    page = open_browser(coder.user)
    with page.expect_response("**/ahead/**"):
        page.goto(desk)
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    for words, following in (("listening", "The second"), ("amends", "The third")):
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        headline(page, following)
    page.get_by_role("link", name="Sign in again in a new tab").wait_for()
    assert answers() == []

    page.context.add_cookies([cookie for cookie in cookies if cookie["name"] == "sessionid"])
    page.get_by_role("button", name="Try again").click()

    page.get_by_text("2 of 3 done").wait_for()
    assert answers() == ["Active listening", "Making amends"]
    page.complaints[:] = [said for said in page.complaints if "401" not in said]


def test_the_next_moment_shows_while_the_answer_is_on_its_way(
    open_browser, scheme, coder, desk, planned
):
    planned("The first", "The second")
    add_categories(scheme, 395)
    page = open_browser(coder.user)
    with page.expect_response("**/ahead/**"):
        page.goto(desk)
    held = []
    page.route("**/answer/", lambda route: held.append(route))  # noqa: PLW0108  (has to be a function)
    page.keyboard.type("listening")
    page.keyboard.press("Enter")
    headline(page, "The second")
    page.wait_for_function("performance.getEntriesByName('candid:next-moment').length")
    took = page.evaluate("performance.getEntriesByName('candid:next-moment')[0].duration")
    print(f"next moment after {took:.0f} ms")  # noqa: T201  (a figure, no verdict)
    assert answers() == []

    held.pop().fulfill(status=500, body="broken")
    page.get_by_text("1 answer could not be saved yet.").wait_for()
    page.unroute("**/answer/")
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("1 of 2 done").wait_for()
    assert answers() == ["Active listening"]
    page.complaints.clear()


def test_of_two_windows_the_later_is_told_and_loses_nothing(open_browser, coder, desk, planned):
    planned("The first", "The second")
    page = open_browser(coder.user)
    with page.expect_response("**/ahead/**"):
        page.goto(desk)
    other = page.context.new_page()
    with other.expect_response("**/ahead/**"):
        other.goto(desk)
    page.keyboard.type("listening")
    page.keyboard.press("Enter")
    page.get_by_text("1 of 2 done").wait_for()

    other.keyboard.type("amends")
    other.keyboard.press("Alt+m")
    other.keyboard.type("My second thought")
    other.keyboard.press("Control+Enter")
    headline(other, "The second")
    other.get_by_text("in another window: Active listening").wait_for()
    assert answers() == ["Active listening"]

    other.keyboard.press("Alt+r")
    headline(other, "The first")
    assert other.get_by_label("Note").input_value() == "My second thought"
    other.get_by_role("button", name="Change my answer Making amends").click()
    other.get_by_text("Your answer is changed.").wait_for()
    assert answers() == ["Making amends"]
    page.complaints.clear()  # the browser notes each 409


def test_what_another_window_is_sending_is_taken_back_where_it_arrives(
    open_browser, scheme, coder, desk, planned
):
    planned("The first", "The second", "The third")
    second = Assignment.objects.get(moment__incident__version__headline="The second")
    page = open_browser(coder.user)
    other = page.context.new_page()
    held = []
    for window, where in ((page, desk), (other, f"{desk}{second.uid}/")):
        window.goto(where)
    page.route("**/answer/", lambda route: held.append(route))  # noqa: PLW0108  (has to be a function)
    page.keyboard.type("listening")
    page.keyboard.press("Enter")
    other.keyboard.type("amends")
    with page.expect_request(f"**/{second.uid}/answer/"):
        other.keyboard.press("Enter")
        other.get_by_role("heading", name="The second").wait_for(state="hidden")
        held.pop().continue_()

    other.keyboard.press("Alt+z")
    headline(other, "The second")
    with page.expect_response("**/take-back/"):
        held.pop().continue_()

    assert answers() == ["Active listening"]


def test_a_category_retired_meanwhile_is_said_and_the_list_renewed(
    open_browser, scheme, coder, desk
):
    tell(scheme, "The first")
    page = open_browser(coder.user)
    page.goto(desk)
    page.keyboard.type("listening")
    Category.objects.filter(name="Active listening").update(retired=True)
    scheme.revision += 1
    scheme.save()
    page.keyboard.press("Enter")

    page.get_by_text("This category is no longer offered. Choose another.").wait_for()
    headline(page, "The first")
    assert page.get_by_role("option").count() == 4
    page.locator("#category-search").fill("amends")
    page.locator("#category-search").press("Enter")
    page.get_by_role("heading", name="Nothing is left to code").wait_for()
    assert answers() == ["Making amends"]
    page.complaints.clear()  # the browser notes each 409


def test_without_a_script_it_is_a_form_like_any_other(open_browser, scheme, coder, desk):
    tell(scheme, "The first", "The second")
    page = open_browser(coder.user, java_script_enabled=False)
    page.goto(desk)
    page.get_by_label("Making amends").check()
    page.get_by_label("Note").fill("By hand.")
    page.get_by_role("button", name="Code", exact=True).click()
    headline(page, "The second")
    page.get_by_text("Cannot be classified").click()
    page.get_by_role("button", name="Too little detail").click()
    page.get_by_role("heading", name="Nothing is left to code").wait_for()
    assert answers() == ["Making amends", "too_little"]


def test_on_a_phone_a_tap_chooses_and_a_button_codes(open_browser, scheme, coder, desk):
    tell(scheme, "The first", "The second")
    page = open_browser(coder.user, viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto(desk)
    assert page.evaluate(FOCUSED) != "category-search", "no keyboard before the story is read"
    page.get_by_role("option", name="Kept waiting").tap()
    page.get_by_role("button", name="Code Kept waiting").tap()
    headline(page, "The second")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_text("1 done today").wait_for()
    assert answers() == ["Kept waiting"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_coders_pages_have_no_barriers_that_a_machine_finds(
    open_browser, coder, desk, theme, viewport
):
    scheme = Scheme.objects.get()
    tell(scheme, "The first", "The second")
    page = open_browser(coder.user, viewport=viewport, color_scheme=theme)
    page.goto(desk)
    page.get_by_role("option", name="Kept waiting").click()
    page.locator("[data-code]").click()
    headline(page, "The second")
    page.get_by_text("Cannot be classified").click()
    study = scheme.study.slug
    for address in (
        None,
        *(reverse(f"taxonomy:coding_{n}", args=[study]) for n in ("list", "mine")),
    ):
        if address:
            page.goto(address)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
