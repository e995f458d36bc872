"""The sweeper: rings for what nobody heard, and frees what its worker left."""

import datetime as dt
import logging

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from incidents.choices import JobState
from incidents.jobs import bell, registry, waiting
from incidents.jobs.exceptions import path_of
from incidents.models import Job
from incidents.querysets import Instant

AT_ONCE = 100  # jobs in one round, so that it stays short
ROUTINE_KEPT = dt.timedelta(days=1)

logger = logging.getLogger(__name__)


def sweep(now: Instant) -> None:
    """Free expired leases, ring for waiting jobs, forget old routine, make the apps' checks."""
    free_lost(now)
    ring_unheard(now)
    forget_routine(now)
    for find_work in registry.sweeps():
        try:
            find_work()
        except Exception as error:  # noqa: BLE001  (one check must not silence the next)
            logger.error("A check of the sweeper: %s at %s", type(error).__name__, path_of(error))  # noqa: TRY400  (a traceback would quote what people told)


def free_lost(now: Instant) -> None:
    """Put back the jobs whose worker has not renewed its lease."""
    for job in Job.objects.lost(now)[:AT_ONCE]:
        logger.warning("Job %s was left by its worker.", job.pk)
        held = Job.objects.lost(now).filter(pk=job.pk, claim_token=job.claim_token)
        error = _("The program that worked on it was stopped.")
        waiting.put_back(held, job, error=error, at_once=True)


def ring_unheard(now: Instant) -> None:
    """Ring for each due job that nobody claimed; a ring is given the time of one lease."""
    heard_since = now - dt.timedelta(seconds=settings.JOB_LEASE_SECONDS)
    unheard = Job.objects.due(now).unheard_since(heard_since).order_by("run_after", "pk")
    for pk in unheard.values_list("pk", flat=True)[:AT_ONCE]:
        claims = Job.objects.due(now).unheard_since(heard_since).filter(pk=pk)
        if claims.update(rung_at=Now()) and not bell.ring(pk):
            break


def forget_routine(now: Instant) -> None:
    """Delete routine work (which has a unique key and names nothing) a day after it was done.

    What failed goes when the same work failed once more, or a day after the same work was done.
    """
    later = Job.objects.filter(unique_key=OuterRef("unique_key"), pk__gt=OuterRef("pk"))
    failed_again = Exists(later.filter(state=JobState.FAILED))
    a_day_ago = now - ROUTINE_KEPT
    done_since = Exists(later.filter(state=JobState.DONE, finished_at__lt=a_day_ago))
    old = Job.objects.routine().filter(
        Q(state=JobState.DONE, finished_at__lt=a_day_ago)
        | (Q(state=JobState.FAILED) & (Q(failed_again) | Q(done_since)))
    )
    Job.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:AT_ONCE])).delete()
