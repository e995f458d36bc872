"""What a picture is made of: the figures of a table as they are shown, and the words beside them.

Nothing is counted here. Where a figure may not be shown its `share` is None, and nothing is drawn.
"""

import dataclasses

from taxonomy.tabulation.table import full_name

ALL = "all"


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """One figure: `shown` is what the table prints, `share` what is drawn, in per cent of the base.

    `low` and `high` are the ends of its interval, in per cent too; each None where there is none.
    """

    shown: str
    share: float | None = None
    low: float | None = None
    high: float | None = None
    interval: str = ""
    residual: float | None = None
    residual_shown: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One column under its heading; `group` is the outer of two nested columns."""

    name: str
    base: str = ""
    valence: str = ""
    group: str = ""
    is_all: bool = False
    not_stated: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One category; `across` are shares of the row itself, where columns are valences.

    `at` is its place in the table, where not all rows are given; `weight` how much it counts.
    """

    name: str
    cells: tuple[Cell, ...]
    weight: float = 0.0
    across: tuple[Cell, ...] = ()
    at: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Words:
    """What stands around a picture, in the reader's language; `…%(name)s` are filled in here."""

    title: str
    subtitles: dict[str, str]
    per_cent: str = "%s%%"
    base: str = "Base %s"
    rows_left_out: str = "%(shown)s of %(all)s rows."
    columns_left_out: str = "%(shown)s of %(all)s columns."
    is_all: str = "All"
    negative: str = "Negative"
    positive: str = "Positive"
    between: str = "Neutral or mixed"
    notes: tuple[str, ...] = ()


def called(column: Column, words: Words) -> str:
    """The name of a column, with that of the outer one where two are nested."""
    return words.is_all if column.is_all else full_name(column.name, column.group)


@dataclasses.dataclass(frozen=True, slots=True)
class Figures:
    """A table as pictures see it: columns in the order of the table, All first; rows likewise.

    Of many rows the heaviest are enough, with `all_rows` for how many there are.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    words: Words
    overlapping: bool = False
    periods: bool = False
    statistics: bool = False
    all_rows: int = 0

    @property
    def number_of_rows(self) -> int:
        """How many rows the table has."""
        return max(self.all_rows, len(self.rows))
