"""Shares beside each other: column with column, and each column with the others together."""

import dataclasses
import string
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from scipy import special

from reports.statistics.clustering import NOTHING
from reports.statistics.multiplicity import bonferroni, false_discovery_rate
from reports.statistics.reasons import LEVEL, SMALL_EXPECTED
from reports.statistics.sample import Floats, Integers, Truths

MOST_TESTS = 2_000_000


@dataclasses.dataclass(frozen=True, eq=False)
class Known:
    """How well the shares of a table are known, by one way of reckoning.

    `shares` and `numbers` (effective: as of so many independent units) are rows × columns,
    `correlations` between columns in a row rows × columns × columns. `df` are degrees of freedom
    by column, infinite without clusters. `fit` says which columns may be tested, and `others_df`
    what the other columns together have, 0 where they may not.
    """

    shares: Floats
    bases: Floats
    numbers: Floats
    correlations: Floats
    df: Floats
    fit: Truths
    others_df: Floats

    def side(self, columns: Integers) -> "Side":
        """The shares of these columns, as one side of tests."""
        return Side(self.shares[:, columns], self.bases[columns], self.numbers[:, columns])


@dataclasses.dataclass(frozen=True, eq=False)
class Tests:
    """z, p and q (false discovery rate) of tests, rows × tests; NaN is no test."""

    z: Floats
    p: Floats
    q: Floats


@dataclasses.dataclass(frozen=True, eq=False)
class Side:
    """One side of a test: shares, their bases, and as of how many independent units known."""

    shares: Floats
    bases: Floats
    numbers: Floats


def score(one: Side, other: Side, rho: Floats) -> Floats:
    """The z of the difference of two shares that are known as of so many independent units.

    (p₁ − p₂) / √(p (1 − p) (1/n₁ + 1/n₂ − 2 ρ / √(n₁ n₂))), p of both together. With plain numbers
    and ρ = 0 the pooled z; with effective ones that of Rao and Scott (1992), here with the
    correlation ρ of columns that share clusters. NaN where at the share of both fewer than five
    units of either base would be in the row, or outside it, and where nothing varies.
    """
    together = (one.numbers * one.shares + other.numbers * other.shares) / (
        one.numbers + other.numbers
    )
    spread = 1 / one.numbers + 1 / other.numbers - 2 * rho / np.sqrt(one.numbers * other.numbers)
    expected = np.minimum(one.bases, other.bases) * np.minimum(together, 1 - together)
    smaller = np.minimum(one.numbers, other.numbers)
    valid = (expected >= SMALL_EXPECTED) & (spread > NOTHING / smaller)
    variance = np.where(valid, together * (1 - together) * spread, 1)
    return np.asarray(np.where(valid, (one.shares - other.shares) / np.sqrt(variance), np.nan))


def probability(z: Floats, df: Floats) -> Floats:
    """Two-sided p of z by Student's t; by the normal distribution where df is infinite."""
    known = np.where(np.isfinite(df), df, 1)
    student = 2 * special.stdtr(known, -np.abs(z))
    normal = 2 * special.ndtr(-np.abs(z))
    return np.asarray(np.where(np.isfinite(df), student, normal), dtype=np.float64)


# -- Column with column -----------------------------------------------------------------------


def pairs_of(groups: Sequence[Sequence[int]], fit: Truths) -> Integers:
    """Which columns are compared, tests × 2: all that are fit within each group."""
    pairs = [pair for group in groups for pair in combinations([c for c in group if fit[c]], 2)]
    return np.array(sorted(set(pairs)), dtype=np.int64).reshape(-1, 2)


def compare(known: Known, pairs: Integers) -> Tests:
    """Each pair of columns in each row; p by t with one less than the smaller number of clusters.

    z is positive where the first column of the pair has the larger share.
    """
    one, other = pairs.T
    first, second = known.side(one), known.side(other)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = score(first, second, known.correlations[:, one, other])
    p = probability(z, np.minimum(known.df[one], known.df[other])[None, :])
    return Tests(z, p, false_discovery_rate(p))


