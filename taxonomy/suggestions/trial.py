"""How often what a classifier said is what people settled on."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, Protocol

SUGGESTED = 3


class Said(Protocol):
    """What was said of it: the likeliest categories, in order."""

    @property
    def ranked(self) -> tuple[str, ...]:
        """The categories by uid."""
        ...


def trial_of(
    settled: Sequence[str], guesses: Sequence[Said | None], learned: Collection[str]
) -> dict[str, Any]:
    """Shares as counts, overall and for each category, the most frequent first.

    `settled` are the categories that people gave, by uid, `guesses` what was said of each.

    `first` is how many of `moments` have the settled category in the first place, `third` among the
    first three; `commonest` how many the most frequent category alone would hit. A moment of a
    category that was not learned, or of which nothing was said, counts as missed.
    """
    every: Counter[str] = Counter(settled)
    first: Counter[str] = Counter()
    third: Counter[str] = Counter()
    for category, guess in zip(settled, guesses, strict=True):
        said = guess.ranked[:SUGGESTED] if guess and category in learned else ()
        first[category] += category in said[:1]
        third[category] += category in said
    ranked = sorted(every.items(), key=lambda pair: (-pair[1], pair[0]))
    return {
        "moments": len(settled),
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
