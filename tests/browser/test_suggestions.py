"""What a classifier would say, beside a coder who works by keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from taxonomy.actions import suggesting
from taxonomy.choices import Offered
from taxonomy.models import Coding, Scheme, Suggestion
from tests.taxonomy.suggested import WORDS, given, train, world_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STRIP = "#suggested"


@pytest.fixture
def trained(monkeypatch):
    monkeypatch.setattr(suggesting, "FEWEST_MOMENTS", 20)
    world = world_of()
    train(world)
    for name in ("Rude", "Kind", "Late"):
        moment = given(world, WORDS[name]).moment
        version = moment.incident.version
        version.headline = f"Of somebody {name.lower()}"
        version.save(update_fields=["headline"])
    world.desk = reverse("taxonomy:coding_next", args=[world.study.slug, world.scheme.slug])
    return world


def headline(page, text):
    page.get_by_role("heading", name=text, exact=True).wait_for()


WAITING = "Object.keys(localStorage).filter((key) => key.includes(':sent:')).length"


def drained(page):
    """Wait until every answer has arrived."""
    while page.evaluate(WAITING):
        page.wait_for_timeout(50)


def kept():
    rows = Suggestion.objects.order_by("pk").select_related("coding__category")
    return [(row.coding.category.name, row.offered, row.chosen) for row in rows]


def test_after_an_answer_another_is_offered_and_taken_by_one_key(open_browser, trained):
    page = open_browser(trained.coder.user)
    page.goto(trained.desk)
    page.locator("#desk[data-ready]").wait_for()
    headline(page, "Of somebody rude")
    assert page.locator(STRIP).is_hidden()

    page.keyboard.type("clean")
    page.keyboard.press("Enter")
    headline(page, "Of somebody kind")
    strip = page.locator(STRIP)
    assert "you said Clean; the classifier would say" in strip.inner_text()
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("Alt+j")
    strip.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.id") == "category-search"
    changed = page.get_by_text("Changed to Rude.")
    changed.wait_for()

    page.keyboard.type("kind")  # what it would say as well
    page.keyboard.press("Enter")
    headline(page, "Of somebody late")
    assert (strip.is_hidden(), changed.count()) == (True, 0)
    drained(page)

    answers = Coding.objects.live().order_by("pk").values_list("category__name", flat=True)
    assert list(answers) == ["Rude", "Kind"]
    (first, second) = kept()
    assert (first[:2], second) == (("Clean", Offered.AFTER), ("Rude", Offered.AFTER, 1))
    assert Coding.objects.get(category__name="Rude", coder=trained.coder).supersedes is not None


def test_before_an_answer_the_three_stand_above_the_search(open_browser, trained):
    Scheme.objects.update(offered=Offered.BEFORE)
    page = open_browser(trained.coder.user)
    page.goto(trained.desk)
    page.locator("#desk[data-ready]").wait_for()
    headline(page, "Of somebody rude")
    assert page.locator(f"{STRIP} .chip-label").first.inner_text() == "Rude"

    page.keyboard.press("Alt+j")
    headline(page, "Of somebody kind")
    assert page.locator(f"{STRIP} .chip-label").first.inner_text() == "Kind"
    page.keyboard.press("Alt+j")
    headline(page, "Of somebody late")
    drained(page)

    assert kept() == [("Rude", Offered.BEFORE, 1), ("Kind", Offered.BEFORE, 1)]
