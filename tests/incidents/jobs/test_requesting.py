import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from incidents import jobs
from incidents.choices import JobState
from incidents.models import Job

pytestmark = pytest.mark.django_db


def test_a_request_writes_a_waiting_row_and_rings_after_the_commit(
    ask, bells, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        job = ask(args={"n": 3})
        assert bells == []

    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.args, job.attempts) == (JobState.WAITING, {"n": 3}, 0)
    assert bells == [job.pk]
    assert job.rung_at is not None


def test_a_kind_that_nobody_registered_is_refused_and_writes_nothing():
    with pytest.raises(LookupError, match=r"tests\.unheard_of"):
        jobs.request_job(kind="tests.unheard_of", study=None)

    assert Job.objects.count() == 0


def test_a_request_that_is_rolled_back_leaves_no_row_and_rings_no_bell(
    ask, bells, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        ask()
        transaction.set_rollback(True)

    assert Job.objects.count() == 0
    assert bells == []


def test_a_second_request_joins_the_row_that_waits_under_its_key(
    ask, bells, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        first = ask(unique_key="k")
        second = ask(unique_key="k")
        other = ask(unique_key="other")

    assert first == second != other
    assert bells == [first.pk, other.pk]


def test_work_already_claimed_is_not_joined(ask):
    first = ask(unique_key="k")
    with jobs.claimed(first.pk) as claim:
        second = ask(unique_key="k")
        claim.finish()

    assert second != first
    assert Job.objects.get(pk=second.pk).state == JobState.WAITING


def test_requests_without_a_key_are_never_joined(ask):
    assert ask() != ask()


def test_a_job_for_later_is_not_rung_for_and_not_claimed_before(
    ask, bells, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        job = ask(run_after=timezone.now() + dt.timedelta(minutes=1))

    assert bells == []
    assert job.rung_at is None
    with jobs.claimed(job.pk) as claim:
        assert claim is None


def test_a_bell_that_fails_leaves_the_job_to_the_next_sweep(
    ask, bells, django_capture_on_commit_callbacks
):
    bells.broken = True
    with django_capture_on_commit_callbacks(execute=True):
        job = ask()
    assert Job.objects.get(pk=job.pk).rung_at is None

    bells.broken = False
    jobs.sweep(timezone.now())
    assert bells == [job.pk]


def test_after_one_failure_the_broker_is_left_alone_for_a_while(
    ask, monkeypatch, django_capture_on_commit_callbacks
):
    calls = []

    def fail(*args, **kwargs):
        calls.append(args)
        raise ConnectionError

    monkeypatch.setattr("incidents.jobs.bell.current_app.send_task", fail)
    monkeypatch.setattr("incidents.jobs.bell._silent_until", 0.0)
    with django_capture_on_commit_callbacks(execute=True):
        asked = [ask() for _ in range(3)]

    assert len(calls) == 1
    assert Job.objects.filter(rung_at=None).count() == len(asked)
