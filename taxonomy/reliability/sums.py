"""What each cluster adds to the sums that all coefficients are made from.

A bootstrap sample is a number of times for each cluster, so its coefficients follow from weighted
sums, and no unit is looked at again.
"""

import dataclasses
from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from taxonomy.reliability.ratings import Integers, Ratings

Floats = NDArray[np.float64]
Entries = tuple[Integers, Integers, Floats]  # columns, units, what is added

PAIRED_AT_MOST = 30  # coders; 435 pairs


@dataclasses.dataclass(frozen=True, eq=False)
class Sums:
    """Sums over the clusters of some samples, as often as each sample has them.

    The first axis of each array is the sample; C is the number of categories used, P that of pairs
    of coders. Of units with at least two ratings: `compared` is how many there are, `parted[c]`
    the shares of pairs of their ratings in which one is c and the other is not, `apart[c]` the
    same times the number of ratings of the unit, `values[c]` the ratings. Of all rated units:
    `rated` is how many, `shares[c]` the shares of their ratings that are c. `between` are the
    disagreements of each pair of categories in `crossings`, counted as `apart` is. For two coders
    on the units that both rated: `both` is how many, and for each category `first` is how often
    the one said it, `second` the other, `same` both; `steps` is how far apart all their answers
    are together, where distances were asked for.
    """

    compared: Floats  # (samples,)
    rated: Floats  # (samples,)
    parted: Floats  # (samples, C)
    apart: Floats
    values: Floats
    shares: Floats
    between: Floats  # (samples, crossings)
    both: Floats  # (samples, P)
    first: Floats  # (samples, P, C)
    second: Floats
    same: Floats
    steps: Floats  # (samples, P), or (samples, 0)


@dataclasses.dataclass(frozen=True, eq=False)
class Contributions:
    """What the clusters add, sparse: `value` to the column by the cluster, sorted by column.

    `filled` are the columns that anything is added to, `starts` where each begins. `shapes` says
    which part of `Sums` the columns are. `crossings` are the pairs of categories that met, each as
    two numbers of labels, the smaller first.
    """

    cluster: Integers
    value: Floats
    filled: Integers
    starts: Integers
    shapes: dict[str, tuple[int, ...]]
    crossings: Integers  # (number, 2)

    @property
    def width(self) -> int:
        """How many numbers the sums of one sample are."""
        return sum(int(np.prod(shape)) for shape in self.shapes.values())

    def sums(self, weights: Floats) -> Sums:
        """The sums of some samples; `weights` has (samples, clusters), how often each is drawn."""
        total = np.zeros((len(weights), self.width))
        if len(self.value):
            for row, times in zip(total, weights, strict=True):
                row[self.filled] = np.add.reduceat(times[self.cluster] * self.value, self.starts)
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes.values()])
        parts = np.split(total, ends[:-1], axis=1)
        return Sums(
            **{
                name: part.reshape(len(weights), *shape)
                for (name, shape), part in zip(self.shapes.items(), parts, strict=True)
            }
        )


def contributions_of(
    ratings: Ratings, *, distances: bool, steps: Floats | None = None
) -> Contributions:
    """What each cluster of the ratings adds; `distances` asks for the pairs of categories that met.

    `steps` (C, C) says how far apart two categories are, for weighted kappa. Pairs of coders are
    left out where there are more than `PAIRED_AT_MOST` coders.
    """
    width = len(ratings.labels)
    table = _Table.of(ratings)
    crossings, between = _crossings(table) if distances else (_no_crossings(), _nothing())
    pairs = list(pairs_of(ratings))
    parts: dict[str, tuple[tuple[int, ...], list[Entries]]] = {
        "compared": ((), [_ones(np.flatnonzero(table.raters >= 2))]),  # noqa: PLR2004  (a pair)
        "rated": ((), [_ones(np.flatnonzero(table.raters))]),
        "parted": ((width,), [table.entries(table.parted / table.ratings)]),
        "apart": ((width,), [table.entries(table.parted)]),
        "values": ((width,), [table.entries(table.number * table.paired)]),
        "shares": ((width,), [table.entries(table.number / table.ratings)]),
        "between": ((len(crossings),), [between]),
        "both": ((len(pairs),), [_ones(one.unit, at) for at, one in enumerate(pairs)]),
        "first": (
            (len(pairs), width),
            [_ones(one.unit, one.first + at * width) for at, one in enumerate(pairs)],
        ),
        "second": (
            (len(pairs), width),
            [_ones(one.unit, one.second + at * width) for at, one in enumerate(pairs)],
        ),
        "same": (
            (len(pairs), width),
            [
                _ones(one.unit[agree], one.first[agree] + at * width)
                for at, one in enumerate(pairs)
                for agree in [one.first == one.second]
            ],
        ),
        "steps": (
            (0 if steps is None else len(pairs),),
            []
            if steps is None
            else [
                (np.full_like(one.unit, at), one.unit, steps[one.first, one.second])
                for at, one in enumerate(pairs)
            ],
        ),
    }
    return _gathered(ratings, parts, crossings)


