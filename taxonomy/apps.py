"""The app that sorts what was told."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TaxonomyConfig(AppConfig):
    """Schemes, codings, settlements and tallies."""

    name = "taxonomy"
    verbose_name = _("Taxonomy")
