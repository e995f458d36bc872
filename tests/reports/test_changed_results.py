"""What changed from one run of a schedule to the next: found, told once, seen."""

from itertools import pairwise
from types import SimpleNamespace
from unittest import mock

import numpy as np
import pytest
from django.core import mail
from django.db import connection

from incidents import jobs
from incidents.actions.refusals import StaleError
from incidents.choices import JobState
from incidents.models import Change, Job, Member
from reports.actions import following, running
from reports.actions.running import members_file
from reports.actions.scheduling import schedule_table, stop_schedule
from reports.models import (
    ChangedResult,
    Run,
    Table,
)
from reports.queries import differing
from reports.queries.compared import members_of
from reports.queries.differing import changed_cells
from reports.queries.table_words import names_in
from tests.factories import OrganizationFactory
from tests.reports.scheduling import (
    NIGHTLY,
    answered,
    being_worked_on,
    computed,
    data_change,
    followed,
    runs_of,
    scheduled,
    swept,
)
from tests.reports.test_runs import settle_otherwise, url_of
from tests.reports.told import blind, tell


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """Start no JavaScript engine: pictures have tests of their own."""
    monkeypatch.setattr(running, "pictures_of", lambda _run: [])


@pytest.fixture
def telling(world):
    """Twelve organizations whose people tell four incidents each, one of them warm."""
    return tell_of_organizations(world)


def tell_of_organizations(world):
    told = []
    for number in range(12):
        world.organization = OrganizationFactory(study=world.study, code=f"C-{number}")
        told.append(
            [
                tell(world, f"{number} {at}", category=world.quick if at else world.warm)
                for at in range(4)
            ]
        )
    return SimpleNamespace(world=world, told=told)


def recode(telling, number):
    """Let one more of each of so many organizations be settled as warm."""
    for incidents in telling.told[:number]:
        settle_otherwise(incidents[1], telling.world.warm)


REGIONS = "round=1&by=region"


def test_a_result_that_changed_is_recorded_mailed_once_and_told_at_home(client, telling, settings):
    settings.SENDS_MAIL = True
    world = telling.world
    schedule = scheduled(world, query=REGIONS)
    before = computed(schedule)
    recode(telling, 10)

    after = computed(schedule)

    change = ChangedResult.objects.get()
    assert (change.before, change.after, change.seen_at) == (before, after, None)
    warm, quick = sorted(change.cells, key=lambda cell: cell["row"] != "Warm")
    assert (warm["row"], warm["column"]) == ("Warm", "North")
    assert (warm["before"], warm["after"]) == (25, pytest.approx(100 * 22 / 48, abs=1e-4))
    assert 0 < warm["low"] < 100 * 10 / 48 < warm["high"]
    assert quick["high"] < 0
    [message] = mail.outbox
    assert message.to == [world.analyst.user.email]
    assert "Kept" in message.subject
    assert "25" not in message.body
    assert Change.objects.get(verb="result_changed").details["cells"] == 2
    client.force_login(world.analyst.user)
    home = client.get("/").text
    address = f"{url_of(world, 'run_compare', after)}?other={before.uid}"
    assert f"{address}#changed" in home
    listed = client.get(url_of(world, "run_list", table=str(schedule.table.uid))).text
    assert "2 results changed since the run before" in listed
    page = client.get(address).text
    assert "Changed by more than chance explains" in page
    assert "25.0" in page
    assert "45.8" in page
    change.refresh_from_db()
    assert change.seen_at is not None
    assert f"{address}#changed" not in client.get("/").text
    follow = Job.objects.filter(kind=following.FOLLOW_RUN).latest("pk")
    Job.objects.filter(pk=follow.pk).update(state=JobState.WAITING)
    jobs.run_now(follow)  # delivered once more
    assert (ChangedResult.objects.count(), len(mail.outbox)) == (1, 1)


def test_a_change_that_a_few_organizations_made_is_not_told(telling):
    schedule = scheduled(telling.world, query=REGIONS)
    computed(schedule)
    recode(telling, 9)

    computed(schedule)

    assert not ChangedResult.objects.exists()


def test_a_change_is_told_though_the_next_run_was_answered_before_anybody_looked(telling):
    schedule = scheduled(telling.world, NIGHTLY, keep=2, query=REGIONS)
    first = computed(schedule)
    recode(telling, 10)
    second, third = answered(schedule), answered(schedule)

    followed(second)
    followed(third)

    change = ChangedResult.objects.get()
    assert (change.before, change.after) == (first, second)


