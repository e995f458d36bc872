"""Print the table that the dashboard shows."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from reports.actions.running import LETTERS, SEED
from reports.exports.tables import as_xlsx
from reports.queries.captions import facts_about
from taxonomy.choices import Dimension, Origin, Shares, Unit, Weight
from taxonomy.management.plain import PlainCommand, scheme_named, study_named
from taxonomy.models import Scheme
from taxonomy.queries.tables import Answered, answer, with_interviews
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.printed import as_csv, as_json
from taxonomy.tabulation.specification import (
    Specification,
    SpecificationError,
    read_columns,
    read_conditions,
)

STATISTICS = ("numbers", "statistics", "sensitivity", "findings")  # of what a run finds


class Command(PlainCommand):
    """A table of categories by one or two column variables."""

    help = "Print the table that the dashboard shows, counted from the facts as they are now."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the question, how it is shown, and what is written."""
        self.add_study(parser)
        _add_question(parser)
        _add_figures(parser)
        parser.add_argument("--format", choices=["csv", "json", "xlsx"], default="csv")
        parser.add_argument(
            "--stats",
            action="store_true",
            help="with everything a run computes; only with --format json",
        )
        parser.add_argument("--output", metavar="FILE", help="write to a file, not to the terminal")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the table to standard output, or write it to a file."""
        study = study_named(options["study"])
        scheme = scheme_named(study, options["scheme"])
        if options["stats"] and options["format"] != "json":
            raise CommandError("Statistics are many figures for each cell: add --format json.")
        try:
            specification = _specification(scheme, options)
            content = _content(scheme, specification, options)
        except SpecificationError as error:
            raise CommandError(str(error)) from None
        self._write(content, options["output"])

    def _write(self, content: str | bytes, name: str | None) -> None:
        if name is not None:
            _to_file(Path(name), content.encode() if isinstance(content, str) else content)
        elif isinstance(content, str):
            self.stdout.write(content, ending="")
        elif self.stdout.isatty():
            raise CommandError("A workbook is not for a terminal: name a file with --output.")
        else:
            buffer: Any = self.stdout.buffer
            buffer.write(content)


def _add_question(parser: CommandParser) -> None:
    parser.add_argument(
        "--scheme", help="short name of the scheme; may be left out where there is only one"
    )
    parser.add_argument(
        "--round", required=True, help="position of the round (1 the finest) or its name"
    )
    columns = parser.add_mutually_exclusive_group()
    columns.add_argument("--by", choices=Dimension.values, help="one column variable")
    columns.add_argument(
        "--columns",
        metavar="VARIABLE[,VARIABLE]",
        help="one column variable or two, as of --by, or scheme:NAME[:ROUND]",
    )
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="FIELD=VALUE[,VALUE]",
        help="keep only these; may be repeated (and); values are one line of CSV (or)",
    )
    parser.add_argument("--unit", choices=Unit.values, default=Unit.MOMENTS.value)
    parser.add_argument(
        "--weight",
        choices=Weight.values,
        default=Weight.NONE.value,
        help="interview: a moment counts 1 / the moments of its interview that are kept",
    )
    parser.add_argument(
        "--origin",
        choices=Origin.values,
        default=Origin.RESPONDENT.value,
        help="whose region, country, sector and organization are meant",
    )


def _add_figures(parser: CommandParser) -> None:
    parser.add_argument(
        "--shares",
        choices=Shares.values,
        default=Shares.COLUMN.value,
        help="what percentages are shares of",
    )
    parser.add_argument(
        "--decimals", type=int, choices=[0, 1], default=0, help="decimals of the percentages"
    )
    parser.add_argument(
        "--adjust",
        action="store_true",
        help="make the percentages of columns, or of rows, add to 100 by the largest remainder",
    )
    parser.add_argument(
        "--subtotals", action="store_true", help="with those of the next coarser round"
    )


def _content(scheme: Scheme, specification: Specification, options: dict[str, Any]) -> str | bytes:
    if not options["stats"]:
        return _written(with_interviews(answer(scheme, specification, from_facts=True)), options)
    from reports.queries.computing import answer_of, read_together  # noqa: PLC0415  (loads NumPy)

    read = read_together(scheme, specification, names=True)
    found = answer_of(read, seed=SEED, letters=LETTERS)
    wanted = {name: found[name] for name in STATISTICS}
    return _as_text(_as_json(with_interviews(read.answered)) | wanted)


def _specification(scheme: Scheme, options: dict[str, Any]) -> Specification:
    by, then = read_columns(options["columns"] or options["by"] or Dimension.REGION.value)
    return Specification(
        round=_position(scheme, options["round"]),
        by=by,
        where=read_conditions(options["where"]),
        unit=Unit(options["unit"]),
        then=then,
        weight=Weight(options["weight"]),
        shares=Shares(options["shares"]),
        origin=Origin(options["origin"]),
        subtotals=options["subtotals"],
        decimals=options["decimals"],
        adjusted=options["adjust"],
    )


def _position(scheme: Scheme, wanted: str) -> int:
    rounds = tree_of(scheme).rounds
    for position, name in rounds.items():
        if wanted.strip().casefold() in {str(position), name.casefold()}:
            return position
    names = ", ".join(f"{position} ({name})" for position, name in rounds.items())
    raise CommandError(f"There is no round “{wanted}”. The rounds are: {names or 'none yet'}.")


def _written(answered: Answered, options: dict[str, Any]) -> str | bytes:
    if options["format"] == "csv":
        return as_csv(answered.table)
    if options["format"] == "xlsx":
        kept = "; ".join(options["where"])
        return as_xlsx(answered.table, facts_about(answered, kept=kept))
    return _as_text(_as_json(answered))


def _as_text(found: dict[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _as_json(answered: Answered) -> dict[str, Any]:
    specification, scheme = answered.specification, answered.scheme
    return as_json(
        answered.table,
        study=scheme.study.slug,
        scheme=scheme.slug,
        revision=answered.revision,
        data_seq=answered.data_seq,
        round=specification.round,
        by=specification.columns_value,
        unit=specification.unit.value,
        weight=specification.weight.value,
        shares=specification.shares.value,
        decimals=specification.decimals,
        adjusted=specification.adjusted,
        origin=specification.origin.value,
        reconstruction=scheme.study.reconstruction,
    )


def _to_file(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise CommandError(f"“{path}” cannot be written: {error.strerror}.") from None
