"""A trained classifier as it is kept and asked: NumPy alone, and a file without pickles."""

import dataclasses
import functools
import io
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from taxonomy.suggestions.words import tokens_of

KEPT_IN_MEMORY = 4  # classifiers, in each process
Numbers = npt.NDArray[np.float32]


class Scored(NamedTuple):
    """A category by its uid, and how far its side of the line a text stands."""

    category: str
    score: float


@dataclasses.dataclass(frozen=True)
class LinearModel:
    """What was learned: a weight for each token and category.

    `vocabulary` numbers the tokens; `rarity` (tokens) is what each counts more for being rare,
    `weights` (tokens x categories) and `offsets` (categories) the lines between categories.
    """

    categories: tuple[str, ...]
    vocabulary: dict[str, int]
    rarity: Numbers
    weights: Numbers
    offsets: Numbers

    def scores(self, text: str) -> Numbers:
        """One score for each category, in their order; a text of unknown words has the offsets."""
        counts = Counter(token for token in tokens_of(text) if token in self.vocabulary)
        if not counts:
            return self.offsets
        places = np.fromiter((self.vocabulary[token] for token in counts), np.intp, len(counts))
        heard = [1 + math.log(times) for times in counts.values()]
        values = np.array(heard, dtype=np.float32) * self.rarity[places]
        unit: Numbers = (values / np.linalg.norm(values)).astype(np.float32)
        found: Numbers = unit @ self.weights[places] + self.offsets
        return found

    def ranked(self, text: str) -> list[Scored]:
        """All categories, the likeliest first; of equal ones the first in their order."""
        scores = self.scores(text)
        order = np.argsort(-scores, kind="stable")
        return [Scored(self.categories[place], float(scores[place])) for place in order]

    def packed(self) -> bytes:
        """The file: arrays only, texts as UTF-8 between line breaks."""
        stream = io.BytesIO()
        words = sorted(self.vocabulary, key=self.vocabulary.__getitem__)
        np.savez_compressed(
            stream,
            categories=_packed_texts(self.categories),
            vocabulary=_packed_texts(words),
            rarity=self.rarity,
            weights=self.weights,
            offsets=self.offsets,
        )
        return stream.getvalue()


def unpacked(source: Any) -> LinearModel:
    """Read a file, by its path or as a stream.

    Raises OSError where there is none; ValueError, KeyError, EOFError or zipfile.BadZipFile where
    it is another kind of file.
    """
    with np.load(source, allow_pickle=False) as kept:
        words = _texts(kept["vocabulary"])
        return LinearModel(
            categories=tuple(_texts(kept["categories"])),
            vocabulary={word: place for place, word in enumerate(words)},
            rarity=kept["rarity"],
            weights=kept["weights"],
            offsets=kept["offsets"],
        )


@functools.lru_cache(maxsize=KEPT_IN_MEMORY)
def model_at(path: str) -> LinearModel:
    """The classifier of a file, kept in memory once read; a path never gets another content."""
    return unpacked(path)


def _packed_texts(texts: Sequence[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def _texts(packed: npt.NDArray[np.uint8]) -> list[str]:
    return packed.tobytes().decode().split("\n")
