"""An interviewer at work, as the browser sees it."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from incidents.choices import IncidentState, RoleName
from incidents.models import Draft, Incident, Interview
from tests.conftest import DESKTOP, PHONE
from tests.factories import InterviewFactory, MemberFactory, SiteFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def receipt(page, state):
    return page.locator(f'[data-receipt="{state}"]')


def write(page, headline, jot):
    """Tell one incident by keyboard alone; the headline has the focus."""
    page.keyboard.type(headline)
    page.keyboard.press("Tab")
    page.keyboard.type(jot)


def choose(page, name, words):
    page.get_by_role("group", name=name, exact=True).get_by_text(words, exact=True).click()


@pytest.fixture
def interview():
    return InterviewFactory(held_on=dt.date(1999, 3, 15))


def first_incident(page, interview):
    slug = interview.study.slug
    page.goto(f"/s/{slug}/interviews/{interview.uid}/")
    page.get_by_role("link", name="First incident").click()
    expect(page.locator("#incident-form[data-ready]")).to_be_attached()
    expect(page.get_by_label("Headline")).to_be_focused()


def network_errors(page):
    """Forget that the browser complained of the network that the test took away."""
    lost = [said for said in page.complaints if "ERR_INTERNET_DISCONNECTED" in said]
    for said in lost:
        page.complaints.remove(said)
    return lost


def shown_to_screen(desk, headline):
    """Wait until the page of an incident is there, with the script that takes its keys."""
    expect(desk.get_by_role("heading", name=headline)).to_be_visible()
    desk.wait_for_load_state()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_an_interview_of_three_survives_a_lost_network_and_is_accepted(
    open_browser, interview, viewport
):
    admin = MemberFactory(study=interview.study, roles=[RoleName.ADMIN])
    page = open_browser(interview.interviewer.user, viewport=viewport)
    first_incident(page, interview)

    write(page, "The late letter", "It came after three weeks.")
    expect(receipt(page, "saved")).to_be_visible()
    page.keyboard.press("Control+Enter")

    page.context.set_offline(True)
    write(page, "The clerk who sang", "She sang while we waited.")
    expect(receipt(page, "offline")).to_be_visible()
    page.keyboard.press("Control+Enter")
    write(page, "The lost key", "Nobody had it.")
    expect(receipt(page, "offline")).to_be_visible()
    assert Draft.objects.count() == 1
    page.get_by_role("button", name="Submit the complete ones").click()
    expect(page.get_by_text("the server cannot be reached, or does not know you")).to_be_visible()

    page.context.set_offline(False)
    expect(receipt(page, "saved")).to_be_visible()
    assert network_errors(page)
    assert page.locator("#chips li").all_inner_texts() == [
        "1\nThe late letter",
        "2\nThe clerk who sang",
        "3\nThe lost key",
    ]
    assert [draft.body["headline"] for draft in Draft.objects.order_by("position")] == [
        "The late letter",
        "The clerk who sang",
        "The lost key",
    ]

    for number in (1, 2, 3):
        page.locator("#chips li").nth(number - 1).locator("a").click()
        expect(page.locator("#chips li").nth(number - 1).locator("a[aria-current]")).to_be_visible()
        expect(page.locator("#incident-form[data-ready]")).to_be_attached()
        choose(page, "How it was experienced", "Negative" if number != 2 else "Positive")
        choose(page, "Told as", "Own service")
        expect(receipt(page, "saved")).to_be_visible()
    page.get_by_role("button", name="About a week ago").click()
    page.get_by_role("button", name="Submit the complete ones").click()
    expect(page.get_by_text("3 incidents submitted.")).to_be_visible()

    told = Incident.objects.order_by("position")
    assert [incident.version.headline for incident in told] == [
        "The late letter",
        "The clerk who sang",
        "The lost key",
    ]
    assert [incident.moments.get().valence for incident in told] == [
        "negative",
        "positive",
        "negative",
    ]
    assert told[2].happened_from == dt.date(1999, 3, 5)
    assert Draft.objects.count() == 0
    assert page.evaluate("Object.keys(localStorage).join().includes('candid-draft')") is False

    desk = open_browser(admin.user, viewport=viewport)
    desk.goto(f"/s/{interview.study.slug}/screening/")
    desk.get_by_role("link", name="Start with the oldest").click()
    for headline in ("The late letter", "The clerk who sang"):
        shown_to_screen(desk, headline)
        desk.keyboard.press("a")
    shown_to_screen(desk, "The lost key")
    desk.keyboard.press("r")
    desk.keyboard.type("Whose key was it?")
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_text("Nothing waits")).to_be_visible()

    states = [incident.state for incident in told.all()]
    assert states == [IncidentState.ACCEPTED, IncidentState.ACCEPTED, IncidentState.RETURNED]


def test_what_was_typed_offline_is_there_after_a_reload(open_browser, interview):
    page = open_browser(interview.interviewer.user)
    first_incident(page, interview)
    address = page.url
    page.route("**/draft/", lambda route: route.abort())
    write(page, "The late letter", "It came after three weeks.")
    expect(receipt(page, "offline")).to_be_visible()
    assert Draft.objects.count() == 0

    page.unroute("**/draft/")
    page.goto(address)

    expect(page.get_by_label("Headline")).to_have_value("The late letter")
    expect(receipt(page, "saved")).to_be_visible()
    assert Draft.objects.get().body["jot"] == "It came after three weeks."
    page.complaints[:] = [said for said in page.complaints if "ERR_FAILED" not in said]


def test_a_receipt_for_other_words_is_not_believed(open_browser, interview):
    page = open_browser(interview.interviewer.user)
    first_incident(page, interview)
    uid = re.search(r"incidents/([0-9a-f-]+)/", page.url)[1]
    forged = {"uid": uid, "sha256": "0" * 64, "saved_at": "1999-03-15T12:00:00Z"}
    page.route("**/draft/", lambda route: route.fulfill(json=forged))

    write(page, "The late letter", "It came after three weeks.")

    expect(receipt(page, "failed")).to_be_visible()
    expect(receipt(page, "saved")).to_be_hidden()


def test_a_session_that_ended_keeps_the_words_and_goes_on_after_signing_in(open_browser, interview):
    user = interview.interviewer.user
    page = open_browser(user)
    first_incident(page, interview)
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    write(page, "The late letter", "It came after three weeks.")
    expect(page.get_by_role("link", name="Sign in again in a new tab")).to_be_visible()
    assert Draft.objects.count() == 0

    page.context.add_cookies([cookie for cookie in cookies if cookie["name"] == "sessionid"])

    expect(receipt(page, "saved")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in again in a new tab")).to_be_hidden()
    assert Draft.objects.get().body["headline"] == "The late letter"
    page.complaints[:] = [said for said in page.complaints if "401" not in said]


def test_an_interview_is_opened_and_told_without_javascript(open_browser):
    site = SiteFactory()
    study = site.organization.study
    member = MemberFactory(study=study, roles=[RoleName.INTERVIEWER])
    page = open_browser(member.user, java_script_enabled=False)
    page.goto(f"/s/{study.slug}/interviews/new/")
    page.get_by_label("Respondent's code").fill("R-7")
    page.get_by_label("Organization and site").select_option(str(site.uid))
    page.get_by_text("Quotes without a name").click()
    page.get_by_role("button", name="Start with the first incident").click()

    page.get_by_label("Headline").fill("The late letter")
    choose(page, "How it was experienced", "Negative")
    choose(page, "Told as", "Received as a customer")
    page.get_by_role("button", name="Keep, and next incident").click()
    page.get_by_label("Jot it down").fill("Another one, not complete.")
    page.get_by_role("button", name="Submit the complete ones").click()

    expect(page.get_by_text("1 incident submitted.")).to_be_visible()
    expect(page.get_by_text("Incident 2 stays a draft.")).to_be_visible()
    assert Interview.objects.get().respondent.code == "R-7"
    assert Incident.objects.get().version.headline == "The late letter"
    assert Draft.objects.get().body["jot"] == "Another one, not complete."
