"""The question that a table answers."""

import csv
import dataclasses
from collections.abc import Iterable

from taxonomy.choices import Dimension, Origin, Shares, Unit, Weight

FILTER_FIELDS = (
    "region",
    "country",
    "organization",
    "sector",
    "viewpoint",
    "valence",
    "told_as",
    "asked_for",
    "served_by",
    "language",
    "category",
    "other_category",
    "q",
    "since",
    "until",
    "held_since",
    "held_until",
    "mode",
    "interviewer",
    "recall",
    "first_told",
)
PATH_SEPARATOR = " > "
SCHEME = "scheme"


class SpecificationError(ValueError):
    """A question that cannot be asked; its text is a sentence for the person who asked it."""


@dataclasses.dataclass(frozen=True)
class Across:
    """Columns by the categories of another scheme, by its short name, at one of its rounds.

    `round` None is the coarsest one; `label` is how people call it.
    """

    scheme: str
    round: int | None = None
    label: str = dataclasses.field(default="", compare=False)

    @property
    def value(self) -> str:
        """How addresses and scripts write it."""
        parts = (SCHEME, self.scheme, *([] if self.round is None else [str(self.round)]))
        return ":".join(parts)


Variable = Dimension | Across


@dataclasses.dataclass(frozen=True)
class Specification:
    """Rows by the categories of a round, columns by one variable or two, over some of the facts.

    `where` maps a field to the values kept, as people write them or as uids; fields are joined by
    *and*, values of one field by *or*. `then` divides each column of `by` once more. `origin` says
    whose region, country, sector and organization are meant, in columns and in `where`. `decimals`
    are those of the percentages, which are made to add to 100 where they are `adjusted`.
    """

    round: int
    by: Variable = Dimension.REGION
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unit: Unit = Unit.MOMENTS
    then: Variable | None = None
    weight: Weight = Weight.NONE
    shares: Shares = Shares.COLUMN
    origin: Origin = Origin.RESPONDENT
    subtotals: bool = False
    decimals: int = 0
    adjusted: bool = False

    @property
    def columns(self) -> tuple[Variable, ...]:
        """The one or two column variables, the outer first."""
        return (self.by,) if self.then is None else (self.by, self.then)

    @property
    def columns_value(self) -> str:
        """The column variables as scripts write them."""
        return ",".join(variable.value for variable in self.columns)

    @property
    def may_be_adjusted(self) -> bool:
        """Whether its percentages are shares of wholes in which each unit stands once."""
        return self.unit == Unit.MOMENTS and self.shares in {Shares.COLUMN, Shares.ROW}

    @property
    def is_weighted(self) -> bool:
        """Whether moments count for less than one."""
        return self.weight != Weight.NONE

    @property
    def tells_interviewers(self) -> bool:
        """Whether it asks who wrote things down, which is for admins only."""
        filtered = {field for field, _values in self.where}
        return Dimension.INTERVIEWER in self.columns or "interviewer" in filtered


def read_columns(text: str) -> tuple[Variable, Variable | None]:
    """Read `region`, `region,valence` or `scheme:cause:1,region`. Raises SpecificationError."""
    variables = [read_variable(part) for part in text.split(",")]
    if len(variables) > 2:  # noqa: PLR2004
        msg = f"“{text}” are more than two column variables."
        raise SpecificationError(msg)
    first, *second = variables
    if first in second:
        msg = f"“{text}” names one column variable twice."
        raise SpecificationError(msg)
    return first, (second[0] if second else None)


def read_variable(text: str) -> Variable:
    """Read a column variable as scripts and addresses write it. Raises SpecificationError."""
    word, _colon, rest = text.strip().partition(":")
    if word == SCHEME and rest:
        slug, _colon, position = rest.partition(":")
        if position and not (position.isascii() and position.isdigit()):
            msg = f"“{position}” is not the number of a round, as in scheme:cause:1."
            raise SpecificationError(msg)
        return Across(slug, int(position) if position else None)
    if text.strip() not in Dimension.values:
        names = ", ".join([*Dimension.values, "scheme:NAME:ROUND"])
        msg = f"There are no columns by “{text.strip()}”. Columns are by: {names}."
        raise SpecificationError(msg)
    return Dimension(text.strip())


def read_conditions(texts: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Read `field=value[,value] …` conditions; the values are one line of CSV.

    A field named twice keeps what both conditions keep. Raises SpecificationError.
    """
    return tuple(_read_condition(text) for text in texts)


def _read_condition(text: str) -> tuple[str, tuple[str, ...]]:
    field, equals, values = text.partition("=")
    field = field.strip()
    if not equals:
        msg = f"“{text}” is not a condition: write field=value, for example region=Asia."
        raise SpecificationError(msg)
    if field not in FILTER_FIELDS:
        msg = f"There is no field “{field}”. The fields are: {', '.join(FILTER_FIELDS)}."
        raise SpecificationError(msg)
    try:
        [kept] = csv.reader([values], skipinitialspace=True, strict=True)
    except (csv.Error, ValueError):
        msg = f"The values of “{field}” are not one line of CSV: {values}"
        raise SpecificationError(msg) from None
    return field, tuple(value.strip() for value in kept)
