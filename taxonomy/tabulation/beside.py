"""Two tables of the same question side by side, line by line: no database."""

import dataclasses
from collections.abc import Iterator, Sequence

from taxonomy.tabulation.preview import Change
from taxonomy.tabulation.rollup import ColumnKey
from taxonomy.tabulation.table import Column, Line, Row, Table


@dataclasses.dataclass(frozen=True)
class BesideRow:
    """A category with its figures in both tables; `only` is "then" or "now" where one has it."""

    name: str
    path: tuple[str, ...]
    only: str
    figures: tuple[Change, ...]


@dataclasses.dataclass(frozen=True)
class BesideLine:
    """The base or a residual line, by its kind, with its counts in both tables."""

    kind: str
    counts: tuple[tuple[int, int], ...]


@dataclasses.dataclass(frozen=True)
class Beside:
    """Rows, base and residual lines of two tables, in the same columns."""

    columns: tuple[Column, ...]
    rows: tuple[BesideRow, ...]
    base: BesideLine
    residuals: tuple[BesideLine, ...]

    @property
    def changed(self) -> int:
        """How many figures of the rows a reader sees otherwise."""
        return sum(figure.changed for row in self.rows for figure in row.figures)


def beside(then: Table, now: Table) -> Beside:
    """Put two tables side by side: the rows of the former in its order, then what came.

    Residual lines in which both count nothing are left out.
    """
    known = {column.key for column in then.columns}
    columns = (*then.columns, *(one for one in now.columns if one.key not in known))
    residuals = (
        _line(former, later, columns)
        for former, later in zip(then.residuals, now.residuals, strict=True)
    )
    return Beside(
        columns=columns,
        rows=tuple(_rows(then, now, columns)),
        base=_line(then.base, now.base, columns),
        residuals=tuple(line for line in residuals if any(map(any, line.counts))),
    )


def _rows(then: Table, now: Table, columns: Sequence[Column]) -> Iterator[BesideRow]:
    later = {row.node.key: row for row in now.rows}
    former = {row.node.key for row in then.rows}
    for row in then.rows:
        yield _row(row, later.get(row.node.key), columns)
    for row in now.rows:
        if row.node.key not in former:
            yield _row(None, row, columns)


def _row(then: Row | None, now: Row | None, columns: Sequence[Column]) -> BesideRow:
    shown = then or now
    assert shown is not None  # noqa: S101  (one of them is there)
    figures = zip(_figures(then, columns), _figures(now, columns), strict=True)
    return BesideRow(
        name=shown.node.heading,
        path=shown.path,
        only="then" if now is None else "now" if then is None else "",
        figures=tuple(Change(*pair) for pair in figures),
    )


def _figures(row: Row | None, columns: Sequence[Column]) -> list[str | None]:
    shown: dict[ColumnKey, str | None] = (
        {} if row is None else {cell.column.key: cell.text for cell in row.cells}
    )
    return [shown.get(column.key) for column in columns]


def _line(then: Line, now: Line, columns: Sequence[Column]) -> BesideLine:
    former, later = _counts(then), _counts(now)
    counts = tuple((former.get(one.key, 0), later.get(one.key, 0)) for one in columns)
    return BesideLine(then.kind, counts)


def _counts(line: Line) -> dict[ColumnKey, int]:
    return {column.key: int(count) for column, count in line.cells}
