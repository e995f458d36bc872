"""`make run` as a person meets it: real processes, a real port, and nothing left behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.worker

KEPT = ("PATH", "HOME", "LANG", "COVERAGE_")
START_SECONDS = 180
STOP_SECONDS = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(data_dir):
    """Return the variables of a run: those of the machine, and static files from their sources."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    return {**kept, "DATA_DIR": str(data_dir), "DEMO_STUDY": "0", "DEBUG": "1"}


class Run:
    """One start of the whole house, with what it writes in a file."""

    def __init__(self, data_dir, port, **environ):
        self.data_dir = data_dir
        self.port = port
        self.written = data_dir.parent / f"run-{time.monotonic_ns()}.log"
        with self.written.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.run"],
                cwd=settings.BASE_DIR,
                env={**environment(data_dir), "PORT": str(port), **environ},
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    def wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while "Candid is ready" not in self.output():
            assert self.process.poll() is None, self.output()
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.1)
        return self

    def output(self):
        return self.written.read_text()

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def processes(self):
        """Return pid and command of all that lives with this run's data folder.

        Valkey writes its title over its environment, so the command line counts as well.
        """
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command, environ = ((folder / name).read_text() for name in ("cmdline", "environ"))
                if f"DATA_DIR={self.data_dir}\0" in environ or str(self.data_dir) in command:
                    found[int(folder.name)] = command
            except (OSError, UnicodeDecodeError):
                continue
        return found


@pytest.fixture(scope="module")
def migrated(tmp_path_factory, migrated_file):
    """Prepare a data folder once: to migrate from nothing takes most of a first start."""
    folder = tmp_path_factory.mktemp("migrated")
    shutil.copyfile(migrated_file, folder / "candid.sqlite3")
    command = [sys.executable, "-m", "config.prepare"]
    subprocess.run(command, cwd=settings.BASE_DIR, env=environment(folder), check=True)
    return folder


@pytest.fixture
def prepared(migrated, tmp_path):
    """Let the data folder be as a former start left it."""
    shutil.copytree(migrated, tmp_path / "data")


@pytest.fixture
def start(tmp_path):
    runs = []

    def start_run(**options):
        options = {"data_dir": tmp_path / "data", "port": free_port(), **options}
        runs.append(Run(**options))
        return runs[-1]

    yield start_run
    for run in runs:
        if run.process.poll() is None:
            run.stop()
        for pid in run.processes():
            os.kill(pid, signal.SIGKILL)


def status_of(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status
    except urllib.error.URLError as error:
        return type(error.reason).__name__


def test_it_serves_and_when_stopped_leaves_nothing_but_the_data(start):
    run = start().wait_until_ready()
    commands = " ".join(run.processes().values())

    assert status_of(run.port, "/accounts/login/") == 200
    assert status_of(run.port, "/static/npm/htmx.org/dist/htmx.min.js") == 200
    assert [word in commands for word in ("gunicorn", "worker", "beat", "valkey")] == [True] * 4
    assert run.stop(signal.SIGINT) == 0
    assert run.processes() == {}
    assert status_of(run.port, "/") == "ConnectionRefusedError"
    assert "superuser privileges" not in run.output()
    left = [path for path in run.data_dir.rglob("*") if path.is_socket() or path.suffix == ".pid"]
    assert left == []

    key = (run.data_dir / "secret-key").read_text()
    database = (run.data_dir / "candid.sqlite3").stat().st_ino
    again = start().wait_until_ready()

    assert again.stop(signal.SIGTERM) == 0
    assert again.processes() == {}
    assert (again.data_dir / "secret-key").read_text() == key
    assert (again.data_dir / "candid.sqlite3").stat().st_ino == database


def test_it_runs_without_the_embedded_broker(prepared, start):
    run = start(BROKER_URL="filesystem://localhost").wait_until_ready()

    assert "valkey" not in " ".join(run.processes().values())
    assert run.stop() == 0
    assert run.processes() == {}


def test_a_taken_port_is_said_in_a_sentence(start):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = start(port=port)

        assert run.process.wait(STOP_SECONDS) == 1
    assert run.output() == (
        f"Port {port} is taken by another program. Try another: make run PORT={port + 1}\n"
    )


def test_a_second_run_with_the_same_data_is_turned_away(prepared, start):
    first = start().wait_until_ready()
    second = start()

    assert second.process.wait(STOP_SECONDS) == 1
    assert second.output() == f"Candid already runs with the data in {first.data_dir}.\n"
    assert status_of(first.port, "/accounts/login/") == 200


def test_when_one_process_dies_the_others_are_stopped(prepared, start):
    run = start().wait_until_ready()
    worker = next(pid for pid, command in run.processes().items() if "worker" in command)

    os.kill(worker, signal.SIGKILL)

    assert run.process.wait(STOP_SECONDS) == 1
    assert "A process ended by itself, so Candid stops." in run.output()
    assert run.processes() == {}


def test_a_broker_left_by_a_killed_run_is_ended_at_the_next_start(prepared, start):
    killed = start().wait_until_ready()
    killed.process.kill()
    killed.process.wait()
    left = killed.processes()
    for pid, command in left.items():
        if "valkey" not in command:
            os.kill(pid, signal.SIGKILL)
    forgotten = next(pid for pid, command in left.items() if "valkey" in command)

    run = start().wait_until_ready()

    assert forgotten not in run.processes()
    assert run.stop() == 0
    assert run.processes() == {}
