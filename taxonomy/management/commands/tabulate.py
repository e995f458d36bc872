"""Print the table that the dashboard shows."""

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from taxonomy.choices import Dimension, Unit
from taxonomy.management.plain import PlainCommand, scheme_named, study_named
from taxonomy.models import Scheme
from taxonomy.queries.tables import Answered, answer, with_interviews
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.printed import as_csv, as_json
from taxonomy.tabulation.specification import (
    Specification,
    SpecificationError,
    read_conditions,
)


class Command(PlainCommand):
    """A table of categories by region, viewpoint, valence, sector or organization."""

    help = "Print the table that the dashboard shows, counted from the facts as they are now."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the question."""
        self.add_study(parser)
        parser.add_argument(
            "--scheme", help="short name of the scheme; may be left out where there is only one"
        )
        parser.add_argument(
            "--round", required=True, help="position of the round (1 the finest) or its name"
        )
        parser.add_argument("--by", choices=Dimension.values, default=Dimension.REGION.value)
        parser.add_argument(
            "--where",
            action="append",
            default=[],
            metavar="FIELD=VALUE[,VALUE]",
            help="keep only these; may be repeated (and); values are one line of CSV (or)",
        )
        parser.add_argument("--unit", choices=Unit.values, default=Unit.MOMENTS.value)
        parser.add_argument("--format", choices=["csv", "json"], default="csv")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the table to standard output."""
        study = study_named(options["study"])
        scheme = scheme_named(study, options["scheme"])
        try:
            specification = Specification(
                round=_position(scheme, options["round"]),
                by=Dimension(options["by"]),
                where=read_conditions(options["where"]),
                unit=Unit(options["unit"]),
            )
            answered = with_interviews(answer(scheme, specification, from_facts=True))
        except SpecificationError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(_printed(answered, options["format"]), ending="")


def _position(scheme: Scheme, wanted: str) -> int:
    rounds = tree_of(scheme).rounds
    for position, name in rounds.items():
        if wanted.strip().casefold() in {str(position), name.casefold()}:
            return position
    names = ", ".join(f"{position} ({name})" for position, name in rounds.items())
    raise CommandError(f"There is no round “{wanted}”. The rounds are: {names or 'none yet'}.")


def _printed(answered: Answered, form: str) -> str:
    if form == "csv":
        return as_csv(answered.table)
    specification, scheme = answered.specification, answered.scheme
    heading = {
        "study": scheme.study.slug,
        "scheme": scheme.slug,
        "revision": answered.revision,
        "data_seq": answered.data_seq,
        "round": specification.round,
        "by": specification.by.value,
        "unit": specification.unit.value,
        "reconstruction": scheme.study.reconstruction,
    }
    return json.dumps(as_json(answered.table, **heading), ensure_ascii=False, indent=2) + "\n"
