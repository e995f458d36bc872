"""A real worker that dies in the middle of a run, and another that computes it."""

from pathlib import Path

import pytest
from django.conf import settings

from incidents.choices import JobState
from incidents.models import Job, StoredFile
from reports.choices import Theme
from reports.models import Run, RunChart
from tests.incidents.worker.conftest import site_of  # noqa: F401  (the fixture)
from tests.racing import until
from tests.reports.test_runs import ask
from tests.reports.told import make_world, tell

pytestmark = pytest.mark.worker


@pytest.fixture
def site(transactional_db, site_of, valkey_url):  # noqa: F811
    with site_of(valkey_url) as site:
        site.variables["JOB_LEASE_SECONDS"] = "8"  # to load NumPy takes seconds on a busy machine
        yield site


@pytest.fixture
def run(site):
    """Return a run of forty moments, whose columns have pictures, that waits for a worker."""
    world = make_world()
    for number in range(40):
        tell(world, f"{number}", category=(world.warm, world.quick)[number % 2])
    return ask(world)


def job_of(run):
    return Job.objects.get(pk=run.job_id)


def files_of(run):
    folder = Path(settings.FILES_DIR) / str(run.scheme.study.uid)
    return [file.name for file in folder.iterdir()] if folder.exists() else []


def test_a_run_whose_worker_was_killed_is_computed_by_another_once(run, site):
    first = site.start_worker(sweeps=False)
    until(lambda: job_of(run).state == JobState.RUNNING)
    first.kill()
    left = Run.objects.get()
    assert (job_of(run).state, left.answered_at, left.answer) == (JobState.RUNNING, None, {})
    assert (StoredFile.objects.count(), RunChart.objects.count()) == (0, 0)

    site.start_worker(sweeps=True)
    until(lambda: job_of(run).state == JobState.DONE)

    answered = Run.objects.get()
    assert job_of(run).attempts == 2
    assert answered.answer["base"][0] == 40
    assert files_of(run) == [str(answered.members.uid)]
    themes = list(RunChart.objects.filter(run=run, kind="dots").values_list("theme", flat=True))
    assert sorted(themes) == sorted(Theme.values)
