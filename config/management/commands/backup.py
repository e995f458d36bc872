"""Write a backup."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from config import backups
from config.management.progress import Line
from taxonomy.management.plain import PlainCommand


class Command(PlainCommand):
    """Write all rows and all stored files, as they are at one moment, into one file."""

    help = "Write database and files into one file; everybody may go on working meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the name of the file."""
        parser.add_argument("file", type=Path, help="the file to write; it must not exist")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the backup and say what it holds."""
        path = options["file"].absolute()
        try:
            with Line(self.stderr) as progress:
                saved = backups.save(path, progress=progress)
        except backups.Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"{path}: {saved.rows:,} rows, {saved.files} files, {saved.size:,} bytes,"
            f" sha256 of its content {saved.seal[:16]}…"
        )
        if saved.missing:
            names = ", ".join(saved.missing[:5])
            raise CommandError(
                f"The backup was written, but {len(saved.missing)} stored files are missing from"
                f" the folder of files: {names}."
            )
