"""Two connections at once, each test forcing the bad interleaving (SQLite would hide it)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from incidents import jobs
from incidents.choices import JobState
from incidents.jobs import sweeping, waiting
from incidents.models import Change, Job
from tests.racing import until, until_renewed

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("bells"),
]
LONG_ENOUGH_TO_BLOCK = 0.5


@pytest.fixture
def threads():
    """Run functions in threads of their own, each with its own connection."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        yield lambda run: pool.submit(_with_a_connection, run)


def _with_a_connection(run):
    try:
        return run()
    finally:
        connection.close()


@pytest.fixture
def count_facts(write):
    """Register a kind whose work is to count the facts that are committed."""

    def count(claim):
        with transaction.atomic():
            claim.hold()
            claim.finish(facts=Change.objects.filter(verb="tests.fact").count())

    write(count)


@pytest.fixture
def no_lease(settings):
    """Let every lease be expired from its start."""
    settings.JOB_LEASE_SECONDS = 0


def write_a_fact():
    Change.objects.create(verb="tests.fact", object_type="test")


def request_while_a_worker_claims(ask, threads):
    """A request joins the waiting job; a worker comes before that request commits."""
    job = ask(unique_key="count")
    has_requested, may_commit = threading.Event(), threading.Event()

    def request():
        with transaction.atomic():
            write_a_fact()
            ask(unique_key="count")
            has_requested.set()
            may_commit.wait(10)

    requesting = threads(request)
    assert has_requested.wait(10)
    working = threads(lambda: jobs.execute(job.pk))
    threading.Event().wait(LONG_ENOUGH_TO_BLOCK)
    may_commit.set()
    requesting.result(10)
    assert working.result(10) is True
    return job


def test_a_fact_whose_request_joined_is_counted_by_the_job_it_joined(ask, count_facts, threads):
    job = request_while_a_worker_claims(ask, threads)

    assert Job.objects.get().result == {"facts": 1}
    assert Job.objects.get() == job


def test_looking_whether_a_job_waits_without_its_lock_would_lose_the_fact(
    ask, count_facts, threads, monkeypatch
):
    """Shows that the interleaving above is the dangerous one."""

    def only_look(unique_key):
        return Job.objects.filter(unique_key=unique_key, state=JobState.WAITING).exists()

    monkeypatch.setattr(waiting, "join", only_look)
    request_while_a_worker_claims(ask, threads)

    assert Job.objects.get().result == {"facts": 0}
    assert Change.objects.filter(verb="tests.fact").count() == 1


def test_two_first_requests_at_once_make_one_row(ask, threads, monkeypatch):
    both_found_nothing = threading.Barrier(2)
    join = waiting.join
    first_look = threading.local()

    def join_together(unique_key):
        found = join(unique_key)
        if not hasattr(first_look, "done"):
            first_look.done = True
            both_found_nothing.wait(10)
        return found

    monkeypatch.setattr(waiting, "join", join_together)
    asked = [threads(lambda: ask(unique_key="k")) for _ in range(2)]
    rows = [request.result(10) for request in asked]

    assert rows[0] == rows[1] == Job.objects.get()


def test_of_workers_that_come_together_one_gets_the_job(ask, threads, marks):
    job = ask()
    together = threading.Barrier(4)

    def come():
        together.wait(10)
        return jobs.execute(job.pk)

    got = [threads(come) for _ in range(4)]

    assert sorted(worker.result(10) for worker in got) == [False, False, False, True]
    assert marks.count() == 1


def test_the_sweeper_does_not_free_a_job_that_is_being_finished(
    ask, write, threads, marks, no_lease
):
    has_finished, may_commit = threading.Event(), threading.Event()

    def finish_slowly(claim):
        with transaction.atomic():
            Change.objects.create(verb="tests.mark", object_type="job")
            claim.finish()
            has_finished.set()
            may_commit.wait(10)

    write(finish_slowly)
    job = ask()
    working = threads(lambda: jobs.execute(job.pk))
    assert has_finished.wait(10)
    freeing = threads(lambda: sweeping.free_lost(Now()))
    threading.Event().wait(LONG_ENOUGH_TO_BLOCK)
    may_commit.set()
    working.result(10)
    freeing.result(10)

    assert (Job.objects.get().state, marks.count()) == (JobState.DONE, 1)


def test_a_worker_that_finishes_after_it_was_freed_undoes_its_effect(
    ask, write, threads, marks, no_lease
):
    has_written, was_freed = threading.Event(), threading.Event()

    def finish_late(claim):
        with transaction.atomic():
            Change.objects.create(verb="tests.mark", object_type="job")
            has_written.set()
            was_freed.wait(10)
            claim.finish()

    write(finish_late)
    job = ask()
    working = threads(lambda: jobs.execute(job.pk))
    assert has_written.wait(10)
    sweeping.free_lost(Now())
    was_freed.set()
    working.result(10)

    assert (Job.objects.get().state, marks.count()) == (JobState.WAITING, 0)


def test_a_job_may_be_freed_while_its_successor_is_asked_for(ask, write, threads):
    """The place under the key is taken between the sweeper's look and its write."""
    job = ask(unique_key="k")
    with jobs.claimed(job.pk) as claim:
        has_inserted, may_commit = threading.Event(), threading.Event()

        def request():
            with transaction.atomic():
                heir = ask(unique_key="k")
                has_inserted.set()
                may_commit.wait(10)
                return heir

        requesting = threads(request)
        assert has_inserted.wait(10)
        freeing = threads(lambda: waiting.put_back(claim.held(), claim.job, error="x"))
        threading.Event().wait(LONG_ENOUGH_TO_BLOCK)
        may_commit.set()
        heir = requesting.result(10)
        freeing.result(10)
        with pytest.raises(jobs.LeaseLost):
            claim.progress(1, 1)
        raise jobs.LeaseLost

    handed = Job.objects.get(pk=job.pk)
    assert (handed.state, handed.result) == (JobState.DONE, {"handed_to": str(heir.uid)})
    assert Job.objects.get(state=JobState.WAITING) == heir


def test_a_lost_connection_does_not_end_the_renewing_of_a_lease(ask, settings, caplog):
    settings.JOB_LEASE_SECONDS = 0.2
    job = ask()
    with jobs.claimed(job.pk) as claim:
        with claim.kept():
            until_renewed(job)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                assert cursor.fetchone()[0] > 0
            until(lambda: "no lease renewed: OperationalError" in caplog.text)
            until_renewed(job)
        claim.finish()

    assert "terminating" not in caplog.text  # what an error says may quote what people told
