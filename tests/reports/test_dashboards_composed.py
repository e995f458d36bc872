"""Reports and dashboards are composed by several: nobody's change is lost, and all is on record."""

import re

import pytest

from incidents.models import Change
from reports.actions import composing
from tests.reports.test_reports import ids, post


@pytest.fixture
def dashboard(world):
    return composing.create_dashboard(title="At work", is_front=False, by=world.analyst)


@pytest.fixture
def words(world, dashboard):
    """Return the id of a part."""
    composing.add_words(composition=dashboard, heading="Old", text="", by=world.analyst)
    return ids(dashboard)[0]


def change(client, world, dashboard, words, **fields):
    return post(client, world.analyst, "dashboard_item_edit", dashboard.uid, words, **fields)


def version_in(answer):
    return re.search(r'name="row_version" value="(.*?)"', answer.text)[1]


def test_who_sends_words_that_cannot_be_kept_goes_on_from_the_version_they_read(
    client, world, dashboard, words
):
    read = dashboard.row_version
    dashboard.refresh_from_db()
    theirs = {"heading": "Theirs", "text": "", "row_version": read}
    composing.change_item(composition=dashboard, item=words, by=world.admin, **theirs)

    refused = change(client, world, dashboard, words, heading="x" * 201, row_version=read)
    again = change(client, world, dashboard, words, heading="Mine", row_version=version_in(refused))

    assert (refused.status_code, again.status_code) == (422, 409)
    dashboard.refresh_from_db()
    assert dashboard.items[0]["heading"] == "Theirs"
    assert version_in(again) == str(dashboard.row_version)


@pytest.mark.parametrize("version", ["", "latest", "-1", "9" * 30])
def test_a_part_is_not_changed_from_a_version_that_is_none(
    client, world, dashboard, words, version
):
    answer = change(client, world, dashboard, words, heading="Mine", row_version=version)

    assert answer.status_code == 422
    dashboard.refresh_from_db()
    assert dashboard.items[0]["heading"] == "Old"


# -- The front page ---------------------------------------------------------------------------


def begin(world, title, **fields):
    return composing.create_dashboard(
        **{"title": title, "is_front": True, "by": world.analyst} | fields
    )


def log_of(dashboard):
    entries = Change.objects.filter(object_uid=dashboard.uid).order_by("pk")
    return [(entry.verb, entry.details.get("is_front")) for entry in entries]


def test_the_dashboard_that_is_no_longer_the_front_page_has_an_entry_in_the_log(world):
    old = begin(world, "Old")

    new = begin(world, "New", by=world.admin)

    assert log_of(old) == [("create_dashboard", True), ("change_dashboard", False)]
    assert Change.objects.filter(object_uid=old.uid).last().member == world.admin
    assert log_of(new) == [("create_dashboard", True)]


def test_one_that_comes_back_and_is_no_longer_the_front_page_says_so_in_the_log(world):
    old = begin(world, "Old")
    composing.delete_composition(composition=old, by=world.analyst)
    new = begin(world, "New")
    composing.restore_composition(composition=old, by=world.analyst)
    composing.delete_composition(composition=new, by=world.analyst)
    composing.restore_composition(composition=new, by=world.analyst)

    assert log_of(old)[-1] == ("restore_dashboard", False)
    assert log_of(new)[-1] == ("restore_dashboard", None)
