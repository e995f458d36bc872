"""Saved filters: one's own and shared ones, and what the grid opens with."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from incidents.choices import RoleName
from incidents.models import Change
from reports.models import GridChoice, SavedFilter
from tests.factories import MemberFactory
from tests.reports.told import tell


def grid(world, query=""):
    return reverse("reports:incident_list", args=[world.study.slug]) + query


def post(client, world, page, saved=None, **data):
    keys = [world.study.slug] + ([saved.uid] if saved else [])
    return client.post(reverse(f"reports:{page}", args=keys), data)


def offered(client, world):
    """Return the names in the list of saved filters."""
    page = client.get(reverse("reports:filter_list", args=[world.study.slug])).text
    names = SavedFilter.objects.values_list("name", flat=True)
    return sorted(name for name in names if f">{name}<" in page)


def save(client, world, name, query):
    post(client, world, "filter_save", name=name, query=query)
    return SavedFilter.objects.get(name=name)


def test_what_is_asked_is_kept_under_a_name_without_its_page(client, world):
    tell(world, "told")
    client.force_login(world.analyst.user)

    asked = "valence=negative&sort=-region"
    answer = post(client, world, "filter_save", name="Poor", query=f"{asked}&after=x&no=1")

    saved = SavedFilter.objects.get()
    assert (saved.owner, saved.name) == (world.analyst, "Poor")
    assert saved.query == asked
    assert answer.url == grid(world, f"?{saved.query}")
    page = client.get(answer.url).text
    assert 'aria-current="true"' in page
    assert Change.objects.filter(verb="save_filter", object_uid=saved.uid).exists()


def test_the_same_name_again_keeps_the_new_question(client, world):
    client.force_login(world.analyst.user)
    save(client, world, "Mine", "q=one")

    save(client, world, "Mine", "q=two")

    assert list(SavedFilter.objects.values_list("name", "query")) == [("Mine", "q=two")]
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedFilter.objects.create(owner=world.analyst, name="Mine")


def test_filters_are_ones_own_until_an_admin_shares_them(client, world):
    other = MemberFactory(study=world.study, roles=[RoleName.ANALYST])
    client.force_login(world.admin.user)
    mine = save(client, world, "Of the admin", "q=a")
    client.force_login(world.analyst.user)
    save(client, world, "Of the analyst", "q=b")
    assert offered(client, world) == ["Of the analyst"]

    client.force_login(world.admin.user)
    assert offered(client, world) == ["Of the admin"]
    post(client, world, "filter_edit", mine, name="For all", shared="on")

    client.force_login(other.user)
    assert offered(client, world) == ["For all"]
    assert "For all" in client.get(grid(world)).text


def test_who_is_no_admin_renames_and_does_not_share(client, world):
    client.force_login(world.analyst.user)
    saved = save(client, world, "Old", "q=a")

    post(client, world, "filter_edit", saved, name="New", shared="on")

    saved.refresh_from_db()
    assert (saved.name, saved.shared) == ("New", False)


def test_renaming_to_a_name_that_there_is_says_so(client, world):
    client.force_login(world.analyst.user)
    save(client, world, "One", "q=1")
    two = save(client, world, "Two", "q=2")

    answer = post(client, world, "filter_edit", two, name="One")

    assert answer.status_code == 422
    assert "another filter of that name" in answer.text
    assert sorted(SavedFilter.objects.values_list("name", flat=True)) == ["One", "Two"]


def test_the_grid_opens_with_the_filter_chosen_and_clear_shows_everything(client, world):
    tell(world, "told")
    client.force_login(world.analyst.user)
    saved = save(client, world, "None", "q=nowhere")
    assert client.get(grid(world)).status_code == 200

    post(client, world, "filter_open", saved)

    assert client.get(grid(world)).url == grid(world, "?q=nowhere")
    assert "told" in client.get(grid(world, "?q=")).text
    post(client, world, "filter_open", saved)
    assert client.get(grid(world)).status_code == 200


def test_a_filter_deleted_or_shared_no_more_opens_nobodys_grid(client, world):
    client.force_login(world.admin.user)
    shared = save(client, world, "Shared", "q=nowhere")
    post(client, world, "filter_edit", shared, name="Shared", shared="on")
    client.force_login(world.analyst.user)
    post(client, world, "filter_open", shared)
    assert client.get(grid(world)).status_code == 302

    client.force_login(world.admin.user)
    post(client, world, "filter_edit", shared, name="Shared")
    client.force_login(world.analyst.user)
    assert client.get(grid(world)).status_code == 200

    client.force_login(world.admin.user)
    post(client, world, "filter_delete", shared)
    assert not SavedFilter.objects.exists()
    assert GridChoice.objects.get(member=world.analyst).opens_with is None


def test_others_filters_are_neither_changed_nor_deleted(client, world):
    client.force_login(world.admin.user)
    shared = save(client, world, "Shared", "q=a")
    post(client, world, "filter_edit", shared, name="Shared", shared="on")
    client.force_login(world.analyst.user)

    assert post(client, world, "filter_edit", shared, name="Mine").status_code == 404
    assert post(client, world, "filter_delete", shared).status_code == 404
    assert SavedFilter.objects.get().name == "Shared"


def test_a_saved_filter_gives_away_no_more_than_its_reader_may_ask(client, world):
    tell(world, "north one")
    tell(world, "south one", region=1)
    client.force_login(world.admin.user)
    saved = save(client, world, "South", f"region={world.regions[1].uid}")
    post(client, world, "filter_edit", saved, name="South", shared="on")

    client.force_login(world.coder.user)
    page = client.get(grid(world, f"?{saved.query}")).text

    assert "north one" not in page
    assert "south one" not in page  # nothing was assigned to the coder, whatever the filter says
    assert 'name="region"' not in page
