"""The cards of an incident that is made whole: nothing that a sorter did with a part is lost."""

from collections.abc import Sequence

from incidents.models import Moment
from taxonomy.actions.revisions import hold_scheme
from taxonomy.models import Pile, Placement, Sort, SortAct, Sorter, SortItem


def join_cards(stays: Moment, going: Sequence[Moment]) -> None:
    """Let the whole be sorted on, in every sort that had the moment that stays or one that goes.

    Where it has no card of its own, that of the first part becomes it, wherever it lies. For each
    sorter who had not placed the card that stays, it lies where they put another part, and their
    steps with that part are steps with it. Where both are placed, the one that stays does.
    """
    cards = SortItem.objects.filter(moment__in=going)
    for sort in Sort.objects.filter(pk__in=cards.values("sort")).order_by("scheme", "pk"):
        hold_scheme(sort.scheme)
        Sort.objects.select_for_update(no_key=True).get(pk=sort.pk)
        _join(sort, stays, list(cards.filter(sort=sort).order_by("moment__position")))


def _join(sort: Sort, stays: Moment, cards: Sequence[SortItem]) -> None:
    whole = SortItem.objects.filter(sort=sort, moment=stays).first()
    if whole is None:
        whole, *cards = cards
        SortItem.objects.filter(pk=whole.pk).update(moment=stays)
    for card in cards:
        _hand_over(card, whole)


def _hand_over(card: SortItem, whole: SortItem) -> None:
    """Put the whole where a part lies, for those sorters who have not placed the whole."""
    placed = Placement.objects.filter(item=whole).values("sorter")
    free = Sorter.objects.filter(sort=card.sort_id).exclude(pk__in=placed)
    keys = list(free.filter(placements__item=card).values_list("pk", flat=True))
    Placement.objects.filter(item=card, sorter__in=keys).update(item=whole)
    SortAct.objects.filter(item=card, sorter__in=keys).update(item=whole)
    Pile.objects.filter(founded_on=card).update(founded_on=whole)
