"""All coefficients of a set of ratings, overall and by category, with their intervals."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from incidents.reliability.kappa import Confusion, cohen_kappa, confusion_of, percent_agreement
from taxonomy.reliability.aspects import against_others, over_all
from taxonomy.reliability.bootstrap import drawn, intervals
from taxonomy.reliability.distances import (
    Path,
    disagreement_by_chance,
    disagreement_within,
    scaled,
    steps_between,
)
from taxonomy.reliability.formulas import conger_kappa, mean_where_defined, weighted_kappas
from taxonomy.reliability.kappa import kappa_max, standard_error, weighted_kappa
from taxonomy.reliability.ratings import Ratings
from taxonomy.reliability.results import (
    FEW_RATINGS,
    Agreement,
    CategoryAgreement,
    Coefficient,
    Estimate,
    Figure,
    Level,
    PairAgreement,
    Reason,
    Undefined,
)
from taxonomy.reliability.sums import (
    PAIRED_AT_MOST,
    Contributions,
    Floats,
    Sums,
    added,
    contributions_of,
    pairs_of,
)

MANY_VALUES = 10_000  # at the ratio level each is compared with each
BY_CATEGORY = {Level.NOMINAL, Level.ORDINAL}

OVERALL = 0  # the place of all categories; those of single ones follow
Progress = Callable[[int, int], object]


def agreement_of(
    ratings: Ratings,
    *,
    level: Level = Level.NOMINAL,
    samples: int = 0,
    seed: int = 0,
    paths: Mapping[Any, Path] | None = None,
    progress: Progress = lambda _done, _of: None,
) -> Agreement:
    """Every coefficient of the ratings, with 95 % intervals from so many bootstrap samples.

    The level is that of Krippendorff's alpha; all others take the values for names. Single
    categories are given at the nominal and ordinal levels. `paths` has for each value used the way
    to it from the root of a tree; with it kappa is also weighted by steps in this tree. `progress`
    is told how many samples are done, and of how many.

    Raises
    ------
    ValueError
        The level needs numbers (interval, ratio; at the ratio level none below zero) or an order
        (numbers, or `categories` that were given), and the ratings have none.
    """
    measure = _Measure(ratings, level, paths)
    values, weighted = (one[0] for one in measure.of(np.ones((1, ratings.clusters))))
    ends, weighted_ends = (np.full((2, *one.shape), np.nan) for one in (values, weighted))
    if ratings.clusters > 1 and samples:
        drawn_values, drawn_weighted = _sampled(measure, samples, seed, progress)
        ends, weighted_ends = intervals(drawn_values), intervals(drawn_weighted)
    figures = _Figures(ratings, measure, values, ends)
    raters = np.bincount(ratings.unit)
    return Agreement(
        level=level,
        units=len(ratings.units),
        coders=len(ratings.coders),
        ratings=len(ratings.unit),
        k=ratings.k,
        missing=ratings.missing,
        unequal=len(np.unique(raters[raters > 0])) > 1,
        clusters=ratings.clusters,
        samples=samples,
        seed=seed,
        overall=figures.overall(),
        categories=figures.by_category(),
        pairs=list(_pair_agreements(ratings, measure.steps, weighted_ends[:, 1:])),
        conger=figures.conger(),
        weighted=None
        if measure.steps is None
        else figures.weighted(weighted[0], weighted_ends[:, 0]),
    )


class _Measure:
    """Makes coefficients of how often each sample has each cluster; NaN where undefined."""

    def __init__(
        self, ratings: Ratings, level: Level, paths: Mapping[Any, Path] | None = None
    ) -> None:
        self.ratings, self.level = ratings, level
        self.steps = (
            None if paths is None else steps_between([paths[label] for label in ratings.labels])
        )
        self.numbers = _numbers(ratings, level)
        self.too_many = level is Level.RATIO and len(ratings.labels) > MANY_VALUES
        self.contributions: Contributions = contributions_of(
            ratings,
            distances=level is not Level.NOMINAL and not self.too_many,
            steps=self.steps,
        )
        self.two_coders = len(set(ratings.coder.tolist())) == 2  # noqa: PLR2004  (two)
        self.by_category = level in BY_CATEGORY and ratings.k > 1

    def of(self, weights: Floats) -> tuple[Floats, Floats]:
        """The coefficients and weighted kappas of some samples: (samples, clusters).

        The former are (samples, 1 + categories, coefficients) in the order of `Coefficient`, the
        latter (samples, 1 + pairs of coders), the mean before those of pairs.
        """
        sums = self.contributions.sums(weights)
        return self._coefficients(sums), self._weighted(sums)

    def _weighted(self, sums: Sums) -> Floats:
        if self.steps is None:
            return np.full((len(sums.rated), 1), np.nan)
        by_chance = added(sums.first @ self.steps * sums.second)
        kappas = weighted_kappas(sums.both, sums.steps, by_chance)
        return np.concatenate([mean_where_defined(kappas)[:, None], kappas], axis=1)

    def _coefficients(self, sums: Sums) -> Floats:
        within, expected = self._disagreement(sums)
        aspects = [over_all(sums, k=self.ratings.k, within=within, expected=expected)]
        aspects += [against_others(sums)] if self.by_category else []
        parts = []
        for aspect in aspects:
            found = aspect.coefficients(two_coders=self.two_coders)
            table = np.stack([found[one] for one in Coefficient], axis=-1)
            parts.append(table.reshape(len(table), -1, len(Coefficient)))
        return np.concatenate(parts, axis=1)

    def _disagreement(self, sums: Sums) -> tuple[Floats, Floats]:
        if self.too_many:
            return np.full(len(sums.rated), np.nan), np.ones(len(sums.rated))
        if self.level is Level.NOMINAL:
            within = added(sums.apart) / 2
        else:
            crossings = self.contributions.crossings
            within = disagreement_within(
                self.level, sums.between, crossings, sums.values, self.numbers
            )
        return within, disagreement_by_chance(self.level, sums.values, self.numbers)


def _numbers(ratings: Ratings, level: Level) -> Floats | None:
    """The labels as numbers of no particular size, where the level asks for numbers."""
    numbers = ratings.numbers
    if level is Level.NOMINAL or (level is Level.ORDINAL and ratings.ordered):
        return None
    if numbers is None:
        needed = "numbers, or categories in their order" if level is Level.ORDINAL else "numbers"
        raise ValueError(f"The {level} level needs {needed}.")
    if level is Level.RATIO and (numbers < 0).any():
        raise ValueError("The ratio level knows no number below zero.")
    return scaled(level, numbers)


def _sampled(
    measure: _Measure, samples: int, seed: int, progress: Progress
) -> tuple[Floats, Floats]:
    contributions = measure.contributions
    done, parts = 0, []
    for weights in drawn(
        measure.ratings.clusters, samples=samples, seed=seed, width=contributions.width
    ):
        parts.append(measure.of(weights))
        done += len(weights)
        progress(done, samples)
    values, weighted = (np.concatenate(several) for several in zip(*parts, strict=True))
    return values, weighted


# -- Numbers as answers -----------------------------------------------------------------------


class _Figures:
    """Makes typed answers of numbers, with a reason where there is no number."""

    def __init__(self, ratings: Ratings, measure: _Measure, values: Floats, ends: Floats) -> None:
        self.ratings, self.measure = ratings, measure
        self.values, self.ends = values, ends
        raters = np.bincount(ratings.unit, minlength=len(ratings.units))
        self.of_label = np.bincount(ratings.label, minlength=len(ratings.labels))
        paired = ratings.label[raters[ratings.unit] > 1]
        self.paired = np.bincount(paired, minlength=len(ratings.labels))

    def overall(self) -> dict[Coefficient, Figure]:
        """Each coefficient over all categories."""
        why = self._why_nothing()
        return {
            one: Undefined(why) if why else self._figure(OVERALL, one, self._why(one))
            for one in Coefficient
        }

    def by_category(self) -> dict[object, CategoryAgreement]:
        """Each category that was used, against all others."""
        if not self.measure.by_category:
            return {}
        return {
            label: CategoryAgreement(int(self.of_label[at]), self._of_category(at))
            for at, label in enumerate(self.ratings.labels)
        }

    def conger(self) -> Figure:
        """Conger's kappa, whose chance agreement is that of coders with habits of their own."""
        why = self._why_nothing()
        if why or (self.paired > 0).sum() < 2:  # noqa: PLR2004  (two categories)
            return Undefined(why or Reason.ONE_COMPARED)
        used = np.zeros((len(self.ratings.coders), len(self.ratings.labels)))
        np.add.at(used, (self.ratings.coder, self.ratings.label), 1)
        observed = self.values[OVERALL, list(Coefficient).index(Coefficient.PERCENT_AGREEMENT)]
        return Estimate(float(conger_kappa(observed, used[used.any(axis=1)])))

    def weighted(self, value: float, ends: Floats) -> Figure:
        """The mean over pairs of coders of kappa weighted by steps, with its interval."""
        if np.isnan(value):
            why = self._why_nothing() or self._why_no_pairs(Coefficient.COHEN_KAPPA)
            return Undefined(why or Reason.ONE_COMPARED)
        return Estimate(float(value), *_ends(ends))

    def _of_category(self, at: int) -> dict[Coefficient, Figure]:
        why = self._why_nothing()
        if not why and not self.paired[at]:
            why = Reason.NOT_COMPARED
        if not why and self.paired[at] == self.paired.sum():
            why = Reason.NOTHING_ELSE
        few = self.of_label[at] < FEW_RATINGS
        return {
            one: Undefined(why)
            if why
            else self._figure(at + 1, one, self._why_no_pairs(one), few=few)
            for one in Coefficient
        }

    def _figure(
        self, place: int, one: Coefficient, why: Reason | None, *, few: bool = False
    ) -> Figure:
        at = list(Coefficient).index(one)
        value = self.values[place, at]
        if np.isnan(value):
            return Undefined(why or Reason.ONE_COMPARED)
        low, high = (None, None) if few else _ends(self.ends[:, place, at])
        return Estimate(float(value), low, high)

    def _why_nothing(self) -> Reason | None:
        """Why no coefficient at all is defined."""
        if not len(self.ratings.unit):
            return Reason.NO_RATINGS
        if len(set(self.ratings.coder.tolist())) == 1:
            return Reason.ONE_CODER
        if not self.paired.any():
            return Reason.NO_OVERLAP
        return Reason.ONE_CATEGORY if self.ratings.k == 1 else None

    def _why(self, one: Coefficient) -> Reason | None:
        if one is Coefficient.KRIPPENDORFF_ALPHA and self.measure.too_many:
            return Reason.MANY_VALUES
        return self._why_no_pairs(one)

    def _why_no_pairs(self, one: Coefficient) -> Reason | None:
        many = len(self.ratings.coders) > PAIRED_AT_MOST
        return Reason.MANY_CODERS if many and one is Coefficient.COHEN_KAPPA else None


