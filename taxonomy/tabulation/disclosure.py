"""Which cells of a table may not be shown, so that nobody learns of a few people from it.

**First** go the cells that too little stands behind: fewer moments than the study's threshold, or
fewer interviews or organizations than the rule asks. A zero is shown, unless too little stands
behind the whole line or column that it is in: there it would tell where the few are not.

**Then** go others, so that who knows everything shown, totals included, cannot work back. A cell of
the first kind is protected when its value may lie anywhere in a span at least as wide as the
threshold, each value with a table of its own that looks the same. Such tables are found by *moves*:
something is added along a path of the table (a row with everything that it is counted in, or a row
against another; likewise a column) and taken away along another, so that every sum still holds. A
move changes only what is hidden, and takes nothing below zero; so the span is proven, not supposed.
Cells are hidden where that opens the cheapest move, and in the last resort everything is.

Sums: rows and columns are trees, each node the sum of those below it, its own root on top. The idea
is the cycles of Fischetti and Salazar and of Castro's shortest paths (Computers & Operations
Research 2007); it is a heuristic, so not the smallest number of cells is hidden.
"""

import bisect
import dataclasses
import functools
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from taxonomy.tabulation.display import Number

Place = tuple[int, int]
Parents = Sequence[int | None]
Signed = tuple[tuple[int, int], ...]

TRIED = 300  # moves over hidden cells that are looked at for one cell, a direction
PARTNERS = 4  # lines of each kind that are looked at when a move is to be opened
MOST_TRIED = 300_000  # moves of a whole table; beyond, which takes seconds, everything is hidden
STARTS = 4  # cells below a sum that a move may go through

FEWEST_INTERVIEWS = 3
FEWEST_ORGANIZATIONS = 2


@dataclasses.dataclass(frozen=True)
class Rule:
    """How much has to stand behind a figure: moments, and whose."""

    moments: int
    interviews: int = FEWEST_INTERVIEWS
    organizations: int = 0

    @classmethod
    def outside(
        cls, moments: int, *, interviews_known: bool = True, organizations_known: bool = True
    ) -> "Rule":
        """The rule of what leaves the study; who is not known cannot be asked for."""
        return cls(
            moments,
            FEWEST_INTERVIEWS if interviews_known else 0,
            FEWEST_ORGANIZATIONS if organizations_known else 0,
        )


class Behind(NamedTuple):
    """What stands behind a cell; interviews and organizations need be counted to three only."""

    moments: int = 0
    interviews: int = 0
    organizations: int = 0

    def is_enough(self, rule: Rule) -> bool:
        """Whether the cell may be shown as far as it alone goes."""
        return (
            self.moments >= rule.moments
            and self.interviews >= rule.interviews
            and self.organizations >= rule.organizations
        )


@dataclasses.dataclass(frozen=True)
class Grid:
    """A table with all its sums: `values` by row and column, and the parent of each of both.

    The root of each tree (its parent is None) comes first; a parent comes before its children.
    """

    values: Sequence[Sequence[Number]]
    rows: Parents
    columns: Parents


def too_little(grid: Grid, enough: Collection[Place]) -> set[Place]:
    """The cells that may not be shown for their own sake; `enough` are those with enough behind.

    A zero is one of them where a sum that it is part of is; but what is zero because nothing at all
    stands in its line or its column can be seen anyway.
    """
    values, few = grid.values, set[Place]()
    for row, column in _places(grid):
        if values[row][column]:
            if (row, column) not in enough:
                few.add((row, column))
        elif values[row][0] and values[0][column]:
            sums = [(above, column) for above in _path(row, grid.rows)[1:]]
            sums += [(row, above) for above in _path(column, grid.columns)[1:]]
            if any(values[at][to] and (at, to) not in enough for at, to in sums):
                few.add((row, column))
    return few


def hidden_cells(
    grid: Grid, few: Collection[Place], *, width: int, known: Collection[Place] = ()
) -> frozenset[Place]:
    """The cells to hide: those in `few`, and what protects them.

    Each cell in `few` may then lie in a span `width` wide, or as wide as what is `known` leaves:
    cells that can be read elsewhere, so that hiding them helps nobody. Of each other hidden cell
    the value cannot be told exactly.
    """
    hiding = _Hiding(grid, known)
    hiding.hide(few)
    inner = {parent for parent in grid.rows if parent is not None}
    across = {parent for parent in grid.columns if parent is not None}
    sums_first = sorted(
        few,
        key=lambda at: (at[0] not in inner, at[1] not in across, -grid.values[at[0]][at[1]], at),
    )
    for place in sums_first:
        hiding.protect(place, width)
    return frozenset(hiding.hidden)


def protects(grid: Grid, hidden: Collection[Place], few: Collection[Place], *, width: int) -> bool:
    """Whether each cell in `few` may lie in a span `width` wide as long as `hidden` is not shown.

    True is proven; in a large table a span may not be found that is there.
    """
    hiding = _Hiding(grid, ())
    hiding.hide(hidden)
    return all(place in hiding.hidden and hiding.spans(place, width) for place in sorted(few))