def significant(tests: Tests, method: str) -> Truths:
    """Which tests count at 5 per cent: `fdr` over the whole table, `bonferroni` within each row."""
    adjusted = tests.q if method == "fdr" else bonferroni(tests.p)
    return np.asarray(np.nan_to_num(adjusted, nan=1) < LEVEL, dtype=np.bool_)


def letters(
    z: Floats, counts: Truths, pairs: Integers, shape: tuple[int, int], names: Sequence[str]
) -> list[list[str]]:
    """For each cell the letters of the columns whose share is lower, between spaces."""
    rows, columns = shape
    lower = np.zeros((rows, columns, columns), dtype=np.bool_)
    one, other = pairs.T
    lower[:, one, other] = counts & (z > 0)
    lower[:, other, one] = counts & (z < 0)
    cells: list[list[list[str]]] = [[[] for _column in range(columns)] for _row in range(rows)]
    for row, high, low in zip(*np.nonzero(lower), strict=True):
        cells[row][high].append(names[low])
    return [[" ".join(cell) for cell in row] for row in cells]


def column_letters(number: int) -> list[str]:
    """A to Z, then AA, AB and so on: as spreadsheets name their columns."""
    return [name for name, _place in zip(_names(), range(number), strict=False)]


def _names() -> Iterator[str]:
    yield from string.ascii_uppercase
    for before in _names():
        for letter in string.ascii_uppercase:
            yield before + letter


# -- Each column with the others of its group -------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Others:
    """The other columns of each column's group together: shares rows × columns, and bases."""

    shares: Floats
    bases: Floats


def others_of(known: Known, groups: Sequence[Sequence[int]]) -> tuple[Others, Floats]:
    """The other columns of the group together, and columns × columns: what each adds to them."""
    weights = np.zeros((len(known.bases), len(known.bases)))
    for group in groups:
        for column in group:
            rest = [other for other in group if other != column]
            weights[column, rest] = known.bases[rest]
    bases = weights.sum(axis=1)
    weights /= np.where(bases > 0, bases, 1)[:, None]
    return Others(known.shares @ weights.T, bases), weights


def against_others(
    known: Known, covariance: Floats | None, others: Others, weights: Floats
) -> Tests:
    """Each column in each row against the others of its group together.

    Without clusters z is the adjusted residual of the group's table. `covariance` is that of
    shares, rows × columns × columns; None: units are independent.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        numbers, rho = _of_others(known, covariance, others, weights)
        here = known.side(np.arange(len(known.bases)))
        z = score(here, Side(others.shares, others.bases, numbers), rho)
    fit = known.fit & (known.others_df > 0) & (others.bases > 0)
    z = np.where(fit[None, :], z, np.nan)
    df = np.minimum(known.df, np.where(fit, known.others_df, 1))
    p = probability(z, df[None, :])
    return Tests(z, p, false_discovery_rate(p))


def _of_others(
    known: Known, covariance: Floats | None, others: Others, weights: Floats
) -> tuple[Floats, Floats]:
    """As how many independent units the others are known, and their correlation with the column."""
    if covariance is None:
        return np.broadcast_to(others.bases, others.shares.shape), np.zeros(others.shares.shape)
    clean = np.nan_to_num(covariance)
    mixed = weights @ clean  # rows × others × columns
    variance = (mixed * weights).sum(axis=-1)
    own = clean.diagonal(axis1=1, axis2=2)
    spread = others.shares * (1 - others.shares)
    varies = variance > NOTHING * spread / np.where(others.bases > 0, others.bases, 1)
    fallback = 1 / (_one_by(known.numbers) @ (weights**2).T)
    numbers = np.where(varies, spread / np.where(varies, variance, 1), fallback)
    both = np.sqrt(np.where(varies & (own > 0), variance * own, 1))
    rho = np.where(varies & (own > 0), mixed.diagonal(axis1=1, axis2=2) / both, 0)
    return numbers, np.clip(rho, -1, 1)


def _one_by(numbers: Floats) -> Floats:
    """1 / numbers; 1 where a number is not known, as of a single unit."""
    known = np.isfinite(numbers) & (numbers > 0)
    return np.where(known, 1 / np.where(known, numbers, 1), 1)
