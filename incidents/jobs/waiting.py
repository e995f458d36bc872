"""The one place of work with a unique key in the queue: joined, gone back to, or handed on."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest, Now

from incidents.choices import JobState
from incidents.models import Job
from incidents.prepared import Act, Given, changing
from incidents.querysets import JobQuerySet

LONGEST_BACKOFF = dt.timedelta(minutes=10)
TRIES = 5


def join(unique_key: str) -> bool:
    """Take the row lock of the job that waits under this key until our commit, if one does."""
    return bool(_join.do(key=unique_key))


_join = Act(
    lambda: changing(
        Job.objects.filter(unique_key=Given("key"), state=JobState.WAITING),
        unique_key=Given("key"),
    )
)


def put_back(held: JobQuerySet, job: Job, *, error: str, at_once: bool = False) -> None:
    """Let a job that went wrong wait for its next attempt, or fail it when that was the last.

    `held` are the conditions under which it is still ours to put back. Attempts are counted on
    after a person's retry, which allows as many again: no two have the same number.
    """
    if job.attempts % settings.JOB_MAX_ATTEMPTS == 0:
        fail(held, error=error)
        return
    run_after = Now() if at_once else Now() + backoff(job.attempts)
    wait_again(held, job, error=error, run_after=run_after)


def fail(held: JobQuerySet, *, error: str) -> None:
    """End a job without success; a person may retry it."""
    held.update(
        state=JobState.FAILED, error=error, finished_at=Now(), claim_token=None, lease_until=None
    )


def backoff(attempts: int) -> dt.timedelta:
    """How long to wait after so many failed attempts: doubled each time, ten minutes at most."""
    doublings = (attempts - 1) % settings.JOB_MAX_ATTEMPTS
    return min(dt.timedelta(seconds=settings.JOB_BACKOFF_SECONDS * 2**doublings), LONGEST_BACKOFF)


def wait_again(held: JobQuerySet, job: Job, **fields: Any) -> bool:
    """Put a job back among those that wait, or hand it to one that waits under the same key."""
    fresh = {"run_after": Now(), "error": "", "rung_at": None, **fields}
    for _attempt in range(TRIES):
        try:
            with transaction.atomic():
                moved = held.update(
                    state=JobState.WAITING, claim_token=None, lease_until=None, **fresh
                )
                return bool(moved)
        except IntegrityError:  # a later request has taken the place
            if _hand_on(held, job):
                return False
    return False


def _hand_on(held: JobQuerySet, job: Job) -> bool:
    """Leave the work to the job that waits under the same key, with the attempts it has cost."""
    with transaction.atomic():
        heirs = Job.objects.filter(unique_key=job.unique_key, state=JobState.WAITING)
        if not heirs.update(attempts=Greatest(F("attempts"), job.attempts)):
            return False
        held.update(
            state=JobState.DONE,
            result={"handed_to": str(heirs.get().uid)},
            finished_at=Now(),
            claim_token=None,
            lease_until=None,
        )
        return True
