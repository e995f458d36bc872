"""What several sorters' piles have in common: pairs put together, and agreement of two sorters.

A partition says for each thing in which pile it lies; what a sorter left out is missing in it.
"""

import dataclasses
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from math import comb
from typing import TypeVar

Partition = Mapping[int, Hashable]
Shares = Sequence[Sequence[float | None]]
Pile = TypeVar("Pile", bound=Hashable)

EVEN = 0.5
SUBSET, OVERLAP = 2 / 3, 1 / 3  # Passonneau's weights


def shares_together(things: Sequence[int], partitions: Iterable[Partition]) -> Shares:
    """The share of sorters who put two things into one pile, of those who placed both.

    A symmetric matrix in the order of `things`, between 0 and 1, with 1 on the diagonal; None
    where no sorter placed both.
    """
    size = len(things)
    together = [[0] * size for _ in things]
    placed = [[0] * size for _ in things]
    whole = 0  # sorters who placed everything: counted once, not for every pair
    for partition in partitions:
        known = [at for at, thing in enumerate(things) if thing in partition]
        whole += len(known) == size
        piles: dict[Hashable, list[int]] = {}
        for at in known:
            piles.setdefault(partition[things[at]], []).append(at)
        for members in piles.values():
            _count_pairs(together, members)
        if len(known) < size:
            _count_pairs(placed, known)
    return [
        [
            1.0
            if at == other
            else (together[at][other] / n if (n := whole + placed[at][other]) else None)
            for other in range(size)
        ]
        for at in range(size)
    ]


def _count_pairs(matrix: list[list[int]], members: Sequence[int]) -> None:
    for at in members:
        row = matrix[at]
        for other in members:
            row[other] += 1


def disputed(shares: Shares) -> list[tuple[int, int, float]]:
    """The pairs that some put together and some apart, those nearest to one half first.

    Each as the places of both in the matrix, the smaller first, and the share.
    """
    pairs = [
        (at, other, share)
        for at, row in enumerate(shares)
        for other, share in enumerate(row)
        if at < other and share is not None and 0 < share < 1
    ]
    return sorted(pairs, key=lambda pair: (abs(pair[2] - EVEN), pair[0], pair[1]))


@dataclasses.dataclass(frozen=True)
class Agreement:
    """How alike two partitions are over the `things` that both placed.

    `adjusted` is the adjusted Rand index, None where it is not defined: fewer than two things, or
    both in one pile each, or both all apart. `alike` is the Rand index: the share of pairs that
    both put together or both apart, None without a pair.
    """

    things: int
    adjusted: float | None
    alike: float | None


def agreement(first: Partition, second: Partition) -> Agreement:
    """The adjusted Rand index of two partitions, and the share of pairs that they treat alike.

    W. M. Rand, “Objective criteria for the evaluation of clustering methods”, Journal of the
    American Statistical Association 66 (1971), 846–850. L. Hubert and P. Arabie, “Comparing
    partitions”, Journal of Classification 2 (1985), 193–218, equation 5: 1 for the same piles,
    about 0 for piles that agree no more than by chance; it may be negative.
    """
    common = first.keys() & second.keys()
    pairs = comb(len(common), 2)
    if not pairs:
        return Agreement(len(common), None, None)
    both = _pairs_within((first[thing], second[thing]) for thing in common)
    one = _pairs_within(first[thing] for thing in common)
    other = _pairs_within(second[thing] for thing in common)
    by_chance = one * other / pairs
    most = (one + other) / 2
    alike = (pairs + 2 * both - one - other) / pairs
    adjusted = None if most == by_chance else (both - by_chance) / (most - by_chance)
    return Agreement(len(common), adjusted, alike)


def _pairs_within(piles: Iterable[Hashable]) -> int:
    return sum(comb(size, 2) for size in Counter(piles).values())


# -- Piles of two sorters ----------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Overlap:
    """What two piles of two sorters share, and what only the one or the other has."""

    shared: frozenset[int]
    only_first: frozenset[int]
    only_second: frozenset[int]


def members_of(partition: Mapping[int, Pile]) -> dict[Pile, frozenset[int]]:
    """What lies in each pile."""
    found: dict[Pile, set[int]] = {}
    for thing, pile in partition.items():
        found.setdefault(pile, set()).add(thing)
    return {pile: frozenset(things) for pile, things in found.items()}


def overlap(first: frozenset[int], second: frozenset[int]) -> Overlap:
    """What two piles have in common, and what not."""
    return Overlap(first & second, first - second, second - first)


def masi_distance(first: Collection[Hashable], second: Collection[Hashable]) -> float:
    """1 - Jaccard × M for two sets: 0 for the same set, 1 for nothing in common.

    M is 1 for equal sets, 2/3 where one holds the other, 1/3 where they overlap.
    R. Passonneau, “Measuring agreement on set-valued items (MASI) for semantic and pragmatic
    annotation”, LREC 2006.
    """
    one, other = set(first), set(second)
    if one == other:
        return 0.0
    shared = len(one & other)
    weight = SUBSET if one <= other or other <= one else OVERLAP
    return 1 - shared / len(one | other) * weight


def matches(
    first: Mapping[Pile, frozenset[int]], second: Mapping[Pile, frozenset[int]], *, least: float
) -> Iterator[tuple[Pile, Pile]]:
    """The piles of two sorters that are each other's most alike, and at least so much (above 0)."""
    lies_in = {thing: pile for pile, things in second.items() for thing in things}
    shared: Counter[tuple[Pile, Pile]] = Counter(
        (pile, lies_in[thing])
        for pile, things in first.items()
        for thing in things
        if thing in lies_in
    )
    likeness = {
        (a, b): number / (len(first[a]) + len(second[b]) - number)
        for (a, b), number in shared.items()
    }
    best: dict[tuple[int, Pile], float] = {}  # of each pile of the one and of the other
    for (a, b), value in likeness.items():
        best[0, a] = max(value, best.get((0, a), 0))
        best[1, b] = max(value, best.get((1, b), 0))
    for (a, b), value in likeness.items():
        if value >= least and value == best[0, a] == best[1, b]:
            yield a, b
