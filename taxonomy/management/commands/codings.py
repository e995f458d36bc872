"""Codings for scripts: as a long table, brought in from elsewhere, and taken back again."""

import os
import tempfile
from argparse import ArgumentTypeError
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser

from incidents.actions.numbering import REBUILD_TALLIES
from incidents.actions.refusals import RefusedError
from incidents.choices import JobState
from incidents.jobs import run_now
from incidents.models import Job
from taxonomy.actions.importing_codings import import_codings, take_codings_back
from taxonomy.actions.measuring import ask_agreement
from taxonomy.choices import Purpose
from taxonomy.exports import answers_csv, answers_json
from taxonomy.management.coded_rows import read_coded_rows, sentence_of
from taxonomy.management.plain import PlainCommand, readable, scheme_named, study_named
from taxonomy.models import Scheme
from taxonomy.queries.answers import COLUMNS, answers_of, withheld
from taxonomy.queries.bringing import Found, find_codings
from taxonomy.queries.reliability import measures_brought
from taxonomy.queries.trees import tree_of

FAULTS_SHOWN: Final = 50
FORMS: Final = {"csv": answers_csv, "json": answers_json}


class Command(PlainCommand):
    """Take the answers of coders away, bring in such made elsewhere, take these back."""

    help = (
        "Export the answers of coders, import answers made elsewhere, or take an import back."
        " An export shows who answered what: whoever still codes in the scheme is not to see it."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Take the file before the options or after them."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.parse_args = parser.parse_intermixed_args  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the act and what it is about."""
        parser.add_argument("act", choices=["export", "import", "undo"])
        parser.add_argument(
            "file", nargs="?", metavar="FILE", help="export: where it goes, else to the screen"
        )
        self.add_study(parser)
        parser.add_argument(
            "--scheme", help="short name of the scheme; may be left out where there is only one"
        )
        _add_which(parser)
        _add_how(parser)
        _add_of_imports(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do one of the three."""
        acts = {"export": self._export, "import": self._import, "undo": self._undo}
        scheme = scheme_named(study_named(options["study"]), options["scheme"])
        try:
            acts[options["act"]](scheme, options)
        except RefusedError as refusal:
            raise CommandError(str(refusal)) from None

    # -- Taking away --------------------------------------------------------------------------

    def _export(self, scheme: Scheme, options: dict[str, Any]) -> None:
        _check(scheme, options)
        rows = answers_of(
            scheme,
            superseded=options["all"],
            unlocked=options["unlocked"],
            purposes=options["purpose"],
            batch=options["batch"],
            position=options["round"],
        )
        columns = [name for name in COLUMNS if options["notes"] or name != "note"]
        pieces = FORMS[options["format"]](rows, columns)
        if options["file"]:
            _write(Path(options["file"]), pieces)
        else:
            for piece in pieces:
                self.stdout.write(piece, ending="")
        kept_back = [] if options["unlocked"] else withheld(scheme)
        if kept_back:
            batches = ", ".join(f"“{name}” ({number:,})" for name, number in kept_back)
            self.stderr.write(
                f"Left out, because these batches are not locked: {batches}. See --unlocked.",
                style_func=str,
            )

    # -- Bringing in --------------------------------------------------------------------------

    def _import(self, scheme: Scheme, options: dict[str, Any]) -> None:
        if not options["file"]:
            raise CommandError("Say which file to import.")
        sheet = read_coded_rows(readable(options["file"]))
        found = find_codings(sheet, scheme, only_known_coders=options["coders"] == "existing")
        self._show(found)
        if options["dry_run"]:
            self.stdout.write("Checked only: nothing was imported.")
        elif not found.new:
            self.stdout.write("Everything in the file is there already: nothing was changed.")
        else:
            imported = import_codings(
                scheme=scheme, new=found.new, coders=found.coders, by=None, progress=self._progress
            )
            _count_again(scheme)
            self.stdout.write(
                f"Imported {imported.codings:,} codings into “{scheme.slug}” as number"
                f" {imported.number}. To take them back: codings undo --number {imported.number}."
            )
            if measures_brought(scheme):
                ask_agreement(scheme=scheme, by=None)
                self.stdout.write("How far these coders agree: the page Reliability says it soon.")

    def _show(self, found: Found) -> None:
        """Say what the file would do; CommandError where a row cannot come in."""
        self.stdout.write(
            f"rows {found.rows:,}, new {len(found.new):,}, there already {found.known:,}, no first"
            f" answers {found.left_out:,}, faulty {len(found.faults):,}; moments"
            f" {len({one.moment for one in found.new}):,}, new coders {len(found.coders):,}"
        )
        for name in list(found.coders.values())[:FAULTS_SHOWN]:
            self.stdout.write(f"new coder: {name}")
        faults = [sentence_of(one) for one in found.faults[:FAULTS_SHOWN]]
        more = len(found.faults) - FAULTS_SHOWN
        faults += [f"… and {more:,} more."] if more > 0 else []
        if faults:
            raise CommandError("\n".join([*faults, "Nothing was imported."]))

    def _progress(self, done: int, of: int) -> None:
        if self.stderr.isatty():
            line = f"{done:,} of {of:,} codings"
            ending = "\r" if done < of else "\n"
            self.stderr.write(line, style_func=str, ending=ending)

    def _undo(self, scheme: Scheme, options: dict[str, Any]) -> None:
        if options["file"]:
            raise CommandError("Only export and import take a file.")
        taken = take_codings_back(scheme=scheme, number=options["number"], by=None)
        _count_again(scheme)
        self.stdout.write(f"Took back {taken.codings:,} codings of the import {taken.number}.")


def _add_which(parser: CommandParser) -> None:
    """Which answers an export has."""
    states = parser.add_mutually_exclusive_group()
    states.add_argument(
        "--live", action="store_true", help="export: what nothing supersedes (default)"
    )
    states.add_argument(
        "--all", action="store_true", help="export: what was superseded or taken back, too"
    )
    parser.add_argument(
        "--purpose",
        type=_purposes,
        default=Purpose.values,
        metavar="PURPOSE[,PURPOSE]",
        help=f"export: only these of {', '.join(Purpose.values)}",
    )
    parser.add_argument("--batch", default="", metavar="NAME", help="export: of this batch")
    parser.add_argument(
        "--unlocked",
        action="store_true",
        help="export: answers of batches that are not locked, too; nobody who codes in them"
        " may see the file",
    )


def _add_how(parser: CommandParser) -> None:
    """How an export is written."""
    parser.add_argument("--format", choices=list(FORMS), default="csv", help="of an export")
    parser.add_argument(
        "--round",
        type=int,
        metavar="N",
        help="export: values brought to this round, 1 the finest",
    )
    parser.add_argument("--notes", action="store_true", help="export: the notes of coders, too")


def _add_of_imports(parser: CommandParser) -> None:
    """What an import may do, and which one is undone."""
    parser.add_argument(
        "--coders",
        choices=["create", "existing"],
        default="create",
        help="import: make members without an account of coders the study lacks (default), or"
        " refuse them",
    )
    parser.add_argument("--dry-run", action="store_true", help="import: say it, and change nothing")
    parser.add_argument("--number", type=int, metavar="N", help="undo: which import, else the last")


def _check(scheme: Scheme, options: dict[str, Any]) -> None:
    """Raise CommandError where there is no such batch or round."""
    if options["batch"] and not scheme.batches.filter(name=options["batch"]).exists():
        names = ", ".join(scheme.batches.order_by("pk").values_list("name", flat=True))
        raise CommandError(
            f"There is no batch “{options['batch']}”. There are: {names or 'none yet'}."
        )
    rounds = tree_of(scheme).rounds if options["round"] is not None else {}
    if options["round"] is not None and options["round"] not in rounds:
        known = ", ".join(f"{position} ({name})" for position, name in rounds.items())
        raise CommandError(
            f"There is no round {options['round']}. There are: {known or 'none yet'}."
        )


def _purposes(text: str) -> list[str]:
    """Purposes between commas."""
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in Purpose.values:
            raise ArgumentTypeError(
                f"“{name}” is no purpose. There are: {', '.join(Purpose.values)}."
            )
    return names


def _write(path: Path, pieces: Iterator[str]) -> None:
    """Write a whole file or none, for its owner alone."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
                stream.writelines(pieces)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise CommandError(f"“{path}” cannot be written: {error.strerror}.") from None


def _count_again(scheme: Scheme) -> None:
    """Build the tallies that wait to be, so that pages show what came in without a worker."""
    waiting = Job.objects.filter(study=scheme.study_id, kind=REBUILD_TALLIES)
    for job in waiting.filter(state=JobState.WAITING):
        run_now(job)
