"""An interviewer's day: by keyboard alone, with one thumb, and the count in the evening."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from incidents.models import Draft, Incident, Interview
from tests.conftest import PHONE
from tests.factories import InterviewFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

GUIDE = Path(__file__).resolve().parents[2] / "docs/guide/interviewing.md"
COUNT_KEYS = """
addEventListener("keydown", () => {
  sessionStorage.keys = Number(sessionStorage.keys ?? 0) + 1;
}, true);
"""
CUT_OFF = """
const real = window.fetch;
window.fetch = (url, options) =>
  sessionStorage.cut && String(url).endsWith("/draft/")
    ? Promise.reject(new TypeError("cut off"))
    : real(url, options);
"""
SIX = (
    ("The late letter", "It came after three weeks.", "2", "1"),
    ("The clerk who sang", "She sang while we waited.", "1", "1"),
    ("The lost key", "Nobody had it.", "2", "4"),
    ("The second coffee", "It was on the house.", "1", "4"),
    ("The wrong bill", "They laughed about it.", "3", "2"),
    ("The open door", "He held it for everybody.", "1", "5"),
)
THUMB = 44  # pixels, the least that a thumb hits


@pytest.fixture
def interview():
    return InterviewFactory(held_on=dt.date(2026, 11, 20))


def told_by_keys(page, headline, jot, valence, told_as):
    """Tell one incident; the headline has the focus."""
    keyboard = page.keyboard
    expect(page.get_by_label("Headline")).to_be_focused()
    keyboard.type(headline)
    keyboard.press("Tab")
    keyboard.type(jot)
    for key in ("Tab", valence, "Tab", told_as):
        keyboard.press(key)


def open_page(page, name, interview, *uids, query=""):
    page.goto(reverse(f"incidents:{name}", args=[interview.study.slug, *uids]) + query)


def first_form(page, interview):
    open_page(page, "interview_show", interview, interview.uid)
    page.get_by_role("link", name="First incident").click()
    expect(page.locator("#incident-form[data-ready]")).to_be_attached()


def receipt(page, state):
    return page.locator(f'[data-receipt="{state}"]')


def test_an_interview_of_six_by_keyboard_alone_takes_the_keys_that_the_guide_names(
    open_browser, interview
):
    page = open_browser(interview.interviewer.user)
    page.add_init_script(COUNT_KEYS)
    open_page(page, "interview_open", interview, query=f"?like={interview.uid}")
    keyboard = page.keyboard

    expect(page.get_by_label("Respondent's code")).to_be_focused()
    keyboard.type("R-7")
    keyboard.press("Tab")
    keyboard.press("2")
    keyboard.press("Control+Enter")
    expect(page.locator("#incident-form[data-ready]")).to_be_attached()
    for number, words in enumerate(SIX, start=1):
        told_by_keys(page, *words)
        keyboard.press("Control+Enter" if number < len(SIX) else "Control+Shift+Enter")
    expect(page.get_by_text("6 incidents submitted.")).to_be_visible()

    narrative = sum(len(headline) + len(jot) for headline, jot, *_choices in SIX)
    keys = int(page.evaluate("sessionStorage.keys")) - narrative
    documented = re.search(r"\*\*(\d+) keys\*\*", GUIDE.read_text())
    print(f"{keys} keys besides the {narrative} characters of the narratives")  # noqa: T201
    assert documented is not None
    assert keys == int(documented[1])
    opened = Interview.objects.exclude(pk=interview.pk).get()
    assert (opened.respondent.code, opened.consent) == ("R-7", "quotes")
    told = Incident.objects.order_by("position")
    assert [incident.version.headline for incident in told] == [words[0] for words in SIX]
    assert [incident.moments.get().valence for incident in told] == [
        "negative",
        "positive",
        "negative",
        "positive",
        "mixed",
        "positive",
    ]
    assert [incident.told_as for incident in told] == [
        "own",
        "own",
        "customer",
        "customer",
        "colleague",
        "bystander",
    ]
    assert {incident.asked_for for incident in told} == {"either"}


def test_the_tellers_words_are_marked_by_a_key_and_shown_apart(open_browser, interview):
    page = open_browser(interview.interviewer.user)
    first_form(page, interview)
    jot = page.get_by_label("Jot it down")

    jot.fill("She said never")
    for _letter in "never":
        jot.press("Shift+ArrowLeft")
    jot.press("Alt+q")
    expect(jot).to_have_value("She said “never”")
    page.keyboard.type(" and he: ")
    page.get_by_role("button", name="The teller's words").click()
    page.keyboard.type("always")
    expect(jot).to_have_value("She said “never” and he: “always”")
    page.keyboard.press("Tab")
    page.keyboard.press("2")
    page.keyboard.press("Tab")
    page.keyboard.press("1")
    page.keyboard.press("Control+Shift+Enter")
    expect(page.get_by_text("1 incident submitted.")).to_be_visible()

    open_page(page, "incident_show", interview, Incident.objects.get().uid)
    assert page.locator(".said").all_inner_texts() == ["“never”", "“always”"]


def test_what_is_parked_waits_and_is_taken_up_again(open_browser, interview):
    page = open_browser(interview.interviewer.user)
    first_form(page, interview)
    told_by_keys(page, *SIX[0])
    page.keyboard.press("Alt+p")
    told_by_keys(page, *SIX[1])
    page.keyboard.press("Control+Shift+Enter")
    expect(page.get_by_text("1 incident submitted.")).to_be_visible()
    expect(page.get_by_text("Incident 1 is parked and was not sent.")).to_be_visible()
    assert Draft.objects.get().parked is True

    open_page(page, "interview_list", interview)
    page.get_by_role("link", name="The late letter").click()
    expect(page.get_by_label("Headline")).to_have_value("The late letter")
    expect(receipt(page, "saved")).to_be_visible()
    page.get_by_role("button", name="Submit the complete ones").click()
    expect(page.get_by_text("1 incident submitted.")).to_be_visible()

    headlines = [incident.version.headline for incident in Incident.objects.order_by("position")]
    assert headlines == ["The late letter", "The clerk who sang"]


def test_in_the_evening_what_was_recorded_is_compared_with_what_was_received(
    open_browser, interview
):
    page = open_browser(interview.interviewer.user)
    page.add_init_script(CUT_OFF)
    first_form(page, interview)
    for words in SIX[:2]:
        told_by_keys(page, *words)
        expect(receipt(page, "saved")).to_be_visible()
        page.keyboard.press("Control+Enter")
    page.evaluate("sessionStorage.cut = 1")
    told_by_keys(page, *SIX[2])
    expect(receipt(page, "offline")).to_be_visible()

    open_page(page, "interview_list", interview)
    expect(page.get_by_text("This browser: 3 recorded, 2 received. 1 still waits")).to_be_visible()
    expect(page.get_by_text("The server received 2 incidents of yours today:")).to_be_visible()
    page.evaluate("sessionStorage.removeItem('cut')")
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_text("This browser: 3 recorded, 3 received.")).to_be_visible()
    assert Draft.objects.count() == 3

    Draft.objects.filter(position=3).delete()
    page.reload()
    expect(page.get_by_text("1 is neither here nor at the server")).to_be_visible()


def test_on_a_phone_everything_is_within_reach_of_one_thumb(open_browser, interview):
    page = open_browser(interview.interviewer.user, viewport=PHONE, has_touch=True)
    first_form(page, interview)
    page.get_by_label("Headline").fill("The late letter")
    expect(receipt(page, "saved")).to_be_visible()

    bar = page.locator(".form-bar > .btn")
    boxes = [bar.nth(number).bounding_box() for number in range(bar.count())]
    assert len(boxes) == 4
    assert min(box["height"] for box in boxes) >= THUMB
    assert min(box["width"] for box in boxes) >= THUMB
    assert min(box["y"] for box in boxes) >= PHONE["height"] * 3 / 4
    assert max(box["y"] + box["height"] for box in boxes) <= PHONE["height"]
    choices = page.locator(".told .choice")
    heights = [choices.nth(number).bounding_box()["height"] for number in range(choices.count())]
    assert len(heights) > 15
    assert min(heights) >= THUMB

    page.get_by_role("button", name="Keep, and next incident").tap()
    expect(page.get_by_label("Headline")).to_be_focused()
    open_page(page, "interview_show", interview, interview.uid)
    for name in ("Next incident", "Submit the complete ones"):
        box = page.locator(".actions-sticky").get_by_text(name).bounding_box()
        assert PHONE["height"] / 2 < box["y"] < PHONE["height"]
    taps = page.locator(".one-tap .btn")
    assert min(taps.nth(number).bounding_box()["height"] for number in range(taps.count())) >= THUMB
    page.get_by_role("button", name="Quotes with attribution").tap()
    expect(page.get_by_role("button", name="Quotes with attribution")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_the_question_on_screen_follows_what_is_asked_for(open_browser):
    interview = InterviewFactory(held_on=dt.date(2026, 11, 21))
    type(interview.study).objects.update(elicitation="alternating")
    page = open_browser(interview.interviewer.user)
    first_form(page, interview)
    asked = page.locator(".guide-ask:visible")
    expect(asked).to_have_text(re.compile("since 21 October.*especially well"))

    told_by_keys(page, *SIX[0])
    page.keyboard.press("Control+Enter")

    expect(asked).to_have_text(re.compile("since 21 October.*especially poorly"))
    page.get_by_role("group", name="Asked for", exact=True).get_by_text("Good service").click()
    expect(asked).to_have_text(re.compile("especially well"))
