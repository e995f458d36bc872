"""The same table at two times: which shares changed by more than chance explains."""

import dataclasses

import numpy as np
from scipy import sparse, special

from reports.statistics.clustering import TWO
from reports.statistics.intervals import CONFIDENCE
from reports.statistics.reasons import FEW_CLUSTERS, SMALL_BASE
from reports.statistics.reckoning import HIDDEN_CLUSTERS
from reports.statistics.sample import (
    Entries,
    Floats,
    Integers,
    Sample,
    Truths,
    count,
    entries_of,
)

ROUNDING = 1e-9  # of sums


@dataclasses.dataclass(frozen=True, eq=False)
class Paired:
    """Shares of columns at two times, rows × columns, from 0 to 1; NaN in an empty column.

    `errors` are standard errors of `after - before`, NaN without two clusters. `low` and `high` are
    the ends of its intervals, which hold for all `tests` cells together, NaN where nothing is said.
    `clusters` counts by column the known clusters that stand in it at either time; `moved` is by
    cell the effective number of those that moved its share: rows × columns.
    """

    before: Floats
    after: Floats
    errors: Floats
    low: Floats
    high: Floats
    clusters: Integers
    moved: Floats
    tests: int

    @property
    def differences(self) -> Floats:
        """How much larger each share is later."""
        return self.after - self.before

    @property
    def changed(self) -> Truths:
        """The cells whose interval leaves 0 out."""
        return np.asarray((self.low > 0) | (self.high < 0))


def paired_difference(before: Sample, after: Sample) -> Paired:
    """Compare the shares of a table at two times, when most units stand in both.

    With W the base of a column, p the share, and y of n units of a cluster in the cell, the cluster
    brings u = (y − p n) / W at either time. The variance of the difference is m/(m − 1) · Σ
    (u_after − u_before)², m the clusters of the column at either time: what stands still in both
    cancels (Kish and Frankel 1974, of a difference of ratios from one sample). Intervals by
    Student's t with m − 1 degrees of freedom, the error divided by the number of cells (Dunn 1961).

    What moved a share comes from (Σ e²)² / Σ e⁴ clusters, where e = y'/W' − y/W − q (n'/W' − n/W)
    and q is the mean of both shares (Kish's effective number with e² as weights: exactly as many
    as moved where all moved alike). Nothing is said of a cell with fewer than ten of them, or in
    which all bring the same (V = 0), nor of a column with fewer than ten clusters, a base below 30
    at either time, or more than a twentieth of its units in unknown clusters. Both samples have the
    same rows and columns, and number clusters alike. Raises ValueError where they do not, or where
    one is no sample.
    """
    if list(before.rows) != list(after.rows) or list(before.columns) != list(after.columns):
        raise ValueError("What is compared has the same rows and columns.")
    then, now = _added_up(before, after)
    errors, clusters, moved = _errors(then, now)
    said = _is_known(then) & _is_known(now) & (clusters >= FEW_CLUSTERS) & (errors > 0)
    said &= moved >= FEW_CLUSTERS * (1 - ROUNDING)
    tests = int(said.sum())
    reach = np.where(said, errors, np.nan) * _t_of(clusters, tests)
    difference = now.shares - then.shares
    return Paired(
        before=then.shares,
        after=now.shares,
        errors=errors,
        low=difference - reach,
        high=difference + reach,
        clusters=clusters,
        moved=moved,
        tests=tests,
    )


@dataclasses.dataclass(frozen=True, eq=False)
class _Time:
    """A sample added up by cluster. `told[column]` is clusters × rows, `base` clusters × columns.

    The last cluster is that of the units whose cluster is not known.
    """

    shares: Floats
    told: list[sparse.csc_matrix]
    base: Floats
    numbers: Integers
    unknown: Floats


def _added_up(before: Sample, after: Sample) -> tuple[_Time, _Time]:
    """Both samples over the same clusters, the unknown ones together as the last."""
    entries = [entries_of(sample) for sample in (before, after)]
    known = np.unique(np.concatenate([bases.cluster for _cells, bases in entries]))
    known = known[known >= 0]
    shape = (len(before.rows), len(before.columns))
    then, now = (_time(cells, bases, known, shape) for cells, bases in entries)
    return then, now


