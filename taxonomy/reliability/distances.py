"""How far two categories are apart, and what disagreement chance alone would bring."""

from collections.abc import Hashable, Sequence

import numpy as np

from taxonomy.reliability.ratings import Integers
from taxonomy.reliability.results import Level
from taxonomy.reliability.sums import Floats, added

COMPARED_AT_ONCE = 1000

Path = Sequence[Hashable]  # of a category, from the root of its tree


def steps_in_tree(first: Path, second: Path) -> int:
    """How many steps lead from one category to the other, each given by its path from the root.

    Up to the last category that both paths share, and down again; 0 for the same category. Paths
    that share nothing meet in the root of the tree, above all coarsest categories.
    """
    shared = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        shared += 1
    return len(first) + len(second) - 2 * shared


def steps_between(paths: Sequence[Path]) -> Floats:
    """The steps from each category to each other, by their paths: (categories, categories)."""
    steps = [[steps_in_tree(one, other) for other in paths] for one in paths]
    return np.array(steps, dtype=np.float64).reshape(len(paths), len(paths))


# -- Krippendorff's distances -----------------------------------------------------------------


def disagreement_within(
    level: Level, between: Floats, crossings: Integers, values: Floats, numbers: Floats | None
) -> Floats:
    """The disagreement of ratings of the same unit, summed over ordered pairs of ratings.

    `between` has (samples, crossings), the pairs of ratings of each pair of categories;
    `values` has (samples, categories), how often each category was used.
    """
    low, high = crossings.T
    if level is Level.ORDINAL:
        ranks = _ranks(values)
        return added(between * (ranks[:, low] - ranks[:, high]) ** 2)
    if level is Level.NOMINAL or numbers is None:
        return added(between)
    return added(between * _apart(level, numbers[low], numbers[high]))


def disagreement_by_chance(level: Level, values: Floats, numbers: Floats | None) -> Floats:
    """The disagreement of all ordered pairs of ratings, whatever their units, as above."""
    if level is Level.ORDINAL:
        return _of_squares(values, _ranks(values))
    if level is Level.NOMINAL or numbers is None:
        return added(values) ** 2 - added(values**2)
    if level is Level.INTERVAL:
        return _of_squares(values, numbers)
    return _of_all_pairs(level, values, numbers)


def scaled(level: Level, numbers: Floats) -> Floats:
    """Numbers that no square overflows, and that lie around zero where that changes no distance."""
    largest = np.abs(numbers).max(initial=0)
    small = numbers / largest if largest else numbers
    return small - small.mean() if level is Level.INTERVAL and len(small) else small


def _ranks(values: Floats) -> Floats:
    """The mean rank of each category: between two of them lie all in between, and half of each."""
    ranks = np.cumsum(values, axis=-1) - values / 2
    centred: Floats = ranks - values.sum(axis=-1, keepdims=True) / 2
    return centred


def _of_squares(values: Floats, places: Floats) -> Floats:
    """The sum of squared distances over ordered pairs, from the sums of places and squares."""
    squares = added(values * places**2)
    return 2 * added(values) * squares - 2 * added(values * places) ** 2


def _of_all_pairs(level: Level, values: Floats, numbers: Floats) -> Floats:
    total = np.zeros(len(values))
    for start in range(0, len(numbers), COMPARED_AT_ONCE):
        some = slice(start, start + COMPARED_AT_ONCE)
        distances = _apart(level, numbers[:, None], numbers[None, some])
        total += added((values @ distances) * values[:, some])
    return total


def _apart(level: Level, one: Floats, other: Floats) -> Floats:
    """The squared distance of two numbers: of their difference, or of it by their sum (ratio)."""
    difference = one - other
    if level is Level.INTERVAL:
        return difference**2
    total = one + other
    relative = np.divide(difference, total, out=np.zeros_like(difference), where=total != 0)
    return relative**2
