"""What a report on the agreement of coders is made from. Pages may import it: it loads nothing."""

import dataclasses
from collections.abc import Hashable, Mapping, Sequence

from taxonomy.tabulation.tree import Tree

UNCLASSIFIABLE = ""  # as a label, beside the uids of categories


@dataclasses.dataclass(frozen=True, slots=True)
class Coded:
    """The last answer of a coder for a moment; `category` is None: cannot be classified."""

    moment: int
    coder: str
    category: int | None
    batch: str


@dataclasses.dataclass(frozen=True)
class Material:
    """What a report is made from.

    `available` has for each batch, by uid in the order of their locks, the categories that were
    open to its coders. `clusters` has the cluster of each moment.
    """

    tree: Tree
    coded: Sequence[Coded]
    available: Mapping[str, frozenset[int]]
    clusters: Mapping[int, Hashable]


@dataclasses.dataclass(frozen=True, slots=True)
class Twice:
    """Two answers of one coder for one moment, so many `days` apart; None: cannot be classified.

    `key` is of no other pair.
    """

    key: int
    coder: str
    cluster: Hashable
    first: int | None
    again: int | None
    days: float
