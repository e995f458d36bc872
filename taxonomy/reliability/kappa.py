"""What belongs to Cohen's kappa of two coders: its error, its ceiling, and weights.

The kappa itself is `incidents.reliability.kappa.cohen_kappa`.
"""

import math
from collections.abc import Callable

from incidents.reliability.kappa import (
    Confusion,
    Label,
    beyond_chance,
    cohen_kappa,
    margins,
)


def kappa_max(table: Confusion[Label]) -> float | None:
    """The largest kappa that two coders who use the categories so often could reach.

    None where kappa is undefined. J. Cohen, “A coefficient of agreement for nominal scales”,
    Educational and Psychological Measurement 20 (1960), 37–46, page 42.
    """
    if cohen_kappa(table) is None:
        return None
    first, second = margins(table)
    at_most = sum(min(first[label], second[label]) for label in table.labels)
    by_chance = sum(first[label] * second[label] for label in table.labels)
    units = table.units
    highest: float = beyond_chance(at_most * units, by_chance, whole=units * units)
    return highest


def standard_error(table: Confusion[Label]) -> float | None:
    """The asymptotic standard error of Cohen's kappa, for units drawn one by one.

    None where kappa is undefined. J. L. Fleiss, J. Cohen and B. S. Everitt, “Large sample standard
    errors of kappa and weighted kappa”, Psychological Bulletin 72 (1969), 323–327, equation 13.
    """
    kappa, units = cohen_kappa(table), table.units
    if kappa is None:
        return None
    one, two = margins(table)
    first = {label: one[label] / units for label in table.labels}
    second = {label: two[label] / units for label in table.labels}
    by_chance = math.fsum(first[label] * second[label] for label in table.labels)
    spread = math.fsum(
        number / units * _influence(a == b, second[a] + first[b], first[a] + second[a], kappa)
        for (a, b), number in table.counts.items()
    )
    variance = spread - (kappa - by_chance * (1 - kappa)) ** 2
    return math.sqrt(max(variance, 0) / units) / (1 - by_chance)


def _influence(agree: bool, crossed: float, own: float, kappa: float) -> float:  # noqa: FBT001
    """The square of what one unit adds to kappa."""
    return (1 - own * (1 - kappa)) ** 2 if agree else (crossed * (1 - kappa)) ** 2


def weighted_kappa(
    table: Confusion[Label], distance: Callable[[Label, Label], float]
) -> float | None:
    """1 - (observed distance) / (distance by chance), the mean distance of both coders' labels.

    `distance` of two labels is 0 for the same and larger the worse the disagreement; with 1 for
    all different labels it is Cohen's kappa, with `steps_in_tree` it says how far apart in
    a tree of categories they are. None where chance alone brings no distance.

    J. Cohen, “Weighted kappa: nominal scale agreement with provision for scaled disagreement or
    partial credit”, Psychological Bulletin 70 (1968), 213–220.
    """
    first, second = margins(table)
    observed = math.fsum(number * distance(a, b) for (a, b), number in table.counts.items())
    by_chance = math.fsum(
        times * others * distance(a, b)
        for a, times in first.items()
        for b, others in second.items()
    )
    return 1 - observed * table.units / by_chance if by_chance else None
