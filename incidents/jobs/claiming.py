"""How one worker makes a job its own, and how it loses it."""

import datetime as dt
import functools
import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import Error, connections, transaction
from django.db.models import F
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.utils import translation

from incidents.choices import JobState
from incidents.jobs import sweeping, waiting
from incidents.jobs.exceptions import LeaseLost, Refused, describe, path_of
from incidents.jobs.registry import kind_of
from incidents.models import Job
from incidents.prepared import Act, Given, changing
from incidents.querysets import JobQuerySet

SECONDS_BETWEEN_REPORTS = 0.5  # so that a runner may report every row
SECONDS_BETWEEN_LOOKS = 0.2
LONGEST_KEPT = 30 * 60  # seconds; what takes longer hangs, and is tried again or fails

logger = logging.getLogger(__name__)


class Claim:
    """A job that this process holds, as long as nobody takes it away."""

    def __init__(self, job: Job, token: uuid.UUID) -> None:
        self.job = job
        self.finished = False
        self._token = token
        self._next_report = 0.0

    def progress(self, done: int, total: int) -> None:
        """Report how far the work is and renew the lease; as often as you like.

        Raises LeaseLost when the job is no longer ours.
        """
        now = time.monotonic()
        if now < self._next_report and done < total:
            return
        self._next_report = now + min(SECONDS_BETWEEN_REPORTS, settings.JOB_LEASE_SECONDS / 4)
        self._keep(done_units=done, all_units=total)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Renew the lease beside long work that cannot report, for half an hour at most.

        Outside of a transaction that holds the job. The work must let other threads run; whether
        the job was lost meanwhile its next report says.
        """
        ended = threading.Event()
        name = f"lease of job {self.job.pk}"
        keeping = threading.Thread(target=self._keep_until, args=(ended,), name=name, daemon=True)
        keeping.start()
        try:
            yield
        finally:
            ended.set()
            keeping.join()

    def hold(self) -> None:
        """Fence the caller's transaction: it commits only if the job is ours until then.

        Raises LeaseLost, so that the transaction rolls back, when it is no longer ours.
        """
        if not transaction.get_connection().in_atomic_block:
            msg = "Outside a transaction there is nothing to hold."
            raise transaction.TransactionManagementError(msg)
        if not _renewing(settings.JOB_LEASE_SECONDS).do(job=self.job.pk, token=self._token):
            raise LeaseLost

    def finish(self, **result: Any) -> None:
        """End the job in the transaction of its effect, which LeaseLost rolls back."""
        self._change(
            state=JobState.DONE,
            result=result,
            finished_at=Now(),
            claim_token=None,
            lease_until=None,
            error="",
            done_units=F("all_units"),
        )
        self.finished = True

    def held(self) -> JobQuerySet:
        """Find the row of the job while it is ours, else none."""
        return _held(self.job.pk, self._token)

    def _keep_until(self, ended: threading.Event) -> None:
        last = time.monotonic() + LONGEST_KEPT
        try:
            while not ended.wait(settings.JOB_LEASE_SECONDS / 4) and time.monotonic() < last:
                try:
                    self._keep()
                except Error as error:
                    logger.warning("Job %s: no lease renewed: %s", self.job.pk, describe(error))
                    connections.close_all()  # one that was lost would fail ever after
        except LeaseLost:
            pass  # whoever works learns it at the next report
        finally:
            connections.close_all()  # those of this thread

    def _keep(self, **fields: Any) -> None:
        self._change(lease_until=_end_of_lease(), **fields)

    def _change(self, **fields: Any) -> None:
        if not self.held().update(**fields):
            raise LeaseLost


@contextmanager
def claimed(job_pk: int) -> Iterator[Claim | None]:
    """Claim a job for the body of the block; None when it is not due or another has it.

    What the body raises is recorded with the job, which waits for its next attempt or has failed.
    """
    claim = _claim(job_pk)
    if claim is None:
        yield None
        return
    language = claim.job.args.get("language") or translation.get_language()
    try:
        with translation.override(language):
            yield claim
        _expect_finished(claim)
    except LeaseLost:
        logger.warning("Job %s was taken away; its last transaction is undone.", job_pk)
    except Refused as refusal:
        waiting.fail(claim.held(), error=str(refusal))
    except Exception as error:  # noqa: BLE001  (whatever went wrong, the job has to say so)
        logger.error("Job %s: %s at %s", job_pk, type(error).__name__, path_of(error))  # noqa: TRY400  (a traceback would quote what people told)
        waiting.put_back(claim.held(), claim.job, error=describe(error))


def execute(job_pk: int) -> bool:
    """Do a job by its kind; False when it is not due or another has it."""
    with claimed(job_pk) as claim:
        if claim is None:
            return False
        kind_of(claim.job.kind).run(claim)
    return True


def run_now(job: Job) -> Job:
    """Do a job in this process, or wait for the worker that was quicker; return it as it ended.

    One attempt: a job that went wrong is returned waiting, with its error, for a worker to retry.
    """
    while not execute(job.pk):
        sweeping.free_lost(Now())
        if not _may_be_claimed_soon(job):
            break
        time.sleep(SECONDS_BETWEEN_LOOKS)
    job.refresh_from_db()
    return job


def _claim(job_pk: int) -> Claim | None:
    token = uuid.uuid4()
    claims = Job.objects.due(Now()).filter(pk=job_pk)
    won = claims.update(
        state=JobState.RUNNING,
        claim_token=token,
        lease_until=_end_of_lease(),
        attempts=F("attempts") + 1,
        started_at=Now(),
        done_units=0,
        all_units=0,
    )
    if not won:
        return None
    return Claim(Job.objects.select_related("study", "requested_by").get(pk=job_pk), token)


def _held(job_pk: int | Given, token: uuid.UUID | Given) -> JobQuerySet:
    return Job.objects.filter(pk=job_pk, claim_token=token, state=JobState.RUNNING)


@functools.cache
def _renewing(_seconds: float) -> Act:
    """The statement that renews a lease, for as many seconds as the settings say."""
    held = _held(Given("job"), Given("token"))
    return Act(lambda: changing(held, lease_until=_end_of_lease()))


def _may_be_claimed_soon(job: Job) -> bool:
    rows = Job.objects.filter(pk=job.pk)
    return rows.filter(state=JobState.RUNNING).exists() or rows.due(Now()).exists()


def _end_of_lease() -> Combinable:
    return Now() + dt.timedelta(seconds=settings.JOB_LEASE_SECONDS)


def _expect_finished(claim: Claim) -> None:
    if not claim.finished:
        msg = f"The runner of {claim.job.kind} ended without finish()."
        raise RuntimeError(msg)
