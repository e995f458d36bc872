"""Piles of moments beside each other: what two sorters' piles share, and what they may become."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import QuerySet

from incidents.models import Incident, Member
from incidents.texts import fold
from taxonomy.models import Category, Pile, Sort, SortItem
from taxonomy.queries.sorts import Made
from taxonomy.sorting.partitions import masi_distance, matches, members_of, overlap

ALIKE = 0.5  # of what either pile has
MOST_IN_TABLE = 60  # piles of one sorter; a larger table nobody reads


@dataclasses.dataclass(frozen=True)
class Shared:
    """What a pile of one sorter and a pile of another share, and what only one of them has."""

    pile: Pile
    both: list[SortItem]
    only_first: list[SortItem]
    only_second: list[SortItem]


@dataclasses.dataclass(frozen=True)
class Row:
    """A pile of the first sorter, beside those of the second that share something with it.

    The nearest comes first: the same, then one that holds the other, then those that overlap.
    """

    pile: Pile
    number: int
    shared: list[Shared]


@dataclasses.dataclass(frozen=True)
class Beside:
    """The piles of two sorters, and the moments that only one of them placed."""

    first: Made
    second: Made
    columns: list[tuple[Pile, int]]
    rows: list[Row]
    lone_first: list[SortItem]
    lone_second: list[SortItem]

    def table(self) -> list[tuple[Row, list[int]]]:
        """How many moments each two piles share; empty where there are too many piles."""
        if max(len(self.rows), len(self.columns)) > MOST_IN_TABLE:
            return []
        return [
            (row, [numbers[pile.pk] for pile, _number in self.columns])
            for row in self.rows
            for numbers in [Counter({each.pile.pk: len(each.both) for each in row.shared})]
        ]


def beside(first: Made, second: Made, items: Sequence[SortItem]) -> Beside:
    """Compare the piles of two sorters; `items` are all moments of the sort."""
    known = {item.pk: item for item in items}
    ones, others = members_of(first.partition), members_of(second.partition)
    columns = [pile for pile in second.piles.values() if pile.pk in others]
    rows = []
    for pile in first.piles.values():
        if pile.pk not in ones:
            continue
        things = ones[pile.pk]
        keys = {second.partition[thing] for thing in things if thing in second.partition}
        met = sorted(
            (other for other in columns if other.pk in keys),
            key=lambda other, things=things: masi_distance(things, others[other.pk]),  # type: ignore[misc]
        )
        shared = [_shared(other, things, others[other.pk], known) for other in met]
        rows.append(Row(pile, len(things), shared))
    return Beside(
        first=first,
        second=second,
        columns=[(pile, len(others[pile.pk])) for pile in columns],
        rows=rows,
        lone_first=_in_order(first.partition.keys() - second.partition.keys(), known),
        lone_second=_in_order(second.partition.keys() - first.partition.keys(), known),
    )


def _shared(
    other: Pile, ones: frozenset[int], others: frozenset[int], known: Mapping[int, SortItem]
) -> Shared:
    found = overlap(ones, others)
    lists = (found.shared, found.only_first, found.only_second)
    return Shared(other, *(_in_order(keys, known) for keys in lists))


def _in_order(keys: Iterable[int], known: Mapping[int, SortItem]) -> list[SortItem]:
    wanted = set(keys)
    return [item for key, item in known.items() if key in wanted]


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A pile that may become a category: whose it is, how many lie in it, what founded it.

    `name` is what it would be called: like the pile of another sorter that it matches.
    """

    made: Made
    pile: Pile
    number: int
    founded_on: SortItem | None
    name: str

    @property
    def became(self) -> Category | None:
        """The category that stands because of it; one that the pile began as is none."""
        category = self.pile.category
        return category if category and category.exists and self.pile.founded_on_id else None


def candidates(made: Sequence[Made], items: Sequence[SortItem]) -> list[Candidate]:
    """Every pile in which something lies, of each sorter in turn.

    A pile takes the name of one of the first sorter's where both are called the same, or are each
    other's most alike and share at least half of what either has.
    """
    known = {item.pk: item for item in items}
    found = []
    base: Mapping[int, frozenset[int]] = {}
    called: dict[int, str] = {}
    for each in made:
        piles = members_of(each.partition)
        pairs = {b: a for a, b in matches(base, piles, least=ALIKE)} if base else {}
        names = {fold(name): name for name in called.values()}
        for key, things in piles.items():
            pile = each.piles[key]
            name = names.get(fold(pile.name)) or called.get(pairs.get(key, 0)) or pile.name
            founded = known.get(pile.founded_on_id) if pile.founded_on_id else None
            found.append(Candidate(each, pile, len(things), founded, name))
        if not base:
            base, called = piles, {key: each.piles[key].name for key in piles}
    return found


def founders_of(category: Category, member: Member) -> QuerySet[Pile]:
    """The piles that became a category, as far as the member may know what founded them.

    What is told is an accepted incident whose words the member reads, and the results of the sort
    are open to them; whether they see results of the scheme at all is asked before. One query.
    """
    closed = Sort.objects.visible_to(member).filter(closed_at__isnull=False)
    told = Incident.objects.visible_to(member).accepted()
    piles = category.piles.filter(
        sorter__sort__in=closed, founded_on__moment__incident__in=told
    ).select_related("sorter__member", "founded_on__moment__incident__version")
    return piles.only(
        "category",
        "created_at",
        "sorter__member__display_name",
        "founded_on__moment__label",
        "founded_on__moment__incident__uid",
        "founded_on__moment__incident__version__headline",
        "founded_on__moment__incident__version__language",
    ).order_by("created_at", "pk")
