"""The desk of one sorter in a real browser: by keyboard alone, and on a phone without one."""

import pytest
from django.urls import reverse

from tests.conftest import PHONE
from tests.taxonomy.sorting.test_sorting import piles_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(open_browser, world, sort):
    def desk(**options):
        page = open_browser(world.ann.user, **options)
        page.goto(reverse("taxonomy:sort_desk", args=[world.study.slug, "s", sort.uid]))
        return page

    return desk


def in_hand(page, name):
    page.locator("#card-name", has_text=name).wait_for()


def test_everything_is_sorted_by_keyboard_alone(desk, world):
    page = desk()
    keys = page.keyboard

    keys.type("Time")
    keys.press("Enter")
    in_hand(page, "Slow")
    keys.press("ArrowDown")
    in_hand(page, "Rude")
    keys.type("Tone")
    keys.press("Enter")
    in_hand(page, "Cold")
    keys.type("1")
    keys.press("Enter")
    in_hand(page, "Slow")
    keys.press("Alt+z")
    in_hand(page, "Cold")
    keys.type("2")
    keys.press("Enter")
    in_hand(page, "Slow")
    keys.type("time")
    keys.press("Enter")
    page.get_by_role("heading", name="Everything is sorted").wait_for()

    assert piles_of(world.sorters[world.ann]) == {
        "Time": ["Late", "Slow"],
        "Tone": ["Rude", "Cold"],
    }


def test_a_finger_puts_a_card_on_a_pile(desk, world, put):
    put(world.ann, "Late", "Time")
    page = desk(viewport=PHONE, has_touch=True)

    page.get_by_role("button", name="Put here Time").tap()
    in_hand(page, "Rude")

    assert piles_of(world.sorters[world.ann]) == {"Time": ["Late", "Slow"]}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_is_refused_stays_in_the_field(desk, world):
    page = desk()

    page.keyboard.type("17")
    page.keyboard.press("Enter")
    page.get_by_text("There is no pile 17").wait_for()

    assert page.locator("#put-to").input_value() == "17"
    page.complaints.clear()  # the browser notes an answer that refuses


def test_on_a_phone_the_verdicts_on_a_pair_stand_in_one_line(open_browser, world, done):
    page = open_browser(world.admin.user, viewport={"width": 360, "height": 740})
    page.set_default_timeout(60_000)
    page.goto(reverse("taxonomy:sort_agree", args=[world.study.slug, "s", done.uid]))

    pair = page.locator("form.pair").first
    together, apart = (
        pair.get_by_role("button", name=name).bounding_box() for name in ("Together", "Apart")
    )

    assert together["y"] == apart["y"]
    assert together["x"] + together["width"] < apart["x"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
