"""Print all statistics of a table of counts of any origin."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from reports.management.counts_file import read_counts
from reports.management.crosstab_output import as_json, as_text
from reports.statistics.table import statistics_of
from taxonomy.management.plain import PlainCommand, readable


class Command(PlainCommand):
    """The statistics that runs of tables have; no study is looked at."""

    help = "Print tests, intervals and letters of a table of counts."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file and how it is to be tested."""
        parser.add_argument(
            "file",
            metavar="FILE",
            help="CSV: row labels and counts, or row, column and perhaps cluster and count",
        )
        parser.add_argument("--letters", choices=["fdr", "bonferroni"], default="fdr")
        parser.add_argument("--seed", type=int, default=1, metavar="S")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the statistics to standard output."""
        if options["seed"] < 0:
            raise CommandError("--seed takes a number from 0 on.")
        sample = read_counts(readable(options["file"]))
        found = statistics_of(sample, seed=options["seed"], letters=options["letters"])
        shown = as_json(found) if options["format"] == "json" else as_text(found)
        self.stdout.write(shown, ending="")
