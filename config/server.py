"""How gunicorn serves: gunicorn --config python:config.server config.wsgi."""

import os
import shutil
import tempfile
from typing import Any

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# The processes add up their numbers here; prometheus_client looks for it when it is imported.
_METRICS_DIR = tempfile.mkdtemp(prefix="candid-metrics-")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = _METRICS_DIR

bind = f"{settings.HOST}:{settings.PORT}"
workers = settings.WEB_PROCESSES
threads = settings.WEB_THREADS
worker_class = "gthread"
graceful_timeout = 30 if settings.PRODUCTION else 3
control_socket_disable = True
logconfig_dict = {
    **settings.LOGGING,
    "loggers": {  # requests are logged by config.middleware, without their queries
        **settings.LOGGING["loggers"],
        "gunicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}


def child_exit(_server: Any, worker: Any) -> None:
    """Let go of what an ended process measured of itself."""
    from prometheus_client import multiprocess  # noqa: PLC0415  (after the folder is named)

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """Leave nothing behind."""
    shutil.rmtree(_METRICS_DIR, ignore_errors=True)
