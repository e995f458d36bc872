"""Links made, opened and taken back at the same moment, on several connections."""

import datetime as dt
import threading
import time

import pytest
from django.db import connection, transaction
from django.utils import timezone

from incidents import jobs
from incidents.choices import JobState
from reports.actions import composing, running, sharing
from reports.models import ClientLink, LinkOpening, Run
from tests.racing import elsewhere, until_renewed
from tests.reports.test_dashboards import add_table, saved
from tests.reports.test_reports import tell_much
from tests.reports.test_runs import ran
from tests.reports.told import make_world, tell

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PATIENCE = 0.3  # seconds in which somebody who is not held would be done


@pytest.fixture(autouse=True)
def no_engine(monkeypatch):
    """Start no JavaScript engine."""
    monkeypatch.setattr(running, "pictures_of", lambda _run: [])
    monkeypatch.setattr(sharing, "pictures_of", lambda _run: [])


@pytest.fixture
def world():
    """Return a study of which much is told, and a dashboard with one computed table."""
    world = make_world()
    tell_much(world)
    ran(world)
    found = composing.create_dashboard(title="At work", is_front=False, by=world.analyst)
    world.dashboard = add_table(found, saved(world), world.analyst)
    return world


def ask(world):
    return sharing.share_dashboard(
        dashboard=world.dashboard,
        recipient="Ms. Ivy",
        expires_at=timezone.now() + dt.timedelta(days=7),
        by=world.analyst,
    )


def test_the_job_of_a_page_is_kept_while_it_is_made(world, settings, monkeypatch):
    settings.JOB_LEASE_SECONDS = 0.2
    link, _token = ask(world)
    make = sharing._make
    monkeypatch.setattr(sharing, "_make", lambda link: until_renewed(link.job) or make(link))

    assert jobs.run_now(link.job).state == JobState.DONE


def begun(act):
    """Begin something on a connection of its own; returns its thread."""

    def run():
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_of_two_releases_made_at_once_the_later_is_looked_at_beside_the_other(world, monkeypatch):
    (first, _token), (second, _other) = ask(world), ask(world)
    make, made = sharing._make, []

    def overtaken(link):
        known = make(link)
        if not made:
            made.append(link.pk)
            tell(world, "one more", category=world.warm)
            ran(world)
            elsewhere(lambda: jobs.run_now(second.job))
        return known

    monkeypatch.setattr(sharing, "_make", overtaken)
    job = jobs.run_now(first.job)

    assert job.state == JobState.DONE, job.error
    released = set(map(tuple, ClientLink.objects.values_list("made_of", flat=True)))
    assert len(released) == 1


def test_a_page_is_made_again_where_a_run_of_it_was_removed_meanwhile(world, monkeypatch):
    newest = ran(world)
    link, _token = ask(world)
    make, made = sharing._make, []

    def overtaken(link):
        known = make(link)
        if not made:
            made.append(link.made_of)
            elsewhere(newest.delete)
        return known

    monkeypatch.setattr(sharing, "_make", overtaken)
    job = jobs.run_now(link.job)
    link.refresh_from_db()

    assert job.state == JobState.DONE, job.error
    assert made == [[str(newest.uid)]]
    assert [link.made_of] == [[str(run.uid) for run in Run.objects.all()]]


def test_who_takes_a_link_back_waits_for_an_opening_under_way(world, monkeypatch):
    link, token = ask(world)
    jobs.run_now(link.job)
    create, seen = LinkOpening.objects.create, []

    def slow(**fields):
        thread = begun(lambda: sharing.revoke_link(link=link, by=world.analyst))
        time.sleep(PATIENCE)
        seen.append((thread, thread.is_alive()))
        return create(**fields)

    monkeypatch.setattr(sharing.LinkOpening.objects, "create", slow)
    opened = sharing.open_link(token)
    [(thread, waited)] = seen
    thread.join(10)

    assert (opened, waited) == (link, True)
    assert LinkOpening.objects.count() == 1
    assert sharing.open_link(token) is None


def test_who_opens_a_link_that_is_being_taken_back_reads_nothing(world):
    link, token = ask(world)
    jobs.run_now(link.job)
    opened = []

    with transaction.atomic():
        sharing.revoke_link(link=link, by=world.analyst)
        thread = begun(lambda: opened.append(sharing.open_link(token)))
        time.sleep(PATIENCE)
    thread.join(10)

    assert opened == [None]
    assert not LinkOpening.objects.exists()
