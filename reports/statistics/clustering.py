"""Variances of shares where units come in clusters, and what they make of a chi-square.

A share is a ratio, so its variance is linearized (Kish and Frankel 1974): each unit brings its
distance from the share of its column, clusters add up what their units bring, and the variance is
that of the sums. Columns that share clusters keep their covariance.
"""

import dataclasses
from typing import Any

import numpy as np
from scipy import sparse, special

from reports.statistics.association import Verdict, beyond
from reports.statistics.sample import Counted, Entries, Floats, Integers, Truths

NUMBERS = 5_000_000  # of a full array; what is larger is kept sparse
MOST_CELLS = 1_000  # for the covariance of all cells with all
STEPS = 200_000_000  # multiplications for it, where arrays are sparse
NOTHING = 1e-9  # of the naive variance: rounding
TWO = 2


@dataclasses.dataclass(frozen=True, eq=False)
class Spread:
    """How shares vary from sample to sample of clusters.

    `covariance` is rows × columns × columns: of the shares of two columns in one row. `whole` is
    the same for all cells with all, rows × columns × rows × columns, or None where that takes too
    long. `present` says in which columns each known cluster stands: clusters × columns. `unknown`
    counts by column the units whose cluster is not known; together they are taken for one cluster.
    """

    covariance: Floats
    whole: Floats | None
    present: sparse.csr_matrix
    unknown: Floats

    @property
    def clusters(self) -> Integers:
        """Known clusters in each column."""
        return np.asarray(self.present.sum(axis=0), dtype=np.int64).ravel()

    def clusters_besides(self, among: Truths) -> Integers:
        """For each column, known clusters in the other columns `among` these."""
        here = self.present.multiply(among).tocsr()
        of_each = np.asarray(here.sum(axis=1)).ravel()
        alone = np.asarray((here.multiply((of_each == 1)[:, None])).sum(axis=0)).ravel()
        return np.asarray((of_each > 0).sum() - alone, dtype=np.int64)


@dataclasses.dataclass(frozen=True)
class RaoScott:
    """Chi-square of a table of clusters, with both corrections of Rao and Scott (1984).

    `design_effect` is the mean of the generalized design effects. `second` and its `f`, with the
    degrees of freedom of the denominator, are None where the whole covariance was not worked out.
    """

    design_effect: float
    first: Verdict
    second: Verdict | None
    f: float | None = None
    df_denominator: float | None = None


def spread_of(cells: Entries, bases: Entries, counted: Counted) -> Spread:
    """The covariances of the shares, with clusters drawn and not units.

    With p the share of a column, W its base and y what a cluster has in the cell, of n in the
    column, the cluster brings u = (y − p n) / W · √(m / (m − 1)), m the clusters of the column; a
    covariance is the sum of u u' over clusters. NaN where a column has fewer than two clusters.
    """
    rows, columns = counted.shape
    number, places = _numbered(np.maximum(np.concatenate([bases.cluster, cells.cluster]), -1))
    of_base, of_cell = places[: len(bases.row)], places[len(bases.row) :]
    base = _summed(of_base, bases.column, bases.amount, (number, columns))
    place = cells.row * columns + cells.column
    told = _summed(of_cell, place, cells.amount, (number, rows * columns))
    present = sparse.csr_matrix(base > 0)
    sizes = np.asarray(present.sum(axis=0), dtype=np.float64).ravel()
    lone = sizes < TWO
    products = _Products(told, base, _dense(base.T @ base), counted.shares, _weights(sizes, base))
    whole = products.of_all() if _takes_little(told) else None
    covariance = (
        products.of_rows() if whole is None else np.array([whole[r, :, r] for r in range(rows)])
    ).reshape(rows, columns, columns)
    each = np.arange(columns)
    covariance[:, each, each] = np.maximum(covariance[:, each, each], 0)  # but for rounding it is
    covariance[:, lone, :] = covariance[:, :, lone] = np.nan
    hidden = bases.number * (bases.cluster < 0)
    unknown = np.zeros(columns) + np.bincount(bases.column, hidden, minlength=columns)
    return Spread(covariance, whole, present[1:] if hidden.any() else present, unknown)


def _weights(sizes: Floats, base: Any) -> Floats:
    """By column √(m / (m − 1)) / W, 0 where there are no two clusters."""
    among = sizes >= TWO
    factor = np.sqrt(np.divide(sizes, sizes - 1, out=np.zeros(sizes.shape), where=among))
    total = _dense(base.sum(axis=0)).ravel()
    return np.asarray(factor / np.where(total > 0, total, 1))


@dataclasses.dataclass(frozen=True, eq=False)
class _Products:
    """Sums over clusters of products of what they bring.

    `told` is clusters × cells, `base` clusters × columns, `together` the products of bases,
    columns × columns; `shares` rows × columns; `weight` by column.
    """

    told: Any
    base: Any
    together: Floats
    shares: Floats
    weight: Floats

    def of_all(self) -> Floats:
        """Rows × columns × rows × columns."""
        shape = self.shares.shape
        column = np.tile(np.arange(shape[1]), shape[0])
        return self._of(self.told, self.shares.ravel(), column).reshape(*shape, *shape)

    def of_rows(self) -> Floats:
        """Rows × columns × columns."""
        columns = self.shares.shape[1]
        told = self.told.tocsc() if sparse.issparse(self.told) else self.told
        return np.array(
            [
                self._of(told[:, row * columns : (row + 1) * columns], shares, np.arange(columns))
                for row, shares in enumerate(self.shares)
            ]
        )

    def _of(self, told: Any, shares: Floats, column: Integers) -> Floats:
        """Cells × cells: Σ (y − p n)(y' − p' n') over clusters, times weights of the columns."""
        by_base = _dense(told.T @ self.base)[:, column] * shares
        bases = np.outer(shares, shares) * self.together[np.ix_(column, column)]
        sums = _dense(told.T @ told) - by_base - by_base.T + bases
        return np.asarray(sums * np.outer(self.weight[column], self.weight[column]))


