"""Two computed tables of one question, cell by cell, and the cause for each moment that moved."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from reports.runs.causes import Cause
from reports.runs.members import Members, Numbers, Settled

CAUSES = tuple(Cause)
NOWHERE = -1
Truths = NDArray[np.bool_]
NOT_CODED = ("", "waiting")
Why = Callable[[Numbers, Sequence[Settled]], Sequence[Cause]]


@dataclasses.dataclass(frozen=True, eq=False)
class Moved:
    """The moments that stand elsewhere, as parallel arrays in the order of their keys.

    Lines and columns are places in those of the comparison, -1 where the moment was not counted;
    `cause` is a place in CAUSES.
    """

    moment: Numbers
    line_before: Numbers
    column_before: Numbers
    line_after: Numbers
    column_after: Numbers
    cause: Numbers

    def __len__(self) -> int:
        return len(self.moment)


@dataclasses.dataclass(frozen=True, eq=False)
class Compared:
    """Two tables over the same lines and columns: those of either, first of the later one.

    `before` and `after` count moments, lines × columns. `net` says for each cause what it adds or
    takes away; over the five it is `after - before`.
    """

    lines: Sequence[str]
    columns: Sequence[str]
    before: Numbers
    after: Numbers
    net: Mapping[Cause, Numbers]
    moved: Moved


def compared(before: Members, after: Members, *, why_gone: Why, why_new: Why) -> Compared:
    """Compare two tables of one question.

    A moment in both is *recoded* where it stands in another line and is settled otherwise,
    *rebatched* where it stands in another line and is settled the same, *corrected* where it stands
    in another column of the same line. Of those in one only, `why_gone` and `why_new` say why: they
    are given the moments with what was settled for each, and answer with a cause for each.
    """
    lines = list(dict.fromkeys([*after.lines, *before.lines]))
    columns = list(dict.fromkeys([*after.columns, *before.columns]))
    then, now = _Laid(before, lines, columns), _Laid(after, lines, columns)
    moved = _together(
        [
            _in_both(then, now),
            _in_one(then, now, why_gone, gone=True),
            _in_one(now, then, why_new, gone=False),
        ]
    )
    shape = (len(lines), len(columns))
    return Compared(
        lines=lines,
        columns=columns,
        before=_counted(then.line, then.column, shape),
        after=_counted(now.line, now.column, shape),
        net={cause: _net(moved, place, shape) for place, cause in enumerate(CAUSES)},
        moved=moved,
    )


class _Laid:
    """Members laid over the lines and columns of a comparison."""

    def __init__(self, members: Members, lines: Sequence[str], columns: Sequence[str]) -> None:
        self.members, self.moment = members, members.moment
        self.line = _places(members.lines, lines)[members.line]
        self.column = _places(members.columns, columns)[members.column]

    def settled(self, places: Numbers) -> list[Settled]:
        return [self.members.settlements[at] for at in self.members.settled[places]]


def _places(names: Sequence[str], among: Sequence[str]) -> Numbers:
    at = {name: place for place, name in enumerate(among)}
    return np.array([at[name] for name in names] or [0], dtype=np.int64)


def _in_both(then: _Laid, now: _Laid) -> Moved:
    keys, before, after = np.intersect1d(
        then.moment, now.moment, assume_unique=True, return_indices=True
    )
    other_line = then.line[before] != now.line[after]
    elsewhere = other_line | (then.column[before] != now.column[after])
    keys, before, after = keys[elsewhere], before[elsewhere], after[elsewhere]
    same = _settled_alike(then, now, before, after)
    cause = np.where(
        ~other_line[elsewhere],
        CAUSES.index(Cause.CORRECTED),
        np.where(same, CAUSES.index(Cause.REBATCHED), CAUSES.index(Cause.RECODED)),
    )
    return Moved(
        keys, then.line[before], then.column[before], now.line[after], now.column[after], cause
    )


def _settled_alike(then: _Laid, now: _Laid, before: Numbers, after: Numbers) -> Truths:
    known: dict[Settled, int] = {}
    keys = [
        np.array(
            [known.setdefault(bare(one), len(known)) for one in laid.members.settlements] or [0],
            dtype=np.int64,
        )
        for laid in (then, now)
    ]
    first, second = keys
    same = first[then.members.settled[before]] == second[now.members.settled[after]]
    return np.asarray(same, dtype=np.bool_)


def bare(settled: Settled) -> Settled:
    """What a settlement says of the category, whoever settled it."""
    outcome, category, contested = settled
    if category is not None:
        return ("", category, "")
    return ("" if outcome in NOT_CODED else outcome, None, contested)


def _in_one(here: _Laid, there: _Laid, why: Why, *, gone: bool) -> Moved:
    places = np.flatnonzero(~np.isin(here.moment, there.moment, assume_unique=True))
    causes = why(here.moment[places], here.settled(places))
    cause = np.array([CAUSES.index(one) for one in causes], dtype=np.int64)
    nowhere = np.full(len(places), NOWHERE)
    line, column = here.line[places], here.column[places]
    if gone:
        return Moved(here.moment[places], line, column, nowhere, nowhere, cause)
    return Moved(here.moment[places], nowhere, nowhere, line, column, cause)


def _together(parts: Sequence[Moved]) -> Moved:
    names = [field.name for field in dataclasses.fields(Moved)]
    whole = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    order = np.argsort(whole["moment"], kind="stable")
    return Moved(**{name: array[order].astype(np.int64) for name, array in whole.items()})


def _counted(line: Numbers, column: Numbers, shape: tuple[int, int]) -> Numbers:
    there = line >= 0
    places = line[there] * shape[1] + column[there]
    return np.bincount(places, minlength=shape[0] * shape[1]).reshape(shape)


def _net(moved: Moved, cause: int, shape: tuple[int, int]) -> Numbers:
    its = moved.cause == cause
    came = _counted(moved.line_after[its], moved.column_after[its], shape)
    return came - _counted(moved.line_before[its], moved.column_before[its], shape)
