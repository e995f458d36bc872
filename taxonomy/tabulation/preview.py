"""What another tree would do to tables: the same moments, rolled up in both. No database."""

import dataclasses
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from taxonomy.choices import Residual
from taxonomy.tabulation.outcomes import UNCLASSIFIABLE
from taxonomy.tabulation.points import Points, points_of
from taxonomy.tabulation.rollup import Cell, Settled, roll_up, row_of
from taxonomy.tabulation.table import Column, Row, Table, build_table
from taxonomy.tabulation.tree import Node, Tree

Answers = Sequence[tuple[Sequence[int], int]]  # what the coders of a moment said, and how often
SHOWN = 3  # decimals of a figure of agreement


class Change(NamedTuple):
    """One figure before and after, as shown; None where there is no such row or no base."""

    before: str | None
    after: str | None

    @property
    def changed(self) -> bool:
        """Whether a reader sees another figure."""
        return self.before != self.after


@dataclasses.dataclass(frozen=True)
class ChangedRow:
    """One category of a round with its figures; `gone` where it no longer stands."""

    name: str
    gone: bool
    figures: tuple[Change, ...]


@dataclasses.dataclass(frozen=True)
class ChangedRound:
    """The rows of a round that look different afterwards, and how far coders agree there.

    The base is in moments. `agreement` has figures before and after; None where nobody was to
    agree.
    """

    position: int
    columns: tuple[Column, ...]
    rows: tuple[ChangedRow, ...]
    base: tuple[int, int]
    agreement: tuple[Points, Points] | None

    @property
    def agrees_otherwise(self) -> bool:
        """Whether a reader sees other figures of agreement."""
        return self.agreement is not None and len({_shown(one) for one in self.agreement}) > 1


def _shown(points: Points) -> tuple[float | None, ...]:
    figures = (points.moments, points.agreement, points.alpha, points.kappa)
    return tuple(None if figure is None else round(figure, SHOWN) for figure in figures)


def moments_touched(cells: Iterable[Cell], before: Tree, after: Tree) -> int:
    """How many moments count in another category, or another line, at some round."""
    return sum(int(cell.moments) for cell in cells if _is_touched(cell.settled, before, after))


def _is_touched(settled: Settled, before: Tree, after: Tree) -> bool:
    return any(
        _key(row_of(settled, before, position)) != _key(row_of(settled, after, position))
        for position in before.rounds
    )


def _key(row: object) -> object:
    return row.key if isinstance(row, Node) else row


def changed_rounds(
    cells: Sequence[Cell], answers: Answers, before: Tree, after: Tree, columns: Sequence[Column]
) -> list[ChangedRound]:
    """The rounds in which something looks different, from the coarsest to the finest."""
    rounds = [
        _round(cells, answers, (before, after), position, columns)
        for position in sorted(before.rounds, reverse=True)
    ]
    return [one for one in rounds if one.rows or one.base[0] != one.base[1] or one.agrees_otherwise]


def _round(
    cells: Sequence[Cell],
    answers: Answers,
    trees: tuple[Tree, Tree],
    position: int,
    columns: Sequence[Column],
) -> ChangedRound:
    former, later = (
        build_table(roll_up(cells, tree, position), tree, position, columns) for tree in trees
    )
    return ChangedRound(
        position=position,
        columns=former.columns,
        rows=tuple(row for row in _rows(former, later) if _looks_different(row)),
        base=(int(former.base.total), int(later.base.total)),
        agreement=_agreements(answers, *trees, position),
    )


def _agreements(
    answers: Answers, before: Tree, after: Tree, position: int
) -> tuple[Points, Points] | None:
    """How far coders agree at a round in both trees; None where nobody was to agree.

    What is not batched, or coded only at a coarser round, is no answer there, and *cannot be
    classified* is one more category: as on the page of reliability.
    """
    keys = {key for one, _times in answers for key in one}
    if not keys:
        return None
    former, later = ({key: _said(key, tree, position) for key in keys} for tree in (before, after))
    points = points_of(_placed(answers, former))
    same = former == later
    return points, points if same else points_of(_placed(answers, later))


def _placed(
    answers: Answers, places: Mapping[int, Hashable | None]
) -> Iterator[tuple[list[Hashable], int]]:
    for keys, times in answers:
        yield [place for key in keys if (place := places[key]) is not None], times


def _said(key: int, tree: Tree, position: int) -> Hashable | None:
    if key == UNCLASSIFIABLE:
        return Residual.UNCLASSIFIABLE
    place = tree.at_round(key, position) if key in tree.nodes else None
    return place.key if isinstance(place, Node) else None


def _rows(before: Table, after: Table) -> Iterable[ChangedRow]:
    later = {row.node.key: row for row in after.rows}
    former = {row.node.key: row for row in before.rows}
    for row in before.rows:
        yield _row(row, later.get(row.node.key))
    for row in after.rows:
        if row.node.key not in former:  # retired, and counted only now
            yield _row(None, row)


def _row(before: Row | None, after: Row | None) -> ChangedRow:
    shown = after or before
    assert shown is not None  # noqa: S101  (one of them is there)
    figures = zip(_figures(before, shown), _figures(after, shown), strict=True)
    return ChangedRow(
        name=shown.node.heading, gone=after is None, figures=tuple(Change(*one) for one in figures)
    )


def _figures(row: Row | None, other: Row) -> list[str | None]:
    return [cell.text for cell in row.cells] if row else [None] * len(other.cells)


def _looks_different(row: ChangedRow) -> bool:
    return row.gone or any(figure.changed for figure in row.figures)
