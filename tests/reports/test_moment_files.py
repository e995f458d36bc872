"""Files of all moments: what is in them, who gets which, and when one goes."""

import datetime as dt
import os
import time
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from incidents import jobs
from incidents.actions.files import keep_file, path_of
from incidents.actions.refusals import RefusedError
from incidents.actions.screening import exclude, withdraw
from incidents.choices import IncidentState, JobState
from incidents.models import Change, Incident, StoredFile, Study
from reports.actions import moment_files
from reports.actions.moment_files import ask_export, remove_expired_exports
from reports.datafiles import json_file
from reports.models import Export
from reports.queries import moment_rows
from taxonomy.choices import BatchState
from taxonomy.models import Batch
from tests.reports.exported import document, made, moments_in
from tests.reports.told import blind, tell
from tests.taxonomy.factories import CategoryFactory, SchemeFactory

pytestmark = pytest.mark.django_db
MANY = pytest.mark.thorough


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.FILES_DIR = tmp_path


@pytest.fixture
def swept(django_capture_on_commit_callbacks):
    """Return what lets the sweeper look for files to remove, and removes them."""

    def sweep():
        with django_capture_on_commit_callbacks(execute=True):
            remove_expired_exports()

    return sweep


def refused(by, form="json", **asked):
    """Ask for a file that cannot be made; return the sentence that says why."""
    export = ask_export(form=form, by=by, **{"full": False, **asked})
    job = jobs.run_now(export.job)
    export.refresh_from_db()
    assert job.state == JobState.FAILED
    assert export.file is None
    assert left_in_files() == []
    return job.error


def left_in_files():
    return [path for path in Path(django_settings.FILES_DIR).rglob("*") if path.is_file()]


# -- Set aside, withdrawn, held out ----------------------------------------------------------------


def test_what_was_set_aside_comes_with_its_state_and_reason_and_counts_nowhere(world):
    tell(world, "in", category=world.warm)
    out = tell(world, "out", category=world.warm)
    exclude(incident=out, by=world.admin, row_version=0, criterion="habitual", reason="often")
    tell(world, "new", state=IncidentState.SUBMITTED)
    for state in (IncidentState.WITHDRAWN, IncidentState.HELD_OUT, IncidentState.IMPORTING):
        tell(world, state, state=state)

    everything = moments_in(world.admin, full=True, reason="why", set_aside=True)

    told = [(one["state"], one["excluded_because"], one["kinds_1_name"]) for one in everything]
    assert told == [
        ("accepted", None, "Warm"),
        ("excluded", "habitual", None),
        ("submitted", None, None),
    ]
    assert [one["state"] for one in moments_in(world.admin, full=True, reason="why")] == [
        "accepted"
    ]


def test_a_file_that_tells_of_what_was_withdrawn_since_is_taken_from_everybody(
    client, world, swept
):
    gone = tell(world, "gone")
    export = made(world.admin)
    path = path_of(export.file)
    client.force_login(world.admin.user)
    address = reverse("reports:export_file", args=[world.study.slug, export.uid])
    assert client.get(address).status_code == 200

    withdraw(incident=gone, by=world.admin, row_version=0)

    assert client.get(address).status_code == 404
    page = client.get(reverse("reports:export_show", args=[world.study.slug, export.uid]))
    assert "was withdrawn since" in page.text
    swept()
    assert not path.exists()
    export.refresh_from_db()
    assert export.file is None
    assert made(world.admin).rows == 0  # and what is asked for now can be taken
    swept()
    assert Export.objects.filter(file__isnull=False).count() == 1


def test_so_is_one_of_what_was_set_aside(world, swept):
    new = tell(world, "new", state=IncidentState.SUBMITTED)
    plain = made(world.admin)
    export = made(world.admin, full=True, reason="why", set_aside=True)

    withdraw(incident=new, by=world.admin, row_version=0)
    swept()

    assert list(Export.objects.filter(file__isnull=False)) == [plain]
    assert Export.objects.get(pk=export.pk).rows == 1


