"""How logs are written: one line each, and never what people told.

An error is logged with its type and the calls that led to it. Its message is left out, for a
database quotes the row that it refused, and a form the words that it could not read.
"""

import datetime as dt
import json
import logging
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import redis
from django.db import OperationalError
from kombu.exceptions import OperationalError as BrokerError

HARMLESS = (OSError, OperationalError, BrokerError, redis.ConnectionError, redis.TimeoutError)
UNTOLD = ("exc", "traceback", "args", "kwargs", "return_value")  # celery's texts of a failed task
PLACE = "…"

request_id: ContextVar[str] = ContextVar("request_id", default="")


class Discreet(logging.Formatter):
    """Writes a record as a line that people read."""

    def format(self, record: logging.LogRecord) -> str:
        """Return time, level, logger, message, and the error if there was one."""
        told = told_of(record)
        fields = "".join(f" {name}={value}" for name, value in told.items() if name not in SAID)
        return f"{told['time']} {told['level']} {told['logger']}: {told['message']}{fields}"


class Json(logging.Formatter):
    """Writes a record as a line that programs read."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one JSON object."""
        return json.dumps(told_of(record), ensure_ascii=False, default=str)


SAID = ("time", "level", "logger", "message")


def told_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what is written of a record, in the order in which it is written."""
    error = record.exc_info[1] if record.exc_info else None
    return {
        "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(
            timespec="milliseconds"
        ),
        "level": record.levelname,
        "logger": record.name,
        "message": message_of(record),
        **({"request": request_id.get()} if request_id.get() else {}),
        **getattr(record, "fields", {}),
        **({"error": name_of(error), "calls": calls_of(error)} if error else {}),
    }


def message_of(record: logging.LogRecord) -> str:
    """Return the message with what could quote somebody left out."""
    message = _without_words(record.msg, record)
    if not record.args:
        return message
    try:
        return str(message % _arguments(record))
    except (TypeError, ValueError):  # a number was to be written where a place now stands
        return message


def _arguments(record: logging.LogRecord) -> Any:
    if isinstance(record.args, Mapping):
        return {
            name: PLACE if name in UNTOLD else _kept(value, record)
            for name, value in record.args.items()
        }
    return tuple(_kept(value, record) for value in record.args or ())


def _kept(value: object, record: logging.LogRecord) -> object:
    return value if isinstance(value, int | float) else _without_words(value, record)


def _without_words(value: object, record: logging.LogRecord) -> str:
    if isinstance(value, BaseException):
        return name_of(value)
    text = str(value)
    return text.partition("?")[0] if record.name.startswith("gunicorn") else text  # addresses


def name_of(error: BaseException) -> str:
    """Name the type of an error; what the machine says of connections and files as well."""
    lines = str(error).splitlines() if isinstance(error, HARMLESS) else []
    return ": ".join([type(error).__name__, *lines[:1]])


def calls_of(error: BaseException) -> str:
    """Say which calls led to an error and to what it came from, without any value."""
    calls: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(calls) < 5:  # noqa: PLR2004  (a chain may be a circle)
        frames = traceback.extract_tb(cause.__traceback__)
        path = " > ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
        calls.append(f"{name_of(cause)} at {path}")
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return " | from ".join(calls)


def settings_for(*, form: str, level: str, production: bool) -> dict[str, Any]:
    """Return Django's LOGGING: everything to standard error, in the form `line` or `json`."""
    chatter = "INFO" if production else "WARNING"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": Discreet}, "json": {"()": Json}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "candid.requests": {"level": chatter},
            "celery": {"level": chatter},
            "celery.beat": {"level": "WARNING"},  # each would write a line for each sweep
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "kombu": {"level": "WARNING"},
            "gunicorn.error": {"handlers": [], "level": chatter, "propagate": True},
        },
    }
