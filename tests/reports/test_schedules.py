"""Schedules: tables that are computed again by themselves, and as long as their owners may."""

import datetime as dt
import json

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation

from incidents import jobs
from incidents.actions.people import change_member
from incidents.choices import JobState, RoleName
from incidents.models import Change, Job, Member, Study
from reports import tasks
from reports.actions import running
from reports.actions.scheduling import schedule_table, stop_schedule
from reports.actions.tables import delete_table, keep_table, restore_table
from reports.forms.schedules import PausedError, pause_of, question_scheduled
from reports.models import (
    Run,
    Schedule,
    Table,
)
from reports.queries.schedules import due_schedules, next_night
from taxonomy.actions.rounds import rename_round
from tests.racing import at_once, begun
from tests.reports.scheduling import (
    CHANGED,
    NIGHTLY,
    data_change,
    due_again,
    scheduled,
    swept,
)
from tests.reports.test_runs import url_of
from tests.reports.told import blind, make_world
from tests.taxonomy.factories import SchemeFactory


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """Start no JavaScript engine: pictures have tests of their own."""
    monkeypatch.setattr(running, "pictures_of", lambda _run: [])


# -- When ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        ("UTC", "2026-11-23T02:59:59+00:00", "2026-11-23T03:00:00+00:00"),
        ("UTC", "2026-11-23T03:00:00+00:00", "2026-11-24T03:00:00+00:00"),
        ("Asia/Tokyo", "2026-11-23T17:30:00+00:00", "2026-11-23T18:00:00+00:00"),
        (
            "America/New_York",
            "2026-03-08T01:00:00+00:00",
            "2026-03-08T07:00:00+00:00",
        ),  # -4 by then
        (
            "Europe/Helsinki",
            "2026-03-28T12:00:00+00:00",
            "2026-03-29T01:00:00+00:00",
        ),  # 3:00 skipped
        ("Pacific/Auckland", "2026-12-31T13:59:00+00:00", "2026-12-31T14:00:00+00:00"),
    ],
)
def test_the_next_night_is_three_o_clock_in_the_time_zone_of_the_study(zone, now, expected):
    found = next_night(zone, dt.datetime.fromisoformat(now))

    assert found.astimezone(dt.UTC).isoformat() == expected


def test_a_nightly_table_is_asked_once_each_night_whether_anything_changed_or_not(world):
    Study.objects.filter(pk=world.study.pk).update(time_zone="Asia/Tokyo")
    world.study.refresh_from_db()
    schedule = scheduled(world, NIGHTLY)

    tasks.compute_due()
    assert not Run.objects.exists()  # the night has not come
    assert [run.schedule for run in swept(schedule)] == [schedule]
    schedule.refresh_from_db()
    tasks.compute_due()
    assert Run.objects.count() == 1
    assert schedule.due_at > timezone.now()
    tokyo = schedule.due_at.astimezone(dt.timezone(dt.timedelta(hours=9)))
    assert (tokyo.hour, tokyo.minute) == (3, 0)
    jobs.run_now(Run.objects.get().job)
    assert len(swept(schedule)) == 2


def test_what_waits_for_the_data_is_asked_when_they_changed_and_an_hour_has_gone(world):
    schedule = scheduled(world, CHANGED)

    tasks.compute_due()  # at once, the first time
    first = Run.objects.get()
    jobs.run_now(first.job)
    assert len(swept(schedule)) == 1  # nothing changed since
    data_change(world)
    assert len(swept(schedule)) == 2
    jobs.run_now(Run.objects.latest("pk").job)
    data_change(world)
    tasks.compute_due()
    assert Run.objects.count() == 2  # an hour has not gone
    schedule.refresh_from_db()
    assert dt.timedelta(minutes=59) < schedule.due_at - timezone.now() <= dt.timedelta(hours=1)


def test_a_tree_that_changed_is_a_change_too(world):
    schedule = scheduled(world, CHANGED)
    jobs.run_now(swept(schedule)[0].job)

    type(world.scheme).objects.filter(pk=world.scheme.pk).update(revision=7)

    assert len(swept(schedule)) == 2


