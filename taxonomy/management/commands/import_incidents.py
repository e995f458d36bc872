"""Bring a file of incidents into a study."""

from argparse import SUPPRESS, Action, ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.core.validators import validate_slug

from incidents.actions.numbering import REBUILD_TALLIES
from incidents.actions.refusals import RefusedError
from incidents.actions.studies import found_study
from incidents.choices import JobState
from incidents.jobs import run_now
from incidents.models import Job, Study
from taxonomy.actions.importing import (
    preview_of,
    receive_file,
    request_check,
    request_import,
    say_what_it_means,
)
from taxonomy.management.plain import PlainCommand, readable, study_named

CHUNK = 1 << 20
MESSAGES_SHOWN = 50


class _Pairs(Action):
    """Collects pairs; what stands behind them without a “=” is the file."""

    def __call__(
        self,
        _parser: ArgumentParser,
        namespace: Namespace,
        values: str | Sequence[Any] | None,
        _option: str | None = None,
    ) -> None:
        """Add the pairs that this option was given."""
        pairs = list(values or ())
        if "=" not in pairs[-1] and not hasattr(namespace, "file"):
            namespace.file = pairs.pop()
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), *pairs])


class Command(PlainCommand):
    """Read, check and import one CSV or XLSX file, all of it or nothing."""

    help = "Bring a CSV or XLSX file of incidents into a study, all of it or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file and what its columns and values mean."""
        self.add_study(parser)
        parser.add_argument("file", metavar="FILE", nargs="?", default=SUPPRESS)
        parser.add_argument("--map", action=_Pairs, nargs="+", default=[], metavar="column=field")
        parser.add_argument(
            "--values", action=_Pairs, nargs="+", default=[], metavar="field:theirs=ours"
        )
        parser.add_argument("--create-study", metavar="NAME", help="make the study first")
        parser.add_argument(
            "--create-missing",
            action="store_true",
            help="make regions, sectors, organizations, sites and members the study lacks",
        )
        parser.add_argument("--codes", choices=["split", "first"], default="split")
        parser.add_argument("--scheme", help="short name of the scheme that takes the categories")
        parser.add_argument("--dry-run", action="store_true", help="check only; change nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check the file, print what is to say about it, and import it."""
        path = _readable(options.get("file", ""))
        try:
            study = _study(options)
            preview = preview_of(path, study=study, **_meaning(options))
            self._show(preview)
            if preview["blocked"]:
                raise CommandError(
                    "Nothing was imported. Settle what stands above, then try again."
                )
            if options["dry_run"]:
                self.stdout.write("Checked only: nothing was imported.")
                return
            self._import(path, study, options)
        except RefusedError as refusal:
            raise CommandError(str(refusal)) from None

    def _show(self, preview: dict[str, Any]) -> None:
        if preview.get("refused"):
            raise CommandError(preview["refused"])
        for message in preview["messages"][:MESSAGES_SHOWN]:
            row = f"row {message['row']}" if message["row"] else ""
            column = f"column “{message['column']}”" if message["column"] else ""
            where = ", ".join(part for part in (row, column) if part)
            said = f"{where}: {message['text']}" if where else message["text"]
            self.stdout.write(f"{message['severity']}: {said}")
        more = preview["messages_in_all"] - MESSAGES_SHOWN
        if more > 0:
            self.stdout.write(f"… and {more} more messages.")
        counts = preview["counts"]
        self.stdout.write(
            f"rows {counts['rows']} = incidents {counts['incidents']}"
            f" + refused {counts['refused']} + merged {counts['merged']};"
            f" moments {counts['moments']}, codings {counts['codings']},"
            f" categories {counts['categories']} in {len(preview['levels'])} rounds"
        )

    def _import(self, path: Path, study: Study, options: dict[str, Any]) -> None:
        if study._state.adding:
            study = found_study(slug=study.slug, name=study.name)
        with path.open("rb") as stream:
            chunks = iter(lambda: stream.read(CHUNK), b"")
            name = path.name.encode(errors="replace").decode()  # a name may be no UTF-8
            source = receive_file(study=study, name=name, chunks=chunks, by=None)
        meaning = _meaning(options)
        meaning["columns"] = {**source.options["columns"], **meaning["columns"]}
        source = say_what_it_means(
            source=source, by=None, row_version=source.row_version, **meaning
        )
        _done(run_now(request_check(source=source, by=None)))
        source.refresh_from_db()
        _done(run_now(request_import(source=source, by=None, row_version=source.row_version)))
        source.refresh_from_db()
        for job in Job.objects.filter(study=study, kind=REBUILD_TALLIES, state=JobState.WAITING):
            run_now(job)
        self.stdout.write(f"Imported into the study “{study.slug}”.")
        for scheme in study.schemes.filter(uid__in=filter(None, [source.scheme_uid])):
            self.stdout.write(f"Categories: scheme “{scheme.slug}”, revision {scheme.revision}.")


def _readable(name: str) -> Path:
    if not name:
        raise CommandError("Say which file; one with “=” in its name has to stand first.")
    return readable(name)


def _study(options: dict[str, Any]) -> Study:
    """The study named, or one still to be made."""
    slug, name = options["study"], options["create_study"]
    if not name or Study.objects.filter(slug=slug).exists():
        return study_named(slug)
    study = Study(slug=slug, name=name)
    try:
        study.full_clean()
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
    return study


def _meaning(options: dict[str, Any]) -> dict[str, Any]:
    meaning: dict[str, Any] = {
        "columns": dict(_pair(text, "column=field") for text in options["map"]),
        "values": _values(options["values"]),
        "codes": options["codes"],
        "create_missing": options["create_missing"] or bool(options["create_study"]),
    }
    return {**meaning, "scheme": _slug(options["scheme"])} if options["scheme"] else meaning


def _slug(text: str) -> str:
    try:
        validate_slug(text)
    except ValidationError as error:
        raise CommandError(f"“{text}”: {' '.join(error.messages)}") from None
    return text[:60]


def _pair(text: str, form: str) -> tuple[str, str]:
    left, equals, right = text.rpartition("=")
    if not equals or not left.strip():
        raise CommandError(f"“{text}” is not of the form {form}.")
    return left.strip(), right.strip()


def _values(texts: Sequence[str]) -> dict[str, dict[str, str]]:
    values: dict[str, dict[str, str]] = defaultdict(dict)
    for text in texts:
        field, colon, rest = text.partition(":")
        if not colon:
            raise CommandError(f"“{text}” is not of the form field:theirs=ours.")
        theirs, ours = _pair(rest, "field:theirs=ours")
        values[field.strip()][theirs] = ours
    return values


def _done(job: Job) -> None:
    if job.state != JobState.DONE:
        raise CommandError(f"{job.error or 'The work did not end.'} Nothing was imported.")
