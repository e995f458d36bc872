"""The Celery application; every option comes from Django's settings under CELERY_."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

TRANSPORT_ALIASES["filesystem"] = "config.files_broker:Transport"

app = Celery("candid")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