def test_the_tree_of_another_scheme_is_one_where_the_table_tells_of_it(world):
    other = SchemeFactory(study=world.study, slug="causes", name="Causes", categories=["Cause"])
    across = scheduled(world, query="round=1&by=scheme:causes:1")
    asked_by_the_analyst(world)  # runs and schedules are numbered apart
    table = keep_table(scheme=world.scheme, name="Plain", query="round=1", by=world.analyst)
    plain = schedule_table(table=table, rhythm=CHANGED, keep=2, row_version=None, by=world.analyst)
    assert pause_of(across) == ""
    assert pause_of(plain) == ""
    for schedule in (across, plain):
        jobs.run_now(swept(schedule)[-1].job)
    assert [len(swept(one)) for one in (across, plain)] == [1, 1]

    Run.objects.update(created_at=timezone.now() - dt.timedelta(hours=1))  # before this transaction
    rename_round(round=other.rounds.get(), name="Finest", by=world.admin)

    assert [len(swept(one)) for one in (across, plain)] == [2, 1]
    jobs.run_now(across.runs.latest("pk").job)
    assert len(swept(across)) == 2


def test_what_could_not_be_computed_goes_when_it_is_asked_again(world):
    schedule = scheduled(world, NIGHTLY)
    jobs.run_now(swept(schedule)[0].job)
    for _night in range(3):
        failed = swept(schedule)[-1]
        Job.objects.filter(pk=failed.job_id).update(state=JobState.FAILED)
    own = asked_by_the_analyst(world)
    Job.objects.filter(pk=own.job_id).update(state=JobState.FAILED)

    waiting = swept(schedule)[-1]

    assert [run.answered_at is None for run in schedule.runs.order_by("pk")] == [False, True]
    assert set(Job.objects.filter(kind=running.RUN_TABLE, state=JobState.FAILED)) == {own.job}
    assert swept(schedule)[-1] == waiting  # waits still, and is not asked twice
    jobs.run_now(waiting.job)
    waiting.refresh_from_db()
    assert waiting.answered_at is not None


def test_a_run_of_a_schedule_says_who_asked_and_in_which_words(world):
    with translation.override("de"):
        schedule = scheduled(world, query="round=1&by=valence&valence=positive")

    run = swept(schedule)[0]

    assert (run.asked_by, run.schedule, run.table) == (None, schedule, schedule.table)
    assert schedule.language == "de"
    assert "Positiv" in json.dumps(run.question["words"])
    assert run.question["names"] is False
    assert Change.objects.get(verb="run_table").member is None
    assert run.job.requested_by == world.analyst


def test_a_person_who_asks_the_same_meanwhile_gets_a_run_of_their_own(world):
    schedule = scheduled(world)
    run = swept(schedule)[0]

    asked = asked_by_the_analyst(world)

    assert asked != run
    assert (asked.schedule, asked.asked_by, asked.table) == (None, world.analyst, schedule.table)


def asked_by_the_analyst(world):
    question = question_scheduled(Schedule.objects.get())
    return running.ask_run(
        scheme=world.scheme,
        specification=question.specified(),
        query=question.form.query({"counts": ""}),
        words=question.words(),
        names=False,
        by=world.analyst,
    )


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_ask_once():
    world = make_world()
    schedule = scheduled(world, NIGHTLY)
    due_again(schedule)
    read = [due_schedules(timezone.now()).get() for _sweep in range(2)]

    outcomes = at_once(*(lambda one=one: tasks.compute_scheduled(one) for one in read))

    assert sorted(run is None for run in outcomes) == [False, True]
    assert Run.objects.count() == 1


def test_a_schedule_that_cannot_be_asked_stops_no_other(world, monkeypatch, caplog):
    broken, sound = scheduled(world), None
    table = keep_table(scheme=world.scheme, name="Other", query="round=1", by=world.analyst)
    sound = schedule_table(table=table, rhythm=CHANGED, keep=2, row_version=None, by=world.analyst)
    asked = tasks.question_scheduled

    def fail_first(schedule):
        if schedule == broken:
            raise RuntimeError("told by somebody")
        return asked(schedule)

    monkeypatch.setattr(tasks, "question_scheduled", fail_first)
    tasks.compute_due()

    assert [run.schedule for run in Run.objects.all()] == [sound]
    broken.refresh_from_db()
    assert broken.due_at > timezone.now()
    assert "RuntimeError" in caplog.text
    assert "told by somebody" not in caplog.text


