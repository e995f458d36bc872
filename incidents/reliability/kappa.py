"""Agreement of two judges: how often they say the same, and how far that goes beyond chance."""

import dataclasses
import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Generic, TypeVar

Label = TypeVar("Label", bound=Hashable)


@dataclasses.dataclass(frozen=True)
class Confusion(Generic[Label]):
    """How often the first judge said one label where the second said another.

    `counts` has the pairs of labels (first judge, second judge) that occurred; `labels` are those
    that were open to both, in the order they are shown.
    """

    labels: tuple[Label, ...]
    counts: Counter[tuple[Label, Label]]

    @property
    def units(self) -> int:
        """The number of units that both judged."""
        return self.counts.total()

    @property
    def agreed(self) -> int:
        """The number of units on which both said the same."""
        return sum(self.counts[label, label] for label in self.labels)

    @property
    def rows(self) -> list[tuple[Label, list[int]]]:
        """For each label of the first judge the counts by the second judge's, in order."""
        return [
            (label, [self.counts[label, other] for other in self.labels]) for label in self.labels
        ]


def confusion_of(pairs: Iterable[tuple[Label, Label]], labels: Sequence[Label]) -> Confusion[Label]:
    """Count pairs of labels (first judge, second judge).

    Raises
    ------
    ValueError
        A pair has a label that was not open to them.
    """
    counts = Counter(pairs)
    strange = {label for pair in counts for label in pair} - set(labels)
    if strange:
        raise ValueError(f"Labels that were not open: {sorted(map(str, strange))}")
    return Confusion(tuple(labels), counts)


def percent_agreement(table: Confusion[Label]) -> float | None:
    """The share, from 0 to 1, of units on which both said the same; None without units."""
    return table.agreed / table.units if table.units else None


def cohen_kappa(table: Confusion[Label]) -> float | None:
    """Cohen's kappa: (p_o - p_e) / (1 - p_e), at most 1; 0 is what chance alone would give.

    p_o is the share of units on which both said the same, p_e the sum over labels of the product
    of the two judges' shares of that label. None where it is undefined: without units, or where
    both always said one and the same label, so that chance alone agrees perfectly.

    Source: J. Cohen, "A coefficient of agreement for nominal scales", Educational and
    Psychological Measurement 20 (1960), 37-46.
    """
    units = table.units
    if not units:
        return None
    first, second = margins(table)
    by_chance = math.fsum(first[label] * second[label] for label in table.labels)
    if by_chance == units * units:
        return None
    agreement: float = beyond_chance(table.agreed * units, by_chance, whole=units * units)
    return agreement


def beyond_chance(observed: Any, by_chance: Any, *, whole: Any = 1) -> Any:
    """What is observed beyond chance, of what there could be: every kappa is made by this.

    Numbers, or arrays of them, in one unit: shares with `whole` = 1, or counts with `whole` the
    count of perfect agreement. At most 1; 0 is what chance alone would give. Divides by zero where
    chance alone agrees perfectly: the caller looks first.
    """
    return (observed - by_chance) / (whole - by_chance)


def margins(table: Confusion[Label]) -> tuple[Counter[Label], Counter[Label]]:
    """How often the first judge, and the second, said each label."""
    first: Counter[Label] = Counter()
    second: Counter[Label] = Counter()
    for (one, other), number in table.counts.items():
        first[one] += number
        second[other] += number
    return first, second
