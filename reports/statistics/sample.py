"""What was counted: units with their row, column, weight and cluster, and their sums."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclasses.dataclass(frozen=True, eq=False)
class Sample:
    """Units of a table, as parallel arrays of one length, in any order.

    `row` and `column` are places in `rows` and `columns`; what has a negative one is not counted.
    `weight` is 1 where it is None. `cluster` has any number for each unit, negative where it is
    unknown; None: unknown throughout. `number` says how many equal units an entry stands for.
    `unit` names the unit where the same one may stand in several rows or columns: then it counts
    once in each, and once in the base of each column.
    """

    rows: Sequence[Any]
    columns: Sequence[Any]
    row: Integers
    column: Integers
    weight: Floats | None = None
    cluster: Integers | None = None
    number: Integers | None = None
    unit: Integers | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Entries:
    """Things to add up: each with its row, column, cluster (-1 unknown), number and amount.

    The amount is number × weight.
    """

    row: Integers
    column: Integers
    cluster: Integers
    number: Floats
    amount: Floats

    def at(self, places: Integers) -> "Entries":
        """The entries in these places."""
        fields = (getattr(self, field.name)[places] for field in dataclasses.fields(self))
        return Entries(*fields)


@dataclasses.dataclass(frozen=True, eq=False)
class Counted:
    """Sums of a sample: rows × columns, and columns.

    `cells` and `bases` are weighted and scaled, so that together the tested columns have as many
    as there are units in them (`n`); without weights they are plain counts. `numbers` counts the
    units of each column. `shares` are cells by base, 0 in a column without base.
    """

    cells: Floats
    bases: Floats
    numbers: Integers
    shares: Floats
    n: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.cells.shape
        return rows, columns


def entries_of(sample: Sample) -> tuple[Entries, Entries]:
    """What adds up to the cells, and what to the bases; the same unless units are named.

    Raises ValueError where the arrays differ in length or a place is beyond the lists.
    """
    _check(sample)
    size = len(sample.row)
    number = np.ones(size) if sample.number is None else sample.number.astype(np.float64)
    every = Entries(
        row=np.asarray(sample.row, dtype=np.int64),
        column=np.asarray(sample.column, dtype=np.int64),
        cluster=np.full(size, -1) if sample.cluster is None else sample.cluster,
        number=number,
        amount=number if sample.weight is None else number * sample.weight,
    )
    counted = np.flatnonzero((every.row >= 0) & (every.column >= 0) & (every.number > 0))
    cells = every.at(counted)
    if sample.unit is None:
        return cells, cells
    unit = sample.unit[counted]
    return cells.at(_first(unit, cells.row, cells.column)), cells.at(_first(unit, cells.column))


def _check(sample: Sample) -> None:
    arrays = (sample.column, sample.weight, sample.cluster, sample.number, sample.unit)
    if any(len(one) != len(sample.row) for one in arrays if one is not None):
        raise ValueError("The arrays of a sample have one length.")
    if len(sample.row) and (
        sample.row.max() >= len(sample.rows) or sample.column.max() >= len(sample.columns)
    ):
        raise ValueError("A unit stands in a row or column that the table does not have.")


def _first(*arrays: Integers) -> Integers:
    """Where each combination of these arrays stands first."""
    together = np.zeros(len(arrays[0]), dtype=np.int64)
    for array in arrays:
        known, place = np.unique(array, return_inverse=True)
        together = together * len(known) + place
    _found, first = np.unique(together, return_index=True)
    return np.asarray(np.sort(first), dtype=np.int64)


def count(cells: Entries, bases: Entries, shape: tuple[int, int], tested: Truths) -> Counted:
    """Add up the entries of cells and of bases; `tested` says which columns are tested."""
    rows, columns = shape
    summed = np.bincount(
        cells.row * columns + cells.column, cells.amount, minlength=rows * columns
    ).reshape(shape)
    base = np.bincount(bases.column, bases.amount, minlength=columns)
    numbers = np.bincount(bases.column, bases.number, minlength=columns)
    n, weighted = numbers[tested].sum(), base[tested].sum()
    scale = n / weighted if weighted else 1.0
    shares = np.divide(summed, base, out=np.zeros(shape), where=base > 0)
    return Counted(summed * scale, base * scale, numbers.astype(np.int64), shares, int(n))
