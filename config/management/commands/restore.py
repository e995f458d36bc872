"""Bring a backup back."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from config import backups
from config.management.progress import Line
from taxonomy.management.plain import PlainCommand


class Command(PlainCommand):
    """Bring back all rows and all stored files of a backup, or change nothing."""

    help = "Bring back a backup, all of it or nothing; stop web, worker and beat first."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the name of the file, and whether what is there may be lost."""
        parser.add_argument("file", type=Path, help="the file that backup wrote")
        parser.add_argument(
            "--replace", action="store_true", help="lose what the database holds now"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Restore and say what came back."""
        path = options["file"].absolute()
        try:
            with Line(self.stderr) as progress:
                restored = backups.restore(path, replace=options["replace"], progress=progress)
        except backups.Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"Restored {restored.rows:,} rows and {restored.files} files, as they were at"
            f" {restored.made_at}. Everybody signs in again."
        )
        if restored.missing:
            names = ", ".join(restored.missing[:5])
            self.stdout.write(f"The backup itself lacked {len(restored.missing)} files: {names}.")
