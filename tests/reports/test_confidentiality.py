"""Pages, files and words about single organizations, for who may not see their names."""

import pytest
from django.urls import reverse

from taxonomy.tabulation.display import HIDDEN
from tests.factories import OrganizationFactory
from tests.reports.test_dashboard import figures, reading, url_of
from tests.reports.told import tell

pytestmark = pytest.mark.django_db
WHY = "Too little is told of this organization"


@pytest.fixture
def told(world):
    """Tell much of a bank, some of a second one and very little of a third."""
    world.large = world.organization
    world.small, world.tiny = (
        OrganizationFactory(study=world.study, sector=world.large.sector, code=code)
        for code in ("S-1", "T-1")
    )
    for organization, category, moments in (
        (world.large, world.warm, (20, 20, 20)),
        (world.small, world.quick, (3, 2, 2)),
        (world.tiny, world.quick, (2,)),
    ):
        world.organization = organization
        for number in moments:
            tell(world, f"planted in {organization.code}", category=category, moments=number)
    return world


def grid_url(world, name="incident_list", **query):
    return reverse(f"reports:{name}", args=[world.study.slug], query=query)


def test_a_table_has_marks_with_words_and_no_way_behind_them(client, told):
    url = url_of(told, by="organization", round=2, counts="on")
    page, named = (reading(client, one, url).text for one in (told.analyst, told.admin))

    lines = figures(page)
    assert lines[0][1:] == ["All", "B-17", "S-1", "T-1"]
    assert lines[1][1:] == ["100% 69", "100% 60", "× not shown", "× not shown"]
    assert lines[2] == ["Base", "69", "60", "× not shown", "× not shown"]
    assert lines[3] == ["Interviews", "7", "3", "× not shown", "× not shown"]
    assert "× Not shown, lest single people be told of" in page
    assert f"column={told.tiny.uid}" not in page
    assert (HIDDEN in named, f"column={told.tiny.uid}" in named) == (False, True)


@pytest.mark.parametrize("row", ["base", "service", "quick"])
@pytest.mark.parametrize("code", ["S-1", "T-1"])
def test_a_cell_that_is_not_shown_has_no_words_and_no_count_behind_it(client, told, row, code):
    organization = told.study.organizations.get(code=code)
    line = "base" if row == "base" else getattr(told, row).uid
    url = url_of(
        told, "verbatim_list", by="organization", round=1, row=line, column=str(organization.uid)
    )
    page, named = (reading(client, one, url).text for one in (told.analyst, told.admin))

    assert WHY in page
    assert "planted" not in page
    assert "Moments:" not in page
    assert f"planted in {code}" in named


def test_a_cell_that_is_shown_opens(client, told):
    url = url_of(told, "verbatim_list", by="organization", column=str(told.large.uid))

    assert "planted in B-17" in reading(client, told.analyst, url).text


@pytest.mark.parametrize("name", ["table_show", "table_csv", "table_interviews"])
def test_a_filter_by_an_organization_of_which_too_little_is_told_is_refused(client, told, name):
    url = url_of(told, name, organization=str(told.tiny.uid))
    answer = reading(client, told.analyst, url)

    assert answer.status_code == 422
    assert WHY in answer.text
    assert "Base" not in [line[0] for line in figures(answer.text)]
    assert reading(client, told.admin, url).status_code == 200


def test_a_file_has_the_marks_of_the_page(client, told):
    text = reading(client, told.analyst, url_of(told, "table_csv", by="organization")).text

    assert "Service,,100%,100%,×,×,69,60,×,×" in text
    assert "Base,,,,,,69,60,×,×" in text
    assert 'Notes,"× Not shown' in text


def test_the_grid_lists_and_counts_no_organization_of_which_too_little_is_told(client, told):
    for organization, status in ((told.tiny, 422), (told.small, 422), (told.large, 200)):
        asked = {"organization": str(organization.uid)}
        page = reading(client, told.analyst, grid_url(told, **asked)).text
        count = reading(client, told.analyst, grid_url(told, "incident_count", **asked))

        assert (WHY in page, f"planted in {organization.code}" in page) == (
            status == 422,
            status == 200,
        )
        assert count.status_code == status
        assert WHY not in reading(client, told.admin, grid_url(told, **asked)).text


def test_the_grid_counts_no_few_moments_of_an_organization_however_they_are_found(client, told):
    told.organization = told.large
    tell(told, "planted alone", category=told.quick)
    asked = {"organization": str(told.large.uid), "category": str(told.quick.uid)}

    page = reading(client, told.analyst, grid_url(told, **asked)).text
    assert WHY in page
    assert "planted alone" not in page
    assert "planted alone" in reading(client, told.admin, grid_url(told, **asked)).text