def _time(cells: Entries, bases: Entries, known: Integers, shape: tuple[int, int]) -> _Time:
    rows, columns = shape
    counted = count(cells, bases, shape, np.ones(columns, dtype=np.bool_))
    size = len(known) + 1
    place = _places(bases.cluster, known) * columns + bases.column
    base: Floats = np.zeros(size * columns) + np.bincount(
        place, bases.amount, minlength=size * columns
    )
    cluster = _places(cells.cluster, known)
    told = [
        sparse.coo_matrix(
            (cells.amount[here], (cluster[here], cells.row[here])), shape=(size, rows)
        ).tocsc()
        for here in (cells.column == column for column in range(columns))
    ]
    unknown = bases.number * (bases.cluster < 0)
    hidden: Floats = np.zeros(columns) + np.bincount(bases.column, unknown, minlength=columns)
    shares = np.where(counted.bases > 0, counted.shares, np.nan)
    return _Time(shares, told, base.reshape(size, columns), counted.numbers, hidden)


def _places(cluster: Integers, known: Integers) -> Integers:
    return np.where(cluster < 0, len(known), np.searchsorted(known, cluster))


def _is_known(time: _Time) -> Truths:
    """Columns whose shares are shown, and whose clusters are known but for a few."""
    return (time.numbers >= SMALL_BASE) & (time.unknown <= HIDDEN_CLUSTERS * time.numbers)


def _errors(then: _Time, now: _Time) -> tuple[Floats, Integers, Floats]:
    """Standard errors of differences, clusters by column, and how many moved each cell."""
    rows, columns = now.shares.shape
    errors, moved = np.full((rows, columns), np.nan), np.zeros((rows, columns))
    present = (then.base > 0) | (now.base > 0)
    for column in range(columns):
        taken = int(present[:, column].sum())
        if min(time.base[:, column].sum() for time in (then, now)) <= 0 or taken < TWO:
            continue
        grown = _grown(then, now, column)
        errors[:, column] = np.sqrt(_squares(grown) * taken / (taken - 1))
        moved[:, column] = _moved(grown)
    return errors, np.asarray(present[:-1].sum(axis=0), dtype=np.int64), moved


@dataclasses.dataclass(frozen=True, eq=False)
class _Grown:
    """A column at two times, each as a part of its base: clusters × rows, by cluster, by row.

    `told` is y'/W' − y/W, `base` n'/W', `grown` n'/W' − n/W, `share` p, and `apart` p' − p.
    """

    told: sparse.csc_matrix
    base: Floats
    grown: Floats
    share: Floats
    apart: Floats


def _grown(then: _Time, now: _Time, column: int) -> _Grown:
    before, after = (time.base[:, column].sum() for time in (then, now))
    base, share = now.base[:, column] / after, then.shares[:, column]
    return _Grown(
        told=now.told[column] / after - then.told[column] / before,
        base=base,
        grown=base - then.base[:, column] / before,
        share=share,
        apart=now.shares[:, column] - share,
    )


def _squares(at: _Grown) -> Floats:
    """By row Σ over clusters of (u_after − u_before)²; exactly 0 where both times are the same.

    With a = y'/W' − y/W, b' and d = b' − b the same of n, and Δ = p' − p, what a cluster brings is
    a − (Δ b' + p d).
    """
    own = np.asarray(at.told.multiply(at.told).sum(axis=0)).ravel()
    with_base = at.apart * (at.told.T @ at.base) + at.share * (at.told.T @ at.grown)
    of_base = at.apart**2 * (at.base @ at.base) + 2 * at.apart * at.share * (at.base @ at.grown)
    alone = own + of_base + at.share**2 * (at.grown @ at.grown)
    found = alone - 2 * with_base
    return np.where(found > ROUNDING * alone, found, 0)


def _moved(at: _Grown) -> Floats:
    """By row the effective number of known clusters that moved the share, 0 where none did.

    (Σ e²)² / Σ e⁴ with e = a − q d, q the mean of both shares. A cluster without a unit in the cell
    at either time has e = −q d.
    """
    told, base = at.told[:-1].tocoo(), at.grown[:-1]
    mean = at.share + at.apart / 2
    here = base[told.row]
    there = told.data - mean[told.col] * here
    squares, fourths = (
        np.bincount(told.col, there**power, minlength=len(mean))
        + mean**power
        * (np.sum(base**power) - np.bincount(told.col, here**power, minlength=len(mean)))
        for power in (2, 4)
    )
    is_any = squares > ROUNDING**2 * (at.base @ at.base)
    return np.where(is_any, squares**2 / np.where(is_any, fourths, 1), 0)


def _t_of(clusters: Integers, tests: int) -> Floats:
    """By column the t that all intervals together leave out five per cent with."""
    error = (1 - CONFIDENCE) / max(tests, 1)
    return np.asarray(special.stdtrit(np.maximum(clusters - 1, 1), 1 - error / 2))
