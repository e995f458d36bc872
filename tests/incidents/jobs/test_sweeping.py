import datetime as dt

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from incidents import jobs
from incidents.choices import JobState
from incidents.jobs import registry
from incidents.models import Job

pytestmark = pytest.mark.django_db


def after(seconds):
    return timezone.now() + dt.timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def lease(settings):
    settings.JOB_LEASE_SECONDS = 60


def held(job, *, attempts=1):
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING,
        attempts=attempts,
        claim_token="00000000-0000-0000-0000-000000000001",
        lease_until=after(60),
    )


def test_a_bell_is_given_one_lease_before_it_rings_again(ask, bells):
    job = ask()  # stamped as rung for

    jobs.sweep(after(59))
    assert bells == []
    jobs.sweep(after(61))
    assert bells == [job.pk]


def test_the_clock_of_the_database_may_be_given(ask, bells):
    job = ask()
    Job.objects.filter(pk=job.pk).update(rung_at=None)

    jobs.sweep(Now())
    jobs.sweep(Now())

    assert bells == [job.pk]


def test_jobs_that_are_not_due_or_held_or_over_are_not_rung_for(ask, bells):
    ask(run_after=after(600))
    held(ask())
    for state in (JobState.DONE, JobState.FAILED):
        Job.objects.filter(pk=ask().pk).update(state=state)
    Job.objects.update(rung_at=None)

    jobs.sweep(timezone.now())

    assert bells == []


def test_a_round_ends_at_the_first_bell_that_is_not_heard(ask, bells):
    Job.objects.filter(pk__in=[ask().pk, ask().pk, ask().pk]).update(rung_at=None)
    bells.broken = True

    jobs.sweep(timezone.now())

    assert Job.objects.filter(rung_at=None).count() == 3


def test_an_expired_lease_frees_the_job_and_the_same_round_rings(ask, bells):
    job = ask()
    held(job)

    jobs.sweep(after(59))
    assert Job.objects.get().state == JobState.RUNNING
    jobs.sweep(after(61))

    job = Job.objects.get()
    assert (job.state, job.claim_token, job.lease_until) == (JobState.WAITING, None, None)
    assert bells == [job.pk]


def test_a_job_that_took_its_worker_down_each_time_ends_failed(ask, settings):
    held(ask(), attempts=settings.JOB_MAX_ATTEMPTS)

    jobs.sweep(after(61))

    assert Job.objects.get().state == JobState.FAILED
    assert Job.objects.get().error == "The program that worked on it was stopped."


def test_the_apps_checks_are_made_and_one_that_fails_does_not_silence_the_next(monkeypatch, caplog):
    made = []
    monkeypatch.setattr(registry, "_sweeps", [])
    jobs.register_sweep(lambda: made.append("first"))
    jobs.register_sweep(lambda: 1 / 0)
    jobs.register_sweep(lambda: made.append("last"))

    jobs.sweep(timezone.now())

    assert made == ["first", "last"]
    assert "A check of the sweeper: ZeroDivisionError" in caplog.text


def test_a_check_registered_twice_is_made_once(monkeypatch):
    made = []
    monkeypatch.setattr(registry, "_sweeps", [])
    check = lambda: made.append(1)  # noqa: E731
    jobs.register_sweep(check)
    jobs.register_sweep(check)

    jobs.sweep(timezone.now())

    assert made == [1]


def test_routine_work_is_forgotten_a_day_after_it_was_done(ask):
    routine, failed, asked_for = ask(unique_key="a"), ask(unique_key="b"), ask()
    Job.objects.update(state=JobState.DONE, finished_at=timezone.now())
    Job.objects.filter(pk=failed.pk).update(state=JobState.FAILED)

    jobs.sweep(after(23 * 3600))
    assert Job.objects.count() == 3
    jobs.sweep(after(25 * 3600))

    assert set(Job.objects.all()) == {failed, asked_for}
    assert not Job.objects.filter(pk=routine.pk).exists()


def test_of_routine_work_that_fails_again_and_again_only_the_last_failure_is_kept(ask):
    asked_for = ask()
    failures = []
    for _time in range(3):
        failures.append(ask(unique_key="a"))
        Job.objects.update(state=JobState.FAILED, finished_at=timezone.now())

    jobs.sweep(timezone.now())

    assert set(Job.objects.all()) == {asked_for, failures[-1]}


def test_a_failure_of_routine_work_is_forgotten_a_day_after_the_same_work_was_done(ask):
    failed = ask(unique_key="a")
    Job.objects.update(state=JobState.FAILED, finished_at=timezone.now())
    done = ask(unique_key="a")
    Job.objects.filter(pk=done.pk).update(state=JobState.DONE, finished_at=timezone.now())

    jobs.sweep(after(23 * 3600))
    assert set(Job.objects.all()) == {failed, done}
    jobs.sweep(after(25 * 3600))
    jobs.sweep(after(25 * 3600))

    assert not Job.objects.exists()