@pytest.mark.parametrize("answered_by_then", [True, False])
def test_a_run_that_a_later_one_overtook_is_compared_with_nothing(telling, answered_by_then):
    schedule = scheduled(telling.world, NIGHTLY, query=REGIONS)
    first = computed(schedule)
    slow = swept(schedule)[-1]
    being_worked_on(slow)
    recode(telling, 10)
    quick = answered(schedule)
    assert quick.pk > slow.pk

    for answers in (answered_by_then, not answered_by_then):
        if answers:
            Job.objects.filter(pk=slow.job_id).update(state=JobState.WAITING)
            jobs.run_now(slow.job)
        else:
            followed(quick)
    followed(slow)

    change = ChangedResult.objects.get()
    assert (change.before, change.after) == (first, quick)


def test_without_mail_and_without_an_account_nothing_is_sent(telling, settings):
    schedule = scheduled(telling.world, query=REGIONS)
    first = computed(schedule)
    change = ChangedResult.objects.create(schedule=schedule, before=first, after=first)
    assert following.mail_change(change) is False

    settings.SENDS_MAIL = True
    Member.objects.filter(pk=telling.world.analyst.pk).update(user=None)
    assert following.mail_change(change) is False
    assert mail.outbox == []


def test_who_codes_blindly_by_now_gets_no_mail(telling, settings):
    settings.SENDS_MAIL = True
    schedule = scheduled(telling.world, query=REGIONS)
    computed(schedule)
    recode(telling, 10)
    run = answered(schedule)
    blind(telling.world, telling.world.analyst)

    followed(run)

    assert ChangedResult.objects.get().after == run
    assert mail.outbox == []


@pytest.mark.parametrize("who", ["analyst", "admin"])
def test_a_change_whose_file_is_gone_is_seen_by_its_owner(client, telling, who):
    schedule = scheduled(telling.world, query=REGIONS)
    before = computed(schedule)
    recode(telling, 10)
    after = computed(schedule)
    members_file(after).unlink()
    client.force_login(getattr(telling.world, who).user)

    page = client.get(f"{url_of(telling.world, 'run_compare', after)}?other={before.uid}")

    assert (page.status_code, "is gone" in page.text) == (422, True)
    assert (ChangedResult.objects.get().seen_at is not None) == (who == "analyst")


def test_who_told_the_moments_comes_as_one_row(telling):
    schedule = scheduled(telling.world, query=REGIONS)
    first = computed(schedule)
    recode(telling, 10)
    second = computed(schedule)
    asked = []

    def keep(execute, sql, params, *how):
        asked.append((sql, params))
        return execute(sql, params, *how)

    with connection.execute_wrapper(keep):
        assert changed_cells(first, second)

    [(sql, params)] = [one for one in asked if 'FROM "incidents_moment"' in one[0]]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        assert len(cursor.fetchall()) == 1


def test_only_who_is_told_sees_it_at_home_and_nobody_who_codes_blindly(client, world):
    schedule = scheduled(world, NIGHTLY, query=REGIONS)
    before, after = runs_of(schedule, 2)
    change = ChangedResult.objects.create(schedule=schedule, before=before, after=after)
    address = f"{url_of(world, 'run_compare', after)}?other={before.uid}"

    for who, told in ((world.analyst, True), (world.admin, False), (world.coder, False)):
        client.force_login(who.user)
        assert (address in client.get("/").text) == told
    client.force_login(world.admin.user)
    assert client.get(address).status_code == 200
    change.refresh_from_db()
    assert change.seen_at is None
    blind(world, world.analyst)
    client.force_login(world.analyst.user)
    assert address not in client.get("/").text


def test_home_asks_as_many_queries_for_any_number_of_changes(
    client, world, django_assert_num_queries
):
    schedule = scheduled(world, NIGHTLY, query=REGIONS)
    runs = runs_of(schedule, 4)
    client.force_login(world.analyst.user)
    client.get("/")
    with connection.execute_wrapper(_counting(counted := [])):
        client.get("/")
    for before, after in pairwise(runs):
        ChangedResult.objects.create(schedule=schedule, before=before, after=after)

    with django_assert_num_queries(len(counted)):
        page = client.get("/").text

    assert page.count("#changed") == 3


def _counting(counted):
    def count(execute, *args):
        counted.append(1)
        return execute(*args)

    return count


