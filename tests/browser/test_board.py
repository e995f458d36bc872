"""Two admins batch a scheme on the board, with the mouse and by keyboard, without a reload."""

import re

import pytest
from django.urls import reverse
from gunicorn.config import Config
from playwright.sync_api import expect

from incidents.choices import RoleName
from taxonomy.actions.batching import merge_categories, place_category
from taxonomy.actions.editing import start_scheme
from taxonomy.actions.revisions import undo
from taxonomy.models import Category
from tests.conftest import DESKTOP, PATIENCE, PHONE
from tests.factories import MemberFactory, StudyFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HEARD = "((name) => new Promise((go) => addEventListener(name, () => go(), { once: true })))"


@pytest.fixture
def admin():
    return MemberFactory(study=StudyFactory(), roles=[RoleName.ADMIN], display_name="Ada")


@pytest.fixture
def scheme(admin):
    codes = [{"round": 1, "name": f"Code {number}"} for number in range(1, 7)]
    return start_scheme(
        study=admin.study,
        slug="x",
        name="X",
        by=admin,
        rounds=[{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}],
        categories=[
            {"round": 2, "code": "L", "name": "Left"},
            {"round": 2, "code": "R", "name": "Right"},
            *codes[:-1],
            codes[-1] | {"parent": "R", "definition": "The last of all."},
        ],
    )


@pytest.fixture
def board(open_browser, admin, scheme):
    return open_board(open_browser, admin, scheme)


def open_board(open_browser, member, scheme, size=DESKTOP):
    page = open_browser(member.user, viewport=size)
    page.goto(reverse("taxonomy:scheme_show", args=[scheme.study.slug, scheme.slug]))
    page.locator("[data-card][draggable=true]").first.wait_for()
    page.evaluate("window.same = true")
    return page


def card(page, name):
    title = page.locator(".row-title", has_text=re.compile(rf"(^|\s){name}$"))
    return page.locator("[data-card]").filter(has=title).first


def group(page, name):
    named = page.locator(".board-group-name").filter(has_text=name)
    return page.locator(".board-group").filter(has=named)


def drag(page, moved, target, at=0.5):
    """Drag on a board that waits for nothing, so that nothing moves under the mouse before."""
    expect(page.locator(".htmx-request")).to_have_count(0)
    drag_at_once(page, moved, target, at)


def drag_at_once(page, moved, target, at=0.5):
    """Drag with the mouse itself: `drag_to` puts styles into the page, which its policy refuses."""
    moved.scroll_into_view_if_needed()
    box = moved.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 8)
    page.mouse.down()
    goal = target.bounding_box()
    page.mouse.move(goal["x"] + goal["width"] / 2, goal["y"] + goal["height"] * at, steps=6)
    page.mouse.up()


def said(page, text):
    expect(page.locator("#messages")).to_contain_text(text)


def not_batched(page):
    return group(page, "Not batched yet").locator(".row-title")


def noting_requests(page):
    """Return a list to which the method and path of every request is added."""
    noted = []
    page.on("request", lambda sent: noted.append((sent.method, sent.url)))
    return noted


