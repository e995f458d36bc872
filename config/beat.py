"""Celery's clock, which notes in a file when it did what."""

from pathlib import Path

from celery.beat import PersistentScheduler


class Scheduler(PersistentScheduler):
    """Makes the folder of its file first, for in production nobody else may have."""

    def setup_schedule(self) -> None:
        """Open the file."""
        name = self.schedule_filename  # type: ignore[attr-defined]  # celery-types lacks it
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        super().setup_schedule()
