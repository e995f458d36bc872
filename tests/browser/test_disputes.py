"""An admin settles disputes by keyboard in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from incidents.choices import RoleName
from taxonomy.models import Adjudication
from tests.conftest import DESKTOP, PHONE
from tests.factories import MemberFactory
from tests.taxonomy.disputed import TWO_APART, coded
from tests.taxonomy.factories import SchemeFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def violations(page):
    return [found["id"] for found in Axe().run(page).response["violations"]]


def test_disputes_are_decided_one_after_another_by_keyboard(open_browser):
    scheme = SchemeFactory(categories=["Amends", "Listening", "Waiting"])
    coders = [MemberFactory(study=scheme.study, roles=[RoleName.CODER]) for _ in range(2)]
    admin = MemberFactory(study=scheme.study, roles=[RoleName.ADMIN])
    first, _second, last = coded(scheme, coders, *[TWO_APART] * 3)
    page = open_browser(admin.user)
    page.goto(reverse("taxonomy:dispute_list", args=[scheme.study.slug, scheme.slug]))
    page.get_by_role("link", name="Start with the first").click()
    assert str(last.uid) in page.url
    assert violations(page) == []

    page.keyboard.press("2")
    page.keyboard.type("They waited first")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Decided: Waiting.").wait_for()
    page.keyboard.press("n")
    page.wait_for_url(f"**{first.uid}/**")
    page.keyboard.press("f")
    page.keyboard.type("ame")
    page.keyboard.press("Enter")
    page.get_by_label("Why", exact=True).fill("Neither")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Decided: Amends.").wait_for()

    made = Adjudication.objects.order_by("pk").values_list("moment", "category__name", "reason")
    assert list(made) == [
        (last.pk, "Waiting", "They waited first"),
        (first.pk, "Amends", "Neither"),
    ]
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
