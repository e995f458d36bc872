"""What sorters agree on becomes part of the scheme: pairs settled by hand, groups taken over."""

import dataclasses
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.models import Member
from incidents.texts import fold
from taxonomy.actions.changes import changed, new_category, new_round
from taxonomy.actions.revisions import InvalidTree, hold_scheme, revise
from taxonomy.actions.sorting import AT_ONCE, SortRefused
from taxonomy.choices import RevisionVerb, SortOf
from taxonomy.models import Category, PairVerdict, Pile, Revision, Round, Sort, SortItem
from taxonomy.queries.clustering import verdicts_of
from taxonomy.queries.sorts import items_of, round_above, stands_for
from taxonomy.queries.trees import tree_of
from taxonomy.sorting.linkage import Contradiction, settled
from taxonomy.tabulation.folding import CATEGORY, ObjectChange
from taxonomy.tabulation.tree import Node, Tree


@transaction.atomic
def settle_pair(
    *, sort: Sort, first: SortItem, second: SortItem, together: bool | None, by: Member
) -> None:
    """Say whether two things belong together whatever the sorters did; None opens it again.

    Raises SortRefused where it contradicts what was settled before, naming what does.
    """
    if first == second:
        raise SortRefused(_("Choose two different ones."))
    _refuse_open(sort, SortOf.CATEGORIES)
    first, second = sorted((first, second), key=lambda item: item.pk)
    rows = PairVerdict.objects.filter(sort=sort, first=first, second=second)
    rows.delete()
    if together is not None:
        PairVerdict.objects.create(
            sort=sort, first=first, second=second, together=together, member=by
        )
        _refuse_contradiction(sort)
    record_change(
        verb="settle_pair",
        on=sort,
        study=sort.scheme.study,
        by=by,
        pair=[str(first.uid), str(second.uid)],
        together=together,
    )


def _refuse_contradiction(sort: Sort) -> None:
    items = list(items_of(sort))
    places = {item.pk: at for at, item in enumerate(items)}
    verdicts = verdicts_of(sort, items)
    pairs = [(places[each.first.pk], places[each.second.pk], each.together) for each in verdicts]
    try:
        settled(
            [[0.0] * len(items) for _ in items],
            together=[pair[:2] for pair in pairs if pair[2]],
            apart=[pair[:2] for pair in pairs if not pair[2]],
        )
    except Contradiction as contradiction:
        one, two = (items[at].heading for at in contradiction.pair)
        raise SortRefused(
            _(
                "“%(one)s” and “%(two)s” are settled to be apart, and others hold them together."
                " Open one of these pairs again first."
            )
            % {"one": one, "two": two}
        ) from contradiction


@dataclasses.dataclass(frozen=True)
class Group:
    """A name, and the things that it is to gather; without a name they stay where they are."""

    name: str
    items: Sequence[SortItem]


@transaction.atomic
def take_over_groups(
    *,
    sort: Sort,
    groups: Iterable[Group],
    round_name: str = "",
    by: Member,
    rationale: str = "",
    expected_revision: int | None = None,
) -> Revision:
    """Make the groups of a sort of categories the next coarser round, as one revision.

    Each name is a category of that round: the one that stands there under the name, else a new
    one. A round that does not exist is added. Raises SortRefused before the results are open,
    InvalidTree where the round above is frozen or nothing would change.
    """
    scheme = sort.scheme
    hold_scheme(scheme)
    _refuse_open(sort, SortOf.CATEGORIES)
    drafted = _Drafted(sort, _standing_round(sort), round_name)
    for group in groups:
        if group.name.strip():
            drafted.gather(group)
    return revise(
        scheme=scheme,
        verb=RevisionVerb.SORT,
        rationale=_because(sort, rationale),
        by=by,
        changes=drafted.changes,
        expected_revision=expected_revision,
    )


@transaction.atomic
def take_over_piles(
    *,
    sort: Sort,
    chosen: Iterable[tuple[Pile, str]],
    by: Member,
    rationale: str = "",
    expected_revision: int | None = None,
) -> Revision:
    """Make piles of moments categories of the round that they were sorted for, as one revision.

    Piles with one name become one category: the one that stands there under the name, else a new
    one. Each pile keeps what founded it, and which category it has become. Raises SortRefused
    before the results are open and for a pile that founded a category which stands, InvalidTree
    where the round is frozen or nothing would change.
    """
    scheme = sort.scheme
    hold_scheme(scheme)
    _refuse_open(sort, SortOf.MOMENTS)
    chosen = [(pile, name) for pile, name in chosen if name.strip()]
    _refuse_founders([pile for pile, _name in chosen])
    level = _standing_round(sort)
    _refuse_frozen(level)
    named = _Named(str(level.uid), tree_of(scheme).rows(level.position))
    became = {pile: named.category(name) for pile, name in chosen}
    revision = revise(
        scheme=scheme,
        verb=RevisionVerb.SORT,
        rationale=_because(sort, rationale),
        by=by,
        changes=named.changes,
        expected_revision=expected_revision,
    )
    categories = {str(row.uid): row for row in Category.objects.filter(scheme=scheme)}
    for pile, uid in became.items():
        pile.category = categories[uid]
    Pile.objects.bulk_update(became, ["category"], batch_size=AT_ONCE)
    record_change(
        verb="take_over_piles",
        on=sort,
        study=scheme.study,
        by=by,
        became={str(pile.uid): uid for pile, uid in became.items()},
    )
    return revision


