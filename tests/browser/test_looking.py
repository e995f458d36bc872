"""An admin who codes blind looks early, and is told so on the pages that this opens."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from incidents.choices import RoleName
from taxonomy.actions.planning import open_batch
from tests.browser.test_analyst import violations
from tests.conftest import DESKTOP, PHONE
from tests.factories import IncidentFactory, MemberFactory, StudyFactory
from tests.taxonomy.factories import SchemeFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("viewport", "colours"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"]
)
def test_from_what_is_hidden_to_a_look_and_its_end(open_browser, viewport, colours):
    study = StudyFactory()
    scheme = SchemeFactory(study=study, slug="kinds", name="Kinds", categories=["Warm"])
    admin = MemberFactory(study=study, roles=[RoleName.ADMIN, RoleName.CODER])
    moments = [IncidentFactory(study=study).moments.get()]
    open_batch(scheme=scheme, name="Overlap", moments=moments, coders=[admin], by=None)
    page = open_browser(admin.user, viewport=viewport, color_scheme=colours)

    def is_well():
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]

    page.goto(reverse("taxonomy:scheme_show", args=[study.slug, "kinds"]))
    expect(page.get_by_text("Not yet for you")).to_be_visible()
    is_well()
    page.get_by_role("link", name="Look early").click()
    page.get_by_label("Why you look").fill("The server moves, and half of the answers are missing.")
    page.get_by_label("For how long").select_option("60")
    is_well()
    page.get_by_role("button", name="Look", exact=True).click()
    expect(page.get_by_text("You look at what is still blind in “Kinds”")).to_be_visible()
    is_well()
    page.get_by_role("button", name="Stop looking").click()
    expect(page.get_by_role("heading", name="Look early")).to_be_visible()
    expect(page.get_by_text("The server moves, and half")).to_be_visible()
