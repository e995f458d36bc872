"""How work is asked for, and asked for again."""

import datetime as dt
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import get_language

from incidents.choices import JobState
from incidents.jobs import bell, waiting
from incidents.jobs.registry import kind_of
from incidents.models import Job, Member, Study

TRIES = 5  # each lost race means that somebody else got on


def request_job(
    *,
    kind: str,
    study: Study | None,
    by: Member | None = None,
    args: dict[str, Any] | None = None,
    unique_key: str = "",
    run_after: dt.datetime | None = None,
) -> Job:
    """Write down work to do, in the caller's transaction; the bell rings after its commit.

    Work with a `unique_key` waits once: a second request joins the waiting row by an UPDATE, so
    that a worker cannot claim it before this transaction has committed. Work already claimed may
    have missed what this transaction changes, and is never joined. `args` belong to the key.
    What is done for a member is done in the language in which the member asked.

    Raises LookupError for a kind that no app has registered.
    """
    kind_of(kind)
    job = Job(
        kind=kind,
        study=study,
        requested_by=by,
        args={**(args or {}), **({"language": get_language()} if by else {})},
        unique_key=unique_key,
        rung_at=None if run_after else Now(),
    )
    if run_after:
        job.run_after = run_after
    with transaction.atomic():
        return _join_or_insert(job) if unique_key else _insert(job)


def join_waiting(unique_key: str) -> bool:
    """Join the work that waits under a key, as `request_job` does, if any does.

    For who asks for it all the time and needs no row of it: one statement.
    """
    return waiting.join(unique_key)


def _join_or_insert(job: Job) -> Job:
    for _attempt in range(TRIES):
        if waiting.join(job.unique_key):
            return Job.objects.get(unique_key=job.unique_key, state=JobState.WAITING)
        try:
            with transaction.atomic():
                return _insert(job)
        except IntegrityError:  # somebody else's request came first and has committed
            continue
    msg = f"The job {job.unique_key!r} could neither be joined nor written."
    raise IntegrityError(msg)


def _insert(job: Job) -> Job:
    is_due = job.rung_at is not None
    job.save(force_insert=True)
    job.refresh_from_db(fields=["rung_at"])
    if is_due:
        transaction.on_commit(partial(bell.ring, job.pk), robust=True)
    return job


def try_again(job: Job) -> bool:
    """Let a failed job wait again for as many attempts; False if it has not failed."""
    with transaction.atomic():
        failed = Job.objects.filter(pk=job.pk, state=JobState.FAILED)
        moved = waiting.wait_again(failed, job, rung_at=Now(), finished_at=None)
        if moved:
            transaction.on_commit(partial(bell.ring, job.pk), robust=True)
    return moved
