"""How the house is: what each part answers, asked all at once and with a time limit."""

import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Now

from config.celery import app as celery_app
from config.logs import name_of
from incidents.choices import JobState
from incidents.models import Job

PATIENCE_SECONDS = 3.0
NOTED_EVERY_SECONDS = 10.0
SWEEPS_MISSED = 6
LONGEST_SILENCE = 60.0
WORKER_SEEN = "health:worker-seen"


class Finding(NamedTuple):
    """What one part answered: `fault` is empty where it is well."""

    name: str
    fault: str
    seconds: float


class Part(NamedTuple):
    """One part of the house; without a needed one nobody can be served."""

    look: Callable[[], str]
    needed: bool


def look_at(names: Sequence[str], *, patience: float = PATIENCE_SECONDS) -> list[Finding]:
    """Ask these parts at once, each in a thread of its own; who is silent has a fault."""
    inquiries = [_inquiry(name) for name in names]
    end = time.monotonic() + patience
    return [inquiry.answer(max(0.0, end - time.monotonic())) for inquiry in inquiries]


def is_ready(findings: Sequence[Finding]) -> bool:
    """Tell whether people can be served; without broker or worker they can, for work waits."""
    return not any(finding.fault and PARTS[finding.name].needed for finding in findings)


class Inquiry:
    """One question to one part."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._began = time.monotonic()
        self._fault = ""
        self._took = 0.0
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def is_open(self) -> bool:
        """Tell whether the part still owes its answer."""
        return self._thread.is_alive()

    def answer(self, patience: float) -> Finding:
        """Wait for the answer, for so long."""
        self._thread.join(patience)
        if self.is_open():
            waited = time.monotonic() - self._began
            return Finding(self.name, f"no answer for {waited:.1f} s", waited)
        return Finding(self.name, self._fault, self._took)

    def _ask(self) -> None:
        try:
            self._fault = PARTS[self.name].look()
        except Exception as error:  # noqa: BLE001  (whatever it is, the part is not well)
            self._fault = name_of(error)
        finally:
            connection.close()  # this thread's own
            self._took = time.monotonic() - self._began


_asked: dict[str, Inquiry] = {}
_asking = threading.Lock()


def _inquiry(name: str) -> Inquiry:
    """Ask anew, unless the part still owes an answer: silence must not pile up threads."""
    with _asking:
        before = _asked.get(name)
        if before is None or not before.is_open():
            _asked[name] = Inquiry(name)
        return _asked[name]


# -- The parts --------------------------------------------------------------------------------


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _migrations() -> str:
    known = set(MigrationLoader(None).graph.nodes)
    missing = known - set(MigrationRecorder(connection).applied_migrations())
    names = ", ".join(f"{app}.{name}" for app, name in sorted(missing)[:5])
    return f"{len(missing)} not applied: {names}" if missing else ""


def _files() -> str:
    folder = Path(settings.FILES_DIR)
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return "" if os.access(there, os.W_OK | os.X_OK) else "the folder cannot be written to"


def _broker() -> str:
    with celery_app.connection_for_write() as bell:
        bell.ensure_connection(max_retries=1, timeout=settings.BROKER_TIMEOUT_SECONDS)
        _channel = bell.default_channel  # Redis is first spoken to here
    return ""


def _worker() -> str:
    silence = worker_silence()
    if silence is None:
        return "no worker has been seen"
    allowed = max(LONGEST_SILENCE, SWEEPS_MISSED * settings.JOB_SWEEP_SECONDS)
    if silence <= allowed or _is_at_work():
        return ""
    return f"no worker has been seen for {silence:.0f} s"


def _is_at_work() -> bool:
    """Tell whether somebody holds a lease: all threads may be busy, and none sweeps."""
    return Job.objects.filter(state=JobState.RUNNING, lease_until__gt=Now()).exists()


PARTS = {
    "database": Part(_database, needed=True),
    "migrations": Part(_migrations, needed=True),
    "files": Part(_files, needed=True),
    "broker": Part(_broker, needed=False),
    "worker": Part(_worker, needed=False),
}


# -- The worker's sign of life ----------------------------------------------------------------

_noted_at = float("-inf")


def note_worker() -> None:
    """Leave a sign of life: that beat, broker and worker together went round."""
    global _noted_at  # noqa: PLW0603  (one per process)
    if time.monotonic() - _noted_at < NOTED_EVERY_SECONDS:
        return
    cache.set(WORKER_SEEN, time.time(), timeout=None)
    _noted_at = time.monotonic()


def worker_silence() -> float | None:
    """Return the seconds since a worker went round; None if none ever did."""
    seen = cache.get(WORKER_SEEN)
    return None if seen is None else max(0.0, time.time() - seen)