# -- Units and categories ---------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class _Table:
    """How often each unit got each label: one row for each of both that occurs, by unit.

    `raters` has the number of ratings of every unit; `ratings` that of the row's unit.
    """

    unit: Integers
    label: Integers
    number: Floats
    ratings: Floats
    raters: Integers

    @classmethod
    def of(cls, ratings: Ratings) -> "_Table":
        width = max(len(ratings.labels), 1)
        keys, number = np.unique(ratings.unit * width + ratings.label, return_counts=True)
        raters = np.bincount(ratings.unit, minlength=len(ratings.units))
        unit = keys // width
        return cls(
            unit, keys % width, number.astype(np.float64), raters[unit].astype(np.float64), raters
        )

    @property
    def paired(self) -> NDArray[np.bool_]:
        return self.ratings > 1

    @property
    def parted(self) -> Floats:
        """For each row the ordered pairs of ratings that disagree about it, by r - 1."""
        others = np.maximum(self.ratings - 1, 1)
        return 2 * self.number * (self.ratings - self.number) / others

    def entries(self, value: Floats) -> Entries:
        return self.label, self.unit, value


def _crossings(table: _Table) -> tuple[Integers, Entries]:
    """The pairs of categories that met on a unit, and what each unit adds to them."""
    found = list(_met(table))
    low, high, unit, value = (np.concatenate(parts) for parts in zip(*found, strict=True))
    pairs, column = np.unique(np.stack([low, high], axis=1), axis=0, return_inverse=True)
    return pairs.reshape(-1, 2), (column.reshape(-1), unit, value)


def _met(table: _Table) -> Iterator[tuple[Integers, Integers, Integers, Floats]]:
    """Rows with those of the same unit below them: two labels, the unit, ordered pairs."""
    yield table.label[:0], table.label[:0], table.unit[:0], table.number[:0]
    for step in range(1, len(table.unit)):
        at = np.flatnonzero(table.unit[step:] == table.unit[:-step])
        if not len(at):
            return
        pairs = 2 * table.number[at] * table.number[at + step] / (table.ratings[at] - 1)
        yield table.label[at], table.label[at + step], table.unit[at], pairs


# -- Pairs of coders --------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Pair:
    """What two coders said on the units that both rated, as numbers of labels."""

    coders: tuple[int, int]
    unit: Integers
    first: Integers
    second: Integers


def pairs_of(ratings: Ratings) -> Iterator[Pair]:
    """Each pair of coders with a unit in common; none where there are too many coders."""
    if len(ratings.coders) > PAIRED_AT_MOST:
        return
    said = np.full((len(ratings.coders), len(ratings.units)), -1, dtype=np.int64)
    said[ratings.coder, ratings.unit] = ratings.label
    for one, other in combinations(range(len(ratings.coders)), 2):
        unit = np.flatnonzero((said[one] >= 0) & (said[other] >= 0))
        if len(unit):
            yield Pair((one, other), unit, said[one][unit], said[other][unit])


def added(values: Floats) -> Floats:
    """The sums along the last axis."""
    total: Floats = values.sum(axis=-1)
    return total


# -- Gathering --------------------------------------------------------------------------------


def _ones(unit: Integers, column: Integers | int = 0) -> Entries:
    return np.broadcast_to(np.int64(column), unit.shape), unit, np.ones(len(unit))


def _nothing() -> Entries:
    none = np.zeros(0, dtype=np.int64)
    return none, none, np.zeros(0)


def _no_crossings() -> Integers:
    return np.zeros((0, 2), dtype=np.int64)


def _gathered(
    ratings: Ratings,
    parts: dict[str, tuple[tuple[int, ...], list[Entries]]],
    crossings: Integers,
) -> Contributions:
    """All entries under their columns, those of one cluster and column added up."""
    columns, clusters, values = [], [], []
    offset = 0
    for shape, several in parts.values():
        for column, unit, value in several:
            columns.append(column + offset)
            clusters.append(ratings.cluster[unit])
            values.append(value)
        offset += int(np.prod(shape))
    many = max(ratings.clusters, 1)
    keys, place = np.unique(
        np.concatenate(columns) * many + np.concatenate(clusters), return_inverse=True
    )
    total = np.bincount(place.reshape(-1), np.concatenate(values), minlength=len(keys))
    kept = total != 0
    filled, starts = np.unique(keys[kept] // many, return_index=True)
    shapes = {name: shape for name, (shape, _several) in parts.items()}
    return Contributions(keys[kept] % many, total[kept], filled, starts, shapes, crossings)
