"""How alike categories are by the words of what was told: plain TF-IDF, and no more than that."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from incidents.texts import searchable

KEPT = 400  # words of a category, the heaviest: the rest adds little and costs time
SHORTEST = 2

Weights = Mapping[str, float]


def words_of(text: str) -> list[str]:
    """The words of a text, folded; in scripts without spaces its signs."""
    return [
        word
        for word in searchable(text).split()
        if word.isalpha() and (len(word) >= SHORTEST or not word.isascii())
    ]


def weights(counts: Sequence[Mapping[str, int]]) -> list[Weights]:
    """The weight of each word in each category, of length 1; empty where nothing was told.

    The logarithm of how often it occurs, times how few categories have it (TF-IDF: K. Spärck
    Jones, “A statistical interpretation of term specificity”, Journal of Documentation 28 (1972),
    11-21), smoothed so that a word of all categories still counts a little.
    """
    spread = Counter(word for each in counts for word in each)
    size = len(counts)
    found: list[Weights] = []
    for each in counts:
        raw = {
            word: (1 + math.log(times)) * (1 + math.log((1 + size) / (1 + spread[word])))
            for word, times in each.items()
        }
        kept = dict(sorted(raw.items(), key=lambda pair: (-pair[1], pair[0]))[:KEPT])
        length = math.sqrt(math.fsum(weight * weight for weight in kept.values()))
        found.append({word: weight / length for word, weight in kept.items()})
    return found


def distances(
    vectors: Sequence[Weights], *, progress: Callable[[int], object] = lambda _row: None
) -> list[list[float]]:
    """One minus the cosine of every two: 0 for the same words, 1 for none in common."""
    size = len(vectors)
    found = [[0.0] * size for _ in vectors]
    for at, vector in enumerate(vectors):
        for other in range(at):
            likeness = _cosine(vector, vectors[other])
            found[at][other] = found[other][at] = max(0.0, 1.0 - likeness)
        progress(at + 1)
    return found


def _cosine(one: Weights, two: Weights) -> float:
    short, long_ = sorted((one, two), key=len)
    return math.fsum(weight * long_[word] for word, weight in short.items() if word in long_)


def heaviest(vectors: Iterable[Weights], number: int) -> list[str]:
    """The words that weigh most in these categories together."""
    together: Counter[str] = Counter()
    for vector in vectors:
        together.update(vector)
    ranked = sorted(together.items(), key=lambda pair: (-pair[1], pair[0]))
    return [word for word, _weight in ranked[:number]]
