"""How often what a classifier said is what people settled on."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, Protocol

SUGGESTED = 3


class Settled(Protocol):
    """What was settled: its category, by uid."""

    @property
    def category(self) -> str:
        """The category that people gave."""
        ...


class Said(Protocol):
    """What was said of it: the likeliest categories, in order."""

    @property
    def ranked(self) -> tuple[str, ...]:
        """The categories by uid."""
        ...


def trial_of(
    rows: Sequence[Settled], guesses: Sequence[Said | None], learned: Collection[str]
) -> dict[str, Any]:
    """Shares as counts, overall and for each category, the most frequent first.

    `first` is how many of `moments` have the settled category in the first place, `third` among the
    first three; `commonest` how many the most frequent category alone would hit. A moment of a
    category that was not learned, or of which nothing was said, counts as missed.
    """
    every: Counter[str] = Counter(row.category for row in rows)
    first: Counter[str] = Counter()
    third: Counter[str] = Counter()
    for row, guess in zip(rows, guesses, strict=True):
        said = guess.ranked[:SUGGESTED] if guess and row.category in learned else ()
        first[row.category] += row.category in said[:1]
        third[row.category] += row.category in said
    ranked = sorted(every.items(), key=lambda pair: (-pair[1], pair[0]))
    return {
        "moments": len(rows),
        "first": first.total(),
        "third": third.total(),
        "commonest": ranked[0][1] if ranked else 0,
        "categories": [
            {
                "category": category,
                "moments": number,
                "first": first[category],
                "third": third[category],
                "learned": category in learned,
            }
            for category, number in ranked
        ],
    }
