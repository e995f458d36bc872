"""A batch from plan to figures: three code blind, a fourth settles, other software agrees."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from incidents.choices import RoleName
from incidents.jobs import run_now
from incidents.models import Job
from taxonomy.actions.measuring import MEASURE_AGREEMENT
from taxonomy.models import Adjudication, AgreementReport, Assignment, Coding
from taxonomy.queries.reliability_words import COEFFICIENTS
from tests.factories import IncidentFactory, MemberFactory, StudyFactory
from tests.taxonomy.factories import SchemeFactory
from tests.taxonomy.reliability import oracles

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NAMES = {"A": "Amends", "L": "Listening", "W": "Waiting"}
SAID = ("AAA", "LLL", "LLW", "WWW", "AWL", "WWW")  # what the three say of each moment
K = len(NAMES) + 1  # what they could have said, “cannot be classified” too


@pytest.fixture
def world():
    study = StudyFactory()
    scheme = SchemeFactory(study=study, slug="kinds", name="Kinds", categories=list(NAMES.values()))
    for number in range(1, len(SAID) + 1):
        IncidentFactory(study=study, words={"headline": f"Told as number {number}"})
    coders = [
        MemberFactory(study=study, roles=[RoleName.CODER], display_name=f"Coder {number}")
        for number in "123"
    ]
    return scheme, coders, MemberFactory(study=study, roles=[RoleName.ADMIN])


def address(name, scheme, *more):
    return reverse(f"taxonomy:{name}", args=[scheme.study.slug, scheme.slug, *more])


def make_plan(page, scheme, coders):
    page.goto(address("plan_create", scheme))
    page.get_by_label("Name", exact=True).fill("Spring")
    for coder in coders:
        page.get_by_label(coder.display_name).check()
    page.get_by_label("Every moment").check()
    page.get_by_label("Coders for each of these moments").fill("3")
    page.get_by_role("button", name="See what it gives to whom").click()
    page.get_by_role("button", name="Make the plan").click()
    expect(page.get_by_text("The plan is made")).to_be_visible()


def code_all(page, scheme, number):
    """Answer for every moment, in the order in which this coder is given them."""
    page.goto(address("coding_next", scheme))
    for done in range(len(SAID)):
        heading = page.get_by_role("heading", name="Told as number").first
        told = int(heading.inner_text().split()[-1])
        page.keyboard.type(NAMES[SAID[told - 1][number]])
        page.keyboard.press("Enter")
        if done + 1 < len(SAID):
            expect(page.get_by_role("heading", name=f"Told as number {told}")).to_have_count(0)
    page.get_by_role("heading", name="Nothing is left to code").wait_for()


def is_told_nothing(page, scheme):
    """Whoever is still blind reads no figure and no dispute."""
    page.goto(address("reliability_show", scheme))
    expect(page.get_by_text("No figures yet")).to_be_visible()
    page.goto(address("dispute_list", scheme))
    expect(page.get_by_text("Told as number")).to_have_count(0)


def settle(page, scheme):
    page.goto("/")
    page.get_by_role("link", name="Disputes to settle").click()
    page.get_by_role("link", name="Start with the first").click()
    for _dispute in range(2):
        page.get_by_role("radio", name="Waiting").check()
        page.get_by_label("Why", exact=True).fill("They waited before anything else.")
        page.get_by_role("button", name="Decide").click()
        page.get_by_text("Decided: Waiting.").wait_for()
        if page.get_by_role("link", name="Next").count():
            page.get_by_role("link", name="Next").click()


def shown(page):
    """The values on the page, by the name of their coefficient."""
    rows = page.locator(".reliability-table").first.locator("tbody tr").all()
    cells = [row.locator("th, td").all_inner_texts() for row in rows]
    return {name.strip(): value.strip() for name, value, *_rest in cells}


def test_a_batch_from_the_plan_to_figures_that_other_software_confirms(open_browser, world):
    scheme, coders, admin = world
    lead = open_browser(admin.user)
    make_plan(lead, scheme, coders)
    pages = [open_browser(coder.user) for coder in coders]
    for number in (0, 1):
        code_all(pages[number], scheme, number)
    is_told_nothing(pages[0], scheme)
    is_told_nothing(pages[2], scheme)
    code_all(pages[2], scheme, 2)
    assert not Assignment.objects.exclude(state="done").exists()

    batch = Assignment.objects.first().batch
    lead.goto(address("batch_show", scheme, batch.uid))
    lead.get_by_role("button", name="Lock it now").click()
    lead.get_by_text("Locked").first.wait_for()
    settle(lead, scheme)
    run_now(Job.objects.filter(kind=MEASURE_AGREEMENT).latest("pk"))
    pages[0].goto(address("reliability_show", scheme))

    rows = Coding.objects.values_list("moment", "coder", "category__name")
    expected = {
        str(COEFFICIENTS[name]): f"{value:.4f}" for name, value in oracles.figures(rows, K).items()
    }
    assert shown(pages[0]) == expected
    assert Adjudication.objects.filter(member=admin).exclude(reason="").count() == 2
    assert AgreementReport.objects.get().answer
