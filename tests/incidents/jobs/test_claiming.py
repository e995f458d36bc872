import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone, translation

from incidents import jobs
from incidents.choices import JobState
from incidents.jobs import claiming, sweeping
from incidents.models import Change, Job
from tests.factories import MemberFactory
from tests.incidents.jobs.conftest import leave_a_mark
from tests.racing import is_renewed, until, until_renewed

pytestmark = pytest.mark.django_db
LATER = dt.timedelta(hours=1)


@pytest.fixture
def stolen(ask):
    """Return a claim whose lease ran out, and the claim of the worker that took the job over."""
    job = ask()
    with jobs.claimed(job.pk) as late:
        sweeping.free_lost(timezone.now() + LATER)
        with jobs.claimed(job.pk) as new:
            yield late, new
            new.finish(by="new")


def fresh(job):
    return Job.objects.get(pk=job.pk)


def test_a_job_is_done_once_however_often_it_is_delivered(ask, marks):
    job = ask()

    assert [jobs.execute(job.pk) for _ in range(5)] == [True, False, False, False, False]

    assert marks.count() == 1
    assert (fresh(job).state, fresh(job).result, fresh(job).attempts) == ("done", {"marks": 1}, 1)
    assert fresh(job).finished_at is not None


def test_a_second_worker_does_not_get_a_job_that_is_held(ask):
    job = ask()
    with jobs.claimed(job.pk) as mine:
        with jobs.claimed(job.pk) as other:
            assert other is None
        mine.finish()


def test_a_job_that_does_not_exist_is_nobodys():
    assert jobs.execute(12345) is False


def test_progress_is_seen_and_renews_the_lease(ask):
    job = ask()
    with jobs.claimed(job.pk) as claim:
        before = fresh(job).lease_until
        claim.progress(1, 4)
        assert (fresh(job).done_units, fresh(job).all_units) == (1, 4)
        assert fresh(job).lease_until > before
        claim.finish()


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_renewed_beside_a_call_that_cannot_report(ask, settings):
    settings.JOB_LEASE_SECONDS = 0.2
    job = ask()
    with jobs.claimed(job.pk) as claim:
        with claim.kept():
            until_renewed(job)
            assert is_renewed(job)
        assert not is_renewed(job)
        claim.finish()


@pytest.mark.django_db(transaction=True)
def test_work_that_hangs_is_not_kept_for_ever(ask, settings, monkeypatch):
    monkeypatch.setattr(claiming, "LONGEST_KEPT", 0.3)
    settings.JOB_LEASE_SECONDS = 0.2
    job = ask()
    with jobs.claimed(job.pk) as claim, claim.kept():
        until(lambda: not is_renewed(job))
        claim.finish()


@pytest.mark.django_db(transaction=True)
def test_whoever_works_beside_a_lost_lease_learns_it_at_the_next_report(ask, settings):
    settings.JOB_LEASE_SECONDS = 0.2
    job = ask()
    with jobs.claimed(job.pk) as claim:
        with claim.kept():
            Job.objects.filter(pk=job.pk).update(state=JobState.WAITING, claim_token=None)
            until(lambda: not is_renewed(job))
        with pytest.raises(jobs.LeaseLost):
            claim.progress(1, 1)


def test_progress_of_every_row_writes_now_and_then_only(ask, django_assert_num_queries):
    job = ask()
    with jobs.claimed(job.pk) as claim:
        with django_assert_num_queries(2):  # the first and the last
            for row in range(1, 101):
                claim.progress(row, 100)
        claim.finish()
    assert fresh(job).done_units == 100


@pytest.mark.parametrize("late_word", ["progress", "hold", "finish"])
def test_who_lost_the_lease_learns_it_at_the_next_word(stolen, late_word):
    late, new = stolen
    arguments = {"progress": (1, 2)}.get(late_word, ())

    with pytest.raises(jobs.LeaseLost):
        getattr(late, late_word)(*arguments)

    assert fresh(new.job).state == JobState.RUNNING


@pytest.mark.parametrize("fence_first", [True, False])
def test_the_effect_of_who_lost_the_lease_is_undone(stolen, marks, fence_first):
    late, _new = stolen

    def work():
        with transaction.atomic():
            if fence_first:
                late.hold()
            leave_a_mark(late)

    with pytest.raises(jobs.LeaseLost):
        work()

    assert marks.count() == 0


def test_losing_the_lease_is_no_failure_of_the_job(ask, caplog):
    job = ask()
    with jobs.claimed(job.pk) as late:
        sweeping.free_lost(timezone.now() + LATER)
        late.progress(1, 2)

    assert fresh(job).state == JobState.WAITING
    assert fresh(job).error == "The program that worked on it was stopped."
    assert f"Job {job.pk} was taken away" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_hold_outside_a_transaction_is_a_mistake(ask):
    with jobs.claimed(ask().pk) as claim:
        with pytest.raises(transaction.TransactionManagementError):
            claim.hold()
        claim.finish()


