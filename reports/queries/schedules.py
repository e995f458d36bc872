"""Schedules: which are due, what keeps a run, and which results changed for whom."""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from incidents.choices import RoleName
from incidents.models import Job, Member, Study
from incidents.querysets import Instant
from reports.choices import Rhythm
from reports.models import ChangedResult, ClientLink, Report, ReportFile, Run, Schedule, Table
from reports.queries.reports import runs_in
from taxonomy.models import Assignment, Revision

FOLLOW_RUN = "reports.follow_run"  # the job that says what changed with a run
NIGHT = dt.time(3)
BETWEEN = dt.timedelta(hours=1)  # two computations of what is computed when the data changed


def due_schedules(now: Instant) -> QuerySet[Schedule]:
    """The schedules whose time has come, the longest due first.

    Those that wait for the data only where study or tree have changed since their newest run, or,
    where it tells of other schemes, any tree of the study since it was asked.
    """
    newest = Run.objects.filter(schedule=OuterRef("pk")).order_by("-pk")
    counted, grown = (Subquery(newest.values(name)[:1]) for name in ("data_seq", "revision"))
    latest = Run.objects.filter(schedule=OuterRef("schedule")).order_by("-pk")
    asked = newest.filter(pk=Subquery(latest.values("pk")[:1])).exclude(question__others="")
    revised = Revision.objects.filter(scheme__study=OuterRef("scheme__study"))
    revised = revised.filter(created_at__gt=OuterRef("created_at"))
    changed = (
        Q(counted__isnull=True)
        | Q(Exists(asked.filter(Exists(revised))))
        | ~Q(counted=F("table__scheme__study__data_seq"))
        | ~Q(grown=F("table__scheme__revision"))
    )
    rows = Schedule.objects.annotate(counted=counted, grown=grown)
    rows = rows.filter(due_at__lte=now, table__deleted_at__isnull=True)
    rows = rows.filter(Q(rhythm=Rhythm.NIGHTLY) | changed)
    return rows.select_related("owner__study", "table__scheme__study").order_by("due_at", "pk")


def next_look(rhythm: str, study: Study, now: dt.datetime) -> dt.datetime:
    """When a schedule is looked at next: the next night of the study, or an hour from now."""
    return next_night(study.time_zone, now) if rhythm == Rhythm.NIGHTLY else now + BETWEEN


def next_night(time_zone: str, now: dt.datetime) -> dt.datetime:
    """The next three o'clock at night in a time zone, later than `now`."""
    zone = ZoneInfo(time_zone)
    here = now.astimezone(zone)
    day = here.date() + dt.timedelta(days=here.time() >= NIGHT)
    return dt.datetime.combine(day, NIGHT, zone)


def schedule_of(table: Table) -> Schedule | None:
    """When a table is computed again by itself, if it is."""
    return Schedule.objects.select_related("owner").filter(table=table).first()


# -- Runs of a schedule -----------------------------------------------------------------------


def run_before(run: Run) -> Run | None:
    """The answered run of the same question that the same schedule had asked for before.

    None also where a later one was answered first: what changed until then was said with that.
    """
    return _runs_before(run).select_related("scheme__study", "members").first()


def _runs_before(run: Run) -> QuerySet[Run]:
    """The answered runs that an answered one can be compared with, the newest first."""
    same = Run.objects.filter(schedule=run.schedule_id, scheme=run.scheme_id)
    same = same.filter(question__key=run.question["key"])
    if same.filter(pk__gt=run.pk, answered_at__lt=run.answered_at).exists():
        return Run.objects.none()
    return same.filter(pk__lt=run.pk, answered_at__lte=run.answered_at).order_by("-pk")


