"""Training a classifier with scikit-learn, and trying it on what it was not trained on.

TF-IDF of word pairs with a linear support vector machine is the plain and strong baseline of text
classification: S. Wang, C. D. Manning, "Baselines and Bigrams", ACL 2012. Imported by the worker's
code only: scikit-learn takes a second to load and a hundred megabytes.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from taxonomy.suggestions.folds import folds_of
from taxonomy.suggestions.model import LinearModel
from taxonomy.suggestions.words import tokens_of

FEWEST_OF_CATEGORY = 5
FOLDS = 5
MOST_WEIGHTS = 6_000_000  # of four bytes each
MOST_TOKENS = 60_000
Progress = Callable[[int, int], object]
_Thing = TypeVar("_Thing")


class NothingToLearn(ValueError):
    """The rows do not tell one category from another."""


@dataclasses.dataclass(frozen=True)
class Row:
    """A text with the category that people gave it; texts of one group are by one person."""

    text: str
    category: str
    group: str


@dataclasses.dataclass(frozen=True)
class Guess:
    """What a classifier that had not read a text, nor others of its group, made of it.

    `ranked` are the likeliest categories, `margin` how much further the first is on its side than
    the category that people gave: 0 where they are the same.
    """

    ranked: tuple[str, ...]
    margin: float


def learnable(rows: Sequence[Row]) -> set[str]:
    """The categories with enough texts to learn them."""
    counts = Counter(row.category for row in rows)
    return {category for category, number in counts.items() if number >= FEWEST_OF_CATEGORY}


def train(
    rows: Sequence[Row], *, seed: int, alive: Callable[[], object] = lambda: None
) -> LinearModel:
    """Learn from all rows; `alive` is called again and again meanwhile.

    Texts are cut into tokens twice: those of many long texts at once take a gigabyte.
    Raises NothingToLearn where there are not two categories, or no words that two people used.
    With the same rows in the same order and the same seed the same model.
    """
    names = sorted({row.category for row in rows})
    if len(names) < 2:  # noqa: PLR2004  (a line has two sides)
        raise NothingToLearn("There is nothing to tell apart in fewer than two categories.")
    kept = _shared(_each(rows, alive), most=min(MOST_TOKENS, MOST_WEIGHTS // len(names)))
    if not kept:
        raise NothingToLearn("No two people used the same words.")
    vectors = TfidfVectorizer(analyzer=tokens_of, sublinear_tf=True, vocabulary=kept)
    read = vectors.fit_transform(row.text for row in _each(rows, alive))
    given = np.array([row.category for row in rows])
    lines = [_line(read, given == name, seed) for name in _each(names, alive)]
    return LinearModel(
        categories=tuple(names),
        vocabulary={word: place for place, word in enumerate(kept)},
        rarity=vectors.idf_.astype(np.float32),
        weights=np.array([line.coef_[0] for line in lines], dtype=np.float32, order="F").T,
        offsets=np.array([line.intercept_[0] for line in lines], dtype=np.float32),
    )


def _each(things: Iterable[_Thing], alive: Callable[[], object]) -> Iterator[_Thing]:
    """These things, with a sign of life before each."""
    for thing in things:
        alive()
        yield thing


def _line(read: object, is_it: npt.NDArray[np.bool_], seed: int) -> LinearSVC:
    """The line between one category and all others."""
    return LinearSVC(C=1.0, tol=0.01, random_state=seed).fit(read, is_it)


def _shared(rows: Iterable[Row], *, most: int) -> list[str]:
    """The tokens to learn from, the commonest if there are more than `most`.

    Only what two people used: what one alone said, such as a name, is never kept in the file.
    """
    spread: Counter[str] = Counter()
    first_by: dict[str, str] = {}
    shared: set[str] = set()
    for row in rows:
        for word in set(tokens_of(row.text)):
            spread[word] += 1
            if first_by.setdefault(word, row.group) != row.group:
                shared.add(word)
    ranked = sorted(shared, key=lambda word: (-spread[word], word))
    return sorted(ranked[:most])


def tried_out(
    rows: Sequence[Row], *, seed: int, progress: Progress = lambda _done, _all: None
) -> list[Guess | None]:
    """For each row what a classifier said that was trained without its fold (`FOLDS` of them).

    None where the other folds left nothing to learn from. `progress` is told often, by fold: a fold
    of many long texts takes minutes.
    """
    groups = [row.group for row in rows]
    number = min(FOLDS, len(set(groups)))
    folds = folds_of([row.category for row in rows], groups, number=number, seed=seed)
    found: list[Guess | None] = [None] * len(rows)
    for fold in range(number):
        alive = partial(progress, fold, number)
        read = [row for row, own in zip(rows, folds, strict=True) if own != fold]
        with suppress(NothingToLearn):
            model = train(read, seed=seed, alive=alive)
            for place, own in enumerate(_each(folds, alive)):
                if own == fold:
                    found[place] = _guess(model, rows[place])
    return found


def _guess(model: LinearModel, row: Row) -> Guess:
    ranked = model.ranked(row.text)
    scores = dict(ranked)
    given = scores.get(row.category, min(scores.values()))
    return Guess(tuple(one.category for one in ranked[:3]), ranked[0].score - given)
