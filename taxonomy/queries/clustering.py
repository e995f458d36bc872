"""What several made of a sort, together: how alike, how far they agree, which groups follow."""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

from incidents.texts import fold
from taxonomy.models import PairVerdict, Sort, SortItem
from taxonomy.queries.sorts import Made, items_of
from taxonomy.sorting.drawing import Drawing, drawing
from taxonomy.sorting.linkage import (
    Distances,
    Linkage,
    Merge,
    Pair,
    agglomerate,
    cut,
    is_settled,
    leaf_order,
    settled,
)
from taxonomy.sorting.partitions import Agreement, Shares, agreement, disputed, shares_together

MOST_IN_MATRIX = 100  # a larger one nobody reads
DISPUTED_SHOWN = 20


@dataclasses.dataclass(frozen=True)
class Settled:
    """A pair that was settled by hand."""

    first: SortItem
    second: SortItem
    together: bool


@dataclasses.dataclass(frozen=True)
class Clustering:
    """The things of a sort in their order, the shares of sorters, the tree, and its groups.

    `distances` are those that the tree was made of, with what was settled by hand.
    """

    items: list[SortItem]
    shares: Shares
    distances: Distances
    merges: list[Merge]
    groups: list[int]
    verdicts: list[Settled]

    @property
    def number(self) -> int:
        """How many groups there are."""
        return len(set(self.groups))

    def drawing(self) -> Drawing:
        """The tree as a picture."""
        return drawing(self.merges, self.groups)

    def leaves(self) -> list[tuple[SortItem, int, int]]:
        """The things as they stand beside the picture: with their height in it, and group."""
        return [
            (self.items[thing], height, self.groups[thing] + 1)
            for thing, height in self.drawing().leaves
        ]

    def matrix(self) -> list[tuple[SortItem, list[int | None]]]:
        """Half the matrix, in the order of the tree, in whole per cent."""
        if len(self.items) > MOST_IN_MATRIX:
            return []
        order = leaf_order(len(self.items), self.merges)
        return [
            (self.items[thing], [_percent(self.shares[thing][other]) for other in order[:place]])
            for place, thing in enumerate(order)
        ]

    def disputed(self) -> list[tuple[SortItem, SortItem, int]]:
        """The most disputed pairs, with the share in per cent.

        None that was settled, nor what follows from those that were.
        """
        return [
            (self.items[one], self.items[two], round(share * 100))
            for one, two, share in disputed(self.shares)
            if not is_settled(self.distances[one][two])
        ]

    def members(self) -> list[list[SortItem]]:
        """The things of each group, the groups in the order of the tree."""
        found: list[list[SortItem]] = [[] for _ in range(self.number)]
        for thing in leaf_order(len(self.items), self.merges):
            found[self.groups[thing]].append(self.items[thing])
        return found


def _percent(share: float | None) -> int | None:
    return None if share is None else round(share * 100)


def clustering_of(
    sort: Sort, made: Sequence[Made], *, linkage: Linkage, groups: int | None, by_hand: bool = False
) -> Clustering:
    """Cluster what these sorters made; two queries. `by_hand` keeps to the pairs settled.

    Without a number of groups it is the one that was asked for, or what sorters made on average.
    """
    items = list(items_of(sort))
    shares = shares_together([item.pk for item in items], [each.partition for each in made])
    distances: Distances = [
        [0.0 if at == other else 1 - (share or 0) for other, share in enumerate(row)]
        for at, row in enumerate(shares)
    ]
    verdicts = verdicts_of(sort, items) if by_hand else []
    if verdicts:
        places = {item.pk: at for at, item in enumerate(items)}
        distances = settled(distances, **_pairs(verdicts, places))
    merges = agglomerate(distances, linkage)
    wanted = min(max(groups or sort.groups or _usual(made), 1), max(len(items), 1))
    cut_into = _groups(len(items), merges, wanted)
    return Clustering(items, shares, distances, merges, cut_into, verdicts)


def _groups(size: int, merges: Sequence[Merge], wanted: int) -> list[int]:
    """The group of each thing, numbered from 0 as they stand in the tree."""
    groups = cut(size, merges, wanted)
    order = dict.fromkeys(groups[thing] for thing in leaf_order(size, merges))
    numbers = {group: number for number, group in enumerate(order)}
    return [numbers[group] for group in groups]


def _usual(made: Sequence[Made]) -> int:
    sizes = [len(set(each.partition.values())) for each in made]
    return round(sum(sizes) / len(sizes)) if sizes else 1


def _pairs(verdicts: Sequence[Settled], places: dict[int, int]) -> dict[str, list[Pair]]:
    pairs: dict[str, list[Pair]] = {"together": [], "apart": []}
    for each in verdicts:
        pair = places[each.first.pk], places[each.second.pk]
        pairs["together" if each.together else "apart"].append(pair)
    return pairs


def verdicts_of(sort: Sort, items: Sequence[SortItem]) -> list[Settled]:
    """The pairs of a sort that were settled by hand, the latest first."""
    known = {item.pk: item for item in items}
    rows = PairVerdict.objects.filter(sort=sort).order_by("-pk")
    return [
        Settled(known[row.first_id], known[row.second_id], row.together)
        for row in rows
        if row.first_id in known and row.second_id in known
    ]


@dataclasses.dataclass(frozen=True)
class Compared:
    """Two sorters, and how far they agree."""

    first: Made
    second: Made
    agreement: Agreement


def compared(made: Sequence[Made]) -> list[Compared]:
    """Every pair of sorters."""
    return [
        Compared(one, two, agreement(one.partition, two.partition))
        for one, two in combinations(made, 2)
    ]


def names_for(groups: Sequence[Sequence[SortItem]], made: Sequence[Made]) -> list[str]:
    """A name for each group: what most sorters called the piles that its things lie in.

    Each name once, however it is written; where sorters had none left, that of the first thing of
    the group.
    """
    taken: set[str] = set()
    names = []
    for group in groups:
        called = Counter(
            each.piles[pile].name
            for each in made
            for item in group
            if (pile := each.partition.get(item.pk)) is not None
        )
        offered = [name for name, _times in called.most_common()]
        offered += [item.heading for item in group]
        name = next((each for each in offered if fold(each) not in taken), "")
        taken.add(fold(name))
        names.append(name)
    return names


def names_kept(
    groups: Sequence[Sequence[SortItem]],
    made: Sequence[Made],
    names: Sequence[str],
    numbers: Mapping[str, str],
) -> list[str]:
    """The names that were typed, each for the group that has most of the things it was typed for.

    `numbers` are those of the groups that things were in, from 1 by the things' uids. A group that
    is left without takes what sorters called it, and names of no group come last.
    """
    shared = Counter(
        (numbers[str(item.uid)], at)
        for at, group in enumerate(groups)
        for item in group
        if str(item.uid) in numbers
    )
    typed = {str(number): name for number, name in enumerate(names, 1)}
    kept: dict[int, str] = {}
    for (number, at), _times in shared.most_common():
        if at not in kept and number in typed:
            kept[at] = typed.pop(number)
    taken = {fold(name) for name in kept.values()}
    offered = ["" if fold(name) in taken else name for name in names_for(groups, made)]
    used = set(numbers.values())
    spare = [name for number, name in typed.items() if name and number not in used]
    return [*(kept.get(at, name) for at, name in enumerate(offered)), *spare]
