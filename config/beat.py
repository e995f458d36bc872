"""Celery's clock, which notes in a file when it did what."""

from pathlib import Path
from typing import Any

from celery.beat import PersistentScheduler


class Scheduler(PersistentScheduler):
    """Makes the folder of its file first, for in production nobody else may have.

    A signal closes the file and ends the process by SystemExit, which Python drops where the signal
    falls into a destructor: the next tick, which finds the file closed, ends the process then.
    """

    _is_closed = False

    def setup_schedule(self) -> None:
        """Open the file."""
        name = self.schedule_filename  # type: ignore[attr-defined]  # celery-types lacks it
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        super().setup_schedule()

    def tick(self, *arguments: Any, **options: Any) -> Any:
        """Ask for what is due; returns the seconds until the next."""
        if self._is_closed:
            raise SystemExit
        try:
            return super().tick(*arguments, **options)
        except ValueError:
            if self._is_closed:
                raise SystemExit from None
            raise

    def close(self) -> None:
        """Write and close the file."""
        self._is_closed = True
        super().close()
