"""The app that shows what came out."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    """Pages that combine, tables, charts and exports."""

    name = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        """Say which background work this app does."""
        from incidents import jobs  # noqa: PLC0415  (models are loaded only now)
        from reports.actions import bulk  # noqa: PLC0415

        jobs.register(bulk.DECIDE, bulk.decide_on_many, label=_("Deciding on many incidents"))