def _ends(ends: Floats) -> tuple[float | None, float | None]:
    low, high = (None if np.isnan(end) else float(end) for end in ends)
    return low, high


def _pair_agreements(
    ratings: Ratings, steps: Floats | None, ends: Floats
) -> Iterator[PairAgreement]:
    """Each pair of coders who rated a unit in common, with Cohen's kappa.

    `ends` (2, pairs) are those of the kappa weighted by `steps`.
    """
    labels: Sequence[int] = range(len(ratings.labels))
    for at, pair in enumerate(pairs_of(ratings)):
        said = zip(pair.first.tolist(), pair.second.tolist(), strict=True)
        table = confusion_of(said, labels)
        first, second = (ratings.coders[at] for at in pair.coders)
        yield PairAgreement(
            first=first,
            second=second,
            units=table.units,
            agreement=percent_agreement(table),
            kappa=cohen_kappa(table),
            standard_error=standard_error(table),
            kappa_max=kappa_max(table),
            weighted=None if steps is None else _weighted(table, steps, ends[:, at]),
        )


def _weighted(table: Confusion[int], steps: Floats, ends: Floats) -> Estimate | None:
    apart = steps.tolist()
    value = weighted_kappa(table, lambda one, other: apart[one][other])
    return None if value is None else Estimate(value, *_ends(ends))
