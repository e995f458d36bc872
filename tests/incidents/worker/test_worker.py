"""Real workers that are killed, paused and called too often: each effect exactly once."""

import socket
import time

import pytest
from django.db import connection

from incidents.actions.jobs import retry_job
from incidents.choices import JobState
from incidents.jobs import bell
from incidents.models import Change, Job
from tests.factories import MemberFactory
from tests.incidents.worker.conftest import bell_at, effects, state_of
from tests.racing import until

pytestmark = pytest.mark.worker
DELIVERIES = 5
FOR_EVER = 20  # seconds: a broker that says nothing would be waited for without end


def test_what_a_killed_worker_had_begun_is_done_once_by_the_next(site):
    asked = [site.ask("tests.wait_at_the_gate") for _ in range(2)]
    worker = site.start_worker(sweeps=False)
    until(lambda: site.begun() == 2)

    worker.kill()
    assert [state_of(job) for job in asked] == [JobState.RUNNING] * 2
    site.open_gate()
    site.start_worker(sweeps=True)

    until(lambda: [state_of(job) for job in asked] == [JobState.DONE] * 2)
    assert [effects(job) for job in asked] == [1, 1]
    assert list(Job.objects.values_list("attempts", flat=True)) == [2, 2]


def test_a_worker_paused_beyond_its_lease_undoes_its_late_effect(site):
    job = site.ask("tests.wait_at_the_gate")
    paused = site.start_worker(sweeps=False)
    until(lambda: site.begun() == 1)

    paused.pause()
    site.open_gate()
    site.start_worker(sweeps=True)
    until(lambda: state_of(job) == JobState.DONE)
    paused.resume()

    until(lambda: f"Job {job.pk} was taken away" in paused.log.read_text())
    assert effects(job) == 1
    assert Job.objects.get().attempts == 2


def test_a_job_delivered_five_times_is_done_once_and_leaves_no_connection_open(site):
    job = site.ask("tests.wait_at_the_gate")
    for _ in range(DELIVERIES - 1):
        assert bell.ring(job.pk)
    last = site.ask("tests.take_effect")  # queued behind all the deliveries
    before = connections_of_others()  # a live server of earlier tests may hold some
    site.start_worker(sweeps=False)
    until(lambda: state_of(last) == JobState.DONE)
    site.open_gate()

    until(lambda: {state_of(job), state_of(last)} == {JobState.DONE})
    assert (site.begun(), effects(job), effects(last)) == (1, 1, 1)
    until(lambda: connections_of_others() <= before)


def connections_of_others():
    """Count the connections to this database but ours; SQLite has no such list."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def test_a_job_that_fails_is_tried_five_times_and_again_when_asked(site):
    worker = site.start_worker(sweeps=True)
    job = site.ask("tests.fail_until_mended")

    until(lambda: state_of(job) == JobState.FAILED)
    job = Job.objects.get()
    assert (job.attempts, effects(job)) == (5, 0)
    assert job.error.startswith("ValueError (kinds.py:")
    assert "confidence" not in job.error + worker.log.read_text()

    site.mend()
    retry_job(job=job, by=MemberFactory())
    until(lambda: state_of(job) == JobState.DONE)
    assert effects(job) == 1
    assert Change.objects.filter(verb="retry_job").count() == 1


@pytest.fixture(params=["refuses", "is silent"])
def deaf_url(request):
    """Return the address of a broker that refuses connections, or takes them and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if request.param == "is silent":
            listener.listen()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@pytest.mark.parametrize("broker_url", ["valkey"], indirect=True)
def test_a_request_does_not_wait_for_a_broker_that_does_not_answer(site, deaf_url):
    with bell_at(deaf_url, folder=site.folder):
        began = time.monotonic()
        asked = [site.ask("tests.take_effect") for _ in range(3)]
        assert time.monotonic() - began < FOR_EVER

    assert [state_of(job) for job in asked] == [JobState.WAITING] * 3
    site.start_worker(sweeps=True)
    until(lambda: [state_of(job) for job in asked] == [JobState.DONE] * 3)
    assert [effects(job) for job in asked] == [1, 1, 1]


def test_work_asked_for_while_the_broker_is_away_is_done_after_its_return(
    transactional_db, site_of, own_broker
):
    with site_of(own_broker.url) as site:
        site.start_worker(sweeps=True)
        first = site.ask("tests.take_effect")
        until(lambda: state_of(first) == JobState.DONE)

        own_broker.kill()
        began = time.monotonic()
        meanwhile = site.ask("tests.take_effect")
        assert time.monotonic() - began < FOR_EVER
        own_broker.start()

        until(lambda: state_of(meanwhile) == JobState.DONE)
        assert (effects(first), effects(meanwhile)) == (1, 1)
