"""What a report on the agreement of coders is made from. Pages may import it: it loads nothing."""

import dataclasses
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence

from taxonomy.tabulation.tree import Tree

UNCLASSIFIABLE = ""  # as a label, beside the uids of categories
KINDS_AT_MOST = 5_000  # of answers together that a report keeps: a preview works through them


@dataclasses.dataclass(frozen=True, slots=True)
class Coded:
    """The last answer of a coder for a moment; `category` is None: cannot be classified."""

    moment: int
    coder: str
    category: int | None
    batch: str


def last_answers(rows: Iterable[tuple[Coded, bool]]) -> list[Coded]:
    """Each coder's last answer for a moment, of all in the order in which they came.

    The flag says that an answer takes back what was said before. This is found here, and not in
    SQL: right after thousands of answers came PostgreSQL knows nothing of their number, and
    compared each with each for minutes.
    """
    last: dict[tuple[int, str], Coded] = {}
    for one, taken_back in rows:
        last.pop((one.moment, one.coder), None)
        if not taken_back:
            last[one.moment, one.coder] = one
    return list(last.values())


def answers_together(coded: Iterable[Coded]) -> list[tuple[list[int], int]] | None:
    """The categories that the coders of a moment chose, by key, and for how many moments they did.

    0 is *cannot be classified*. None where more than `KINDS_AT_MOST` different ones were chosen.
    """
    chosen: dict[int, list[int]] = {}
    for one in coded:
        chosen.setdefault(one.moment, []).append(one.category or 0)
    times = Counter(tuple(sorted(keys)) for keys in chosen.values())
    if len(times) > KINDS_AT_MOST:
        return None
    return [(list(keys), number) for keys, number in sorted(times.items())]


@dataclasses.dataclass(frozen=True)
class Material:
    """What a report is made from.

    `available` has for each batch, by uid in the order of their locks, the categories that were
    open to its coders. `clusters` has the cluster of each moment. `unanswered` has for a batch how
    many answers were asked for there and never given.
    """

    tree: Tree
    coded: Sequence[Coded]
    available: Mapping[str, frozenset[int]]
    clusters: Mapping[int, Hashable]
    unanswered: Mapping[str, int] = dataclasses.field(default_factory=dict)


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