def _summed(cluster: Integers, place: Integers, amount: Floats, shape: tuple[int, int]) -> Any:
    """Amounts by cluster and place; sparse where that would be a large array."""
    if shape[0] * shape[1] <= NUMBERS:
        together = np.bincount(cluster * shape[1] + place, amount, minlength=shape[0] * shape[1])
        return together.reshape(shape)
    return sparse.coo_matrix((amount, (cluster, place)), shape=shape).tocsr()


def _takes_little(told: Any) -> bool:
    """Whether all cells can be multiplied with all."""
    if told.shape[1] > MOST_CELLS:
        return False
    return not sparse.issparse(told) or int((told.getnnz(axis=1) ** 2.0).sum()) <= STEPS


def _dense(values: Any) -> Floats:
    whole = values.toarray() if sparse.issparse(values) else values
    return np.asarray(whole, dtype=np.float64)


def _numbered(values: Integers) -> tuple[int, Integers]:
    """How many different values there are, and for each the place of its like in their order."""
    if len(values) and values.max() - values.min() < 4 * len(values):
        shifted = values - values.min()
        there = np.bincount(shifted) > 0
        return int(there.sum()), (np.cumsum(there) - 1)[shifted]
    known, places = np.unique(values, return_inverse=True)
    return len(known), places


# -- What follows from the variances ----------------------------------------------------------


def design_effects(spread: Spread, counted: Counted) -> tuple[Floats, Floats]:
    """How much larger variances are than those of as many independent units (Kish 1965).

    Of each cell, rows × columns: V / (p (1 − p) / n), NaN where p is 0 or 1. And of each column:
    the sum of V over its rows by the sum of p (1 − p) / n, NaN where all is in one row.
    """
    naive = counted.shares * (1 - counted.shares) / np.where(counted.bases > 0, counted.bases, 1)
    variances = spread.covariance.diagonal(axis1=1, axis2=2)
    cells = _ratio(variances, naive)
    return cells, _ratio(np.where(naive > 0, variances, 0).sum(axis=0), naive.sum(axis=0))


def effective_numbers(spread: Spread, counted: Counted) -> Floats:
    """As how many independent units each share is known: its base by its design effect.

    A cell where nothing varies (0, or all) takes the design effect of its column. NaN where that
    does not vary either: rows × columns.
    """
    cells, columns = design_effects(spread, counted)
    usable = np.where(cells > NOTHING, cells, np.where(columns > NOTHING, columns, np.nan))
    return np.asarray(counted.bases / usable, dtype=np.float64)


def rao_scott(
    statistic: float, spread: Spread, counted: Counted, rows: Truths, columns: Truths
) -> RaoScott | None:
    """Both corrections of a chi-square of the table of these rows and columns (Rao and Scott 1984).

    The generalized design effects δ are those of the distances of shares from the shares of all
    columns together. First order: χ² by their mean. Second order (Satterthwaite): by that and by
    1 + a², a their coefficient of variation, with df / (1 + a²). Its p is that of F with clusters
    − 1 times as many degrees of freedom below (Thomas and Rao 1987). None where nothing varies.
    """
    cells = counted.cells[np.ix_(rows, columns)]
    df = (cells.shape[0] - 1) * (cells.shape[1] - 1)
    away = _away_from_all(cells.sum(axis=0))
    scale = np.sqrt(cells.sum(axis=0) / (cells.sum(axis=1) / cells.sum())[:, None])
    of_rows = spread.covariance[rows][:, columns][:, :, columns]
    variances = np.einsum("ac,rcd,ad->ra", away, of_rows, away)
    trace = float((variances * scale**2).sum())
    if not trace > NOTHING * df:
        return None
    mean = trace / df
    first = Verdict(statistic / mean, df, beyond(statistic / mean, df))
    if spread.whole is None:
        return RaoScott(mean, first, None)
    whole = spread.whole[rows][:, columns][:, :, rows][:, :, :, columns]
    turned = np.tensordot(np.tensordot(whole, away, (1, 1)), away, (2, 1))  # r s a b
    squares = float(((turned * scale[:, None, :, None] * scale[None, :, None, :]) ** 2).sum())
    second_df, f = trace**2 / squares, statistic / trace
    clusters = int((np.asarray(spread.present[:, columns].sum(axis=1)).ravel() > 0).sum())
    below = second_df * max(clusters - 1, 1)
    p = float(special.fdtrc(second_df, below, f))
    return RaoScott(mean, first, Verdict(f * second_df, second_df, p), f, below)


def _away_from_all(bases: Floats) -> Floats:
    """Takes shares by column to their distances from the share of all columns together."""
    return np.asarray(np.eye(len(bases)) - bases / bases.sum(), dtype=np.float64)


def _ratio(above: Floats, below: Floats) -> Floats:
    out = np.full(below.shape, np.nan)
    return np.asarray(np.divide(above, below, out=out, where=below > 0), dtype=np.float64)
