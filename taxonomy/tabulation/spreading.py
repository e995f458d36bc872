"""A random draw spread evenly over categories, so that rare ones are in it, too."""

import random
from collections.abc import Mapping, Sequence


def spread(found: Mapping[int, Sequence[int]], number: int, *, seed: int) -> list[int]:
    """Draw so many of what is found by category, as evenly as there is enough of each.

    `found` has the keys of what may be drawn, by the key of their category. Fewer come where there
    are not as many. The same seed draws the same of the same, in whatever order it comes; what
    is drawn comes shuffled.
    """
    chance = random.Random(f"spread/{seed}")  # noqa: S311  (to be repeated, nothing secret)
    piles = [sorted(found[category]) for category in sorted(found)]
    for pile in piles:
        chance.shuffle(pile)
    drawn: list[int] = []
    while piles and len(drawn) < number:
        chance.shuffle(piles)
        drawn += [pile.pop() for pile in piles[: number - len(drawn)] if pile]
        piles = [pile for pile in piles if pile]
    chance.shuffle(drawn)
    return drawn
