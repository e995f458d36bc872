"""The app that holds people, studies and what was told."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    """People, studies, interviews and incidents."""

    name = "incidents"
    verbose_name = _("Incidents")

    def ready(self) -> None:
        """Let the search have its helper after every migration."""
        from incidents import searching  # noqa: PLC0415

        post_migrate.connect(searching.prepare, sender=self)