def _places(grid: Grid) -> Iterator[Place]:
    return ((row, column) for row in range(len(grid.rows)) for column in range(len(grid.columns)))


def _path(node: int, parents: Parents) -> list[int]:
    """The node and all that it is counted in, the root last."""
    path = [node]
    while (parent := parents[path[-1]]) is not None:
        path.append(parent)
    return path


class _Tree:
    """Rows or columns."""

    def __init__(self, parents: Parents) -> None:
        inner = set(parents)
        self.paths = [_path(node, parents) for node in range(len(parents))]
        self.leaves = [node for node in range(len(parents)) if node not in inner]
        self.flat = all(parent in {None, 0} for parent in parents)

    @functools.cache  # noqa: B019  (as long as the table)
    def below(self, node: int) -> list[int]:
        """The leaves that a node is the sum of."""
        return [leaf for leaf in self.leaves if node in self.paths[leaf]]

    @functools.cache  # noqa: B019
    def between(self, leaf: int, other: int | None) -> Signed:
        """What changes when one is added to a leaf and, unless None, taken from another."""
        mine = self.paths[leaf]
        if other is None:
            return tuple((node, 1) for node in mine)
        others = self.paths[other]
        gained = ((node, 1) for node in mine if node not in others)
        return (*gained, *((node, -1) for node in others if node not in mine))


class _Move(NamedTuple):
    """What goes up and what goes down, by the same amount."""

    up: list[Place]
    down: list[Place]


