"""Real workers that die or are paused in the middle of an import."""

import time

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F

from incidents.choices import ImportState, JobState, RoleName
from incidents.models import Incident, Interview, Job, Moment, Respondent, Study
from taxonomy.actions import importing
from taxonomy.models import Coding, Settlement
from taxonomy.queries.checks import differences
from tests.factories import MemberFactory, StudyFactory
from tests.incidents.worker.conftest import site_of  # noqa: F401  (the fixture)
from tests.racing import until
from tests.taxonomy.importing.files import check, csv_of, receive, row_counts, told

pytestmark = pytest.mark.worker
ROWS = 1500
FILE = csv_of(
    [
        told(n, region=f"Region {n % 7}", organization=f"O{n % 40}", codes=("A", f"A{n % 9}"))
        for n in range(ROWS)
    ]
)


@pytest.fixture
def site(transactional_db, site_of, valkey_url):  # noqa: F811
    with site_of(valkey_url) as site:
        site.variables["JOB_LEASE_SECONDS"] = "8"  # a portion takes seconds on a busy machine
        site.variables["SMALL_PORTIONS"] = "1"
        yield site


@pytest.fixture
def asked(site):
    """Return an import that waits for a worker, its job, and an admin who looks on."""
    study = StudyFactory()
    admin = MemberFactory(study=study, roles=[RoleName.ADMIN])
    source = check(receive(study, FILE))
    job = importing.request_import(source=source, by=None, row_version=source.row_version)
    return source, job, admin


def written():
    return Incident.objects.count()


def seen_by(admin):
    return Incident.objects.visible_to(admin).count()


def pause_between_portions(worker, source):
    """Stop a worker where it has no transaction open: others have to get on without it."""
    worker.pause()
    while not is_free(source.study):
        worker.resume()
        time.sleep(0.02)
        worker.pause()


def is_free(study):
    """Whether nothing is open that others would wait for."""
    if connection.vendor == "postgresql":
        return not in_a_transaction()
    with connection.cursor() as cursor:  # even a reader that stands still stops others here
        cursor.execute("PRAGMA busy_timeout = 200")
        try:
            with transaction.atomic():
                Study.objects.filter(pk=study.pk).update(row_version=F("row_version"))
        except OperationalError:
            return False
        else:
            return True
        finally:
            cursor.execute("PRAGMA busy_timeout = 20000")


def in_a_transaction():
    """Whether any other connection to this database is in the middle of one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend'"
            " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
        )
        return cursor.fetchone()[0] > 0


def has(job, state):
    return Job.objects.get(pk=job.pk).state == state


def assert_whole(source, admin):
    """Everything is there, and nothing twice."""
    source.refresh_from_db()
    assert source.state == ImportState.DONE
    assert Incident.objects.visible_to(admin).count() == ROWS
    models = (Moment, Coding, Settlement, Respondent, Interview)
    assert [model.objects.count() for model in models] == [ROWS] * 5
    counts = row_counts()
    assert (counts["ImportRow"], counts["Category"], counts["Organization"]) == (ROWS, 10, 41)
    assert list(differences(source.study)) == []


def test_what_a_killed_worker_left_is_finished_by_another_and_seen_only_then(site, asked):
    source, job, admin = asked
    first = site.start_worker(sweeps=False)
    until(lambda: written() > 0)

    first.kill()
    left = written()
    assert 0 < left < ROWS
    assert seen_by(admin) == 0
    site.start_worker(sweeps=True)
    seen = set()
    until(lambda: seen.add(seen_by(admin)) or has(job, JobState.DONE), patience=90)

    assert seen <= {0, ROWS}
    assert Job.objects.get(pk=job.pk).attempts == 2
    assert_whole(source, admin)


def test_a_worker_paused_beyond_its_lease_writes_nothing_more(site, asked):
    source, job, admin = asked
    paused = site.start_worker(sweeps=False)
    until(lambda: written() > 0)
    pause_between_portions(paused, source)
    left = written()
    assert 0 < left < ROWS

    site.start_worker(sweeps=True)
    until(lambda: has(job, JobState.DONE), patience=90)
    paused.resume()
    until(lambda: f"Job {job.pk} was taken away" in paused.log.read_text())

    assert Job.objects.get(pk=job.pk).attempts == 2
    assert_whole(source, admin)
