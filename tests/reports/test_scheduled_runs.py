"""Runs of a schedule: the newest are kept, and those that something names."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents.actions.refusals import RefusedError
from incidents.choices import JobState
from incidents.models import Change, Job, StoredFile
from reports.actions import running
from reports.actions.composing import add_run
from reports.actions.following import remove_runs, see_change
from reports.models import (
    ChangedResult,
    ClientLink,
    Dashboard,
    Report,
    ReportFile,
    Run,
)
from reports.queries.schedules import runs_beyond
from tests.racing import at_once
from tests.reports.scheduling import (
    NIGHTLY,
    answered,
    being_worked_on,
    computed,
    followed,
    runs_of,
    scheduled,
    swept,
)
from tests.reports.told import make_world, tell


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """Start no JavaScript engine: pictures have tests of their own."""
    monkeypatch.setattr(running, "pictures_of", lambda _run: [])


def test_the_newest_runs_stay_and_older_ones_go_with_their_files(world, settings):
    tell(world, "one", category=world.warm)
    schedule = scheduled(world, NIGHTLY, keep=2)
    first, second, third = runs_of(schedule, 3)
    paths = {run.pk: settings.FILES_DIR / run.members.path for run in (first, second, third)}
    assert all(path.exists() for path in paths.values())

    newest = computed(schedule)

    left = set(Run.objects.values_list("pk", flat=True))
    assert left == {third.pk, newest.pk}
    assert not StoredFile.objects.filter(pk__in=[first.members_id, second.members_id]).exists()
    assert StoredFile.objects.count() == 2
    assert Change.objects.filter(verb="remove_run").count() == 2


def test_files_of_removed_runs_are_gone_when_it_is_certain(
    world, settings, django_capture_on_commit_callbacks
):
    schedule = scheduled(world, NIGHTLY, keep=2)
    first, *_others = runs_of(schedule, 3)
    path = settings.FILES_DIR / first.members.path

    with django_capture_on_commit_callbacks(execute=True):
        assert remove_runs(schedule=schedule, runs=[first])
        assert path.exists()

    assert not path.exists()


def in_a_report(world, run):
    item = {"id": "a", "kind": "run", "uid": str(run.uid), "table": True, "findings": True}
    return Report(study=world.study, author=world.analyst, title="R", items=[item])


def taken_out_of_a_report(world, run):
    report = in_a_report(world, run)
    report.removed, report.items = [{"at": 0, "item": report.items[0]}], []
    return report


def of_a_deleted_report(world, run):
    report = in_a_report(world, run)
    report.deleted_at = timezone.now()
    return report


@pytest.mark.parametrize("names", [in_a_report, taken_out_of_a_report, of_a_deleted_report])
def test_what_a_report_names_is_kept(world, names):
    schedule = scheduled(world, NIGHTLY, keep=2)
    first, second, *_newest = runs_of(schedule, 4)
    names(world, first).save()

    assert [run.pk for run in runs_beyond(schedule)] == [second.pk]
    assert not remove_runs(schedule=schedule, runs=[first])
    assert Run.objects.filter(pk=first.pk).exists()


@pytest.mark.parametrize("field", ["asked", "made"])
def test_what_a_document_shows_or_will_show_is_kept(world, field):
    schedule = scheduled(world, NIGHTLY, keep=2)
    first, second, *_newest = runs_of(schedule, 4)
    report = Report.objects.create(study=world.study, author=world.analyst, title="R")
    item = {"id": "a", "kind": "run", "uid": str(first.uid)}
    named = {"asked": {"items": [item]}, "made": {"runs": [str(first.uid)]}}[field]
    ReportFile.objects.create(report=report, asked_by=world.analyst, form="pdf", **{field: named})

    assert [run.pk for run in runs_beyond(schedule)] == [second.pk]


def test_what_a_page_for_a_client_was_made_of_is_kept(world):
    schedule = scheduled(world, NIGHTLY, keep=2)
    first, second, *_newest = runs_of(schedule, 4)
    link_to(world, made_of=[str(first.uid)])

    assert [run.pk for run in runs_beyond(schedule)] == [second.pk]


def link_to(world, made_of):
    dashboard = Dashboard.objects.create(study=world.study, author=world.analyst, title="D")
    return ClientLink.objects.create(
        dashboard=dashboard,
        recipient="A client",
        token_hash="x" * 64,
        made_of=made_of,
        made_by=world.analyst,
        expires_at=timezone.now(),
    )


def test_a_change_that_nobody_has_seen_keeps_both_its_runs(world):
    schedule = scheduled(world, NIGHTLY, keep=2)
    first, second, third, *_newest = runs_of(schedule, 5)
    change = ChangedResult.objects.create(schedule=schedule, before=first, after=second)

    assert [run.pk for run in runs_beyond(schedule)] == [third.pk]
    see_change(change=change, by=world.admin)  # is not the owner
    assert [run.pk for run in runs_beyond(schedule)] == [third.pk]
    see_change(change=change, by=world.analyst)
    assert [run.pk for run in runs_beyond(schedule)] == [first.pk, second.pk, third.pk]
    assert remove_runs(schedule=schedule, runs=[second])
    assert not ChangedResult.objects.exists()


def test_what_failed_goes_with_the_older_ones_and_what_waits_stays(world):
    schedule = scheduled(world, NIGHTLY, keep=2)
    failed = swept(schedule)[0]
    being_worked_on(failed)
    runs_of(schedule, 2)
    waiting = swept(schedule)[-1]
    Job.objects.filter(pk=failed.job_id).update(state=JobState.FAILED)

    assert [run.pk for run in runs_beyond(schedule)] == [failed.pk]
    Job.objects.filter(pk=failed.job_id).update(state=JobState.WAITING, unique_key="")
    assert runs_beyond(schedule) == []
    assert waiting.answered_at is None


def test_what_keeps_runs_is_read_as_often_for_any_number_that_go(world):
    schedule = scheduled(world, NIGHTLY, keep=2)
    runs_of(schedule, 6)

    few, several = (_reports_read(schedule, runs_beyond(schedule)[:number]) for number in (1, 3))

    assert few == several
    assert schedule.runs.count() == 2


def _reports_read(schedule, runs):
    with CaptureQueriesContext(connection) as asked:
        assert remove_runs(schedule=schedule, runs=runs) == len(runs)
    return sum('FROM "reports_report"' in one["sql"] for one in asked)


def test_what_a_later_run_is_still_to_be_compared_with_is_kept(world):
    schedule = scheduled(world, NIGHTLY, keep=2)
    first, second, third = (answered(schedule) for _night in range(3))

    assert runs_beyond(schedule) == []
    followed(third)
    assert runs_beyond(schedule) == []
    followed(second)
    assert runs_beyond(schedule) == [first]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_run_put_into_a_report_while_it_is_removed_is_gone_or_kept_and_not_both():
    world = make_world()
    schedule = scheduled(world, NIGHTLY, keep=2)
    runs = runs_of(schedule, 7)
    for run in runs[:5]:
        report = Report.objects.create(study=world.study, author=world.analyst, title="R")
        shown = {"table": True, "findings": False, "charts": [], "by": world.analyst}

        gone, put_in = at_once(
            lambda one=run: remove_runs(schedule=schedule, runs=[one]),
            lambda one=run, into=report, how=shown: add_run(report=into, run=one, **how),
        )

        report.refresh_from_db()
        there = Run.objects.filter(pk=run.pk).exists()
        assert (gone, isinstance(put_in, RefusedError)) == (int(not there), not there)
        assert [item["uid"] for item in report.items] == [str(run.uid)] * there


def test_what_is_gone_is_put_into_no_report(world):
    schedule = scheduled(world, NIGHTLY, keep=2)
    first, *_others = runs_of(schedule, 3)
    report = Report.objects.create(study=world.study, author=world.analyst, title="R")
    read = Run.objects.get(pk=first.pk)
    assert remove_runs(schedule=schedule, runs=[first])

    with pytest.raises(RefusedError, match="no longer there"):
        add_run(report=report, run=read, table=True, findings=False, charts=[], by=world.analyst)


def test_runs_that_people_asked_for_are_never_removed(world):
    schedule = scheduled(world, NIGHTLY, keep=2)
    runs_of(schedule, 3)
    own = Run.objects.order_by("pk").first()
    Run.objects.filter(pk=own.pk).update(schedule=None, asked_by=world.analyst)

    assert runs_beyond(schedule) == []
    assert not remove_runs(schedule=schedule, runs=[own])
