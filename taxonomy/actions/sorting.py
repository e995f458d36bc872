"""Sorting: a task for several members, what each puts on which pile, and when it is done.

Everything about one sort is done by one person at a time: each act holds the row of the sort. Of
two windows of a sorter the later act counts, and both are kept as steps that can be undone.
"""

import dataclasses
import random
import secrets
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.numbering import lock_study
from incidents.actions.refusals import RefusedError, StaleError
from incidents.models import Member
from incidents.texts import fold, tidy
from taxonomy.actions.revisions import hold_scheme
from taxonomy.choices import SortOf
from taxonomy.models import (
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
from taxonomy.queries.sorts import categories_to_sort, moments_to_sort, round_above
from taxonomy.queries.trees import tree_of

MOST = 500  # things to sort
NAME_LENGTH = 300
AT_ONCE = 200
SEEDS = 1_000_000


class SortRefused(RefusedError):
    """This cannot be sorted so; the text says why and what to do."""


class SortStale(StaleError):
    """Another window has done something since."""


# -- The task ----------------------------------------------------------------------------------


@transaction.atomic
def start_sort(
    *,
    round: Round,  # noqa: A002  (the word of the field)
    members: Sequence[Member],
    name: str,
    groups: int | None = None,
    names_given: bool = False,
    uid: uuid.UUID | None = None,
    by: Member,
) -> Sort:
    """Ask members to sort the standing categories of a round, each on their own.

    Of a category that was split the parts are sorted. The same `uid` of the same member again
    starts nothing.
    With `names_given` everybody begins with a pile for each standing category of the round above.
    Raises SortRefused where there is nothing to sort, nobody to do it, or no name to give, or the
    uid is another member's.
    """
    keys = categories_to_sort(round)
    _check_size(len(keys))
    if not members:
        raise SortRefused(_("Choose who is to sort."))
    above = round_above(round)
    given = _standing(above) if names_given and above else []
    if names_given and not given:
        raise SortRefused(_("The round above has no categories yet whose names could be given."))
    sort, is_new = _begun(
        uid,
        scheme=round.scheme,
        round=round,
        name=name,
        groups=groups,
        names_given=names_given,
        started_by=by,
    )
    if not is_new:
        return sort
    _lay_out(sort, "category_id", keys)
    _ask(sort, members, given)
    record_change(verb="start_sort", on=sort, study=round.scheme.study, by=by, things=len(keys))
    return sort


@transaction.atomic
def start_sort_of_moments(
    *,
    scheme: Scheme,
    members: Sequence[Member],
    name: str,
    number: int,
    batch: Batch | None = None,
    seed: int | None = None,
    names_given: bool = False,
    uid: uuid.UUID | None = None,
    by: Member,
) -> Sort:
    """Ask members to sort moments into piles that they name as they go, each on their own.

    Drawn are so many accepted moments of the study, or of a batch; the same `seed` draws the same
    ones while there are no others, and is kept. With `names_given` everybody begins with the
    standing categories of the finest round, to go on from where an earlier sort ended. The same
    `uid` of the same member again starts nothing. Raises SortRefused where there is no finest
    round, nobody to sort, or too little to draw, or the uid is another member's.
    """
    level = Round.objects.filter(scheme=scheme, exists=True).order_by("position").first()
    if level is None:
        raise SortRefused(_("Add a round first: what is agreed on becomes its categories."))
    if not members:
        raise SortRefused(_("Choose who is to sort."))
    seed = secrets.randbelow(SEEDS) if seed is None else seed
    lock_study(scheme.study_id)  # nobody holds out or divides meanwhile what is drawn
    sort, is_new = _begun(
        uid,
        scheme=scheme,
        round=level,
        of=SortOf.MOMENTS,
        name=name,
        names_given=names_given,
        seed=seed,
        started_by=by,
    )
    if not is_new:
        return sort
    drawn = draw(moments_to_sort(scheme, batch), number, seed)
    _check_size(len(drawn))
    _lay_out(sort, "moment_id", drawn)
    level.scheme = scheme
    _ask(sort, members, _standing(level) if names_given else [])
    record_change(verb="start_sort", on=sort, study=scheme.study, by=by, things=len(drawn))
    return sort


def _begun(uid: uuid.UUID | None, **fields: Any) -> tuple[Sort, bool]:
    """The sort of this uid, and whether it is new."""
    sort, is_new = Sort.objects.get_or_create(uid=uid or uuid.uuid4(), defaults=fields)
    if (sort.started_by_id, sort.scheme_id) != (fields["started_by"].pk, fields["scheme"].pk):
        raise SortRefused(_("Open the form anew, please."))
    return sort, is_new


def _lay_out(sort: Sort, what: str, keys: Sequence[int]) -> None:
    """Make the cards of a sort, in the order of these keys."""
    cards = (
        SortItem(sort=sort, position=position, **{what: key})
        for position, key in enumerate(keys, 1)
    )
    SortItem.objects.bulk_create(cards, batch_size=AT_ONCE)


def draw(keys: Sequence[int], number: int, seed: int) -> list[int]:
    """So many of these keys, drawn by a seed, in the order in which they were drawn."""
    return random.Random(seed).sample(keys, min(number, len(keys)))  # noqa: S311  (repeatable)


def _check_size(number: int) -> None:
    if number < 2:  # noqa: PLR2004  (one thing is in one pile)
        raise SortRefused(_("There must be at least two to sort."))
    if number > MOST:
        raise SortRefused(
            _("%(number)d are too many to sort by hand: at most %(most)d.")
            % {"number": number, "most": MOST}
        )


def _standing(level: Round) -> list[Category]:
    """The categories of a round whose names are given, none that is retired; each name once."""
    tree = tree_of(level.scheme)
    keys = [node.key for node in tree.rows(level.position) if not node.retired]
    rows = Category.objects.in_bulk(keys)
    return list({row.name: row for row in rows.values()}.values())


def _ask(sort: Sort, members: Iterable[Member], given: Sequence[Category]) -> None:
    sorters = [Sorter.objects.create(sort=sort, member=member) for member in members]
    Pile.objects.bulk_create(
        (
            Pile(sorter=sorter, position=position, name=row.name, category=row)
            for sorter in sorters
            for position, row in enumerate(given, 1)
        ),
        batch_size=AT_ONCE,
    )


@transaction.atomic
def end_sort(*, sort: Sort, by: Member) -> None:
    """Open the results before everybody has finished; who has not is left out.

    Raises SortRefused where nobody has finished.
    """
    held = _held(sort)
    if held.closed_at is not None:
        return
    if not held.sorters.filter(member__isnull=False, finished_at__isnull=False).exists():
        raise SortRefused(_("Nobody has finished yet: there would be no results."))
    _close(held)
    record_change(verb="end_sort", on=sort, study=sort.scheme.study, by=by)


@transaction.atomic
def reopen_sort(*, sort: Sort, by: Member) -> None:
    """Let everybody sort on; the results are closed until all have finished again."""
    held = _held(sort)
    if held.closed_at is None:
        return
    Sort.objects.filter(pk=sort.pk).update(closed_at=None)
    sort.sorters.filter(member__isnull=False).update(finished_at=None)
    record_change(verb="reopen_sort", on=sort, study=sort.scheme.study, by=by)


def _held(sort: Sort) -> Sort:
    """The sort as it stands, until the caller's commit; no other act on it comes between."""
    return Sort.objects.select_for_update(no_key=True).get(pk=sort.pk)


def _close(sort: Sort) -> None:
    Sort.objects.filter(pk=sort.pk).update(closed_at=timezone.now())


# -- The piles of one sorter -------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Put:
    """What became of one thing: its pile, the one it lay in before, whether the pile is new."""

    pile: Pile
    came_from: Pile | None
    founded: bool


@transaction.atomic
def put_on_pile(*, sorter: Sorter, item: SortItem, to: Pile | str, by: Member) -> Put:
    """Put a thing on a pile: the one given, or the one typed by its number or name.

    A name that no pile of the sorter has makes a new one, founded on this thing. Where it lies
    already nothing is written. Raises SortRefused where the sorter has finished, the number is
    nobody's, or no new pile may be made.
    """
    held = _hold_open(sorter)
    before = Placement.objects.filter(sorter=sorter, item=item).select_related("pile").first()
    came_from = before.pile if before else None
    pile = _named(held, to) if isinstance(to, str) else _still_there(to)
    founded = pile is None
    if pile is None:
        pile = _found(held, str(to), item)
    if pile == came_from:
        return Put(pile, came_from, founded=False)
    Placement.objects.update_or_create(sorter=sorter, item=item, defaults={"pile": pile})
    _note(held, item=item, pile=pile, came_from=came_from, founded=founded)
    _record("put_on_pile", held, by, item=str(item.uid), pile=str(pile.uid))
    return Put(pile, came_from, founded)


@transaction.atomic
def rename_pile(*, sorter: Sorter, pile: Pile, name: str, by: Member) -> Pile:
    """Give a pile of the sorter another name. Raises SortRefused where another has that name."""
    held = _hold_open(sorter)
    name = _clean(name)
    current = _still_there(pile)
    _refuse_taken(held, current, name)
    if name == current.name:
        return current
    former, current.name = current.name, name
    current.save(update_fields=["name"])
    _note(held, pile=current, former_name=former)
    _record("rename_pile", held, by, pile=str(pile.uid))
    return current


@transaction.atomic
def undo_step(*, sorter: Sorter, by: Member, expected: int | None = None) -> SortAct:
    """Take the sorter's last step back, and return it; a pile made by it goes.

    `expected` is the number of the step meant. Raises SortStale where a later one was made in
    another window, SortRefused where there is none, where the pile has become a category, of
    which it says what founded it, or where another pile has its former name.
    """
    held = _hold_open(sorter)
    step = held.steps.filter(undone=False).order_by("-number").first()
    if step is None:
        raise SortRefused(_("There is nothing to undo."))
    if expected is not None and step.number != expected:
        raise SortStale(_("Something was done in another window since. Look, and undo again."))
    if step.founded and step.pile is not None and step.pile.category_id is not None:
        raise SortRefused(
            _(
                "“%(name)s” has become a category, and this step founded it: that stays."
                " Put the card on another pile instead."
            )
            % {"name": step.pile}
        )
    if step.item is None:
        _undo_renaming(held, step)
    elif step.came_from is None:
        Placement.objects.filter(sorter=held, item=step.item).delete()
    else:
        Placement.objects.filter(sorter=held, item=step.item).update(pile=step.came_from)
    step.undone = True
    step.save(update_fields=["undone"])
    if step.founded and step.pile is not None:
        step.pile.delete()
    _record("undo_step", held, by, step=step.number)
    return step


def _undo_renaming(sorter: Sorter, step: SortAct) -> None:
    if step.pile is not None:
        _refuse_taken(sorter, step.pile, step.former_name)
        step.pile.name = step.former_name
        step.pile.save(update_fields=["name"])


@transaction.atomic
def finish_sorting(*, sorter: Sorter, by: Member) -> Sort:
    """Say that a sorter is done; when all are the results open. Returns the sort.

    What lies in no pile is left out of the comparison. Raises SortRefused where nothing is sorted.
    """
    held = _hold_open(sorter)
    if not held.placements.exists():
        raise SortRefused(_("Sort something first."))
    Sorter.objects.filter(pk=held.pk).update(finished_at=timezone.now())
    if not held.sort.sorters.filter(member__isnull=False, finished_at__isnull=True).exists():
        _close(held.sort)
    _record("finish_sorting", held, by)
    held.sort.refresh_from_db()
    return held.sort


@transaction.atomic
def resume_sorting(*, sorter: Sorter, by: Member) -> None:
    """Let a sorter who was done go on, while the results are closed; else SortRefused."""
    if _held(sorter.sort).closed_at is not None:
        raise SortRefused(
            _("The results are open, so nobody sorts on. A study admin can open the sort again.")
        )
    if Sorter.objects.filter(pk=sorter.pk, finished_at__isnull=False).update(finished_at=None):
        _record("resume_sorting", sorter, by)


def _hold_open(sorter: Sorter) -> Sorter:
    """The sorter as it stands, held with its sort; refuse where nothing may be sorted any more."""
    if sorter.sort.of == SortOf.MOMENTS:  # piles of moments end with the freezing of a round
        hold_scheme(sorter.sort.scheme)
    sort = _held(sorter.sort)
    held = Sorter.objects.get(pk=sorter.pk)
    sort.scheme = sorter.sort.scheme
    held.sort = sort
    if sort.closed_at is not None:
        raise SortRefused(
            _("The results are open, so nobody sorts on. A study admin can open the sort again.")
        )
    if held.finished_at is not None:
        raise SortRefused(_("You have said that you are done. Go on sorting first."))
    return held


def _named(sorter: Sorter, typed: str) -> Pile | None:
    """The pile that was typed, by number or name; None for a new name."""
    typed = _clean(typed)
    if typed.isdecimal():
        return _numbered(sorter, typed)
    return _by_name(sorter, typed)


def _numbered(sorter: Sorter, typed: str) -> Pile:
    known = {pile.position: pile for pile in sorter.piles.all()}
    pile = known.get(int(typed)) if len(typed) < 10 else None  # noqa: PLR2004  (digits)
    if pile is None:
        raise SortRefused(
            _("There is no pile %(number)s. Type a name to make a new one.") % {"number": typed}
        )
    return pile


def _by_name(sorter: Sorter, name: str) -> Pile | None:
    wanted = fold(name)
    return next((pile for pile in sorter.piles.all() if fold(pile.name) == wanted), None)


def _refuse_taken(sorter: Sorter, pile: Pile, name: str) -> None:
    known = _by_name(sorter, name)
    if known is not None and known != pile:
        raise SortRefused(
            _("You have a pile “%(name)s” already; put the cards of this one there.")
            % {"name": known}
        )


def _clean(typed: str) -> str:
    name = " ".join(tidy(typed).split())
    if not name:
        raise SortRefused(_("Type the number of a pile, or a name for a new one."))
    if len(name) > NAME_LENGTH:
        raise SortRefused(
            _("“%(start)s…” is too long: at most %(limit)d characters.")
            % {"start": name[:40], "limit": NAME_LENGTH}
        )
    return name


def _still_there(pile: Pile) -> Pile:
    found = Pile.objects.filter(pk=pile.pk).first()
    if found is None:
        raise SortRefused(_("This pile was undone in another window. Choose another."))
    return found


def _found(sorter: Sorter, typed: str, item: SortItem) -> Pile:
    """A new pile, unless what piles become is fixed."""
    if sorter.sort.of == SortOf.MOMENTS:
        _refuse_frozen(sorter.sort)
    if sorter.piles.count() >= MOST:
        raise SortRefused(_("There are too many piles: at most %(most)d.") % {"most": MOST})
    last = sorter.piles.order_by("-position").values_list("position", flat=True).first() or 0
    return Pile.objects.create(
        sorter=sorter, position=last + 1, name=_clean(typed), founded_on=item
    )


def _refuse_frozen(sort: Sort) -> None:
    level = Round.objects.get(pk=sort.round_id)
    if level.frozen:
        raise SortRefused(
            _("The round “%(name)s” is frozen: no new pile can be made. Choose one of yours.")
            % {"name": level}
        )


def _note(sorter: Sorter, **step: object) -> None:
    sorter.acts += 1
    sorter.save(update_fields=["acts"])
    SortAct.objects.create(sorter=sorter, number=sorter.acts, **step)


def _record(verb: str, sorter: Sorter, by: Member, **details: Any) -> None:
    scheme: Scheme = sorter.sort.scheme
    record_change(verb=verb, on=sorter, study=scheme.study, by=by, **details)