def _refuse_founders(piles: Sequence[Pile]) -> None:
    """What founded a standing category is not said of another."""
    standing = Pile.objects.filter(founded_on__isnull=False, category__exists=True)
    known = standing.select_related("category").in_bulk([pile.pk for pile in piles])
    for pile in known.values():
        raise SortRefused(
            _(
                "“%(pile)s” has become the category “%(category)s” already."
                " Take that back first, or leave the pile out."
            )
            % {"pile": pile, "category": pile.category}
        )


def _standing_round(sort: Sort) -> Round:
    level = Round.objects.get(pk=sort.round_id)
    if not level.exists:
        raise InvalidTree(_("“%(name)s” is no longer part of the scheme.") % {"name": level})
    return level


def _refuse_frozen(level: Round) -> None:
    if level.frozen:
        raise InvalidTree(_("The round “%(name)s” is frozen; reopen it first.") % {"name": level})


def _refuse_open(sort: Sort, of: SortOf) -> None:
    held = Sort.objects.select_for_update(no_key=True).get(pk=sort.pk)
    if held.of != of:
        raise SortRefused(_("This sort has nothing of that kind to take over."))
    if held.closed_at is None:
        raise SortRefused(_("The results open when everybody has finished."))


def _because(sort: Sort, rationale: str) -> str:
    said = _("From the sort “%(name)s”.") % {"name": sort.name}
    return f"{said} {rationale.strip()}".strip()


class _Named:
    """Finds the categories of a round by their names, and collects changes that add others.

    Nothing is put into a retired one, and no other is added beside it under its name.
    """

    def __init__(self, round_uid: str, standing: Sequence[Node]) -> None:
        self.changes: list[ObjectChange] = []
        self._round = round_uid
        offered = [node for node in standing if not node.retired]
        self._known = {fold(node.name): node.uid for node in reversed(offered)}
        self._retired = {fold(node.name) for node in standing if node.retired}
        self._next = 1 + max((node.position for node in standing), default=0)

    def category(self, name: str) -> str:
        """The uid of the category of this name."""
        name = name.strip()
        if fold(name) not in self._known:
            if fold(name) in self._retired:
                raise InvalidTree(_("“%(name)s” is retired; restore it first.") % {"name": name})
            change = new_category(
                round_uid=self._round, parent=None, position=self._next, name=name
            )
            self._next += 1
            self.changes.append(change)
            self._known[fold(name)] = change.uid
        return self._known[fold(name)]


class _Drafted:
    """The changes that put the things of groups under categories of the round above."""

    def __init__(self, sort: Sort, level: Round, round_name: str) -> None:
        self._tree: Tree = tree_of(sort.scheme)
        self._level = level
        above = round_above(level)
        self._places: list[ObjectChange] = []
        self._rounds: list[ObjectChange] = []
        if above is None:
            name = round_name.strip()
            if not name:
                raise InvalidTree(_("Name the new round."))
            self._rounds.append(new_round(level.position + 1, name))
            self._above = _Named(self._rounds[0].uid, [])
        else:
            _refuse_frozen(above)
            self._above = _Named(str(above.uid), self._tree.rows(above.position))
        self._rows = Category.objects.select_related("parent").in_bulk(
            [node.key for node in self._tree.rows(level.position)]
        )
        self._placed: dict[int, str] = {}

    @property
    def changes(self) -> list[ObjectChange]:
        """All of them: the round, its categories, and what is placed there."""
        return [*self._rounds, *self._above.changes, *self._places]

    def gather(self, group: Group) -> None:
        """Put the things of a group under the category of its name."""
        found = [stands_for(item, self._tree, self._level.position) for item in group.items]
        nodes = [node for node in found if node is not None]
        if not nodes:
            return
        above = self._above.category(group.name)
        for node in nodes:
            if node.key not in self._placed:
                self._placed[node.key] = above
                self._put(node, above)
            elif self._placed[node.key] != above:
                raise InvalidTree(
                    _("“%(name)s” stands for two that you put into different groups.")
                    % {"name": node.name}
                )

    def _put(self, node: Node, above: str) -> None:
        parent = self._tree.parent_of(node)
        if parent is None or parent.uid != above:
            self._places.append(changed(CATEGORY, self._rows[node.key], {"parent": above}))
