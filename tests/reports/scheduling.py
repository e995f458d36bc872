"""Tables that are computed again by themselves, for tests: set up, due, computed."""

import datetime as dt
import uuid

from django.utils import timezone

from incidents import jobs
from incidents.actions.numbering import change_facts
from incidents.choices import JobState
from incidents.models import Job
from reports import tasks
from reports.actions import following
from reports.actions.scheduling import ask_scheduled, schedule_table
from reports.actions.tables import keep_table
from reports.choices import Rhythm
from reports.forms.schedules import question_scheduled
from reports.models import (
    Run,
    Schedule,
)
from reports.queries.kept_questions import to_keep

NIGHTLY, CHANGED = Rhythm.NIGHTLY, Rhythm.CHANGED


def scheduled(world, rhythm=CHANGED, keep=10, by=None, query="round=1&by=valence"):
    """Let a table of the analyst's be computed again by itself."""
    by = by or world.analyst
    kept = to_keep(query, world.scheme)
    table = keep_table(scheme=world.scheme, name="Kept", query=kept, by=by)
    return schedule_table(table=table, rhythm=rhythm, keep=keep, row_version=None, by=by)


def due_again(schedule):
    """Let its next time have come."""
    Schedule.objects.filter(pk=schedule.pk).update(due_at=timezone.now() - dt.timedelta(minutes=1))


def swept(schedule):
    """Let the sweeper come round; return the runs of the schedule, the oldest first."""
    due_again(schedule)
    tasks.compute_due()
    return list(Run.objects.filter(schedule=schedule).order_by("pk"))


def computed(schedule):
    """Let the sweeper ask and a worker answer, with what follows; return the newest run."""
    run = answered(schedule)
    followed(run)
    return run


def answered(schedule):
    """Let the sweeper ask and a worker answer, without what follows; return the newest run."""
    run = swept(schedule)[-1]
    assert jobs.run_now(run.job).state == JobState.DONE, run.job.error
    run.refresh_from_db()
    return run


def followed(run):
    """Let what follows an answered run be done."""
    follow = Job.objects.get(unique_key=f"{following.FOLLOW_RUN}:{run.uid}")
    assert jobs.run_now(follow).state == JobState.DONE, follow.error


def being_worked_on(run):
    """Let a worker have begun with the job of a run."""
    claim = {"claim_token": uuid.uuid4(), "lease_until": timezone.now() + dt.timedelta(hours=1)}
    Job.objects.filter(pk=run.job_id).update(state=JobState.RUNNING, **claim)


def data_change(world):
    change_facts(world.study)


def runs_of(schedule, number):
    """So many answered runs of a schedule, computed as usual, and nothing found to have changed."""
    question = question_scheduled(
        Schedule.objects.select_related("owner__study", "table__scheme__study").get(pk=schedule.pk)
    )
    for _run in range(number):
        due_again(schedule)
        due = Schedule.objects.select_related("owner", "table__scheme__study").get(pk=schedule.pk)
        run = ask_scheduled(
            schedule=due,
            specification=question.specified(),
            query=question.form.query({"counts": ""}),
            words=question.words(),
            names=False,
        )
        jobs.run_now(run.job)
    Job.objects.filter(kind=following.FOLLOW_RUN).update(state=JobState.DONE)
    return list(Run.objects.filter(schedule=schedule).order_by("pk"))