class _Hiding:
    """What is hidden so far, and how far each hidden cell may move."""

    def __init__(self, grid: Grid, known: Collection[Place]) -> None:
        self.values, self.known = grid.values, frozenset(known)
        self.rows, self.columns = _Tree(grid.rows), _Tree(grid.columns)
        self.hidden: set[Place] = set()
        self._in_row: dict[int, list[tuple[Number, int]]] = {}
        self._rows_of: dict[int, set[int]] = {}
        self._tried, self._everything = 0, False
        self._leaf_rows, self._leaf_columns = set(self.rows.leaves), set(self.columns.leaves)

    def hide(self, places: Iterable[Place]) -> None:
        for row, column in places:
            if (row, column) in self.hidden:
                continue
            self.hidden.add((row, column))
            if row in self._leaf_rows and column in self._leaf_columns:
                value = self.values[row][column]
                bisect.insort(self._in_row.setdefault(row, []), (-value, column))
                self._rows_of.setdefault(column, set()).add(row)

    def protect(self, place: Place, width: int) -> None:
        """Hide more until the cell may lie in a span that wide."""
        if self._everything:
            return
        need = min(width, self._most(place))
        while (found := self._span(place, need)) < need:
            move = self._cheapest(place, need - found) if self._tried < MOST_TRIED else None
            if move is None:
                if self._tried >= MOST_TRIED or self._span(place, need, tries=None) < need:
                    self._hide_everything()
                return
            self.hide([*move.up, *move.down])

    def spans(self, place: Place, width: int) -> bool:
        """Whether moves were found by which the cell may lie in a span that wide."""
        return self._span(place, width) >= width

    def _most(self, place: Place) -> Number:
        """The least known sum that the cell is part of: it can be no more."""
        row, column = place
        sums = [(row, above) for above in self.columns.paths[column][1:]]
        sums += [(above, column) for above in self.rows.paths[row][1:]]
        return min(
            (self.values[at][to] for at, to in sums if (at, to) in self.known), default=math.inf
        )

    def _hide_everything(self) -> None:
        self._everything = True
        rows, columns = range(len(self.rows.paths)), range(len(self.columns.paths))
        every = ((row, column) for row in rows for column in columns)
        self.hide(place for place in every if place not in self.known)

    # -- How far a cell may move over what is hidden ------------------------------------------

    def _span(self, place: Place, need: Number, tries: int | None = TRIED) -> Number:
        """How far up and down it may go, as far as moves were found; no further than needed."""
        up = self._way(place, need, tries, upwards=True)
        return up if up >= need else up + self._way(place, need - up, tries, upwards=False)

    def _way(self, place: Place, need: Number, tries: int | None, *, upwards: bool) -> Number:
        changed: dict[Place, Number] = {}

        def value(at: Place) -> Number:
            return self.values[at[0]][at[1]] + changed.get(at, 0)

        way: Number = 0
        for up, down in self._open_moves(place, tries, upwards=upwards):
            if way >= need:
                break
            grows, shrinks = (up, down) if upwards else (down, up)
            step = min((value(at) for at in shrinks), default=need)
            step = min(step, need - way)
            if step <= 0:
                continue
            way += step
            for at in grows:
                changed[at] = changed.get(at, 0) + step
            for at in shrinks:
                changed[at] = changed.get(at, 0) - step
        return way

    def _open_moves(self, place: Place, tries: int | None, *, upwards: bool) -> Iterator[_Move]:
        """The moves of a cell over hidden cells alone; the most promising first."""
        tried = 0
        for row, column in self._starts(place):
            if (row, column) not in self.hidden:
                continue
            for other in self._others(self._in_row.get(row, ()), place[1], self.columns):
                if upwards and other is not None and not self.values[row][other]:
                    continue  # nothing to take
                for another in self._rows_between(column, other, place[0], upwards=upwards):
                    tried += 1
                    self._tried += 1
                    if tries is not None and tried > tries:
                        return
                    if another is not None and not self._is_open(row, another, column):
                        continue
                    move = self._move(row, another, column, other)
                    if self.hidden.issuperset(move.up) and self.hidden.issuperset(move.down):
                        yield move

    def _is_open(self, row: int, another: int, column: int) -> bool:
        """Whether the sum that tells soonest is hidden."""
        within, theirs = self.rows.paths[row][1:2], self.rows.paths[another][1:2]
        return within == theirs or self.hidden.issuperset((at, column) for at in theirs)

    def _rows_between(
        self, column: int, other: int | None, sum_of: int, *, upwards: bool
    ) -> Iterator[int | None]:
        """Rows that are hidden in both columns and have what is to be taken there; and none."""
        rows = self._rows_of.get(column, set())
        if other is not None:
            rows = rows & self._rows_of.get(other, set())
        taken = column if upwards else other
        for row in rows:
            if sum_of not in self.rows.paths[row] and (taken is None or self.values[row][taken]):
                yield row
        yield None

    def _others(
        self, there: Iterable[tuple[Number, int]], sum_of: int, tree: _Tree
    ) -> Iterator[int | None]:
        """Lines to move against: hidden ones that the cell is no sum of, largest first, or none."""
        for _value, leaf in there:
            if sum_of not in tree.paths[leaf]:
                yield leaf
        yield None

    def _starts(self, place: Place) -> Iterator[Place]:
        """The cells through which a cell may be changed: itself, or those that it is the sum of."""
        row, column = place
        if row in self._leaf_rows and column in self._leaf_columns:
            yield place
            return
        below = [(at, to) for at in self.rows.below(row) for to in self.columns.below(column)]
        yield from sorted(below, key=lambda at: (at not in self.hidden, -self.values[at[0]][at[1]]))

    def _move(self, row: int, other_row: int | None, column: int, other: int | None) -> _Move:
        move = _Move([], [])
        across = self.columns.between(column, other)
        for at, sign in self.rows.between(row, other_row):
            for to, way in across:
                (move.up if sign == way else move.down).append((at, to))
        return move

    # -- What else to hide --------------------------------------------------------------------

    def _cheapest(self, place: Place, need: Number) -> _Move | None:
        """The move that costs least of those that go far enough, else least for its way."""
        best, least = None, (True, math.inf)
        for move in self._closed_moves(place):
            self._tried += 1
            cost = self._cost(move)
            if not cost:
                continue
            way = self._amount(move.down) + self._amount(move.up)
            if way <= 0:
                continue
            weighed = (False, cost) if way >= need else (True, cost / way)
            if weighed < least:
                best, least = move, weighed
        return best

    def _amount(self, places: Sequence[Place]) -> Number:
        return min((self.values[row][column] for row, column in places), default=math.inf)

    def _cost(self, move: _Move) -> float:
        """What is lost to readers: each cell, and what it counts; infinite where it cannot be."""
        cost = 0.0
        for place in (*move.up, *move.down):
            if place in self.hidden:
                continue
            if place in self.known:
                return math.inf
            cost += 1 + float(self.values[place[0]][place[1]])
        return cost

    def _closed_moves(self, place: Place) -> Iterator[_Move]:
        for number, (row, column) in enumerate(self._starts(place)):
            if number >= STARTS:
                return
            others = self._partners_across(row, place[1])
            for another in self._partners_down(column, place[0]):
                for other in others:
                    move = self._move(row, another, column, other)
                    if math.isfinite(self._cost(move)):
                        yield move

    def _partners_across(self, row: int, sum_of: int) -> list[int | None]:
        lines = [leaf for leaf in self.columns.leaves if sum_of not in self.columns.paths[leaf]]
        return self._partners([(self.values[row][to], (row, to), to) for to in lines])

    def _partners_down(self, column: int, sum_of: int) -> list[int | None]:
        lines = [leaf for leaf in self.rows.leaves if sum_of not in self.rows.paths[leaf]]
        return self._partners([(self.values[at][column], (at, column), at) for at in lines])

    def _partners(self, lines: list[tuple[Number, Place, int]]) -> list[int | None]:
        """Of those hidden already the largest, of the others some of each size, and none at all."""
        hidden = sorted((one for one in lines if one[1] in self.hidden), reverse=True)[:PARTNERS]
        shown = sorted(one for one in lines if one[1] not in self.hidden)
        steps = max(1, len(shown) // (2 * PARTNERS))
        some = [*shown[::steps], *shown[-1:]]
        return [*dict.fromkeys(leaf for _value, _at, leaf in (*hidden, *some)), None]
