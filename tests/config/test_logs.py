"""What is written of errors: where they arose, and never what somebody told."""

import io
import json
import logging
import sys

import pytest
from django.db import OperationalError

from config import logs

TOLD = "The clerk threw my letter away."


@pytest.fixture
def write(monkeypatch):
    """Return a function that logs something and gives back the line."""

    def write_line(act, form=logs.Json, name="candid.tests"):
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(form())
        logger = logging.getLogger(name)
        monkeypatch.setattr(logger, "handlers", [])
        monkeypatch.setattr(logger, "propagate", False)
        logger.addHandler(handler)
        act(logger)
        return stream.getvalue()

    return write_line


def fail(logger):
    try:
        try:
            int(TOLD)
        except ValueError as cause:
            raise RuntimeError(f"cannot read {TOLD}") from cause
    except RuntimeError:
        logger.exception("It went wrong: %s %s", sys.exc_info()[1], 7)


@pytest.mark.parametrize("form", [logs.Json, logs.Discreet])
def test_an_error_is_named_with_its_place_and_never_quoted(write, form):
    line = write(fail, form)

    assert TOLD not in line
    assert line.count("\n") == 1
    assert "It went wrong: RuntimeError 7" in line
    assert "ValueError at" in line
    assert "test_logs.py:" in line


def test_a_line_for_programs_is_one_object(write):
    def say(logger):
        logger.warning("Job %s waits", 12, extra={"fields": {"route": "/s/<slug>/", "ms": 3}})

    told = json.loads(write(say))

    assert told.pop("time").endswith("+00:00")
    assert told == {
        "level": "WARNING",
        "logger": "candid.tests",
        "message": "Job 12 waits",
        "route": "/s/<slug>/",
        "ms": 3,
    }


def test_what_the_machine_says_of_connections_is_kept(write):
    line = write(lambda logger: logger.error("No bell: %s", OSError(111, "Connection refused")))
    database = write(lambda logger: logger.error("%s", OperationalError("server gone\nDETAIL: x")))

    assert "No bell: ConnectionRefusedError: [Errno 111] Connection refused" in line
    assert "OperationalError: server gone" in database
    assert "DETAIL" not in database


def test_what_celery_writes_of_a_failed_task_loses_its_words(write):
    context = {"name": "incidents.sweep_jobs", "exc": f"ValueError('{TOLD}')", "traceback": TOLD}
    line = write(
        lambda logger: logger.error("Task %(name)s raised: %(exc)s\n%(traceback)s", context),
        name="celery.app.trace",
    )

    assert TOLD not in line
    assert "Task incidents.sweep_jobs raised: …" in line


def test_an_address_that_gunicorn_names_loses_its_query(write):
    line = write(
        lambda logger: logger.error("Error handling request %s", "/s/x/?search=letter"),
        name="gunicorn.error",
    )

    assert "Error handling request /s/x/" in line
    assert "letter" not in line


def test_an_error_logged_as_its_own_message_is_named(write):
    assert TOLD not in write(lambda logger: logger.error(ValueError(TOLD)))
