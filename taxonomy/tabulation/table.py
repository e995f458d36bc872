"""A table ready to be shown: every screen, file and command renders this and computes nothing."""

import dataclasses
from collections.abc import Mapping, Sequence

from taxonomy.choices import Residual
from taxonomy.tabulation.display import percent_shown, whole_percent
from taxonomy.tabulation.rollup import ALL, ColumnKey, Counts
from taxonomy.tabulation.tree import Node, Tree

NOT_STATED = "not_stated"
WHOLE = 100


@dataclasses.dataclass(frozen=True)
class Column:
    """One column; `key` is what cells are looked up by, `name` what people read.

    `word` names it in addresses, which never carry a key.
    """

    key: ColumnKey
    name: str
    not_stated: bool = False
    word: str = ""


@dataclasses.dataclass(frozen=True)
class Shown:
    """One cell as shown: units counted, and their share of the column's base (None at base 0)."""

    column: Column
    count: int
    percent: str | None


@dataclasses.dataclass(frozen=True)
class Row:
    """One category with its cells, in the order of the columns."""

    node: Node
    path: tuple[str, ...]
    cells: tuple[Shown, ...]


@dataclasses.dataclass(frozen=True)
class Line:
    """The base or a residual line: counts only, in the order of the columns."""

    kind: str
    cells: tuple[tuple[Column, int], ...]

    @property
    def total(self) -> int:
        """The count in the first column, which is All."""
        return self.cells[0][1]


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows by columns, the base under them and the residual lines beside it."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    base: Line
    residuals: tuple[Line, ...]
    interviews: Line | None = None

    @property
    def columns_not_adding_up(self) -> list[str]:
        """Names of columns whose whole per cents do not add to 100."""
        return [
            column.name
            for place, (column, base) in enumerate(self.base.cells)
            if base and self._sum_of_percents(place, base) != WHOLE
        ]

    def _sum_of_percents(self, place: int, base: int) -> int:
        return sum(whole_percent(row.cells[place].count, base) for row in self.rows)


def build_table(counts: Counts, tree: Tree, position: int, columns: Sequence[Column]) -> Table:
    """Put counts into rows and columns: ALL first, then `columns`; an empty *not stated* left out.

    Every standing category of the round has a row; a retired one only where it is counted.
    """
    shown = (
        Column(ALL, "All", word=ALL),
        *(column for column in columns if not column.not_stated or _is_used(counts, column.key)),
    )
    rows = tuple(
        Row(node, tuple(tree.path(node)), _cells(counts.rows.get(node.key, {}), counts, shown))
        for node in tree.rows(position)
        if not node.retired or node.key in counts.rows
    )
    residuals = tuple(
        _line(kind.value, counts.residuals.get(Residual(kind), {}), shown) for kind in Residual
    )
    return Table(shown, rows, _line("base", counts.base, shown), residuals)


def count_line(kind: str, line: Mapping[ColumnKey, int], table: Table) -> Line:
    """A line of counts in the columns of a table."""
    return _line(kind, line, table.columns)


def _cells(
    row: Mapping[ColumnKey, int], counts: Counts, columns: Sequence[Column]
) -> tuple[Shown, ...]:
    return tuple(
        Shown(
            column,
            row.get(column.key, 0),
            percent_shown(row.get(column.key, 0), counts.base.get(column.key, 0)),
        )
        for column in columns
    )


def _line(kind: str, line: Mapping[ColumnKey, int], columns: Sequence[Column]) -> Line:
    return Line(kind, tuple((column, line.get(column.key, 0)) for column in columns))


def _is_used(counts: Counts, key: ColumnKey) -> bool:
    lines = [counts.base, *counts.residuals.values()]
    return any(line.get(key, 0) for line in lines)