def test_a_file_goes_when_its_time_is_over(world, settings, swept):
    settings.EXPORT_DAYS = 3
    old, new = made(world.analyst), made(world.analyst)
    Export.objects.filter(pk=old.pk).update(
        made_at=timezone.now() - dt.timedelta(days=3, minutes=1)
    )
    Export.objects.filter(pk=new.pk).update(made_at=timezone.now() - dt.timedelta(days=2, hours=23))

    swept()

    assert left_in_files() == [path_of(new.file)]
    assert Change.objects.get(verb="remove_export").object_uid == old.uid
    assert not StoredFile.objects.filter(pk=old.file_id).exists()


# -- Blind -----------------------------------------------------------------------------------------


def test_a_scheme_in_which_one_codes_blindly_is_left_out_and_this_is_said(world):
    tell(world, "a", category=world.warm)
    SchemeFactory(study=world.study, slug="other", name="Other", categories=["x"])
    assignment = blind(world, world.analyst)

    export = made(world.analyst)

    told = document(export)
    assert not [name for name in told["moments"][0] if name.startswith("kinds")]
    assert "other_outcome" in told["moments"][0]
    assert told["notes"]["Left out"].startswith("Kinds:")
    Batch.objects.filter(pk=assignment.batch_id).update(state=BatchState.LOCKED)
    assert "kinds_outcome" in moments_in(world.analyst)[0]


def test_who_became_blind_since_may_not_take_what_they_have_asked_for(client, world):
    tell(world, "a", category=world.warm)
    export = made(world.analyst)
    blind(world, world.analyst)
    client.force_login(world.analyst.user)

    taken = client.get(reverse("reports:export_file", args=[world.study.slug, export.uid]))
    page = client.get(reverse("reports:export_show", args=[world.study.slug, export.uid]))

    assert taken.status_code == 404
    assert "This file has results of: Kinds." in page.text
    client.force_login(world.admin.user)
    again = client.get(reverse("reports:export_file", args=[world.study.slug, export.uid]))
    assert again.status_code == 200


# -- While people work -----------------------------------------------------------------------------


def change_while_read(monkeypatch, change, times):
    """Let something be done after each of the first readings of the incidents."""
    real = moment_rows.survey_of
    left = [times]

    def surveyed(*args, **kwargs):
        survey = real(*args, **kwargs)
        if left[0]:
            left[0] -= 1
            change()
        return survey

    monkeypatch.setattr(moment_rows, "survey_of", surveyed)


def next_number(world):
    study = Study.objects.get(pk=world.study.pk)
    Study.objects.filter(pk=study.pk).update(data_seq=study.data_seq + 1)


def test_what_changed_while_it_was_read_is_read_again(world, monkeypatch):
    tell(world, "first")

    def tell_more():
        tell(world, "second")
        next_number(world)

    change_while_read(monkeypatch, tell_more, 1)

    export = made(world.analyst)

    assert export.rows == 2
    assert "Changed while it was read" not in document(export)["notes"]
    assert export.data_seq == Study.objects.get(pk=world.study.pk).data_seq


def test_what_changes_each_time_is_offered_and_says_so(world, monkeypatch):
    tell(world, "first")
    change_while_read(monkeypatch, lambda: next_number(world), 3)

    export = made(world.analyst)

    assert export.rows == 1
    assert "or a little later" in document(export)["notes"]["Changed while it was read"]
    assert export.made["changed"] is True


def test_moments_that_leave_each_time_fail_it_with_a_sentence(world, monkeypatch):
    for number in range(4):
        tell(world, f"{number}")

    def leave():
        one = Incident.objects.filter(state=IncidentState.ACCEPTED).first()
        Incident.objects.filter(pk=one.pk).update(state=IncidentState.EXCLUDED)

    change_while_read(monkeypatch, leave, 3)

    assert "changed while it was read" in refused(world.analyst)


