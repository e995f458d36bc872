"""The app that holds people, studies and what was told."""

from allauth.account.signals import authentication_step_completed
from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    """People, studies, interviews and incidents."""

    name = "incidents"
    verbose_name = _("Incidents")

    def ready(self) -> None:
        """Let the search have its helper after every migration, and sessions know their sign-in."""
        from incidents import access, searching  # noqa: PLC0415  (models are loaded by now)

        self._register_work()
        post_migrate.connect(searching.prepare, sender=self)
        user_logged_in.connect(access.note_sign_in)
        authentication_step_completed.connect(access.note_confirmation)

    def _register_work(self) -> None:
        from incidents import jobs  # noqa: PLC0415  (models are loaded by now)
        from incidents.actions import likeness  # noqa: PLC0415

        label = _("Looking for stories told twice")
        jobs.register(likeness.FIND_LIKENESSES, likeness.find_likenesses, label=label)
        jobs.register_sweep(likeness.request_where_unseen)
