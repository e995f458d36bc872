"""Hierarchical clustering of a few hundred things, and what is drawn of it."""

import dataclasses
import math
from collections.abc import Collection, Iterable, Sequence
from typing import Literal

Linkage = Literal["average", "single", "complete"]
Pair = tuple[int, int]
Distances = Sequence[Sequence[float]]

AT_ONCE = -1.0  # the distance of what was settled to be together


@dataclasses.dataclass(frozen=True, slots=True)
class Merge:
    """Two clusters that become one at a distance.

    Things are numbered from 0; the first merge makes the cluster with the next number, and so on.
    """

    left: int
    right: int
    height: float


class Contradiction(ValueError):
    """Two things are to be apart that others hold together; `pair` are the two."""

    def __init__(self, pair: Pair) -> None:
        super().__init__(f"{pair[0]} and {pair[1]} are held together by others.")
        self.pair = pair


def agglomerate(distances: Distances, linkage: Linkage) -> list[Merge]:
    """Merge the two nearest clusters until one is left, or only infinite distances are.

    `distances` is a symmetric matrix. Returns the merges, the nearest first, at most n − 1 of
    them. Works by chains of nearest neighbours (F. Murtagh, “A survey of recent advances in
    hierarchical clustering algorithms”, The Computer Journal 26 (1983), 354–359) in O(n²) time
    with the recurrence of Lance and Williams (1967). Of equal distances the earlier things go
    first, so that the same matrix gives the same tree.
    """
    rows = [list(row) for row in distances]
    sizes = dict.fromkeys(range(len(rows)), 1)
    found: list[tuple[float, int, int]] = []
    chain: list[int] = []
    while len(sizes) > 1:
        here = chain[-1] if chain else next(iter(sizes))
        before = chain[-2] if len(chain) > 1 else -1
        nearest = min(
            (other for other in sizes if other != here),
            key=lambda other: (rows[here][other], other != before, other),
        )
        height = rows[here][nearest]
        if math.isinf(height):  # nothing is near this one: it stays by itself
            sizes.pop(here)
            chain = []
        elif nearest == before:
            del chain[-2:]
            kept, gone = sorted((here, nearest))
            found.append((height, kept, gone))
            _join(rows, sizes, kept, gone, linkage)
        else:
            chain = [*chain, nearest] if chain else [here, nearest]
    return _numbered(sorted(found, key=lambda merge: merge[0]), len(distances))


def _join(
    rows: list[list[float]], sizes: dict[int, int], kept: int, gone: int, linkage: Linkage
) -> None:
    """Let `kept` stand for both, with its distances to all others."""
    here, there = sizes[kept], sizes.pop(gone)
    for other in sizes:
        one, two = rows[kept][other], rows[gone][other]
        if math.isinf(one) or math.isinf(two):
            joined = math.inf
        elif linkage == "single":
            joined = min(one, two)
        elif linkage == "complete":
            joined = max(one, two)
        else:
            joined = (here * one + there * two) / (here + there)
        rows[kept][other] = rows[other][kept] = joined
    sizes[kept] = here + there


def _numbered(found: Iterable[tuple[float, int, int]], size: int) -> list[Merge]:
    """Name clusters by their numbers, where a thing of each was named."""
    roots = _Roots(size)
    merges = []
    for number, (height, one, two) in enumerate(found, size):
        left, right = sorted((roots.of(one), roots.of(two)))
        merges.append(Merge(left, right, max(height, 0.0)))
        roots.join(left, right, number)
    return merges


class _Roots:
    """Which cluster a thing has come into."""

    def __init__(self, size: int) -> None:
        self._above = list(range(2 * size))

    def of(self, number: int) -> int:
        while self._above[number] != number:
            self._above[number] = self._above[self._above[number]]
            number = self._above[number]
        return number

    def join(self, one: int, two: int, into: int) -> None:
        self._above[one] = self._above[two] = into


def settled(
    distances: Distances, *, together: Collection[Pair], apart: Collection[Pair]
) -> Distances:
    """The distances where pairs that were settled are joined first, or never.

    Whatever holds together through others counts as together. Raises Contradiction.
    """
    size = len(distances)
    roots = _Roots(size)
    number = size
    for one, two in together:
        if roots.of(one) != roots.of(two):  # else it follows from others
            roots.join(roots.of(one), roots.of(two), number)
            number += 1
    group = [roots.of(thing) for thing in range(size)]
    for pair in apart:
        if group[pair[0]] == group[pair[1]]:
            raise Contradiction(pair)
    parted = {(group[one], group[two]) for pair in apart for one, two in (pair, pair[::-1])}
    return [
        [
            AT_ONCE
            if group[at] == group[other] and at != other
            else math.inf
            if (group[at], group[other]) in parted
            else distances[at][other]
            for other in range(size)
        ]
        for at in range(size)
    ]


def is_settled(distance: float) -> bool:
    """Whether a distance was settled, by the pair itself or by what follows from others."""
    return distance == AT_ONCE or math.isinf(distance)


def cut(size: int, merges: Sequence[Merge], groups: int) -> list[int]:
    """The group of each thing, numbered from 0 by first appearance, in so many groups.

    There are more where what is settled to be apart does not allow fewer.
    """
    roots = _Roots(size)
    for number, merge in enumerate(merges[: max(0, size - groups)], size):
        roots.join(merge.left, merge.right, number)
    numbers: dict[int, int] = {}
    return [numbers.setdefault(roots.of(thing), len(numbers)) for thing in range(size)]


def leaf_order(size: int, merges: Sequence[Merge]) -> list[int]:
    """The things in an order in which no branches of the tree cross."""
    members: dict[int, list[int]] = {thing: [thing] for thing in range(size)}
    for number, merge in enumerate(merges, size):
        members[number] = members.pop(merge.left) + members.pop(merge.right)
    return [thing for line in members.values() for thing in line]


# -- The drawing -------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Branch:
    """Two arms and the line that joins them: at which heights and places they begin."""

    height: float
    first_place: float
    first_height: float
    second_place: float
    second_height: float


def branches(size: int, merges: Sequence[Merge]) -> list[Branch]:
    """How the tree is drawn: places are those of `leaf_order`, from 0, heights the distances."""
    places: dict[int, float] = {
        thing: float(place) for place, thing in enumerate(leaf_order(size, merges))
    }
    heights = dict.fromkeys(range(size), 0.0)
    drawn = []
    for number, merge in enumerate(merges, size):
        one, two = sorted((merge.left, merge.right), key=lambda each: places[each])
        drawn.append(Branch(merge.height, places[one], heights[one], places[two], heights[two]))
        places[number] = (places[one] + places[two]) / 2
        heights[number] = merge.height
    return drawn
