"""How much of what there is has been seen, from how often each category was."""

import dataclasses
from collections.abc import Iterable

ONCE, TWICE = 1, 2


@dataclasses.dataclass(frozen=True, slots=True)
class Richness:
    """What was seen: `moments` (n) in `categories` (S), of which so many `once` and `twice`.

    `moments` may be more than those in the categories, where others count as known beforehand.
    """

    moments: int
    categories: int
    once: int
    twice: int

    @property
    def coverage(self) -> float | None:
        """The chance, 0 to 1, that one more moment falls in a category seen; None without moments.

        Good and Turing's estimate 1 - f1/n (Good 1953, Biometrika 40:237-264).
        """
        return 1 - self.once / self.moments if self.moments else None

    @property
    def chao1(self) -> float | None:
        """A lower bound of the number of categories there are, seen or not; None without moments.

        S + f1² / (2 f2) (Chao 1984, Scandinavian Journal of Statistics 11:265-270); where none was
        seen twice its bias-corrected form S + f1 (f1 - 1) / 2.
        """
        if not self.moments:
            return None
        if self.twice:
            return self.categories + self.once**2 / (2 * self.twice)
        return self.categories + self.once * (self.once - 1) / 2


def richness_of(counts: Iterable[int], moments: int | None = None) -> Richness:
    """What is known from the number of moments of each category; categories with none count not.

    `moments` is their sum unless said. Raises ValueError where it is less.
    """
    seen = [count for count in counts if count > 0]
    if moments is not None and moments < sum(seen):
        msg = "There are fewer moments than stand in the categories."
        raise ValueError(msg)
    return Richness(
        moments=sum(seen) if moments is None else moments,
        categories=len(seen),
        once=seen.count(ONCE),
        twice=seen.count(TWICE),
    )
