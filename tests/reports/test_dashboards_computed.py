"""What is computed on a dashboard: which run, that one failed, what asking for them says."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incidents.choices import JobState
from incidents.models import Job
from reports.actions import composing, running
from reports.models import Run, RunChart
from reports.queries.dashboards import pictures_of
from taxonomy.choices import Dimension
from taxonomy.tabulation.specification import Specification
from tests.reports.test_dashboards import add_table, saved, shown
from tests.reports.test_newest_runs import answered
from tests.reports.test_reports import post, tell_much
from tests.reports.test_runs import ask, ran

BY_HOUSE = "round=1&by=organization"


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """Start no JavaScript engine."""
    monkeypatch.setattr(running, "pictures_of", lambda _run: [])


@pytest.fixture
def dashboard(world):
    return composing.create_dashboard(title="At work", is_front=False, by=world.analyst)


def address_of(run):
    return reverse("reports:run_show", args=[run.scheme.study.slug, run.uid])


def test_who_sees_names_is_shown_the_run_with_names_though_a_newer_one_has_codes(
    client, world, dashboard
):
    tell_much(world)
    by_house = Specification(round=1, by=Dimension.ORGANIZATION)
    add_table(dashboard, saved(world, "Houses", BY_HOUSE), world.analyst, findings=True)
    named = ran(world, by_house, BY_HOUSE, names=True, by=world.admin)
    coded = ran(world, by_house, BY_HOUSE, names=False, by=world.analyst)

    for member, theirs, other in ((world.admin, named, coded), (world.analyst, coded, named)):
        read = shown(client, member, dashboard).text
        assert address_of(theirs) in read
        assert address_of(other) not in read


def give_up(run):
    Job.objects.filter(pk=run.job_id).update(state=JobState.FAILED)


def test_a_run_that_failed_says_so_until_one_is_answered(client, world, dashboard):
    add_table(dashboard, saved(world), world.analyst, findings=True)
    failed = ask(world)
    give_up(failed)

    said = shown(client, world.analyst, dashboard).text
    assert "Computing it failed" in said
    assert address_of(failed) in said
    assert "Not computed yet" not in said

    ask(world)
    assert "Computing it failed" not in shown(client, world.analyst, dashboard).text
    Run.objects.exclude(pk=failed.pk).delete()
    answered_since = ran(world)
    read = shown(client, world.analyst, dashboard).text
    assert address_of(answered_since) in read
    assert "Computing it failed" not in read


def test_a_run_that_failed_after_another_stands_beside_what_that_found(client, world, dashboard):
    add_table(dashboard, saved(world), world.analyst, findings=True)
    before = ran(world)
    give_up(ask(world))

    read = shown(client, world.analyst, dashboard).text

    assert address_of(before) in read
    assert "Computing it failed" in read


def compute(client, world, dashboard):
    asked = post(client, world.analyst, "dashboard_compute", dashboard.uid)
    return client.get(asked.url).text


def test_nothing_is_said_to_be_computed_where_nothing_was_asked(client, world, dashboard):
    assert "being computed" not in compute(client, world, dashboard)


def test_how_many_tables_cannot_be_computed_is_said(client, world, dashboard):
    for query in ("round=1&by=interviewer", "round=1&by=valence"):
        add_table(dashboard, saved(world, query, query), world.admin)

    said = compute(client, world, dashboard)

    assert "1 table is being computed." in said
    assert "1 table cannot be computed; it says why." in said
    assert Run.objects.count() == 1


@pytest.mark.parametrize("is_front", [True, False])
def test_asking_whether_runs_are_ready_reads_no_figures(client, world, dashboard, is_front):
    add_table(dashboard, saved(world), world.analyst, findings=True, charts=["dots"])
    fields = {"title": "At work", "row_version": dashboard.row_version, "is_front": is_front}
    composing.change_dashboard(dashboard=dashboard, by=world.analyst, **fields)
    answered(world)
    ask(world)
    name, at = ("front_show", []) if is_front else ("dashboard_show", [dashboard.uid])
    address = reverse(f"reports:{name}", args=[world.study.slug, *at])
    client.force_login(world.analyst.user)

    with CaptureQueriesContext(connection) as asked:
        waits = client.get(f"{address}?waiting=1", headers={"HX-Request": "true"})

    assert "1 table is being computed" in waits.text
    read = " ".join(query["sql"] for query in asked.captured_queries)
    assert '"reports_runchart"' not in read
    assert '"reports_run"."answer"' not in read


def test_only_the_kinds_of_pictures_that_are_asked_for_are_read(world):
    run = answered(world)
    for kind in ("dots", "stacked"):
        RunChart.objects.create(run=run, kind=kind, theme="light", svg=f"<svg>{kind}</svg>")

    assert pictures_of([run], {"dots"}) == {run.pk: {"dots": "<svg>dots</svg>"}}
    assert pictures_of([run], []) == {run.pk: {}}