def test_an_error_is_recorded_without_the_words_it_quotes(ask, write, caplog):
    def quote(claim):
        raise ValueError("what somebody told in confidence")

    write(quote)
    job = ask()
    jobs.execute(job.pk)

    assert fresh(job).error.startswith("ValueError (test_claiming.py:")
    assert f"Job {job.pk}: ValueError at" in caplog.text
    assert "confidence" not in caplog.text + fresh(job).error


def test_a_job_that_keeps_failing_waits_longer_each_time_and_ends_failed(ask, write, settings):
    settings.JOB_MAX_ATTEMPTS, settings.JOB_BACKOFF_SECONDS = 4, 5
    write(lambda _claim: 1 / 0)
    job = ask()
    pauses = []
    while fresh(job).state == JobState.WAITING:
        Job.objects.update(run_after=timezone.now() - LATER)
        jobs.execute(job.pk)
        pauses.append((fresh(job).run_after - timezone.now()).total_seconds())

    assert [round(pause) for pause in pauses[:-1]] == [5, 10, 20]
    assert (fresh(job).state, fresh(job).attempts) == (JobState.FAILED, 4)
    assert fresh(job).error.startswith("ZeroDivisionError")
    assert fresh(job).claim_token is None


def test_a_retry_allows_as_many_attempts_again_and_counts_on(ask, write, settings):
    settings.JOB_MAX_ATTEMPTS = 3
    write(lambda _claim: 1 / 0)
    job = ask()
    attempts = []
    for _retry in range(2):
        while fresh(job).state == JobState.WAITING:
            Job.objects.update(run_after=timezone.now() - LATER)
            jobs.execute(job.pk)
            attempts.append(fresh(job).attempts)
        assert jobs.try_again(fresh(job)) is True

    assert attempts == [1, 2, 3, 4, 5, 6]
    assert jobs.try_again(fresh(job)) is False  # it waits


def test_what_is_refused_fails_at_once_and_tells_the_user_why(ask, write):
    def refuse(claim):
        raise jobs.Refused("Column “region” is missing.")

    write(refuse)
    job = ask()
    jobs.execute(job.pk)

    assert (fresh(job).state, fresh(job).attempts) == (JobState.FAILED, 1)
    assert fresh(job).error == "Column “region” is missing."


def test_an_effect_and_its_finish_are_undone_together(ask, write, marks):
    def stumble(claim):
        with transaction.atomic():
            leave_a_mark(claim)
            raise OSError

    write(stumble)
    job = ask()
    jobs.execute(job.pk)

    assert marks.count() == 0
    assert fresh(job).state == JobState.WAITING


def test_a_runner_that_never_finishes_has_made_a_mistake(ask, write):
    write(lambda claim: claim.progress(1, 1))
    job = ask()
    jobs.execute(job.pk)

    assert fresh(job).state == JobState.WAITING
    assert fresh(job).error.startswith("RuntimeError")


def test_a_kind_that_has_gone_is_recorded_as_a_failure(ask, monkeypatch):
    job = ask()
    monkeypatch.setattr("incidents.jobs.registry._kinds", {})
    jobs.execute(job.pk)

    assert fresh(job).error.startswith("LookupError")
    assert jobs.label_of("tests.write") == "tests.write"


def test_a_failed_job_hands_its_work_to_the_one_that_waits_under_its_key(ask, write):
    def fail_after_another_request(claim):
        ask(unique_key="k")
        raise OSError

    first = ask(unique_key="k")
    write(fail_after_another_request)
    jobs.execute(first.pk)

    heir = Job.objects.get(unique_key="k", state=JobState.WAITING)
    assert (fresh(first).state, fresh(first).result) == ("done", {"handed_to": str(heir.uid)})
    assert heir.attempts == 1  # so that work that always fails cannot wait for ever


def test_run_now_does_the_work_and_returns_the_job_as_it_ended(ask, marks):
    job = jobs.run_now(ask())

    assert (job.state, marks.count()) == (JobState.DONE, 1)


def test_work_speaks_the_language_of_the_member_who_asked(ask, write):
    write(lambda claim: claim.finish(spoke=translation.get_language()))
    with translation.override("de"):
        asked = ask(by=MemberFactory())
        nobodys = ask()

    jobs.execute(asked.pk)
    jobs.execute(nobodys.pk)

    assert (fresh(asked).result, fresh(nobodys).result) == ({"spoke": "de"}, {"spoke": "en"})


def test_run_now_makes_one_attempt(ask, write):
    write(lambda _claim: 1 / 0)

    job = jobs.run_now(ask())

    assert (job.state, job.attempts) == (JobState.WAITING, 1)


def test_run_now_takes_over_what_a_dead_worker_held(ask, marks):
    job = ask()
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING,
        attempts=1,
        claim_token="00000000-0000-0000-0000-000000000001",
        lease_until=timezone.now() - LATER,
    )

    assert jobs.run_now(job).state == JobState.DONE
    assert Change.objects.count() == marks.count() == 1
