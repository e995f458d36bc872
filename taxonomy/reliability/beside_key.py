"""One coder beside a key: how often they say the same, and how far that goes beyond chance.

Small, and without arrays, so that a page can compute it while somebody waits.
"""

import dataclasses
from collections import Counter
from collections.abc import Hashable, Iterable

from incidents.reliability.kappa import (
    Confusion,
    cohen_kappa,
    confusion_of,
    percent_agreement,
)


@dataclasses.dataclass(frozen=True)
class BesideKey:
    """Agreement with a key on `n` units; shares from 0 to 1, None where a figure is undefined."""

    n: int
    agreed: int
    percent: float | None
    kappa: float | None
    alpha: float | None


def beside_key(pairs: Iterable[tuple[Hashable, Hashable]]) -> BesideKey:
    """What pairs of (key, answer) come to, one pair for each unit."""
    pairs = list(pairs)
    labels = list(dict.fromkeys(label for pair in pairs for label in pair))
    table = confusion_of(pairs, labels)
    return BesideKey(
        n=table.units,
        agreed=table.agreed,
        percent=percent_agreement(table),
        kappa=cohen_kappa(table),
        alpha=nominal_alpha(table),
    )


def nominal_alpha(table: Confusion[Hashable]) -> float | None:
    """Krippendorff's alpha of two judges of the same units, at the nominal level; at most 1.

    1 - D_o / D_e, with D_o the share of units on which they differ, and D_e the share of pairs of
    different labels among all pairs of the 2n ratings. None where it is undefined: without units,
    or where both only ever said one and the same label.

    Source: K. Krippendorff, Content Analysis, 3rd ed., Sage 2013, chapter 12.
    """
    ratings = 2 * table.units
    used: Counter[Hashable] = Counter()
    for pair, number in table.counts.items():
        for label in pair:
            used[label] += number
    apart = ratings * ratings - sum(number * number for number in used.values())
    if not apart:
        return None
    differ = (table.units - table.agreed) / table.units
    return 1 - differ * ratings * (ratings - 1) / apart
