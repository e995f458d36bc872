"""What the pages of a scheme show: the list of schemes, and the rounds of one as a board."""

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from incidents.choices import Valence
from incidents.models import Member
from taxonomy.choices import Dimension
from taxonomy.models import Category, Round, Scheme
from taxonomy.queries.proposals import to_answer_by
from taxonomy.queries.tables import cells_by
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.display import DASH, percent_shown
from taxonomy.tabulation.rollup import ALL, Cell, Counts, roll_up
from taxonomy.tabulation.tree import Node, Tree

STATED = (Valence.POSITIVE, Valence.NEGATIVE, Valence.MIXED, Valence.NEUTRAL)


def schemes_of(member: Member) -> QuerySet[Scheme]:
    """The schemes of a study with their numbers of rounds, categories, proposals to answer."""
    standing = Q(categories__exists=True, categories__merged_into__isnull=True)
    proposed = to_answer_by([member]).filter(scheme=OuterRef("pk")).order_by()
    counted = proposed.values("scheme").annotate(number=Count("pk")).values("number")
    return Scheme.objects.filter(study=member.study_id).annotate(
        number_of_proposals=Coalesce(Subquery(counted), 0),
        number_of_rounds=Count("rounds", filter=Q(rounds__exists=True), distinct=True),
        number_of_categories=Count("categories", filter=standing, distinct=True),
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Card:
    """A category with the moments settled in it, and the share that is positive.

    The share is as shown, of the moments whose valence is stated. None where they are not shown.
    `split`: other categories were made of it.
    """

    node: Node
    code: str
    address: str
    moments: int | None
    positive: str | None
    split: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """The cards of a round under one category of the next; None are those not batched yet."""

    parent: Node | None
    cards: Sequence[Card]


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One round. `above` is the next coarser one, None for the coarsest, and its categories."""

    round: Round
    groups: Sequence[Group]
    above: str | None

    @property
    def cards(self) -> Sequence[Card]:
        """All cards of the round."""
        return [card for group in self.groups for card in group.cards]

    @property
    def placed(self) -> int:
        """How many categories have a parent."""
        return sum(len(group.cards) for group in self.groups if group.parent)

    @property
    def parents(self) -> int:
        """How many categories of the next coarser round they stand under."""
        return sum(1 for group in self.groups if group.parent and group.cards)


def board_of(scheme: Scheme, *, counted: bool) -> list[Column]:
    """The rounds of a scheme from the coarsest to the finest; the same queries at any size."""
    rounds = Round.objects.filter(scheme=scheme, exists=True).order_by("-position")
    rows = Category.objects.filter(scheme=scheme, exists=True)
    known = list(rows.values_list("pk", "code", "split_from"))
    codes = {key: code for key, code, _whole in known}
    split = {whole for _key, _code, whole in known}
    cells = cells_by(scheme, Dimension.VALENCE, tree_of(scheme)) if counted else None
    tree = tree_of(scheme)  # read after them: they may name categories made since
    make = partial(_Maker, tree, cells=cells, codes=codes, split=split, address=_addresses(scheme))
    return [
        _column(tree, level, make(level.position))
        for level in rounds
        if level.position in tree.rounds
    ]


def _addresses(scheme: Scheme) -> Callable[[str], str]:
    """Tell the addresses of many categories: the router is asked once."""
    any_uid = "00000000-0000-0000-0000-000000000000"
    names = [scheme.study.slug, scheme.slug, any_uid]
    before, after = reverse("taxonomy:category_show", args=names).split(any_uid)
    return lambda uid: f"{before}{uid}{after}"


class _Maker:
    """Makes the cards of one round."""

    def __init__(
        self,
        tree: Tree,
        position: int,
        *,
        cells: Sequence[Cell] | None,
        codes: Mapping[int, str],
        split: Collection[int | None],
        address: Callable[[str], str],
    ) -> None:
        self.counts: Counts | None = None
        if cells is not None:
            self.counts = roll_up(cells, tree, position)
        self.codes, self.split, self.address = codes, split, address

    def __call__(self, node: Node) -> Card:
        moments, positive = None, None
        if self.counts is not None:
            rows = self.counts.rows.get(node.key, {})
            line = {column: int(number) for column, number in rows.items()}
            moments = line.get(ALL, 0)
            stated = sum(line.get(valence, 0) for valence in STATED)
            positive = _share(line.get(Valence.POSITIVE, 0), stated)
        return Card(
            node=node,
            code=self.codes.get(node.key, ""),
            address=self.address(node.uid),
            moments=moments,
            positive=positive,
            split=node.key in self.split,
        )


def _share(count: int, base: int) -> str | None:
    """As in a table; but alone on a card a dash for none would say that nothing is known."""
    shown = percent_shown(count, base)
    return "0%" if shown == DASH else shown


def _column(tree: Tree, level: Round, make: _Maker) -> Column:
    above = tree.rounds.get(level.position + 1)
    parents: list[Node | None] = [None]
    if above is not None:
        parents += tree.rows(level.position + 1)
    cards: dict[int | None, list[Card]] = {node.key if node else None: [] for node in parents}
    for node in tree.rows(level.position):
        parent = tree.parent_of(node) if above is not None else None
        cards[parent.key if parent else None].append(make(node))
    groups = [Group(node, cards[node.key if node else None]) for node in parents]
    return Column(level, groups, above)
