"""How far coders agree, as point values worked out from counts: quick enough for a page.

The figures are those of `taxonomy.reliability`, which loads NumPy and gives intervals as well.
"""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from math import fsum

from incidents.reliability.kappa import beyond_chance

Labels = Sequence[Hashable]


@dataclasses.dataclass(frozen=True)
class Points:
    """Figures of so many moments that two coders or more coded; None where one is undefined."""

    moments: int
    agreement: float | None = None
    alpha: float | None = None
    kappa: float | None = None


def points_of(answers: Iterable[tuple[Labels, int]]) -> Points:
    """Percent agreement, Krippendorff's nominal alpha and Fleiss' kappa, from 0 (or below) to 1.

    `answers` has what the coders of a moment said, and for how many moments they said this. Moments
    may have any number of answers; sources and the general case: `taxonomy.reliability.formulas`.
    """
    seen = _Seen()
    for labels, times in answers:
        seen.add(labels, times)
    if not seen.compared:
        return Points(0)
    observed = seen.agreed / seen.compared
    if len(seen.values) == 1:
        return Points(seen.compared, observed)
    by_chance = fsum((share / seen.rated) ** 2 for share in seen.shares.values())
    number = seen.values.total()
    apart = number**2 - sum(times**2 for times in seen.values.values())
    return Points(
        moments=seen.compared,
        agreement=observed,
        alpha=1 - (number - 1) * seen.apart / apart,
        kappa=float(beyond_chance(observed, by_chance)),
    )


class _Seen:
    """Sums over moments; those with one answer only count in the shares of categories."""

    def __init__(self) -> None:
        self.rated = self.compared = 0
        self.agreed = self.apart = 0.0
        self.shares: dict[Hashable, float] = defaultdict(float)
        self.values: Counter[Hashable] = Counter()

    def add(self, labels: Labels, times: int) -> None:
        raters = len(labels)
        if not raters:
            return
        counts = Counter(labels)
        self.rated += times
        for label, number in counts.items():
            self.shares[label] += times * number / raters
        if raters == 1:
            return
        pairs = raters * (raters - 1)
        same = sum(number * (number - 1) for number in counts.values())
        self.compared += times
        self.agreed += times * same / pairs
        self.apart += times * (pairs - same) / (raters - 1)
        for label, number in counts.items():
            self.values[label] += times * number
