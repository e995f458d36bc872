"""What a worker does when the bell rings, and the round of the sweeper."""

from celery import shared_task
from django.db.models.functions import Now

from incidents import jobs
from incidents.jobs.bell import RUN_JOB


@shared_task(name=RUN_JOB, acks_late=True, ignore_result=True)
def run_job(job_pk: int) -> None:
    """Do one job. Safe to deliver twice: only one delivery claims it."""
    jobs.execute(job_pk)


@shared_task(name="incidents.sweep_jobs", ignore_result=True)
def sweep_jobs() -> None:
    """Look for jobs that nobody heard of or whose worker was lost."""
    jobs.sweep(Now())
