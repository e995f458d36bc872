"""How the house says how it is: to machines, and to who may see more."""

import datetime as dt
import threading
import time

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Now

from config import health, probes
from incidents.choices import JobState
from incidents.models import Job

TOKEN = "a-token-of-many-characters-7"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
FAR = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(health, "_asked", {})
    monkeypatch.setattr(health, "_noted_at", float("-inf"))


@pytest.fixture
def parts(monkeypatch):
    """Let every part be well until a test says otherwise; nothing is asked of the real ones."""
    parts = {name: part._replace(look=lambda: "") for name, part in health.PARTS.items()}
    monkeypatch.setattr(health, "PARTS", parts)

    def ail(name, look):
        parts[name] = parts[name]._replace(look=look)

    return ail


# -- Probes -----------------------------------------------------------------------------------


def test_a_process_says_that_it_lives_without_database_session_or_host(client, parts):
    parts("database", lambda: "gone")

    response = client.get("/livez", headers={"Host": "10.0.0.7"})

    assert (response.status_code, response.text) == (200, "live\n")
    assert response["Cache-Control"] == "no-store"


def test_with_all_parts_well_it_is_ready(client, parts):
    response = client.get("/readyz", **FAR)

    assert (response.status_code, response.text) == (200, "ready\n")


@pytest.mark.parametrize("part", ["database", "migrations", "files"])
def test_without_a_needed_part_it_is_not_ready_and_strangers_learn_no_more(client, parts, part):
    parts(part, lambda: "broken in a way of its own")

    response = client.get("/readyz", **FAR)

    assert (response.status_code, response.text) == (503, "not ready\n")


@pytest.mark.parametrize("part", ["broker", "worker"])
def test_without_broker_or_worker_people_are_still_served(client, parts, part):
    parts(part, lambda: "gone")

    response = client.get("/readyz", **FAR)

    assert (response.status_code, response.text) == (200, "degraded\n")


def test_who_has_the_token_reads_the_details(client, parts, settings):
    settings.METRICS_TOKEN = TOKEN
    parts("broker", lambda: "gone")

    told = client.get("/readyz", headers=BEARER, **FAR).json()

    assert told["state"] == "degraded"
    assert {name: part["fault"] for name, part in told["parts"].items()} == {
        "database": "",
        "migrations": "",
        "files": "",
        "broker": "gone",
        "worker": "",
    }


@pytest.mark.parametrize(
    ("given", "request_of", "may"),
    [
        ((True, TOKEN), {"headers": BEARER, **FAR}, True),
        ((True, TOKEN), {"headers": {"Authorization": "Bearer wrong"}}, False),
        ((True, TOKEN), {}, False),
        ((True, ""), {}, False),  # a proxy on this machine makes everybody look local
        ((True, ""), {"headers": {"Authorization": "Bearer "}}, False),
        ((False, ""), {}, True),
        ((False, ""), FAR, False),
        ((False, TOKEN), {}, False),
    ],
)
def test_details_and_metrics_are_for_the_token_or_locally_this_machine(
    rf, settings, given, request_of, may
):
    settings.PRODUCTION, settings.METRICS_TOKEN = given

    assert probes.may_see(rf.get("/metrics", **request_of)) is may


def test_a_probe_is_only_read(client):
    assert client.post("/readyz").status_code == 405


@pytest.mark.django_db
def test_a_host_name_that_is_not_ours_is_refused_and_not_a_failure(client):
    assert client.get("/accounts/login/", headers={"Host": "evil.example"}).status_code == 400


# -- Silence ----------------------------------------------------------------------------------


def test_a_silent_part_does_not_hold_up_the_others_and_is_asked_once(parts):
    gate, asked = threading.Event(), []

    def be_silent():
        asked.append(1)
        gate.wait(60)
        return ""

    parts("database", be_silent)
    first = health.look_at(["database", "files"], patience=0.2)
    second = health.look_at(["database"], patience=0.1)
    gate.set()

    assert [finding.fault[:13] for finding in first] == ["no answer for", ""]
    assert second[0].fault.startswith("no answer for")
    assert asked == [1]


def test_an_error_is_named_and_not_quoted(parts):
    def fail():
        raise ValueError("The clerk threw my letter away.")

    parts("database", fail)

    assert health.look_at(["database"])[0].fault == "ValueError"


# -- The parts themselves ---------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_database_migrations_and_files_are_well_after_migrate():
    findings = health.look_at(["database", "migrations", "files"], patience=60)

    assert [finding.fault for finding in findings] == ["", "", ""]


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_is_missing_is_named():
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("incidents", "0002_cache_table")
    try:
        finding = health.look_at(["migrations"], patience=60)[0]
    finally:
        recorder.record_applied("incidents", "0002_cache_table")

    assert finding.fault == "1 not applied: incidents.0002_cache_table"


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_only_the_next_version_knows_does_not_matter():
    recorder = MigrationRecorder(connection)
    recorder.record_applied("incidents", "9999_of_the_next_version")
    try:
        finding = health.look_at(["migrations"], patience=60)[0]
    finally:
        recorder.record_unapplied("incidents", "9999_of_the_next_version")

    assert finding.fault == ""


def test_a_folder_that_cannot_be_written_to_is_a_fault(settings, tmp_path):
    taken = tmp_path / "taken"
    taken.touch()
    settings.FILES_DIR = taken

    assert health.look_at(["files"])[0].fault == "the folder cannot be written to"


def test_a_broker_that_does_not_answer_is_a_fault(monkeypatch, tmp_path):
    address = f"redis+socket://{tmp_path}/none"
    monkeypatch.setitem(health.celery_app.conf, "broker_url", address)

    assert health.look_at(["broker"], patience=60)[0].fault != ""


def test_a_broker_that_answers_is_well(monkeypatch, valkey_url):
    monkeypatch.setitem(health.celery_app.conf, "broker_url", valkey_url)

    assert health.look_at(["broker"], patience=60)[0].fault == ""


@pytest.mark.django_db
def test_a_worker_leaves_a_sign_of_life_with_each_sweep(monkeypatch):
    cache.delete(health.WORKER_SEEN)  # a process of another test may have left one
    monkeypatch.setattr(health, "_noted_at", float("-inf"))
    assert health._worker() == "no worker has been seen"

    health.note_worker()

    assert health._worker() == ""


@pytest.mark.django_db
def test_a_worker_that_is_silent_is_missed_unless_somebody_holds_a_lease():
    cache.set(health.WORKER_SEEN, time.time() - 600)
    assert health._worker() == "no worker has been seen for 600 s"

    Job.objects.create(
        kind="x",
        state=JobState.RUNNING,
        claim_token="8d9f5a2c-0c3e-4a34-9d6f-0a4b3f0a8f11",
        lease_until=Now() + dt.timedelta(seconds=60),
    )

    assert health._worker() == ""


# -- The command ------------------------------------------------------------------------------


def test_the_command_says_how_each_part_is(parts, capsys):
    call_command("health", "database", "broker")
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [
        ["database", "well"],
        ["broker", "well"],
    ]

    parts("broker", lambda: "gone")
    with pytest.raises(CommandError, match=r"^Not well: broker\.$"):
        call_command("health")


def test_the_command_knows_its_parts(parts):
    with pytest.raises(CommandError, match="The parts are: database"):
        call_command("health", "roof")