# -- The owner's rights -------------------------------------------------------------------------


def without_role(world):
    change_member(member=world.analyst, by=world.admin, roles=[RoleName.CODER], active=True)


def left_the_study(world):
    change_member(member=world.analyst, by=world.admin, roles=[RoleName.ANALYST], active=False)


def coding_blindly(world):
    blind(world, world.analyst)


def round_gone(world):
    Table.objects.update(query="round=1&round_uid=00000000-0000-0000-0000-000000000000")


def region_gone(world):
    Table.objects.update(query="round=1&region=nowhere")


@pytest.mark.parametrize(
    ("becomes", "says"),
    [
        (without_role, "does not read the tables of the study any more"),
        (left_the_study, "does not read the tables of the study any more"),
        (coding_blindly, "codes blindly at present"),
        (round_gone, "What the table asks is no longer there"),
        (region_gone, "What the table asks is no longer there"),
    ],
)
def test_a_schedule_pauses_and_says_why_and_goes_on_by_itself(world, becomes, says):
    schedule = scheduled(world)
    query = schedule.table.query
    assert pause_of(schedule) == ""
    becomes(world)

    assert swept(schedule) == []
    schedule = Schedule.objects.select_related("owner", "table__scheme__study").get()
    assert says in pause_of(schedule)
    assert schedule.due_at > timezone.now()  # and is not looked at all the time

    change_member(
        member=Member.objects.get(pk=world.analyst.pk),
        by=world.admin,
        roles=[RoleName.ANALYST],
        active=True,
    )
    world.scheme.batches.update(state="locked")
    Table.objects.update(query=query)
    assert len(swept(schedule)) == 1


def test_a_table_that_is_no_longer_shared_is_not_asked_for_others(world):
    schedule = scheduled(world, by=world.admin)
    Table.objects.update(shared=True)
    schedule_table(table=schedule.table, rhythm=CHANGED, keep=2, row_version=0, by=world.analyst)
    assert len(swept(schedule)) == 1
    Table.objects.update(shared=False)
    data_change(world)
    schedule = Schedule.objects.select_related("owner", "table__scheme__study").get()

    with pytest.raises(PausedError, match="no longer shared"):
        question_scheduled(schedule)


def test_a_deleted_table_is_not_computed_until_it_is_brought_back(world):
    schedule = scheduled(world)
    delete_table(table=schedule.table, by=world.analyst)
    assert swept(schedule) == []

    restore_table(table=schedule.table, by=world.analyst)
    assert len(swept(schedule)) == 1


# -- Setting it up ------------------------------------------------------------------------------


def page_of(world, schedule_or_table, name="table_schedule"):
    table = getattr(schedule_or_table, "table", schedule_or_table)
    return reverse(f"reports:{name}", args=[world.study.slug, table.uid])


def test_a_schedule_is_set_up_changed_and_stopped_on_its_page(client, world):
    table = keep_table(scheme=world.scheme, name="Kept", query="round=1", by=world.analyst)
    client.force_login(world.analyst.user)
    assert "Stop" not in client.get(page_of(world, table)).text

    begun = client.post(page_of(world, table), {"rhythm": "nightly", "keep": "5"})

    schedule = Schedule.objects.get()
    assert begun.url == url_of(world, "run_list", table=str(table.uid))
    assert (schedule.owner, schedule.rhythm, schedule.keep) == (world.analyst, "nightly", 5)
    assert "Computed again every night for" in client.get(begun.url).text
    page = client.get(page_of(world, table))
    assert 'value="nightly" ' in page.text
    assert 'name="row_version" value="0"' in page.text
    client.post(page_of(world, table), {"rhythm": "changed", "keep": "7", "row_version": "0"})
    schedule.refresh_from_db()
    assert (schedule.rhythm, schedule.keep, schedule.row_version) == ("changed", 7, 1)
    run = swept(schedule)[0]
    client.post(page_of(world, table, "schedule_stop"))
    assert not Schedule.objects.exists()
    run.refresh_from_db()
    assert (run.schedule, run.table) == (None, table)
    verbs = list(Change.objects.filter(object_type="schedule").values_list("verb", flat=True))
    assert verbs == ["schedule_table", "schedule_table", "stop_schedule"]
    client.post(page_of(world, table, "schedule_stop"))  # twice is no reason
    assert Change.objects.filter(verb="stop_schedule").count() == 1


