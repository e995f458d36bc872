"""The lineage of a scheme by keyboard and on a phone, and a proposal from the desk by one key."""

import pytest
from django.urls import reverse

from incidents.choices import RoleName
from taxonomy.actions.batching import merge_categories
from taxonomy.actions.editing import start_scheme
from taxonomy.models import Category, Proposal
from tests.conftest import DESKTOP, PHONE
from tests.factories import IncidentFactory, MemberFactory, StudyFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scheme():
    return start_scheme(
        study=StudyFactory(slug="study"),
        slug="x",
        name="X",
        by=None,
        rounds=[{"position": 1, "name": "Fine"}, {"position": 2, "name": "Coarse"}],
        categories=[
            {"round": 2, "code": "T", "name": "Top"},
            {"round": 1, "name": "One", "parent": "T"},
            {"round": 1, "name": "Two", "parent": "T"},
        ],
    )


@pytest.fixture
def admin(scheme):
    return MemberFactory(study=scheme.study, roles=[RoleName.ADMIN], display_name="Ada")


def url(name):
    return reverse(f"taxonomy:{name}", args=["study", "x"])


def test_a_ribbon_leads_by_keyboard_to_who_merged_and_to_taking_it_back(
    open_browser, scheme, admin
):
    one, two = (Category.objects.get(name=name) for name in ("One", "Two"))
    merge_categories(categories=[one], into=two, by=admin, rationale="They are the same")
    page = open_browser(admin.user)
    page.set_viewport_size(DESKTOP)
    page.goto(url("scheme_lineage"))

    page.locator(f'svg a[href="#category-{one.uid}"]').focus()
    page.keyboard.press("Enter")

    entry = page.locator(f"#category-{one.uid}")
    page.wait_for_function("uid => location.hash === `#category-${uid}`", arg=str(one.uid))
    assert entry.evaluate("entry => entry === document.activeElement")
    assert "Ada" in entry.inner_text()
    assert "They are the same" in entry.inner_text()
    page.keyboard.press("Tab")  # its name
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Take back revision 2").wait_for()
    assert page.complaints == []


def test_on_a_phone_the_words_come_before_the_picture_which_scrolls_by_itself(
    open_browser, scheme, admin
):
    page = open_browser(admin.user)
    page.set_viewport_size(PHONE)
    page.goto(url("scheme_lineage"))

    words, picture = (
        page.locator(place).bounding_box() for place in (".lineage-list", ".lineage-picture")
    )
    assert words["y"] < picture["y"]
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert page.evaluate(
        "(box => box.scrollWidth > box.clientWidth)(document.querySelector('.lineage-scroll'))"
    )


def test_a_coder_proposes_from_the_desk_by_one_key_and_loses_nothing_there(open_browser, scheme):
    coder = MemberFactory(study=scheme.study, roles=[RoleName.CODER])
    incident = IncidentFactory(study=scheme.study, words={"headline": "A promise kept"})
    page = open_browser(coder.user)
    page.set_viewport_size(DESKTOP)
    page.goto(url("coding_next"))
    page.locator("textarea").fill("Half a note")

    with page.context.expect_page() as opened:
        page.keyboard.press("Alt+p")
    form = opened.value
    form.get_by_label("Name").fill("Keeping promises")
    form.get_by_label("Why").fill("Nothing says it")
    form.get_by_role("button", name="Propose").click()
    form.get_by_text("New category: Keeping promises").wait_for()

    proposal = Proposal.objects.get()
    assert (proposal.member, proposal.example.incident) == (coder, incident)
    assert page.locator("textarea").input_value() == "Half a note"
