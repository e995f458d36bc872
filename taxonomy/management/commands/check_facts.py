"""Compare what is derived with what was recorded."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from incidents.models import Study
from taxonomy.management.plain import PlainCommand, study_named
from taxonomy.queries.checks import lasting_differences


class Command(PlainCommand):
    """Recompute settlements and tallies and report any difference."""

    help = "Recompute settlements, tallies and trees and report any difference (exit code 1)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --study SLUG; all studies without it."""
        self.add_study(parser, required=False)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print each difference; fail when there is one."""
        slug = options["study"]
        studies = [study_named(slug)] if slug else list(Study.objects.order_by("slug"))
        found = 0
        for study in studies:
            for difference in lasting_differences(study):
                found += 1
                self.stdout.write(f"{study.slug}: {difference}")
        if found:
            raise CommandError(
                f"Differences found: {found}. Studies: {len(studies)}.", returncode=1
            )
        self.stdout.write(f"No difference. Studies compared: {len(studies)}.")
