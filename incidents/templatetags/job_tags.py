"""How a job is shown."""

import uuid
from typing import NamedTuple

from django import template
from django.utils.translation import gettext as _

from incidents import jobs
from incidents.choices import JobState
from incidents.models import Job

register = template.Library()


class JobShown(NamedTuple):
    """What `components/progress.html` and the list of jobs show of one job."""

    uid: uuid.UUID
    state: str
    label: str
    words: str
    progress_done: int
    progress_total: int
    error: str
    result_url: str


@register.filter
def shown(job: Job) -> JobShown:
    """Return a job in the words of its readers."""
    return JobShown(
        uid=job.uid,
        state=job.state,
        label=jobs.label_of(job.kind),
        words=_state_words(job),
        progress_done=job.done_units,
        progress_total=job.all_units,
        error=job.error,
        result_url=str(job.result.get("url", "")),
    )


def _state_words(job: Job) -> str:
    if job.state == JobState.WAITING and job.attempts:
        return _("Tried %(times)d times, waits for the next") % {"times": job.attempts}
    if job.state == JobState.DONE and "handed_to" in job.result:
        return _("Taken over by a later job")
    return str(JobState(job.state).label)
