"""The question that a table answers."""

import csv
import dataclasses
from collections.abc import Iterable

from taxonomy.choices import Dimension, Unit

FILTER_FIELDS = (
    "region",
    "country",
    "organization",
    "sector",
    "viewpoint",
    "valence",
    "told_as",
    "asked_for",
    "language",
    "category",
)
PATH_SEPARATOR = " > "


class SpecificationError(ValueError):
    """A question that cannot be asked; its text is a sentence for the person who asked it."""


@dataclasses.dataclass(frozen=True)
class Specification:
    """Rows by the categories of a round, columns by a dimension, over some of the facts.

    `where` maps a field to the values kept, as people write them or as uids; fields are joined by
    *and*, values of one field by *or*.
    """

    round: int
    by: Dimension = Dimension.REGION
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unit: Unit = Unit.MOMENTS


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
