"""Say how the parts of the house are."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import health


class Command(BaseCommand):
    """Ask each part, or those that are named, and end with an error where one is not well."""

    help = "Say how database, migrations, files, broker and worker are."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the names of parts."""
        parser.add_argument("part", nargs="*", help=", ".join(health.PARTS))

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print a line for each part."""
        unknown = set(options["part"]) - set(health.PARTS)
        if unknown:
            raise CommandError(f"The parts are: {', '.join(health.PARTS)}.")
        findings = health.look_at(options["part"] or list(health.PARTS))
        for finding in findings:
            state = finding.fault or f"well ({finding.seconds * 1000:.0f} ms)"
            self.stdout.write(f"{finding.name:<10}  {state}")
        faults = [finding.name for finding in findings if finding.fault]
        if faults:
            raise CommandError(f"Not well: {', '.join(faults)}.")
