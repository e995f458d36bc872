"""The app that shows what came out."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    """Pages that combine, tables, charts and exports."""

    name = "reports"
    verbose_name = _("Reports")
