"""An analyst at work in a real browser: a table, its columns and filters, what people said."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone

from incidents.choices import ToldAs, Valence
from incidents.models import Study
from taxonomy.models import TallyPointer
from tests.conftest import DESKTOP, PHONE
from tests.factories import OrganizationFactory
from tests.reports.told import make_world, tell

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world():
    world = make_world()
    for region, category, valence in (
        (0, world.warm, Valence.POSITIVE),
        (0, world.quick, Valence.NEGATIVE),
        (1, world.quick, Valence.POSITIVE),
        (1, None, Valence.NEUTRAL),
    ):
        named = f"{valence.value} {category.name if category else 'uncoded'} of region {region}"
        tell(world, named, region=region, category=category, valence=valence)
    return world


def table_url(world, **query):
    return reverse("reports:table_show", args=[world.study.slug, world.scheme.slug], query=query)


def heads(page):
    return page.locator("#figures thead th").all_inner_texts()


def violations(page):
    return [found["id"] for found in Axe().run(page).response["violations"]]


def test_an_analyst_changes_columns_filters_reads_and_takes_the_table_away(open_browser, world):
    page = open_browser(world.analyst.user)
    page.goto(reverse("reports:dashboard", args=[world.study.slug]))
    page.get_by_role("link", name="Round 1").click()
    assert heads(page) == ["Round 1", "All", "North", "South"]

    page.evaluate("window.stayed = true")
    page.get_by_label("Columns").select_option(label="Valence")
    page.get_by_role("columnheader", name="Positive").wait_for()
    page.get_by_text("Filters", exact=True).click()
    page.locator("form").get_by_label("Region").select_option(label="North")
    page.get_by_role("link", name="Region of the respondent: North").wait_for()
    assert heads(page) == ["Round 1", "All", "Positive", "Negative", "Mixed", "Neutral"]
    assert page.evaluate("window.stayed")
    assert "&by=valence&" in page.url
    assert page.url.endswith(f"&region={world.regions[0].uid}")

    shared = open_browser(world.analyst.user)
    shared.goto(page.url)
    assert (
        shared.locator("#figures table").inner_text() == page.locator("#figures table").inner_text()
    )

    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").click()
    assert "Category,Within,All,Positive" in taken.value.path().read_text("utf-8-sig")

    page.get_by_role("link", name="Quick, Negative: 1").click()
    page.get_by_role("heading", name="Quick", exact=True).wait_for()
    assert page.get_by_role("article").count() == 1
    assert page.get_by_text("It was about negative Quick of region 0.").is_visible()
    page.get_by_role("link", name="Back to the table").click()
    page.get_by_role("link", name="Region of the respondent: North").wait_for()


def test_a_table_that_is_behind_shows_the_new_figures_by_itself(open_browser, world):
    seq = Study.objects.get(pk=world.study.pk).data_seq
    pointer = TallyPointer.objects.create(
        scheme=world.scheme, generation=1, data_seq=seq - 1, built_at=timezone.now()
    )
    page = open_browser(world.analyst.user)
    page.goto(table_url(world))
    page.get_by_text("Being counted again").wait_for()

    pointer.data_seq = seq
    pointer.save()

    page.get_by_text("Up to date").wait_for()
    assert page.get_by_text("Being counted again").count() == 0


@pytest.mark.parametrize(
    ("viewport", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"]
)
def test_the_analysts_pages_fit_and_can_be_used_by_everybody(open_browser, world, viewport, scheme):
    for number in range(14):
        name = f"A long name of number {number}"
        world.organization = OrganizationFactory(study=world.study, name=name)
        tell(world, f"told {number}", category=world.warm, told_as=ToldAs.CUSTOMER)
    Study.objects.filter(pk=world.study.pk).update(reconstruction=True)
    page = open_browser(world.admin.user, viewport=viewport, color_scheme=scheme)
    slug = world.study.slug
    cell = {"row": "base", "round": 1}
    verbatims = reverse("reports:verbatim_list", args=[slug, world.scheme.slug], query=cell)
    addresses = (
        reverse("reports:dashboard", args=[slug]),
        table_url(world, round=1, by="organization", counts="on"),
        table_url(world, region=str(world.regions[1].uid)),
        verbatims,
        reverse("reports:incident_list", args=[slug]),
        reverse("reports:incident_list", args=[slug], query={"q": "nowhere"}),
    )
    for address in addresses:
        page.goto(address)
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], address


def test_the_grid_is_searched_without_leaving_the_page(open_browser, world):
    page = open_browser(world.analyst.user)
    page.goto(reverse("reports:incident_list", args=[world.study.slug]))
    assert page.get_by_text("4 incidents").is_visible()

    page.get_by_label("Words told").fill("QUICK")
    page.get_by_label("Words told").press("Enter")
    page.locator(".grid-count", has_text="2 incidents").wait_for()

    assert page.url.endswith("?q=QUICK")
    page.get_by_role("link", name="negative Quick of region 0").click()
    page.get_by_role("heading", name="negative Quick of region 0").wait_for()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_filter_of_thousands_is_fetched_when_it_is_opened(open_browser, world, size):
    page = open_browser(world.analyst.user, viewport=size)
    page.goto(reverse("reports:incident_list", args=[world.study.slug]))
    if size == PHONE:
        page.get_by_text("Filters", exact=True).click()
    chosen = page.get_by_role("combobox", name="Category")

    assert not page.evaluate("'TomSelect' in window")
    chosen.focus()
    page.get_by_role("option", name="Service > Warm").wait_for()
    assert violations(page) == []
    chosen.type("no such category")
    page.get_by_text("Nothing fits").wait_for()
    chosen.fill("")
    chosen.type("warm")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Show").click()

    page.get_by_role("link", name="Category: Service > Warm").wait_for()
    assert page.locator(".row-title").all_inner_texts() == ["positive Warm of region 0"]
    page.reload()
    kept = page.locator("#id_category").locator("option:checked")
    assert kept.text_content() == "Service > Warm"


def test_a_filter_that_cannot_be_fetched_says_so_and_asks_again(open_browser, world):
    page = open_browser(world.analyst.user)
    page.goto(reverse("reports:incident_list", args=[world.study.slug]))
    chosen = page.get_by_role("combobox", name="Category")
    page.route("**/choices/category/", lambda route: route.abort())

    chosen.focus()
    page.locator('[data-failure="network"]').wait_for()
    page.complaints.clear()  # the browser names what it could not fetch
    page.unroute("**/choices/category/")
    page.keyboard.press("Tab")
    chosen.focus()

    page.get_by_role("option", name="Service > Warm").wait_for()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_period_is_read_in_full_and_a_filter_says_whose_place_it_means(open_browser, world, size):
    page = open_browser(world.analyst.user, viewport=size)
    page.goto(table_url(world, by="quarter", filters="open"))

    room, words = page.get_by_label("Columns").evaluate(
        """select => {
            const style = getComputedStyle(select);
            const pen = document.createElement("canvas").getContext("2d");
            pen.font = style.font;
            const words = pen.measureText(select.selectedOptions[0].text).width;
            const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
            return [select.clientWidth - padding, words];
        }"""
    )
    label = page.locator("label[for=id_sector]")
    respondent = label.inner_text()
    page.get_by_label("Whose places").select_option("event")

    assert words < room
    assert [respondent, label.inner_text()] == ["Sector of the respondent", "Sector of the event"]
