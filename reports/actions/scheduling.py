"""Schedules: saved tables that are computed again by themselves, as long as their owners may."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from incidents.actions.history import record_change, record_changes
from incidents.actions.refusals import StaleError
from incidents.choices import JobState
from incidents.models import Job, Member
from reports.actions.running import Words, ask_run
from reports.choices import Rhythm
from reports.models import Run, Schedule, Table
from reports.queries.schedules import next_look
from taxonomy.tabulation.specification import Specification

FEWEST_KEPT, MOST_KEPT = 2, 100


@transaction.atomic
def schedule_table(
    *, table: Table, rhythm: str, keep: int, row_version: int | None, by: Member
) -> Schedule:
    """Let a saved table be computed again by itself, or change how; returns its schedule.

    Who does so is its owner: in their name it is asked, and they are told when a result changed.
    Its runs stay. Raises StaleError where somebody changed it since `row_version`, which is None
    where there was none.
    """
    if row_version is None:
        schedule = _begin(table, rhythm, keep, by)
    else:
        schedule = _change(table, rhythm, keep, by, row_version)
    about: dict[str, Any] = {"table": str(table.uid), "rhythm": str(rhythm), "keep": keep}
    record_change(verb="schedule_table", on=schedule, study=by.study, by=by, **about)
    return schedule


def _begin(table: Table, rhythm: str, keep: int, by: Member) -> Schedule:
    now = timezone.now()
    due_at = now if rhythm == Rhythm.CHANGED else next_look(rhythm, by.study, now)
    schedule = Schedule(table=table, owner=by, rhythm=rhythm, keep=keep, due_at=due_at)
    schedule.language = get_language() or ""
    try:
        with transaction.atomic():
            schedule.save(force_insert=True)
    except IntegrityError:  # somebody was quicker
        raise _stale() from None
    return schedule


def _change(table: Table, rhythm: str, keep: int, by: Member, row_version: int) -> Schedule:
    schedule = Schedule.objects.filter(table=table, row_version=row_version).first()
    if schedule is None:
        raise _stale()
    fields = {"rhythm": rhythm, "keep": keep, "owner": by, "language": get_language() or ""}
    if rhythm != schedule.rhythm:
        fields["due_at"] = next_look(rhythm, by.study, timezone.now())
    read = Schedule.objects.filter(pk=schedule.pk, row_version=row_version)
    if not read.update(**fields, row_version=F("row_version") + 1):
        raise _stale()
    schedule.refresh_from_db()
    return schedule


def _stale() -> StaleError:
    return StaleError(_("Somebody changed this meanwhile. Look again."))


@transaction.atomic
def stop_schedule(*, table: Table, by: Member) -> bool:
    """Let a table no longer be computed by itself; its runs stay. Returns whether it was."""
    schedule = Schedule.objects.select_for_update().filter(table=table).first()
    if schedule is None:
        return False
    record_change(verb="stop_schedule", on=schedule, study=by.study, by=by, table=str(table.uid))
    schedule.delete()
    return True


# -- When its time has come -------------------------------------------------------------------


@transaction.atomic
def ask_scheduled(
    *, schedule: Schedule, specification: Specification, query: str, words: Words, names: bool
) -> Run | None:
    """Ask for the table of a schedule that is due; None where another sweep has done so.

    What it asked for before and could not be computed goes, with its job.
    """
    if not _takes_turn(schedule):
        return None
    _remove_failed(schedule)
    return ask_run(
        scheme=schedule.table.scheme,
        specification=specification,
        query=query,
        words=words,
        names=names,
        by=schedule.owner,
        schedule=schedule,
    )


def put_off(schedule: Schedule) -> None:
    """Look at a schedule that is due, and cannot be asked now, at its next time."""
    _takes_turn(schedule)


def _remove_failed(schedule: Schedule) -> None:
    unanswered = schedule.runs.filter(answered_at__isnull=True)
    failed = Job.objects.filter(pk__in=unanswered.values("job"), state=JobState.FAILED)
    jobs = list(failed.select_for_update().values_list("pk", flat=True))  # none is retried now
    runs = list(unanswered.filter(job__in=jobs))
    record_changes(verb="remove_run", on=runs, study=schedule.table.scheme.study)
    unanswered.filter(job__in=jobs).delete()
    Job.objects.filter(pk__in=jobs).delete()


def _takes_turn(schedule: Schedule) -> bool:
    """Set its next time; False where somebody did since it was read."""
    study = schedule.table.scheme.study
    next_time = next_look(schedule.rhythm, study, timezone.now())
    read = Schedule.objects.filter(pk=schedule.pk, due_at=schedule.due_at)
    return bool(read.update(due_at=next_time))
