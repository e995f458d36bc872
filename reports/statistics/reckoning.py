"""What was counted, how it varies, and which columns may be tested."""

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.statistics.clustering import Spread, spread_of
from reports.statistics.reasons import FEW_CLUSTERS, SMALL_BASE, Reason
from reports.statistics.sample import Counted, Floats, Integers, Sample, Truths, count, entries_of

HIDDEN_CLUSTERS = 0.05  # of a column's units may have an unknown cluster


@dataclasses.dataclass(frozen=True, eq=False)
class Reckoning:
    """A sample added up; `spread` is None where no cluster is known."""

    counted: Counted
    spread: Spread | None
    tested: Truths
    overlapping: bool
    weighted: bool

    @classmethod
    def of(cls, sample: Sample, tested: Truths, *, overlapping: bool) -> "Reckoning":
        """Add a sample up. Raises ValueError for one that is none."""
        shape = (len(sample.rows), len(sample.columns))
        cells, bases = entries_of(sample)
        counted = count(cells, bases, shape, tested)
        known = sample.cluster is not None and len(bases.row) and min(shape)
        spread = spread_of(cells, bases, counted) if known else None
        return cls(counted, spread, tested, overlapping, sample.weight is not None)

    @property
    def shares(self) -> Floats:
        """Rows × columns, NaN in an empty column."""
        return np.where(self.counted.bases > 0, self.counted.shares, np.nan)

    @property
    def clusters(self) -> Integers:
        """Known clusters by column; 0 where none is known at all."""
        if self.spread is None:
            return np.zeros(self.counted.shape[1], dtype=np.int64)
        return self.spread.clusters

    @property
    def hidden(self) -> Truths:
        """Columns in which too many clusters are not known."""
        if self.spread is None:
            return np.ones(self.counted.shape[1], dtype=np.bool_)
        return np.asarray(self.spread.unknown > HIDDEN_CLUSTERS * self.counted.numbers)

    @property
    def corrected(self) -> Truths:
        """Columns whose variance is known from clusters."""
        filled = self.counted.bases > 0
        return np.asarray(filled & ~self.hidden & (self.clusters >= FEW_CLUSTERS))

    @property
    def comparable(self) -> Truths:
        """Columns with a base to compare."""
        filled = self.counted.bases > 0
        return np.asarray(self.tested & filled & (self.counted.numbers >= SMALL_BASE))

    @property
    def reasons(self) -> list[Reason | None]:
        """Why a column has no corrected test; the first that holds."""
        said: list[tuple[Truths, Reason]] = [
            (~self.tested, Reason.NOT_TESTED),
            (self.counted.bases <= 0, Reason.EMPTY),
            (self.counted.numbers < SMALL_BASE, Reason.SMALL_BASE),
            (self.hidden, Reason.CLUSTERS_UNKNOWN),
            (self.clusters < FEW_CLUSTERS, Reason.FEW_CLUSTERS),
        ]
        return [
            next((reason for holds, reason in said if holds[column]), None)
            for column in range(self.counted.shape[1])
        ]


def places(mask: Truths) -> list[int]:
    """Where a mask is true."""
    return [int(place) for place in np.flatnonzero(mask)]


def plain(values: Floats | NDArray[np.int64]) -> Any:
    """An array as lists, with None for NaN and what is infinite."""
    as_objects = values.astype(object)
    as_objects[~np.isfinite(values)] = None
    return as_objects.tolist()
