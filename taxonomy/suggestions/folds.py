"""How what is known is cut into parts, so that a classifier is tried on what it has not read."""

import random
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence


def folds_of(
    categories: Sequence[Hashable], groups: Sequence[Hashable], *, number: int, seed: int
) -> list[int]:
    """The fold of each row, from 0 up to `number`: rows of one group are in the same fold.

    Groups are dealt out in random order, the largest first, each to the fold that has least of its
    categories, and of those to the smallest: so each fold has about its share of every category.
    """
    rows: dict[Hashable, list[int]] = defaultdict(list)
    for place, group in enumerate(groups):
        rows[group].append(place)
    order = list(rows.values())
    random.Random(seed).shuffle(order)  # noqa: S311  (no secret)
    order.sort(key=len, reverse=True)
    held: list[Counter[Hashable]] = [Counter() for _ in range(number)]
    sizes = [0] * number
    found = [0] * len(groups)
    for places in order:
        own = Counter(categories[place] for place in places)
        fold = min(range(number), key=lambda one: (_crowd(held[one], own), sizes[one], one))
        held[fold].update(own)
        sizes[fold] += len(places)
        for place in places:
            found[place] = fold
    return found


def _crowd(held: Counter[Hashable], own: Counter[Hashable]) -> int:
    return sum(held[category] * times for category, times in own.items())
