"""Categories in order of entry, and what a random order of the same moments would show."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from math import ceil, exp, lgamma, sqrt

HUNDRED = 100
STEPS_AT_MOST = 60
WITHIN_95 = 1.959964  # standard deviations
NOTHING = 1e-9  # chances below are not followed any further


@dataclasses.dataclass(frozen=True, slots=True)
class Expected:
    """The number of categories among the first `moments` of a random order, with its 95 % band."""

    moments: int
    mean: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """The moments from `first` to `last` in order: `new` categories, and `total` until then."""

    first: int
    last: int
    new: int
    total: int

    @property
    def moments(self) -> int:
        """How many moments it has."""
        return self.last - self.first + 1

    @property
    def per_hundred(self) -> float | None:
        """New categories per hundred moments; None where there are fewer than a hundred."""
        return self.new * HUNDRED / self.moments if self.moments >= HUNDRED else None


def steps_of(firsts: Iterable[int], moments: int) -> list[Step]:
    """Cut the moments into steps of a hundred, or of so many hundreds that there are sixty at most.

    `firsts` are the places, from 1, at which each category was seen first. The last step may have
    fewer moments.
    """
    width = HUNDRED * max(1, ceil(moments / HUNDRED / STEPS_AT_MOST))
    new = Counter((first - 1) // width for first in firsts)
    steps: list[Step] = []
    for at in range(ceil(moments / width)):
        total = (steps[-1].total if steps else 0) + new[at]
        last = min((at + 1) * width, moments)
        steps.append(Step(at * width + 1, last, new[at], total))
    return steps


def new_in_last(firsts: Iterable[int], moments: int, last: int = HUNDRED) -> int:
    """How many categories were seen first in the last so many moments."""
    return sum(first > moments - last for first in firsts)


def in_random_order(counts: Iterable[int], moments: int, at: Sequence[int]) -> list[Expected]:
    """What a random order of the moments would show after so many of them, for each of `at`.

    `counts` has the moments of each category, 1 or more; `moments` those of all, `at` numbers from
    0 to it. The mean over all orders is Hurlbert's (1971, Ecology 52:577-586), which is Coleman's
    curve for a fixed number of moments; the variance that of Heck, van Belle and Simberloff (1975,
    Ecology 56:1459-1461). The band is the mean and 1.96 standard deviations to either side, no
    lower than 0 and no higher than there are moments or categories.
    """
    sizes = sorted(Counter(counts).items())
    categories = sum(number for _size, number in sizes)
    return [_expected(sizes, categories, moments, some) for some in at]


def _expected(
    sizes: Sequence[tuple[int, int]], categories: int, moments: int, some: int
) -> Expected:
    missed = [(size, number, _missed(size, moments, some)) for size, number in sizes]
    highest = float(min(some, categories))
    mean = min(highest, categories - sum(number * chance for _size, number, chance in missed))
    rare = [each for each in missed if each[2] > NOTHING]
    spread = WITHIN_95 * sqrt(_variance(rare, moments, some))
    return Expected(some, mean, max(0.0, mean - spread), min(highest, mean + spread))


def _variance(missed: Sequence[tuple[int, int, float]], moments: int, some: int) -> float:
    """Of the number of categories missed: each by itself, and each with each other."""
    total = 0.0
    for at, (size, number, chance) in enumerate(missed):
        both = _missed(2 * size, moments, some) - chance * chance
        total += number * chance * (1 - chance) + number * (number - 1) * both
        for other, others, its_chance in missed[at + 1 :]:
            both = _missed(size + other, moments, some) - chance * its_chance
            total += 2 * number * others * both
    return max(0.0, total)


def _missed(size: int, moments: int, some: int) -> float:
    """The chance that none of `size` moments is among the first so many of a random order."""
    left = moments - size
    if left < some:
        return 0.0
    return exp(_ways(left, some) - _ways(moments, some))


def _ways(things: int, some: int) -> float:
    """The logarithm of the number of ways in which so many things can be drawn in order."""
    return lgamma(things + 1) - lgamma(things - some + 1)
