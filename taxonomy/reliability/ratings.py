"""What several coders said of the same units, as arrays."""

import dataclasses
import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Rating = tuple[Hashable, Hashable, Hashable]


@dataclasses.dataclass(frozen=True, eq=False)
class Ratings:
    """Ratings of units by coders, each unit and coder at most once.

    `unit`, `coder` and `label` have one number for each rating, in the order of units: places in
    `units`, `coders` and `labels`. `labels` are the categories that were used, in their order;
    `ordered` says that this order means something. `cluster` has the cluster of each unit, as
    a number below `clusters`; those come in the order of their names, so that the same seed
    draws the same however the rows stand. `k` is the number of categories that were available.
    """

    units: Sequence[Hashable]
    coders: Sequence[Hashable]
    labels: Sequence[Hashable]
    unit: Integers
    coder: Integers
    label: Integers
    cluster: Integers
    clusters: int
    k: int
    ordered: bool

    @property
    def missing(self) -> int:
        """How many of units × coders have no rating."""
        return len(self.units) * len(self.coders) - len(self.unit)

    @property
    def numbers(self) -> NDArray[np.float64] | None:
        """The labels as numbers; None where one is not a finite number."""
        if not all(_is_number(label) for label in self.labels):
            return None
        return np.array(self.labels, dtype=np.float64)


def ratings_of(
    rows: Iterable[tuple[Hashable, Hashable, Hashable | None]],
    *,
    clusters: Mapping[Any, Hashable] | None = None,
    categories: Sequence[Hashable] | None = None,
    available: int | None = None,
) -> Ratings:
    """The ratings in rows of unit, coder and value; None is a missing value.

    `clusters` names the cluster of a unit; a unit without one is a cluster of its own.
    `categories` are those that were open to the coders, in their order, or `available` says how
    many there were; without either it is those that were used.

    Raises
    ------
    ValueError
        A coder rated a unit twice, a value is not among `categories`, or more were used than
        were `available`.
    """
    every = list(rows)
    _refuse_twice(every)
    given: list[Rating] = [
        (unit, coder, value) for unit, coder, value in every if value is not None
    ]
    labels = _labels({value for _unit, _coder, value in given}, categories)
    k = len(dict.fromkeys(categories)) if categories is not None else available
    if k is not None and k < len(labels):
        raise ValueError(f"{len(labels)} categories were used, {k} were available.")
    units, coders = _places(row[0] for row in every), _places(row[1] for row in every)
    place = {label: at for at, label in enumerate(labels)}
    table = np.array(
        sorted((units[unit], coders[coder], place[value]) for unit, coder, value in given),
        dtype=np.int64,
    ).reshape(-1, 3)
    unit, coder, label = (np.ascontiguousarray(column) for column in table.T)
    cluster, number = _clusters(units, np.unique(unit), clusters or {})
    return Ratings(
        units=list(units),
        coders=list(coders),
        labels=labels,
        unit=unit,
        coder=coder,
        label=label,
        cluster=cluster,
        clusters=number,
        k=len(labels) if k is None else k,
        ordered=categories is not None,
    )


def _refuse_twice(rows: Sequence[tuple[Hashable, Hashable, Hashable | None]]) -> None:
    times = Counter((unit, coder) for unit, coder, _value in rows)
    twice = next((pair for pair, number in times.items() if number > 1), None)
    if twice:
        raise ValueError(f"Unit {twice[0]!r} was rated twice by coder {twice[1]!r}.")


def _labels(used: set[Hashable], categories: Sequence[Hashable] | None) -> list[Hashable]:
    if categories is None:
        return in_order(used)
    strange = used - set(categories)
    if strange:
        raise ValueError(f"Values that are no category: {', '.join(map(str, in_order(strange)))}.")
    return [label for label in dict.fromkeys(categories) if label in used]


def in_order(labels: Iterable[Hashable]) -> list[Hashable]:
    """Labels in an order that depends on nothing else: numbers by size, then words."""
    return sorted(labels, key=_rank)


def _rank(label: Hashable) -> tuple[int, float, str]:
    if isinstance(label, int | float):
        return (0, label, "")
    return (1, 0, str(label))


def _is_number(label: Hashable) -> bool:
    return isinstance(label, int | float) and math.isfinite(label)


def _places(names: Iterable[Hashable]) -> dict[Hashable, int]:
    return {name: at for at, name in enumerate(dict.fromkeys(names))}


def _clusters(
    units: Mapping[Hashable, int], rated: Integers, named: Mapping[Any, Hashable]
) -> tuple[Integers, int]:
    """The cluster of each unit, and how many there are; -1 for a unit that nobody rated."""
    names = list(units)
    keys = {
        at: (0, named[names[at]]) if named.get(names[at]) is not None else (1, names[at])
        for at in rated.tolist()
    }
    order = sorted(set(keys.values()), key=lambda key: (key[0], _rank(key[1])))
    place = {key: at for at, key in enumerate(order)}
    cluster = np.full(len(names), -1, dtype=np.int64)
    for at, key in keys.items():
        cluster[at] = place[key]
    return cluster, len(order)
