"""Print how far coders agree, from a long table of any origin."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from taxonomy.management.agreement_output import as_json, as_text, notes
from taxonomy.management.long_table import LongTable, read_long_table
from taxonomy.management.plain import PlainCommand, readable
from taxonomy.reliability.agreement import agreement_of
from taxonomy.reliability.ratings import Ratings, ratings_of
from taxonomy.reliability.results import Level

SAMPLES = 1000
MOST_SAMPLES = 100_000
LONG = 1.0  # seconds without a word


class Command(PlainCommand):
    """Coefficients of agreement with their intervals; no study is looked at."""

    help = "Print coefficients of agreement from a table with the columns unit, coder and value."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file and how it is to be read."""
        parser.add_argument(
            "file", metavar="FILE", help="CSV with unit, coder, value, and perhaps cluster"
        )
        parser.add_argument(
            "--level", choices=[level.value for level in Level], default=Level.NOMINAL.value
        )
        parser.add_argument(
            "--bootstrap",
            type=int,
            default=SAMPLES,
            metavar="N",
            help="samples for the intervals; 0 for none",
        )
        parser.add_argument("--seed", type=int, default=1, metavar="S")
        parser.add_argument("--format", choices=["text", "json"], default="text")
        parser.add_argument(
            "--categories",
            metavar="N|FILE",
            help="how many categories were available, or a file that names one on each line",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the coefficients to standard output; with JSON, notes to standard error."""
        if not 0 <= options["bootstrap"] <= MOST_SAMPLES:
            raise CommandError(f"--bootstrap takes a number from 0 to {MOST_SAMPLES:,}.")
        if options["seed"] < 0:
            raise CommandError("--seed takes a number from 0 on.")
        number, named = _available(options["categories"])
        level = Level(options["level"])
        table = read_long_table(readable(options["file"]), level=level, categories=named)
        found = agreement_of(
            _ratings(table, number),
            level=level,
            samples=options["bootstrap"],
            seed=options["seed"],
            progress=self._progress(),
        )
        said = list(notes(found, table.duplicates))
        if options["format"] == "json":
            self.stdout.write(as_json(found, table.duplicates), ending="")
            for note in said:
                self.stderr.write(note, style_func=str)
        else:
            self.stdout.write("\n".join([as_text(found, table.duplicates), *said]))

    def _progress(self) -> Any:
        """Says on a terminal how far a long computation is."""
        began, shown = time.monotonic(), self.stderr.isatty()

        def progress(done: int, of: int) -> None:
            if not shown or time.monotonic() - began < LONG:
                return
            line = f"{done:,} of {of:,} bootstrap samples"
            self.stderr.write(line if done < of else " " * len(line), style_func=str, ending="\r")

        return progress


def _available(given: str | None) -> tuple[int | None, Path | None]:
    """How many categories there were, or the file that names them."""
    if given is None:
        return None, None
    if given.lstrip("-").isdecimal():
        if int(given) < 1:
            raise CommandError("--categories takes a number from 1 on, or a file.")
        return int(given), None
    return None, readable(given)


def _ratings(table: LongTable, number: int | None) -> Ratings:
    try:
        return ratings_of(
            table.rows, clusters=table.clusters, categories=table.categories, available=number
        )
    except ValueError as error:
        raise CommandError(f"{error} See --categories.") from None
