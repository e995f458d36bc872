"""What the pages of a sort show: the tasks, one sorter's desk, and what all of them made."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Left

from incidents.choices import IncidentState
from incidents.models import Member, Moment
from incidents.models.fieldwork import HEADING_LENGTH
from incidents.texts import fold
from taxonomy.choices import SortOf
from taxonomy.models import (
    Assignment,
    Batch,
    Category,
    Pile,
    Placement,
    Round,
    Scheme,
    Sort,
    SortAct,
    Sorter,
    SortItem,
)
from taxonomy.queries.coding import Told, told
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.tree import Node, Tree

WAITING_SHOWN = 60  # of what is still to sort; the rest is counted


def round_above(level: Round) -> Round | None:
    """The next coarser round, if there is one."""
    rounds = Round.objects.filter(scheme=level.scheme_id, exists=True)
    return rounds.filter(position=level.position + 1).first()


def categories_to_sort(level: Round) -> list[int]:
    """The keys of the standing categories of a round in their order, parts instead of a split one.

    A split category that was restored is one of them again.
    """
    parts = Category.objects.filter(scheme=level.scheme_id, exists=True, split_from__retired=True)
    split = set(parts.values_list("split_from", flat=True))
    return [
        node.key for node in tree_of(level.scheme).rows(level.position) if node.key not in split
    ]


def moments_to_sort(scheme: Scheme, batch: Batch | None = None) -> list[int]:
    """The keys of the accepted moments of the study, or of those on a batch, in their order."""
    moments = Moment.objects.filter(
        incident__study=scheme.study_id, incident__state=IncidentState.ACCEPTED
    )
    if batch is not None:
        given = Assignment.objects.filter(batch=batch, moment=OuterRef("pk"))
        moments = moments.filter(Exists(given))
    return list(moments.order_by("pk").values_list("pk", flat=True))


# -- Tasks -------------------------------------------------------------------------------------


def sorts_of(member: Member, scheme: Scheme) -> QuerySet[Sort]:
    """The sorts of a scheme that the member may know of, with how far each is, newest first."""
    people = Sorter.objects.filter(sort=OuterRef("pk"), member__isnull=False).order_by()
    own = Sorter.objects.filter(sort=OuterRef("pk"), member=member)
    return (
        Sort.objects.visible_to(member)
        .filter(scheme=scheme)
        .select_related("round", "started_by")
        .annotate(
            people=_number(people),
            finished=_number(people.filter(finished_at__isnull=False)),
            mine=Subquery(own.values("uid")),
            mine_finished=Subquery(own.values("finished_at")),
        )
        .order_by("-pk")
    )


def sorts_waiting_for(member: Member) -> QuerySet[Sort]:
    """What a member has still to sort, in any scheme of the study."""
    own = Sorter.objects.filter(sort=OuterRef("pk"), member=member, finished_at__isnull=True)
    open_ = Sort.objects.visible_to(member).filter(Exists(own), closed_at__isnull=True)
    return open_.select_related("scheme", "round").order_by("-pk")


def _number(rows: QuerySet[Sorter]) -> Coalesce:
    counted = rows.values("sort").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), 0)


def progress_of(sort: Sort) -> QuerySet[Sorter]:
    """The members who sort, with how much each has placed; never what, or where."""
    rows = Sorter.objects.filter(sort=sort, member__isnull=False).select_related("member")
    return rows.annotate(placed=Count("placements", filter=_counting("placements__item__")))


def _counting(prefix: str = "") -> Q:
    """What still counts of the things of a sort: no moment of an incident that was taken out."""
    state = Q(**{f"{prefix}moment__incident__state": IncidentState.ACCEPTED})
    return state | Q(**{f"{prefix}category__isnull": False})


def items_of(sort: Sort) -> QuerySet[SortItem]:
    """The things of a sort that count, in their order, with what names them."""
    items = SortItem.objects.filter(_counting(), sort=sort)
    if sort.of == SortOf.CATEGORIES:
        return items.select_related("category")
    names = ("moment__label", "moment__incident__version__headline")
    rows = items.select_related("moment__incident__version")
    begins = Left("moment__incident__version__situation", HEADING_LENGTH)
    rows = rows.annotate(begins=Coalesce(begins, Value("")))
    return rows.only("uid", "sort", "position", "category", *names)  # not all that was told


def stands_for(item: SortItem, tree: Tree, position: int) -> Node | None:
    """What stands for a sorted category in its round: it may have been merged, or have left."""
    if item.category_id is None or item.category_id not in tree.nodes:
        return None
    node = tree.canonical(item.category_id)
    return node if node.round == position else None


def standing_elsewhere(sort: Sort, named: Iterable[tuple[SortItem, str]]) -> int:
    """How many categories stand under one of another name than they are to come under.

    Without a name a category stays where it is. Two queries.
    """
    tree = tree_of(sort.scheme)
    moved = set()
    for item, name in named:
        node = stands_for(item, tree, sort.round.position)
        parent = tree.parent_of(node) if node else None
        if node and parent and name and fold(parent.name) != fold(name):
            moved.add(node.key)
    return len(moved)


def told_on(card: SortItem | None) -> Told | None:
    """The words of a moment in hand, as a coder reads them: nothing of whom, where or why."""
    if card is None or card.moment_id is None:
        return None
    moments = Moment.objects.select_related("incident__version")
    return told(moments.get(pk=card.moment_id))


# -- The desk of one sorter --------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Heap:
    """A pile with what lies in it."""

    pile: Pile
    items: list[SortItem]


@dataclasses.dataclass(frozen=True)
class Desk:
    """One sorter's sort as it stands: what waits, the card in hand, the piles, the last step.

    `lies_in` is the pile of the card in hand where it was taken up again. `undoes` names what the
    last step was about, unless that no longer counts.
    """

    waiting: list[SortItem]
    more: int
    card: SortItem | None
    lies_in: Pile | None
    before: SortItem | None
    after: SortItem | None
    heaps: list[Heap]
    last: SortAct | None
    undoes: str
    placed: int
    total: int


def desk_of(sorter: Sorter, wanted: str = "", *, skipping: str = "") -> Desk:
    """What a sorter sees: only their own piles. `wanted` is the uid of the card to take up.

    After `skipping` the next one that waits is taken up. Four queries, whatever the size.
    """
    items = {item.pk: item for item in items_of(sorter.sort)}
    piles = {pile.pk: pile for pile in sorter.piles.all()}
    places = {
        item: pile
        for item, pile in sorter.placements.values_list("item", "pile")
        if item in items and pile in piles
    }
    waiting = [item for key, item in items.items() if key not in places]
    card = _card(list(items.values()), waiting, wanted, skipping)
    heaps = {key: Heap(pile, []) for key, pile in piles.items()}
    for key, item in items.items():
        if key in places:
            heaps[places[key]].items.append(item)
    at = waiting.index(card) if card in waiting else 0
    last = _last(sorter)
    around = [item for item in waiting if item != card]
    first = max(0, min(at - WAITING_SHOWN // 2, len(waiting) - WAITING_SHOWN))
    return Desk(
        waiting=waiting[first : first + WAITING_SHOWN],
        more=max(0, len(waiting) - WAITING_SHOWN),
        card=card,
        lies_in=piles.get(places.get(card.pk, 0)) if card else None,
        before=around[at - 1] if around else None,
        after=around[at % len(around)] if around else None,
        heaps=list(heaps.values()),
        last=last,
        undoes=_name_of(last, items) if last else "",
        placed=len(places),
        total=len(items),
    )


def _card(
    items: Sequence[SortItem], waiting: Sequence[SortItem], wanted: str, skipping: str
) -> SortItem | None:
    """The card asked for; else the first that waits, behind the one that is skipped."""
    for item in items:
        if str(item.uid) == wanted:
            return item
    at = next((n for n, item in enumerate(items) if str(item.uid) == skipping), None)
    if at is not None:
        behind = {item.pk for item in items[at + 1 :]}
        following = [item for item in waiting if item.pk in behind]
        if following:
            return following[0]
    return waiting[0] if waiting else None


def _last(sorter: Sorter) -> SortAct | None:
    return sorter.steps.filter(undone=False).order_by("-number").first()


def _name_of(step: SortAct, items: Mapping[int, SortItem]) -> str:
    """What was put, or the former name of a pile; nothing of a card that was taken out since."""
    if step.item_id is None:
        return step.former_name
    item = items.get(step.item_id)
    return item.heading if item else ""


# -- What all of them made ---------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Made:
    """One sorter's piles: where each thing lies, by keys, and the piles themselves."""

    sorter: Sorter
    partition: Mapping[int, int]
    piles: Mapping[int, Pile]

    @property
    def is_machine(self) -> bool:
        """Whether no member made them."""
        return self.sorter.member_id is None


def made_in(sort: Sort, *, with_machine: bool) -> list[Made]:
    """The piles of everybody who has finished, and of the machine if it may be shown.

    Only for a sort that is closed: who still sorts sees nothing of the others. Three queries.
    """
    done = Sorter.objects.filter(sort=sort, finished_at__isnull=False).select_related("member")
    if not with_machine:
        done = done.filter(member__isnull=False)
    sorters = {
        sorter.pk: sorter for sorter in done.order_by(F("groups").asc(nulls_first=True), "pk")
    }
    partitions: dict[int, dict[int, int]] = {key: {} for key in sorters}
    placed = Placement.objects.filter(_counting("item__"), sorter__in=sorters)
    for sorter, item, pile in placed.values_list("sorter", "item", "pile").order_by("item"):
        partitions[sorter][item] = pile
    piles: dict[int, dict[int, Pile]] = {key: {} for key in sorters}
    for row in Pile.objects.filter(sorter__in=sorters).select_related("category"):
        piles[row.sorter_id][row.pk] = row
    return [Made(sorter, partitions[key], piles[key]) for key, sorter in sorters.items()]
