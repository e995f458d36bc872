"""The Celery application; every option comes from Django's settings under CELERY_."""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

TRANSPORT_ALIASES["filesystem"] = "config.files_broker:Transport"

app = Celery("candid")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def leave_logging(**_options: Any) -> None:
    """Log as the settings say, which have been followed by now; Celery would do it its own way."""


@beat_init.connect
def make_room_for_schedule(**_options: Any) -> None:
    """Make the folder in which beat notes when it did what."""
    Path(app.conf.beat_schedule_filename).parent.mkdir(parents=True, exist_ok=True)