def test_a_category_made_meanwhile_is_read_with_its_tree(world, monkeypatch):
    incident = tell(world, "first")

    def code_anew():
        new = CategoryFactory(round=world.fine, name="New", parent=world.service)
        world.scheme.settlements.create(
            moment=incident.moments.get(), outcome="single", category=new, from_seq=1
        )

    real = moment_rows.outcomes_of
    calls = []

    def read_tree(*args):
        outcomes = real(*args)
        if not calls:
            code_anew()
        calls.append(args)
        return outcomes

    monkeypatch.setattr(moment_rows, "outcomes_of", read_tree)

    assert moments_in(world.analyst)[0]["kinds_1_name"] == "New"
    assert len(calls) == 2


def test_a_file_in_which_fewer_rows_are_found_is_not_offered(world, monkeypatch):
    tell(world, "a")
    monkeypatch.setattr(json_file, "rows_in", lambda _path, _book: 0)

    assert refused(world.analyst) == (
        "The file says 1 rows, and 0 were found in it: it is not offered."
    )


def test_a_form_that_cannot_hold_them_says_which_can(world, monkeypatch):
    tell(world, "a")
    tell(world, "b")
    monkeypatch.setitem(moment_files.MOST_ROWS, "sav", 1)

    assert refused(world.analyst, "sav") == (
        "SPSS holds 1 rows at most, and there are 2. Ask for CSV or JSON."
    )


def test_what_a_killed_worker_left_is_removed_when_the_next_begins(
    world, django_capture_on_commit_callbacks
):
    tell(world, "a")
    export = ask_export(form="json", full=False, by=world.analyst)
    name = f"export-{export.uid}.json"
    left = keep_file(study=world.study, name=name, chunks=[b"half"], by=None)
    half = path_of(left).parent / f".export-{export.uid}" / "moments.json"
    half.parent.mkdir()
    half.write_text("half")

    with django_capture_on_commit_callbacks() as later:
        jobs.run_now(export.job)
    for act in later:
        act()

    export.refresh_from_db()
    assert left_in_files() == [path_of(export.file)]


def test_what_was_given_up_a_day_ago_is_removed_by_the_next_file_of_the_study(world, tmp_path):
    home = tmp_path / str(world.study.uid)
    for name, hours in ((".export-old", 25), (".export-new", 23)):
        (home / name).mkdir(parents=True)
        at = time.time() - hours * 3600
        os.utime(home / name, (at, at))

    made(world.analyst)

    assert [path.name for path in home.iterdir() if path.is_dir()] == [".export-new"]


def test_who_lost_the_lease_leaves_no_file(world, monkeypatch):
    tell(world, "a")
    export = ask_export(form="json", full=False, by=world.analyst)
    real = moment_files.keep_file

    def kept(**fields):
        file = real(**fields)
        export.job.__class__.objects.filter(pk=export.job.pk).update(
            claim_token=None, state="waiting"
        )
        return file

    monkeypatch.setattr(moment_files, "keep_file", kept)
    jobs.execute(export.job.pk)

    export.refresh_from_db()
    assert export.file is None
    assert not StoredFile.objects.exists()


# -- Who may ask -----------------------------------------------------------------------------------


def test_names_leave_only_with_admins_and_for_a_reason(world):
    for by, reason in ((world.analyst, "why"), (world.admin, " ")):
        with pytest.raises(RefusedError):
            ask_export(form="csv", full=True, reason=reason, by=by)
    with pytest.raises(RefusedError):
        ask_export(form="csv", full=False, set_aside=True, by=world.admin)
    assert not Export.objects.exists()


def test_who_is_no_admin_any_more_gets_no_names(world):
    export = ask_export(form="json", full=True, reason="why", by=world.admin)
    world.admin.roles.all().delete()

    job = jobs.run_now(export.job)

    assert job.state == JobState.FAILED
    assert job.error == "Whoever asked for the file may not have it any more."


def test_a_file_has_a_known_form_and_one_with_names_a_reason(world):
    plain = {"study": world.study, "asked_by": world.admin, "form": "csv"}
    for wrong in ({"form": "pdf"}, {"full": True, "reason": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Export.objects.create(**{**plain, **wrong})
