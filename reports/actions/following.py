"""What follows a run that a schedule asked for: what changed is told, and old runs are removed."""

import logging
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import translation

from incidents.actions.files import remove_file
from incidents.actions.history import record_change, record_changes
from incidents.jobs import Claim, request_job
from incidents.models import Member
from reports.models import ChangedResult, Run, Schedule
from reports.queries.schedules import FOLLOW_RUN, changes_for, run_before, runs_beyond

STEPS = 2
logger = logging.getLogger(__name__)


def ask_to_follow(run: Run) -> None:
    """Ask what changed with a run of a schedule, in the transaction that answers it."""
    request_job(
        kind=FOLLOW_RUN,
        study=run.scheme.study,
        args={"run": str(run.uid)},
        unique_key=f"{FOLLOW_RUN}:{run.uid}",
    )


def follow_run(claim: Claim) -> None:
    """Say what changed, and remove the runs that the schedule keeps no longer. The runner.

    The owner gets one mail, where mail goes out; the result stands on their first page until they
    have seen it.
    """
    runs = Run.objects.select_related("scheme__study", "members", "schedule__table__scheme__study")
    run = runs.filter(uid=claim.job.args["run"]).first()
    if run is None or run.schedule is None:
        claim.finish()
        return
    before = run_before(run)  # stays as long as this job goes on
    cells = _changed_cells(before, run) if before else []
    claim.progress(1, STEPS)
    removed = remove_runs(schedule=run.schedule, runs=runs_beyond(run.schedule))
    claim.progress(STEPS, STEPS)
    with transaction.atomic():
        claim.hold()
        change = _say(before, run, cells) if before and cells else None
        claim.finish(changed=len(cells), removed=removed)
    if change is not None:
        mail_change(change)


def _changed_cells(before: Run, after: Run) -> list[dict[str, Any]]:
    from reports.queries.differing import changed_cells  # noqa: PLC0415  (loads NumPy: jobs only)

    return changed_cells(before, after)


def _say(before: Run, run: Run, cells: list[dict[str, Any]]) -> ChangedResult | None:
    """Record that a result changed, once; None where the schedule or a run is gone by now."""
    schedule = Schedule.objects.select_for_update(of=("self",)).filter(runs=run).first()
    standing = Run.objects.select_for_update().filter(pk__in=[before.pk, run.pk])
    if schedule is None or len(standing.order_by("pk").values_list("pk")) < len((before, run)):
        return None
    what = {"schedule": schedule, "before": before, "cells": cells}
    change, is_new = ChangedResult.objects.get_or_create(after=run, defaults=what)
    if not is_new:
        return None
    study, number = run.scheme.study, len(cells)
    record_change(verb="result_changed", on=change, study=study, run=str(run.uid), cells=number)
    return change


def mail_change(change: ChangedResult) -> bool:
    """Tell the owner by mail that a result changed, without any figure; False where none goes out.

    None goes to whom the first page tells nothing, as who codes blindly by now. Call it outside a
    transaction: a mail server may take its time.
    """
    schedule = change.schedule
    owner = Member.objects.active().filter(pk=schedule.owner_id).select_related("user").first()
    if not settings.SENDS_MAIL or owner is None or owner.user is None:
        return False
    if change not in changes_for([owner]).get(owner.pk, []):
        return False
    words = {"change": change, "table": schedule.table, "study": change.after.scheme.study}
    with translation.override(schedule.language or settings.LANGUAGE_CODE):
        subject = render_to_string("reports/mail/changed_result_subject.txt", words)
        message = render_to_string("reports/mail/changed_result.txt", words)
    try:
        send_mail(" ".join(subject.split()), message, None, [owner.user.email])
    except OSError:  # smtplib's own errors are of this kind too
        logger.exception("That a result changed could not be mailed.")
        return False
    return True


def see_change(*, change: ChangedResult, by: Member) -> None:
    """Note that its owner has seen what changed; others' looking is no seeing."""
    if change.schedule.owner_id == by.pk and change.seen_at is None:
        ChangedResult.objects.filter(pk=change.pk, seen_at__isnull=True).update(seen_at=Now())


@transaction.atomic
def remove_runs(*, schedule: Schedule, runs: Sequence[Run]) -> int:
    """Remove those of these runs that their schedule keeps no longer, with files and pictures.

    Returns how many. What keeps a run is looked at once for all of them, under the locks of their
    rows, which whoever names one takes too.
    """
    held = Run.objects.select_for_update().filter(pk__in=[run.pk for run in runs]).order_by("pk")
    standing = set(held.values_list("pk", flat=True))
    gone = [run for run in runs_beyond(schedule) if run.pk in standing]
    record_changes(verb="remove_run", on=gone, study=schedule.table.scheme.study)
    for run in gone:
        file = run.members
        run.delete()
        if file is not None:
            remove_file(file)
    return len(gone)