@pytest.mark.parametrize(
    "given",
    [
        {"rhythm": "nightly", "keep": "1"},
        {"rhythm": "nightly", "keep": "101"},
        {"rhythm": "hourly", "keep": "5"},
        {"rhythm": "nightly", "keep": ""},
        {"keep": "5"},
    ],
)
def test_what_is_no_rhythm_or_keeps_too_few_or_too_many_is_refused(client, world, given):
    table = keep_table(scheme=world.scheme, name="Kept", query="round=1", by=world.analyst)
    client.force_login(world.analyst.user)

    assert client.post(page_of(world, table), given).status_code == 422
    assert not Schedule.objects.exists()


def test_who_comes_second_is_told_and_sees_what_is_there(client, world):
    schedule = scheduled(world, NIGHTLY)
    client.force_login(world.analyst.user)

    again = client.post(page_of(world, schedule), {"rhythm": "changed", "keep": "3"})
    assert again.status_code == 409
    assert "Somebody changed this meanwhile" in again.text
    assert 'name="row_version" value="0"' in again.text
    stale = {"rhythm": "changed", "keep": "3", "row_version": "9"}
    assert client.post(page_of(world, schedule), stale).status_code == 409
    schedule.refresh_from_db()
    assert schedule.rhythm == NIGHTLY


def test_who_saves_a_shared_tables_schedule_is_told_from_then_on(client, world):
    schedule = scheduled(world, NIGHTLY)
    Table.objects.update(shared=True)
    client.force_login(world.admin.user)

    page = client.get(page_of(world, schedule)).text
    assert f"It is {world.analyst.display_name}’s now." in page
    client.post(page_of(world, schedule), {"rhythm": "nightly", "keep": "3", "row_version": "0"})

    schedule.refresh_from_db()
    assert schedule.owner == world.admin


def test_a_schedule_keeps_two_runs_at_least_in_a_known_rhythm(world):
    schedule = scheduled(world)
    for fields in ({"keep": 1}, {"rhythm": "hourly"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Schedule.objects.filter(pk=schedule.pk).update(**fields)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_begin_at_once_one_is_told():
    world = make_world()
    table = keep_table(scheme=world.scheme, name="Kept", query="round=1", by=world.analyst)
    Table.objects.update(shared=True)

    def begin(who):
        return schedule_table(table=table, rhythm=NIGHTLY, keep=2, row_version=None, by=who)

    outcomes = at_once(lambda: begin(world.analyst), lambda: begin(world.admin))

    assert sorted(type(one).__name__ for one in outcomes) == ["Schedule", "StaleError"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_schedule_stopped_while_it_is_asked_leaves_a_run_of_no_schedule():
    world = make_world()
    schedule = scheduled(world, NIGHTLY)
    due_again(schedule)
    due = due_schedules(timezone.now()).get()

    with transaction.atomic():
        run = tasks.compute_scheduled(due)
        stopped = begun(lambda: stop_schedule(table=schedule.table, by=world.analyst))

    assert stopped() is True
    run.refresh_from_db()
    assert (run.schedule, run.table) == (None, schedule.table)
    assert not Schedule.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_schedule_that_is_being_stopped_when_its_time_comes_asks_nothing():
    world = make_world()
    schedule = scheduled(world, NIGHTLY)
    due_again(schedule)
    due = due_schedules(timezone.now()).get()

    with transaction.atomic():
        stop_schedule(table=schedule.table, by=world.analyst)
        asked = begun(lambda: tasks.compute_scheduled(due))

    assert asked() is None
    assert not Run.objects.exists()