@pytest.mark.parametrize(
    "query",
    [
        REGIONS,
        "round=1&by=region&unit=incidents",
        "round=1&by=region&unit=interviews",
        "round=1&by=region&weight=interview",
        "round=2&by=valence&then=region&subtotals=on",
    ],
)
def test_the_shares_that_are_compared_are_those_of_the_runs(telling, query, monkeypatch):
    pairs = []
    judge = differing.paired_difference

    def keep(before, after):
        pairs.append((before, after, judge(before, after)))
        return pairs[-1][2]

    monkeypatch.setattr(differing, "paired_difference", keep)
    schedule = scheduled(telling.world, query=query)
    before = computed(schedule)
    recode(telling, 5)
    tell(telling.world, "not coded")
    after = computed(schedule)

    [(_then, now, found)] = pairs
    for run, shares in ((before, found.before), (after, found.after)):
        statistics = run.answer["statistics"]
        places = [statistics["columns"].index(name) for name in _full_names(run, now.columns)]
        said = [[row[at] for at in places] for row in statistics["column_percent"]]
        for row, of_row in zip(said, shares.tolist(), strict=True):
            for one, share in zip(row, of_row, strict=True):
                assert (one is None and np.isnan(share)) or one == pytest.approx(100 * share)


def _full_names(run, words):
    named = dict(
        zip([one["word"] for one in run.answer["columns"]], names_in(run.answer), strict=True)
    )
    return [named[word] for word in words]


def test_the_same_twice_or_a_reconstruction_never_changed(telling):
    world = telling.world
    schedule = scheduled(world, query=REGIONS)
    first = computed(schedule)
    data_change(world)
    again = computed(schedule)
    assert changed_cells(first, again) == []

    recode(telling, 11)
    third = computed(schedule)
    again, third = (
        Run.objects.select_related("scheme__study").get(pk=r.pk) for r in (again, third)
    )
    assert changed_cells(again, third)
    third.scheme.study.reconstruction = True
    assert changed_cells(again, third) == []


def test_interviews_are_the_clusters_where_no_organization_is_known(telling):
    world = telling.world
    world.study.organizations.update(not_stated=False)
    schedule = scheduled(world, query=REGIONS)
    first = computed(schedule)
    recode(telling, 9)
    for incidents in telling.told[:9]:
        settle_otherwise(incidents[2], world.warm)
    second = computed(schedule)
    assert changed_cells(first, second) == []  # nine organizations

    hidden = "reports.queries.differing.stated_only"
    with mock.patch(hidden, lambda keys, _study: np.full(len(keys), -1)):
        assert [cell["row"] for cell in changed_cells(first, second)]  # eighteen interviews


def test_what_hides_figures_is_of_codes_or_has_lost_its_file_says_nothing(telling):
    world = telling.world
    schedule = scheduled(world, query=REGIONS)
    first = computed(schedule)
    recode(telling, 11)
    second = computed(schedule)
    assert changed_cells(first, second)

    second.question = second.question | {"organizations": True}
    assert changed_cells(first, second) == []
    second.refresh_from_db()
    second.answer = second.answer | {"statistics": None}
    assert changed_cells(first, second) == []
    second.refresh_from_db()
    second.members = None
    with pytest.raises(FileNotFoundError):
        members_of(second)
    assert changed_cells(first, second) == []


def test_another_question_under_the_same_name_is_not_compared(telling):
    schedule = scheduled(telling.world, query=REGIONS)
    computed(schedule)
    Table.objects.update(query="round=1&by=valence")
    recode(telling, 11)

    computed(schedule)

    assert not ChangedResult.objects.exists()


def test_a_table_that_is_stopped_while_its_run_is_followed_says_nothing(telling):
    schedule = scheduled(telling.world, query=REGIONS)
    computed(schedule)
    recode(telling, 11)
    run = swept(schedule)[-1]
    jobs.run_now(run.job)
    stop_schedule(table=schedule.table, by=telling.world.analyst)

    follow = Job.objects.get(unique_key=f"{following.FOLLOW_RUN}:{run.uid}")

    assert jobs.run_now(follow).state == JobState.DONE
    assert not ChangedResult.objects.exists()
    with pytest.raises(StaleError):
        schedule_table(
            table=schedule.table, rhythm=NIGHTLY, keep=2, row_version=0, by=telling.world.analyst
        )
