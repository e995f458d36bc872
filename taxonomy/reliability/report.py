"""A report on the agreement of coders at every round of a scheme, as plain values to be kept.

Codings are rolled up to each round anew; nothing is carried over from one round to the next.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from taxonomy.reliability.agreement import agreement_of
from taxonomy.reliability.distances import Path
from taxonomy.reliability.material import UNCLASSIFIABLE, Coded, Material
from taxonomy.reliability.ratings import Ratings, ratings_of
from taxonomy.reliability.results import (
    WEIGHTED_KAPPA,
    Agreement,
    Estimate,
    Figure,
    Figures,
    PairAgreement,
)
from taxonomy.tabulation.tree import Node, Tree

BATCHES_SHOWN = 24  # the last ones, each with figures of its own
DECIMALS = 6

Progress = Callable[[int, int], object]


def report_of(
    material: Material,
    *,
    samples: int,
    seed: int,
    progress: Progress = lambda _done, _of: None,
) -> list[dict[str, Any]]:
    """The figures of every round, the finest first, with intervals from so many samples.

    Each has `overall`, `categories`, `pairs` and `confusion`, where *cannot be classified* is one
    more category, `second`, where it is a missing answer, and `batches`, one by one. `missing` are
    the answers that were asked for and not given, or have no place at the round. An undefined
    figure is `{"undefined": code}`.
    """
    several = len(material.available) > 1
    shown = list(material.available)[-BATCHES_SHOWN:] if several else []
    steps = len(material.tree.rounds) * (2 + len(shown))
    bar = _Bar(progress, steps * max(samples, 1))
    measure = _Measure(material, samples, seed, bar)
    return [measure.round(position, shown) for position in material.tree.rounds]


class _Bar:
    """Tells how far all steps are, each of as many parts as there are samples."""

    def __init__(self, progress: Progress, of: int) -> None:
        self._progress, self._of, self._before = progress, of, 0

    def __call__(self, done: int, of: int) -> None:
        self._progress(self._before + min(done, of), self._of)

    def step(self, samples: int) -> None:
        """One step is done, however many samples it took."""
        self._before += max(samples, 1)
        self._progress(self._before, self._of)


class _Measure:
    def __init__(self, material: Material, samples: int, seed: int, bar: _Bar) -> None:
        self.material, self.samples, self.seed, self.bar = material, samples, seed, bar

    def round(self, position: int, shown: Sequence[str]) -> dict[str, Any]:
        """Everything about one round."""
        rated = list(_placed(self.material.tree, self.material.coded, position))
        k = self._open_at(position, self.material.available, rated)
        paths = _paths(self.material.tree, position)
        found, ratings = self._agreement(rated, k + 1, paths)
        second, _ratings = self._agreement(_without(rated), k, paths)
        return {
            "position": position,
            "name": self.material.tree.rounds[position],
            **_counts(found, self._missing(rated)),
            "unplaced": sum(one.label is None for one in rated),
            "unclassifiable": sum(one.label == UNCLASSIFIABLE for one in rated),
            "overall": _overall(found),
            "conger": _figure(found.conger),
            "second": {
                **_counts(second, self._missing(_without(rated))),
                "overall": _overall(second),
            },
            "categories": self._categories(found, position),
            "pairs": [_pair(pair) for pair in found.pairs],
            "confusion": _confusion(ratings),
            "batches": [self._batch(rated, position, uid) for uid in shown],
        }

    def _batch(self, rated: Sequence["_Rated"], position: int, uid: str) -> dict[str, Any]:
        own = [one for one in rated if one.coded.batch == uid]
        k = self._open_at(position, {uid: self.material.available[uid]}, own)
        found, _ratings = self._agreement(own, k + 1)
        counts = _counts(found, self._missing(own, [uid]))
        return {"uid": uid, **counts, "overall": _overall(found)}

    def _missing(self, rated: Sequence["_Rated"], batches: Iterable[str] | None = None) -> int:
        """How many answers are missing of those that were asked for, in some batches or in all."""
        unanswered = self.material.unanswered
        asked = unanswered if batches is None else batches
        never = sum(unanswered.get(uid, 0) for uid in asked)
        return never + sum(one.label is None for one in rated)

    def _open_at(
        self, position: int, available: Mapping[str, frozenset[int]], rated: Sequence["_Rated"]
    ) -> int:
        """How many categories of the round could be meant by what was open, or were."""
        tree = self.material.tree
        keys = {key for one in available.values() for key in one if key in tree.nodes}
        places = {key: tree.at_round(key, position) for key in keys}
        meant = {node.uid for node in places.values() if isinstance(node, Node)}
        return len(meant | {one.label for one in rated if one.label})

    def _agreement(
        self, rated: Sequence["_Rated"], k: int, paths: Mapping[str, Path] | None = None
    ) -> tuple[Agreement, Ratings]:
        ratings = ratings_of(
            [(one.coded.moment, one.coded.coder, one.label) for one in rated],
            clusters=self.material.clusters,
            available=k,
        )
        found = agreement_of(
            ratings, samples=self.samples, seed=self.seed, paths=paths, progress=self.bar
        )
        self.bar.step(self.samples)
        return found, ratings

    def _categories(self, found: Agreement, position: int) -> list[dict[str, Any]]:
        """In the order of the tree; *cannot be classified* is the last."""
        tree, used = self.material.tree, found.categories
        nodes = [node for node in tree.rows(position) if node.uid in used]
        named = [(node.uid, node.heading, tree.path(node)) for node in nodes]
        if UNCLASSIFIABLE in used:
            named.append((UNCLASSIFIABLE, "", []))
        return [
            {
                "uid": uid,
                "name": name,
                "path": path,
                "ratings": used[uid].ratings,
                "figures": _figures(used[uid].figures),
            }
            for uid, name, path in named
        ]


# -- Rolling up -------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class _Rated:
    """A coding as it counts at a round; None where it has no place there."""

    coded: Coded
    label: str | None


def _placed(tree: Tree, coded: Sequence[Coded], position: int) -> Iterator[_Rated]:
    keys = {one.category for one in coded if one.category is not None}
    places = {key: tree.at_round(key, position) for key in keys}
    labels = {key: node.uid for key, node in places.items() if isinstance(node, Node)}
    for one in coded:
        label = UNCLASSIFIABLE if one.category is None else labels.get(one.category)
        yield _Rated(one, label)


def _paths(tree: Tree, position: int) -> dict[str, Path] | None:
    """The way to each category of a round, one step for every round from the coarsest down.

    What has no place at a coarser round parts there from all others, and so does *cannot be
    classified*. None at the coarsest round, where all categories are equally far apart.
    """
    above = [one for one in tree.rounds if one > position]
    if not above:
        return None
    paths = {
        node.uid: [_step(tree, node, one) for one in sorted(above, reverse=True)] + [node.uid]
        for node in tree.rows(position)
    }
    return {**paths, UNCLASSIFIABLE: [UNCLASSIFIABLE] * (len(above) + 1)}


def _step(tree: Tree, node: Node, position: int) -> str:
    place = tree.at_round(node.key, position)
    return place.uid if isinstance(place, Node) else tree.ancestry(node)[0].uid


def _without(rated: Sequence[_Rated]) -> list[_Rated]:
    """The same with *cannot be classified* as no answer."""
    return [dataclasses.replace(one, label=one.label or None) for one in rated]


def _confusion(ratings: Ratings) -> list[tuple[Hashable, Hashable, int]]:
    """Two categories and on how many moments one coder chose the one and another the other.

    Each pair once, in the order of `labels`; a category with itself where two coders chose it.
    """
    by_unit: dict[int, list[int]] = {}
    for unit, label in zip(ratings.unit.tolist(), ratings.label.tolist(), strict=True):
        by_unit.setdefault(unit, []).append(label)
    counts: Counter[tuple[int, int]] = Counter()
    for labels in by_unit.values():
        counts.update(_met(labels))
    return [
        (ratings.labels[one], ratings.labels[other], number)
        for (one, other), number in sorted(counts.items())
    ]


def _met(labels: Sequence[int]) -> Iterator[tuple[int, int]]:
    times = Counter(labels)
    for one in times:
        if times[one] > 1:
            yield one, one
        yield from ((one, other) for other in times if one < other)


# -- As plain values --------------------------------------------------------------------------


def _counts(found: Agreement, missing: int) -> dict[str, Any]:
    return {
        "units": found.units,
        "coders": found.coders,
        "ratings": found.ratings,
        "k": found.k,
        "missing": missing,
        "unequal": found.unequal,
        "clusters": found.clusters,
    }


def _overall(found: Agreement) -> dict[str, dict[str, Any]]:
    weighted = {} if found.weighted is None else {WEIGHTED_KAPPA: _figure(found.weighted)}
    return {**_figures(found.overall), **weighted}


def _figures(figures: Figures) -> dict[str, dict[str, Any]]:
    return {one.value: _figure(figure) for one, figure in figures.items()}


def _figure(figure: Figure) -> dict[str, Any]:
    if not isinstance(figure, Estimate):
        return {"undefined": figure.reason.value}
    return {"value": _short(figure.value), "low": _short(figure.low), "high": _short(figure.high)}


def _pair(pair: PairAgreement) -> dict[str, Any]:
    return {
        "first": pair.first,
        "second": pair.second,
        "units": pair.units,
        "agreement": _short(pair.agreement),
        "kappa": _short(pair.kappa),
        "standard_error": _short(pair.standard_error),
        "kappa_max": _short(pair.kappa_max),
        "weighted": None if pair.weighted is None else _figure(pair.weighted),
    }


def _short(number: float | None) -> float | None:
    return None if number is None else round(number, DECIMALS)
