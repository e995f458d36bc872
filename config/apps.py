"""The app that holds the house together: how it runs, says how it is, and is kept safe."""

from django.apps import AppConfig


class HouseConfig(AppConfig):
    """Settings, health, metrics, logs and backups."""

    name = "config"

    def ready(self) -> None:
        """Let each round of the sweeper leave a sign of life."""
        from config import health  # noqa: PLC0415  (models are known by now, and not before)
        from incidents import jobs  # noqa: PLC0415

        jobs.register_sweep(health.note_worker)