def wait_for(page, held):
    """Wait until a request is held; one that was asked for before anybody looked counts too."""
    for _ in range(PATIENCE // 20):
        if held:
            return
        page.wait_for_timeout(20)
    pytest.fail("nothing was asked for")


def above(name):
    parent = Category.objects.get(name=name).parent
    return parent.name if parent else None


def test_cards_are_dropped_where_they_belong_and_taken_back(board):
    board.uncheck("#board-ask")
    drag(board, card(board, "Code 1"), group(board, "Left").locator("summary").first)
    said(board, "Placed “Code 1” under “Left”.")
    expect(group(board, "Left").locator("[data-card]")).to_have_count(1)
    assert above("Code 1") == "Left"

    board.locator("#messages form.undo button").click()
    said(board, "Took back revision 2")
    assert above("Code 1") is None

    for name in ("Code 2", "Code 3"):
        board.get_by_role("checkbox", name=name).check()
    drag(board, card(board, "Code 3"), card(board, "Right"))
    said(board, "Placed “Code 2” and “Code 3” under “Right”.")
    assert (above("Code 2"), above("Code 3")) == ("Right", "Right")
    assert board.evaluate("window.same")


def test_a_drop_shows_first_what_it_would_do_and_a_drop_on_a_card_merges(board):
    drag(board, card(board, "Code 1"), group(board, "Right").locator("summary").first)
    dialog = board.locator("dialog[open]")
    expect(dialog.locator(".scheme-preview")).to_contain_text("“Code 1” under “Right”")
    dialog.get_by_role("link", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert above("Code 1") is None

    drag(board, card(board, "Code 1"), card(board, "Code 4"))
    dialog.get_by_label("New name").fill("Both")
    dialog.get_by_label("Reason").fill("They are one")
    dialog.get_by_role("button", name="Merge").click()
    said(board, "Merged “Code 1” into “Both”.")
    expect(card(board, "Both")).to_be_visible()
    assert Category.objects.get(name="Code 1").merged_into.name == "Both"


def test_all_of_it_by_keyboard_alone(board, scheme):
    keys = board.keyboard
    card(board, "Code 1").locator("summary").focus()
    for key in ("Space", "ArrowDown", "ArrowDown", "Space", "p"):
        keys.press(key)
    dialog = board.locator("dialog[open]")
    expect(dialog).to_contain_text("Place 2 categories")
    dialog.get_by_label("Stands under").focus()
    keys.type("Left")
    keys.press("Control+Enter")
    said(board, "Placed “Code 1” and “Code 3” under “Left”.")
    expect(group(board, "Left").locator("[data-card]")).to_have_count(2)

    card(board, "Code 2").locator("summary").focus()
    keys.press("Alt+ArrowDown")
    said(board, "Moved “Code 2” among its neighbours.")
    expect(board.locator(".board-group").nth(1).locator(".row-title")).to_have_text(
        ["Code 4", "Code 2", "Code 5"]
    )
    expect(card(board, "Code 2").locator("summary")).to_be_focused()
    keys.press("ArrowLeft")
    keys.press("Enter")
    expect(board.locator("[data-card] details[open]")).to_contain_text("Not defined yet.")


def test_what_another_admin_does_appears_and_what_one_was_at_stays(board, scheme, admin):
    card(board, "Code 6").locator("summary").click()
    expect(card(board, "Code 6")).to_contain_text("The last of all.")
    board.get_by_role("checkbox", name="Code 5").check()
    other = MemberFactory(study=admin.study, display_name="Grace")
    left = Category.objects.get(name="Left")

    moved = place_category(category=Category.objects.get(name="Code 1"), parent=left, by=other)

    expect(group(board, "Left")).to_contain_text("Code 1")
    assert board.get_by_role("checkbox", name="Code 5").is_checked()
    expect(card(board, "Code 6")).to_contain_text("The last of all.")

    board.get_by_role("button", name="Place…").click()
    dialog = board.locator("dialog[open]")
    dialog.get_by_label("Reason").fill("Mine")
    dialog.get_by_label("Stands under").select_option("Right")
    place_category(category=Category.objects.get(name="Code 5"), parent=left, by=other)
    undo(revision=moved, by=other)
    dialog.get_by_role("button", name="Place", exact=True).click()

    expect(dialog).to_contain_text("Revision 3 (Placed, by Grace) stands in the way.")
    expect(dialog.get_by_label("Reason")).to_have_value("Mine")
    board.complaints[:] = [words for words in board.complaints if "409" not in words]
    dialog.get_by_role("button", name="Place", exact=True).click()
    said(board, "Placed “Code 5” under “Right”.")
    assert board.evaluate("window.same")


def test_finding_folding_and_what_is_not_batched(board):
    cards = board.locator("[data-card]:visible")
    expect(cards).to_have_count(8)
    board.fill("#board-find", "code 6")
    expect(cards).to_have_count(1)
    board.check("#board-unbatched")
    expect(board.get_by_text("No category fits.")).to_be_visible()
    board.fill("#board-find", "")
    expect(board.locator("[data-round]").nth(1).locator("[data-card]:visible")).to_have_count(5)
    expect(card(board, "Left")).to_be_visible()  # they are to stand there
    expect(card(board, "Code 6")).to_be_hidden()
    board.uncheck("#board-unbatched")
    board.get_by_role("button", name="Fold all groups").click()
    expect(cards).to_have_count(0)


def test_on_a_phone_what_is_ticked_is_placed_from_the_bar_below(open_browser, admin, scheme):
    page = open_board(open_browser, admin, scheme, PHONE)
    page.get_by_role("checkbox", name="Code 2").check()
    page.get_by_role("button", name="Place…").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("Or a new category, named").fill("Fresh")
    dialog.get_by_role("button", name="Place", exact=True).click()
    said(page, "Placed “Code 2” under “Fresh”.")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_acts_in_quick_succession_all_arrive_in_their_order(board):
    board.route("**/move/", lambda route: (board.wait_for_timeout(300), route.continue_()))
    keys = board.keyboard
    for name, key in (("Code 1", "Down"), ("Code 1", "Down"), ("Code 5", "Up")):
        card(board, name).locator("summary").focus()
        keys.press(f"Alt+Arrow{key}")

    expect(not_batched(board)).to_have_text(["Code 2", "Code 3", "Code 1", "Code 5", "Code 4"])
    expect(card(board, "Code 5").locator("summary")).to_be_focused()
    expect(board.locator("dialog[open]")).to_have_count(0)


def test_two_quick_drops_both_arrive(board):
    board.uncheck("#board-ask")
    held = []
    board.route("**/place/", lambda route: held.append(route), times=1)  # noqa: PLW0108
    left = group(board, "Left").locator("summary").first
    for name in ("Code 1", "Code 2"):
        drag_at_once(board, card(board, name), left)
    wait_for(board, held)
    held.pop().continue_()

    expect(group(board, "Left").locator(".row-title")).to_have_text(["Code 1", "Code 2"])


def test_what_others_change_waits_while_a_card_is_held(board, scheme, admin):
    board.uncheck("#board-ask")
    held = []
    board.route("**/board/?since=*", lambda route: held.append(route), times=1)  # noqa: PLW0108
    other = MemberFactory(study=admin.study, display_name="Grace")
    one, right = (Category.objects.get(name=name) for name in ("Code 1", "Right"))
    place_category(category=one, parent=right, by=other)
    wait_for(board, held)
    box = card(board, "Code 2").bounding_box()
    board.mouse.move(box["x"] + box["width"] / 2, box["y"] + 8)
    board.mouse.down()
    board.evaluate("() => { window.answered = heard('htmx:afterRequest') }".replace("heard", HEARD))
    held.pop().continue_()
    board.evaluate("window.answered")
    left = group(board, "Left").locator("summary").first.bounding_box()
    board.mouse.move(left["x"] + left["width"] / 2, left["y"] + left["height"] / 2, steps=6)
    board.mouse.up()

    expect(group(board, "Left").locator(".row-title")).to_have_text(["Code 2"])
    expect(group(board, "Right").locator(".row-title")).to_have_text(["Code 1", "Code 6"])


def test_an_act_waits_while_the_one_before_is_refused(board, scheme, admin):
    held = []
    board.route("**/move/", lambda route: held.append(route), times=1)  # noqa: PLW0108
    keys = board.keyboard
    for name, key in (("Code 1", "Down"), ("Code 5", "Up")):
        card(board, name).locator("summary").focus()
        keys.press(f"Alt+Arrow{key}")
    wait_for(board, held)
    one, left = (Category.objects.get(name=name) for name in ("Code 1", "Left"))
    place_category(category=one, parent=left, by=MemberFactory(study=admin.study))
    held.pop().continue_()

    dialog = board.locator("dialog[open]")
    expect(dialog).to_contain_text("Move “Code 1”")
    board.complaints.clear()
    dialog.get_by_role("link", name="Cancel").click()

    said(board, "Moved “Code 5” among its neighbours.")


def test_every_open_card_keeps_its_words(board, scheme, admin):
    opened = ["Left", "Right", "Code 2", "Code 3", "Code 4", "Code 6"]
    for name in opened:
        card(board, name).locator("summary").press("Enter")  # a click misses a card that moves
    for name in opened:
        expect(card(board, name).locator(".scheme-category-body")).to_contain_text("Retire")
    card(board, "Code 5").locator("summary").focus()
    board.keyboard.press("Alt+ArrowUp")

    expect(board.locator("#board")).to_have_attribute("data-revision", "2")
    for name in opened:
        expect(card(board, name).locator(".scheme-category-body")).to_contain_text("Retire")


def test_the_focus_stays_where_it_was_when_the_board_is_replaced(board, scheme, admin):
    """On the summary of a group, a button of a round, the undo; else on what is nearest."""

    def changed():
        revision = scheme.revisions.latest("number")
        moved = Category.objects.get(name="Code 4")
        left = Category.objects.get(name="Left")
        place_category(category=moved, parent=None if moved.parent else left, by=admin)
        newest = str(revision.number + 1)
        expect(board.locator("#board")).to_have_attribute("data-revision", newest)

    changed()
    for control in (
        group(board, "Right").locator("summary").first,
        board.locator("[data-round]").nth(1).get_by_role("link", name="Freeze this round"),
        board.locator(".scheme-last").get_by_role("button", name="Undo"),
        board.get_by_role("checkbox", name="Code 2"),
    ):
        control.focus()
        changed()
        expect(control).to_be_focused()

    card(board, "Code 4").locator("summary").focus()
    merge_categories(
        categories=[Category.objects.get(name="Code 4")],
        into=Category.objects.get(name="Code 5"),
        by=admin,
    )
    expect(card(board, "Code 4")).to_have_count(0)
    assert board.evaluate("document.activeElement.closest('.board-group, .board-rounds') !== null")


def test_a_drop_where_the_card_stands_does_nothing(board):
    sent = noting_requests(board)
    for target, at in (("Code 2", 0.95), ("Code 4", 0.05)):
        drag(board, card(board, "Code 3"), card(board, target), at)
    drag(board, card(board, "Code 3"), card(board, "Code 1"), 0.05)

    said(board, "Moved “Code 3” among its neighbours.")
    assert [url.rsplit("/", 2)[1] for method, url in sent if method == "POST"] == ["move"]
    expect(not_batched(board)).to_have_text(["Code 3", "Code 1", "Code 2", "Code 4", "Code 5"])


def test_ticking_on_from_a_card_goes_on_when_the_board_was_fetched_anew(board, scheme, admin):
    board.get_by_role("checkbox", name="Code 2").click()
    place_category(category=Category.objects.get(name="Code 6"), parent=None, by=admin)
    expect(not_batched(board)).to_have_count(6)

    board.get_by_role("checkbox", name="Code 4").click(modifiers=["Shift"])

    expect(board.locator("#board-count")).to_have_text("3")


def test_as_many_cards_as_there_are_are_ticked_seen_and_placed(open_browser, admin):
    scheme = start_scheme(
        study=admin.study,
        slug="many",
        name="Many",
        by=admin,
        rounds=[{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}],
        categories=[
            {"round": 2, "code": "L", "name": "Left"},
            *({"round": 1, "name": f"Code {number:03}"} for number in range(400)),
        ],
    )
    board = open_board(open_browser, admin, scheme)
    sent = noting_requests(board)
    board.get_by_role("checkbox", name="Code 000").click()
    board.get_by_role("checkbox", name="Code 399").click(modifiers=["Shift"])
    expect(board.locator("#board-count")).to_have_text("400")

    board.get_by_role("button", name="Place…").click()
    dialog = board.locator("dialog[open]")
    dialog.get_by_label("Stands under").select_option("Left")
    expect(dialog.locator(".scheme-preview")).to_contain_text("under “Left”")
    dialog.get_by_role("button", name="Place", exact=True).click()

    expect(group(board, "Left").locator("[data-card]")).to_have_count(400)
    longest = max(len(f"{method} {url} HTTP/1.1") for method, url in sent)
    assert longest < Config().limit_request_line
