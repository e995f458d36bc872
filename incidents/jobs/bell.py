"""The bell: tells a worker that a job waits. Nothing depends on its being heard."""

import logging
import time

from celery import current_app

from incidents.choices import JobState
from incidents.jobs.exceptions import describe
from incidents.models import Job

RUN_JOB = "incidents.run_job"
PAUSE_SECONDS = 5  # after a broker did not answer, so that a request waits for it once at most

logger = logging.getLogger(__name__)
_silent_until = 0.0


def ring(job_pk: int) -> bool:
    """Publish the id of a job. A failure is logged, and leaves the job to the sweeper."""
    if time.monotonic() >= _silent_until and _publish(job_pk):
        return True
    Job.objects.filter(pk=job_pk, state=JobState.WAITING).update(rung_at=None)
    return False


def _publish(job_pk: int) -> bool:
    global _silent_until  # noqa: PLW0603  (one per process, as is the connection)
    try:
        current_app.send_task(RUN_JOB, args=[job_pk], ignore_result=True, retry=False)
    except Exception as error:  # noqa: BLE001  (each transport raises its own)
        _silent_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("No bell for job %s; the sweeper will ring: %s", job_pk, describe(error))
        return False
    return True
