"""What people may do with background work: ask for it once more."""

from django.db import transaction

from incidents import jobs
from incidents.actions.history import record_change
from incidents.models import Job, Member


@transaction.atomic
def retry_job(*, job: Job, by: Member) -> Job:
    """Let a failed job wait for as many attempts again, and record who asked for it.

    A job that has not failed, or no longer, is left as it is: the button was pressed twice.
    Work with a unique key that already waits again is left to the job that waits.

    Returns the job as it stands now.
    """
    if jobs.try_again(job):
        record_change(verb="retry_job", on=job, study=job.study, by=by, kind=job.kind)
    job.refresh_from_db()
    return job
