"""The app that holds people, studies and what was told."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    """People, studies, interviews and incidents."""

    name = "incidents"
    verbose_name = _("Incidents")
