"""Whether releases of one question together tell more than each by itself. Loads NumPy."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np

from reports.runs.members import Members, Numbers
from taxonomy.tabulation.disclosure import Grid, Place, protects
from taxonomy.tabulation.display import Number

NOWHERE = -1
WHOLE = 0  # the first line, the base, and the first column, All

Named = tuple[str, str]  # a line and a column
Node = TypeVar("Node", int, str)


@dataclasses.dataclass(frozen=True)
class Release:
    """A table as it left the study, or would leave it.

    `values` counts moments by line and column, sums included; the first line and the first column
    are the whole. `hidden` are the places that are not shown, `few` those of them that have too
    little behind them.
    """

    lines: Sequence[str]
    parents: Sequence[int | None]
    columns: Sequence[str]
    values: Sequence[Sequence[Number]]
    hidden: frozenset[Named]
    few: frozenset[Named]

    def named(self, place: Place) -> Named:
        """What a line and a column are called."""
        return self.lines[place[0]], self.columns[place[1]]


@dataclasses.dataclass(frozen=True)
class Frame:
    """The lines and columns of several tables together; a parent comes before its children."""

    lines: Sequence[str]
    parents: Sequence[int | None]
    columns: Sequence[str]

    def above(self) -> Numbers:
        """Each line and all that it is counted in, side by side; NOWHERE fills up."""
        over = dict(enumerate(self.parents))
        paths = [list(_upwards(line, over)) for line in range(len(self.lines))]
        depth = max(map(len, paths))
        return np.array([[*path, *[NOWHERE] * (depth - len(path))] for path in paths])


def framed(releases: Sequence[Release]) -> Frame | None:
    """What holds all these tables; None where a line is counted in different sums."""
    whole = releases[0].lines[WHOLE]
    over: dict[str, str | None] = {}
    for one in releases:
        for line, above in _parents_of(one).items():
            if over.get(line, whole) in {None, whole}:
                over[line] = above
    if not all(_agrees(one, over) for one in releases):
        return None
    ordered = sorted(over, key=lambda line: len(list(_upwards(line, over))))
    at = {line: place for place, line in enumerate(ordered)}
    parents = [None if (above := over[line]) is None else at[above] for line in ordered]
    columns = list(dict.fromkeys(column for one in releases for column in one.columns))
    return Frame(ordered, parents, columns)


def _parents_of(release: Release) -> dict[str, str | None]:
    pairs = zip(release.lines, release.parents, strict=True)
    return {line: None if above is None else release.lines[above] for line, above in pairs}


def _agrees(release: Release, over: Mapping[str, str | None]) -> bool:
    """Whether each line is counted where the frame counts it, or the table has no such sum."""
    return all(
        above == over[line] or (above == release.lines[WHOLE] and over[line] not in release.lines)
        for line, above in _parents_of(release).items()
    )


def _upwards(node: Node, over: Mapping[Node, Node | None]) -> Iterator[Node]:
    """A line and all that it is counted in, the whole last."""
    above: Node | None = node
    while above is not None:
        yield above
        above = over[above]


def told_nothing_together(releases: Sequence[Release], *, width: int) -> bool:
    """Whether figures that one release hides stay hidden for who reads all of them.

    For who even knows how many moments came to and left every cell from one to the next: what one
    release shows is then known of all. Each figure too small to be shown must keep a span `width`
    wide: cells may still be no fewer than none in any release, so they may move as those of a table
    of the least counts may.
    """
    frame = framed(releases)
    few = frozenset[Named]().union(*(one.few for one in releases))
    if frame is None:
        return False
    hidden = _hidden_in_all(releases, frame)
    if not few <= hidden:
        return False
    least = Grid(
        _least(releases, frame), frame.parents, [None, *[WHOLE] * (len(frame.columns) - 1)]
    )
    return protects(least, _placed(hidden, frame), _placed(few, frame), width=width)


def _hidden_in_all(releases: Sequence[Release], frame: Frame) -> set[Named]:
    """The places that no release shows. What has no line or column there is none; a sum may be."""
    inner = set(frame.parents)
    found = set[Named]()
    for place, line in enumerate(frame.lines):
        shows = [one for one in releases if place not in inner or line in one.lines]
        found |= {
            (line, column)
            for column in frame.columns
            if all((line, column) in one.hidden for one in shows)
        }
    return found


def _least(releases: Sequence[Release], frame: Frame) -> list[list[int]]:
    """The least that any of the tables counts in each cell, with sums of these."""
    counts = [_laid(one, frame) for one in releases]
    least = np.minimum.reduce([one[:, 1:] for one in counts])
    inner = [place for place in range(len(frame.lines)) if place in set(frame.parents)]
    least[inner] = 0
    summed, over = np.zeros_like(counts[0]), dict(enumerate(frame.parents))
    for line in range(len(frame.lines)):
        for above in _upwards(line, over):
            summed[above, 1:] += least[line]
    summed[:, WHOLE] = summed[:, 1:].sum(axis=1)
    whole: list[list[int]] = summed.tolist()
    return whole


def _laid(release: Release, frame: Frame) -> Numbers:
    """The counts of a table over the lines and columns of a frame, 0 where it has none."""
    lines, columns = (
        {name: at for at, name in enumerate(names)} for names in (frame.lines, frame.columns)
    )
    found = np.zeros((len(lines), len(columns)), dtype=np.int64)
    rows = [lines[line] for line in release.lines]
    found[np.ix_(rows, [columns[column] for column in release.columns])] = np.array(
        release.values, dtype=np.int64
    )
    return found


def _placed(named: set[Named] | frozenset[Named], frame: Frame) -> set[Place]:
    lines = {line: place for place, line in enumerate(frame.lines)}
    columns = {column: place for place, column in enumerate(frame.columns)}
    return {(lines[line], columns[column]) for line, column in named}


def movements(
    before: Members, after: Members, frame: Frame
) -> Iterator[tuple[Numbers, Numbers, Numbers]]:
    """What left places of a frame from one table to the next, and then what came to them.

    Each as parallel arrays: the place's line, its column, and a moment; sums included.
    """
    keys = np.union1d(before.moment, after.moment)
    stood, stands = _leaf_of(before, keys, frame), _leaf_of(after, keys, frame)
    moved = np.flatnonzero(stood != stands)
    then = _with_sums(stood[moved], moved, frame, len(keys))
    now = _with_sums(stands[moved], moved, frame, len(keys))
    for here, there in ((then, now), (now, then)):
        place, moment = np.divmod(np.setdiff1d(here, there, assume_unique=True), max(1, len(keys)))
        line, column = np.divmod(place, len(frame.columns))
        yield line, column, keys[moment]


def _leaf_of(members: Members, keys: Numbers, frame: Frame) -> Numbers:
    """For each key where it stands, line × columns + column, or NOWHERE."""
    lines = {line: place for place, line in enumerate(frame.lines)}
    columns = {column: place for place, column in enumerate(frame.columns)}
    of_lines = np.array([lines.get(name, NOWHERE) for name in members.lines] or [NOWHERE])
    of_columns = np.array([columns.get(word, WHOLE) for word in members.columns] or [WHOLE])
    line, column = of_lines[members.line], of_columns[members.column]
    found = np.full(len(keys), NOWHERE, dtype=np.int64)
    place = np.where(line >= 0, line * len(frame.columns) + column, NOWHERE)
    found[np.searchsorted(keys, members.moment)] = place
    return found


def _with_sums(leaf: Numbers, moment: Numbers, frame: Frame, moments: int) -> Numbers:
    """Each place that a moment is counted in, place × moments + moment, in order."""
    there = np.flatnonzero(leaf >= 0)
    line, column = np.divmod(leaf[there], len(frame.columns))
    found = [np.array([], dtype=np.int64)]
    for above in frame.above().T:
        lines = above[line]
        counted = lines >= 0
        for columns in (column, np.zeros_like(column)):
            place = lines[counted] * len(frame.columns) + columns[counted]
            found.append(place * moments + moment[there][counted])
    return np.unique(np.concatenate(found))
