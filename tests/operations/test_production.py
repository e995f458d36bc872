"""What the containers start, started here: the same commands from a clean environment."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection, transaction

from incidents.models import Study
from tests.factories import StudyFactory
from tests.operations.deployment import PARTS, ROOT, environment_of, service
from tests.racing import until

pytestmark = [
    pytest.mark.worker,
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]

PATIENCE = 90
MARKER = "zimtsternchen"
HOST = {"Host": "candid.example.org"}
BY_HTTPS = {**HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
KEPT = ("COVERAGE_", "LANG")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def empty_database():
    """The address of a database that nobody has prepared."""
    name = f"clean_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    yield urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}"))
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


class House:
    """Web, worker and beat of one installation."""

    def __init__(self, folder, database, broker):
        self.port = free_port()
        self._folder = folder
        self._processes = {}
        self._here = {
            "DATABASE_URL": database,
            "REDIS_URL": broker,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "DATA_DIR": str(folder / "data"),
            "FILES_DIR": str(folder / "files"),
            "STATIC_DIR": str(folder / "static"),
            "JOB_SWEEP_SECONDS": "1",
        }
        self.token = environment_of("web")["METRICS_TOKEN"]

    def environment(self, part):
        kept = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
        return {"PATH": os.environ["PATH"], **kept, **environment_of(part), **self._here}

    def run(self, part, *arguments):
        command = [sys.executable, *(arguments or service(part)["command"][1:])]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment(part), capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def start(self, part):
        with (self._folder / f"{part}.log").open("wb") as log:
            self._processes[part] = subprocess.Popen(
                [sys.executable, *service(part)["command"][1:]],
                cwd=ROOT,
                env=self.environment(part),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self):
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        return {part: process.wait(PATIENCE) for part, process in self._processes.items()}

    def kill(self):
        for process in self._processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def log(self, *parts):
        names = parts or self._processes
        return "".join((self._folder / f"{part}.log").read_text() for part in names)

    def ask(self, path, method="GET", body=None, **headers):
        browser = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            browser.request(method, path, body, headers)
            answer = browser.getresponse()
            return answer.status, answer.read().decode(errors="replace"), answer.headers
        except ConnectionError:
            return 0, "", {}
        finally:
            browser.close()

    def state(self):
        status, text, _headers = self.ask("/readyz", Authorization=f"Bearer {self.token}")
        return json.loads(text) if status else {}


@pytest.fixture
def production(empty_database, valkey_url, tmp_path):
    (tmp_path / "house").mkdir()
    production = House(tmp_path / "house", empty_database, valkey_url)
    yield production
    production.kill()
    print(production.log()[-4000:])  # noqa: T201  (shown if the test failed)


def test_the_commands_of_the_containers_serve_from_a_clean_environment(production):
    production.run("migrate")
    production.run("web", "manage.py", "collectstatic", "--noinput")
    for part in PARTS:
        production.start(part)
    until(lambda: production.state().get("state") == "ready", patience=PATIENCE)

    assert set(production.state()["parts"]) == {
        "database",
        "migrations",
        "files",
        "broker",
        "worker",
    }
    assert production.ask("/readyz")[:2] == (200, "ready\n")
    assert production.ask("/livez", Host="10.1.2.3")[0] == 200
    assert production.ask("/accounts/login/", **HOST)[0] == 301
    assert production.ask("/accounts/login/", **(BY_HTTPS | {"Host": "evil.example"}))[0] == 400

    status, page, headers = production.ask("/accounts/login/", **BY_HTTPS)
    style = re.search(r'href="(/static/css/base\.[0-9a-f]+\.css)"', page)[1]
    assert (status, headers["Strict-Transport-Security"]) == (200, "max-age=31536000")
    assert production.ask(style, **BY_HTTPS)[0] == 200
    assert production.ask("/admin/login/", **BY_HTTPS)[0] == 302

    assert production.ask("/metrics")[0] == 401
    for _ in range(20):
        production.ask("/accounts/login/?q=" + MARKER, **BY_HTTPS)
    numbers = production.ask("/metrics", Authorization=f"Bearer {production.token}")[1]
    counted = 'candid_requests_total{method="GET",route="/accounts/login/",status="200"} 21.0'
    assert counted in numbers  # of both processes together

    told = {"Content-Type": "application/x-www-form-urlencoded", **BY_HTTPS}
    assert production.ask("/accounts/login/", "POST", f"login={MARKER}", **told)[0] == 403
    assert set(production.run("worker", "manage.py", "health").split()) >= {
        "database",
        "worker",
        "well",
    }

    assert production.stop() == {"web": 0, "worker": 0, "beat": 0}
    told = [json.loads(line) for line in production.log("web").splitlines()]
    assert {line["logger"] for line in told} >= {"gunicorn.error", "candid.requests"}
    assert MARKER not in production.log()


HOLD = """
import os, signal, django
django.setup()
from django.db import transaction
from incidents.models import Study
with transaction.atomic():
    Study.objects.select_for_update().get()
    print("held", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
"""


def test_what_a_frozen_worker_has_locked_is_freed(process_environment):
    study = StudyFactory()
    environ = {
        **process_environment,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "IDLE_TRANSACTION_SECONDS": "1",
    }
    frozen = subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=ROOT, env=environ, stdout=subprocess.PIPE
    )
    try:
        assert frozen.stdout.readline() == b"held\n"

        with transaction.atomic():  # waits, and gets it
            connection.cursor().execute("SET LOCAL lock_timeout = '60s'")
            assert Study.objects.select_for_update().get() == study
    finally:
        frozen.kill()
        frozen.wait()
        frozen.stdout.close()


def test_a_statement_that_takes_too_long_is_given_up(process_environment):
    code = "import django; django.setup(); from django.db import connection;"
    code += "connection.cursor().execute('SELECT pg_sleep(60)')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            **process_environment,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "STATEMENT_TIMEOUT_SECONDS": "0.2",
        },
        capture_output=True,
        check=False,
    )

    assert b"canceling statement due to statement timeout" in done.stderr
