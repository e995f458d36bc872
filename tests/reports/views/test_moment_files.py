"""The pages of files of all moments: asked for, watched, taken, deleted."""

import datetime as dt
import json

import pytest
from django.urls import reverse

from incidents import jobs
from incidents.actions.files import path_of
from incidents.choices import JobState
from incidents.models import Change, Job
from reports.actions.moment_files import ask_export
from reports.models import Export
from tests.reports.exported import made
from tests.reports.told import blind, tell

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.FILES_DIR = tmp_path


def address(name, world, *args):
    return reverse(f"reports:export_{name}", args=[world.study.slug, *args])


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_takes_as_many_questions_for_any_number_of_files(
    client, world, django_assert_num_queries, rows
):
    for number in range(rows):
        by = world.admin if number % 2 else world.analyst
        ask_export(form="csv", full=False, by=by)
    client.force_login(world.admin.user)
    client.get(address("list", world))

    with django_assert_num_queries(4):
        page = client.get(address("list", world))

    assert page.text.count("CSV, de-identified") == rows


def test_analysts_see_their_own_files_and_none_with_names(client, world):
    ask_export(form="csv", full=False, by=world.admin)
    ask_export(form="json", full=True, reason="why", by=world.admin)
    ask_export(form="sav", full=False, by=world.analyst)
    client.force_login(world.analyst.user)

    page = client.get(address("list", world)).text

    assert "SPSS, de-identified" in page
    assert "CSV" not in page
    assert "JSON" not in page


def test_times_are_those_of_the_study(client, world):
    world.study.time_zone = "Pacific/Auckland"
    world.study.save(update_fields=["time_zone"])
    export = ask_export(form="csv", full=False, by=world.analyst)
    Export.objects.update(created_at=dt.datetime(1999, 3, 15, 10, 5, tzinfo=dt.UTC))
    client.force_login(world.analyst.user)

    pages = [client.get(address("list", world)), client.get(address("show", world, export.uid))]

    assert ["you, March 15, 1999, 11:05 p.m." in page.text for page in pages] == [True, True]


def test_nothing_yet_leads_to_the_first(client, world):
    client.force_login(world.analyst.user)

    page = client.get(address("list", world)).text

    assert "No files yet" in page
    assert page.count(address("ask", world)) == 2


def test_the_form_says_how_many_rows_and_columns_there_would_be(client, world):
    for number in range(3):
        tell(world, f"{number}", category=world.warm)
    tell(world, "aside", state="submitted")
    export = made(world.admin, "csv")
    full = made(world.admin, "csv", full=True, reason="why")
    client.force_login(world.admin.user)

    page = client.get(address("ask", world)).context

    assert (page["moments"], page["with_set_aside"]) == ("3", "4")
    for columns, file in ((page["columns"], export), (page["full_columns"], full)):
        head = path_of(file.file).read_text("utf-8-sig").splitlines()[0]
        assert columns == (len(head.split(",")) - 2, file.made["variables"])


def test_the_form_of_an_analyst_has_formats_only(client, world):
    tell(world, "a")
    client.force_login(world.analyst.user)

    page = client.get(address("ask", world))
    answer = client.post(
        address("ask", world),
        {"form": "json", "content": "full", "reason": "why", "set_aside": "on"},
    )

    assert list(page.context["form"].fields) == ["form"]
    export = Export.objects.get()
    assert answer.url == address("show", world, export.uid)
    assert (export.full, export.reason, export.question) == (False, "", {"set_aside": False})


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"content": "full"}, "reason"),
        ({"content": "full", "reason": "  "}, "reason"),
        ({"content": "full", "reason": "x" * 301}, "reason"),
        ({"content": "de_identified", "set_aside": "on"}, "set_aside"),
        ({"content": "de_identified", "form": "pdf"}, "form"),
        ({}, "content"),
    ],
)
def test_what_cannot_be_asked_is_said_beside_its_field(client, world, sent, field):
    client.force_login(world.admin.user)

    answer = client.post(address("ask", world), {"form": "csv", **sent})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Export.objects.exists()


def test_the_form_says_which_scheme_is_left_out(client, world):
    blind(world, world.analyst)
    client.force_login(world.analyst.user)

    page = client.get(address("ask", world))

    assert "“Kinds” is left out" in page.text
    assert page.context["left_out"] == [world.scheme]


def test_a_file_is_watched_taken_and_deleted(client, world):
    tell(world, "a", category=world.warm)
    client.force_login(world.analyst.user)
    client.post(address("ask", world), {"form": "json"})
    export = Export.objects.get()
    show, file = address("show", world, export.uid), address("file", world, export.uid)

    waiting = client.get(show)
    assert "Waiting" in waiting.text
    assert client.get(file).status_code == 404

    jobs.run_now(export.job)
    done = client.get(show)
    assert "1 row," in done.text
    assert file in done.text

    taken = client.get(file)
    assert len(json.loads(b"".join(taken.streaming_content))["moments"]) == 1
    assert taken["Content-Type"] == "application/json"
    assert taken["Content-Disposition"].startswith(
        f'attachment; filename="{world.study.slug}-moments-'
    )
    entry = Change.objects.get(verb="download_export")
    assert (entry.member, entry.object_uid) == (world.analyst, export.uid)
    assert entry.details == {"form": "json", "full": False, "rows": 1}

    asked = client.get(address("delete", world, export.uid))
    assert "removed for good" in asked.text
    client.post(address("delete", world, export.uid))
    assert client.get(file).status_code == 404
    assert "The file was removed" in client.get(show).text
    assert "File removed" in client.get(address("list", world)).text


def test_a_job_that_failed_is_seen_with_its_reason(client, world):
    export = ask_export(form="csv", full=False, by=world.analyst)
    Job.objects.filter(pk=export.job_id).update(state=JobState.FAILED, error="For a reason.")
    client.force_login(world.analyst.user)

    assert "For a reason." in client.get(address("show", world, export.uid)).text
    assert "Failed" in client.get(address("list", world)).text


def test_who_signed_in_long_ago_is_asked_who_they_are_first(client, world, settings):
    export = made(world.analyst)
    client.force_login(world.analyst.user)
    settings.REAUTHENTICATE_MINUTES = 0

    answer = client.get(address("file", world, export.uid))

    assert answer.status_code == 302
    assert "reauthenticate" in answer.url
    assert not Change.objects.filter(verb="download_export").exists()


def test_files_are_found_from_tables_and_the_grid(client, world):
    client.force_login(world.analyst.user)

    for name in ("dashboard", "incident_list"):
        page = client.get(reverse(f"reports:{name}", args=[world.study.slug]))
        assert address("list", world) in page.text
