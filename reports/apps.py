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
        from incidents.actions.parts import before_dividing  # noqa: PLC0415
        from reports.actions import (  # noqa: PLC0415
            bulk,
            documents,
            following,
            moment_files,
            quoting,
            running,
            sharing,
        )
        from reports.queries import schedules  # noqa: PLC0415
        from reports.tasks import compute_due  # noqa: PLC0415

        jobs.register(bulk.DECIDE, bulk.decide_on_many, label=_("Deciding on many incidents"))
        jobs.register(
            running.RUN_TABLE, running.run_table, label=_("Computing a table with statistics")
        )
        jobs.register(
            moment_files.EXPORT_MOMENTS,
            moment_files.export_moments,
            label=_("Writing a file of all moments"),
        )
        jobs.register(
            sharing.MAKE_CLIENT_PAGE,
            sharing.make_client_page,
            label=_("Making a page for a client"),
        )
        jobs.register(documents.MAKE_DOCUMENT, documents.make_document, label=_("Writing a report"))
        jobs.register(
            schedules.FOLLOW_RUN, following.follow_run, label=_("Looking for changes in a table")
        )
        jobs.register_sweep(moment_files.remove_expired_exports)
        jobs.register_sweep(compute_due)
        before_dividing(quoting.keep_quotes)
