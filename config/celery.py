"""The Celery application; every option comes from Django's settings under CELERY_."""

import logging
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

TRANSPORT_ALIASES["filesystem"] = "config.files_broker:Transport"

app = Celery("candid")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def leave_logging(**_options: Any) -> None:
    """Log as the settings say, which have been followed by now; Celery would do it its own way."""
    logging.captureWarnings(capture=True)