def runs_beyond(schedule: Schedule) -> list[Run]:
    """The runs of a schedule that nothing keeps, the oldest first.

    Its newest `keep` answered ones stay, those that something else names or that a later one is
    still to be compared with, and each newer than them; of the older ones that were never answered
    none.
    """
    answered = schedule.runs.filter(answered_at__isnull=False).order_by("-pk")
    kept = list(answered.values_list("pk", flat=True)[: schedule.keep])
    if not kept:
        return []
    kept += _to_compare(schedule)
    older = schedule.runs.filter(pk__lt=kept[0]).exclude(pk__in=kept).order_by("pk")
    named = runs_named(schedule.table.scheme.study)
    unseen = ChangedResult.objects.filter(seen_at__isnull=True)
    told = Exists(unseen.filter(Q(before=OuterRef("pk")) | Q(after=OuterRef("pk"))))
    rows = older.exclude(told).select_related("job", "members").defer("answer")
    return [
        run
        for run in rows
        if str(run.uid) not in named
        and (run.answered_at or not (run.job is not None and run.job.goes_on))
    ]


def _to_compare(schedule: Schedule) -> list[int]:
    """The keys of the runs that answered ones, which nobody has followed yet, are compared with."""
    jobs = Job.objects.going_on().filter(kind=FOLLOW_RUN, study=schedule.table.scheme.study)
    followed = schedule.runs.filter(uid__in=list(jobs.values_list("args__run", flat=True)))
    runs = followed.filter(answered_at__isnull=False).defer("answer")
    return [pk for run in runs for pk in _runs_before(run).values_list("pk", flat=True)[:1]]


def runs_named(study: Study) -> set[str]:
    """The uids of the runs that reports, documents and links to clients of a study name.

    Also those of reports that can be brought back, and what can be put back into one.
    """
    named: set[str] = set()
    for items, removed in Report.objects.filter(study=study).values_list("items", "removed"):
        named.update(runs_in(items), runs_in(one["item"] for one in removed))
    files = ReportFile.objects.filter(report__study=study)
    for items, runs in files.values_list("asked__items", "made__runs"):
        named.update(runs_in(items or []), runs or [])
    links = ClientLink.objects.filter(dashboard__study=study)
    for runs in links.values_list("made_of", flat=True):
        named.update(runs)
    return named


# -- What changed -----------------------------------------------------------------------------


def changes_for(members: Sequence[Member]) -> dict[int, list[ChangedResult]]:
    """What changed and was not seen yet, by the member who is told; one query for all of them.

    Who codes blindly anywhere in the study is told when that is over; who may no longer read such
    a run is not.
    """
    own = [m.pk for m in members if m.has_role(RoleName.ANALYST, RoleName.ADMIN)]
    admins = [m.pk for m in members if m.has_role(RoleName.ADMIN)]
    named = Q(after__question__names=True, after__scheme__study__names_shown_to_analysts=False)
    closed = named | Q(after__question__interviewers=True)
    blind = Assignment.objects.filter(coder=OuterRef("schedule__owner")).any_blinding()
    rows = (
        ChangedResult.objects.filter(~blind, schedule__owner__in=own, seen_at__isnull=True)
        .filter(Q(schedule__owner__in=admins) | ~closed)
        .filter(schedule__table__deleted_at__isnull=True)
        .select_related("schedule__table", "before", "after")
        .defer("before__answer", "before__question", "after__answer", "after__question")
        .order_by("pk")
    )
    found: dict[int, list[ChangedResult]] = {}
    for one in rows if own else []:
        found.setdefault(one.schedule.owner_id, []).append(one)
    return found


def change_between(before: Run, after: Run) -> ChangedResult | None:
    """What was found to have changed from one run to the next, if anything was."""
    rows = ChangedResult.objects.filter(before=before, after=after)
    return rows.select_related("schedule").first()


def with_changes(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Runs with what changed in each since the one before, in the same query."""
    around = ("changed_result__before", "changed_result__schedule")
    return runs.select_related(*around).defer(
        "answer", "changed_result__before__answer", "changed_result__before__question"
    )
