"""Training: sets of moments with an expert's key, and newcomers who code them blind (ADR 0047).

Made in this order: `make_training_set`, `add_moments` or `draw_moments`, `set_key` for each item,
`give_training`; the coder answers by `code_moment` as always, then `finish_training`.
"""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.actions.history import record_change
from incidents.actions.numbering import lock_study
from incidents.actions.refusals import RefusedError
from incidents.choices import IncidentState
from incidents.models import Member, Moment, Study
from taxonomy.actions.planning import check_coders, lock_batch
from taxonomy.choices import BatchKind, Unclassifiable
from taxonomy.models import (
    Assignment,
    Batch,
    Category,
    Coding,
    Scheme,
    Training,
    TrainingItem,
    TrainingSet,
)
from taxonomy.queries.training import (
    ADDED,
    KEY_SET,
    MOST_ITEMS,
    coders_who_answered,
    items_of,
    lacking,
    moments_for,
    settled_as,
    settled_by_category,
    writers_of,
)
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.spreading import spread


class TrainingRefused(RefusedError):
    """It cannot be done as asked for; the text says why and what to do."""


# -- A set -------------------------------------------------------------------------------------


@transaction.atomic
def make_training_set(*, scheme: Scheme, name: str, by: Member | None) -> TrainingSet:
    """Begin a training set of a scheme, without moments. Returns it.

    Raises TrainingRefused where another one of the scheme has the name.
    """
    study = lock_study(scheme.study_id)
    if TrainingSet.objects.filter(scheme=scheme, name=name).exists():
        raise TrainingRefused(_("Another training set has that name. Choose another."))
    made = TrainingSet.objects.create(scheme=scheme, name=name, made_by=by)
    record_change(verb="make_training_set", on=made, study=study, by=by)
    return made


@transaction.atomic
def retire_set(*, training_set: TrainingSet, by: Member | None) -> None:
    """Give a set to nobody any more; who has it goes on. A retired one stays as it is."""
    study = lock_study(training_set.scheme.study_id)
    open_ = TrainingSet.objects.filter(pk=training_set.pk, retired_at__isnull=True)
    if open_.update(retired_at=timezone.now()):
        record_change(verb="retire_training_set", on=training_set, study=study, by=by)


@transaction.atomic
def restore_set(*, training_set: TrainingSet, by: Member | None) -> None:
    """Let a retired set be given again."""
    study = lock_study(training_set.scheme.study_id)
    retired = TrainingSet.objects.filter(pk=training_set.pk, retired_at__isnull=False)
    if retired.update(retired_at=None):
        record_change(verb="restore_training_set", on=training_set, study=study, by=by)


# -- Its moments and their keys ----------------------------------------------------------------


@transaction.atomic
def add_moments(
    *, training_set: TrainingSet, moments: Collection[Moment], by: Member | None
) -> int:
    """Put moments behind those of a set; returns how many are new in it.

    Their key is what is settled, where something is. One that was taken out comes back with its
    own. Raises TrainingRefused where one does not count, and where the set would grow too long.
    """
    study = lock_study(training_set.scheme.study_id)
    wanted = list(dict.fromkeys(moment.pk for moment in moments))
    return _add(training_set, wanted, study, by=by)


@transaction.atomic
def draw_moments(*, training_set: TrainingSet, number: int, seed: int, by: Member | None) -> int:
    """Put so many settled moments into a set, at random and spread over the categories.

    Moments of other sets of the scheme are left out: who had these knows them. Returns how many
    were added: fewer where there are not as many. Raises TrainingRefused where there is none.
    """
    study = lock_study(training_set.scheme.study_id)
    drawn = spread(settled_by_category(training_set.scheme), number, seed=seed)
    if not drawn:
        raise TrainingRefused(
            _("No settled moment is left that no training set has. Settle some first.")
        )
    return _add(training_set, drawn, study, by=by, seed=seed)


def _add(
    training_set: TrainingSet,
    wanted: Sequence[int],
    study: Study,
    *,
    by: Member | None,
    **details: Any,
) -> int:
    _check_to_add(training_set, wanted)
    inside = set(items_of(training_set).values_list("moment", flat=True))
    new = [key for key in wanted if key not in inside]
    if len(inside) + len(new) > MOST_ITEMS:
        raise TrainingRefused(
            _("A set has %(most)s moments at most. Make another for the rest.")
            % {"most": MOST_ITEMS}
        )
    position = training_set.items.aggregate(last=Max("position"))["last"] or 0
    back = _take_back_in(training_set, new, position)
    _write(training_set, [key for key in new if key not in back], position + len(back), by)
    if new:
        about = {"moments": len(new), **details}
        record_change(verb=ADDED, on=training_set, study=study, by=by, **about)
    return len(new)


def _check_to_add(training_set: TrainingSet, wanted: Sequence[int]) -> None:
    counted = Moment.objects.filter(
        pk__in=wanted[: MOST_ITEMS + 1],
        incident__study=training_set.scheme.study_id,
        incident__state=IncidentState.ACCEPTED,
    )
    if not wanted or (len(wanted) <= MOST_ITEMS and counted.count() != len(wanted)):
        raise TrainingRefused(_("Choose moments of accepted incidents of this study."))


def _take_back_in(training_set: TrainingSet, wanted: Sequence[int], position: int) -> set[int]:
    """Put what was taken out behind the others, with the key it had; returns the moments."""
    out = training_set.items.filter(moment__in=wanted, taken_out_at__isnull=False)
    back: dict[int, TrainingItem] = {row.moment_id: row for row in out.order_by("pk")}
    for place, row in enumerate(back.values(), position + 1):
        row.taken_out_at, row.position = None, place
    TrainingItem.objects.bulk_update(back.values(), ["taken_out_at", "position"])
    return set(back)


def _write(
    training_set: TrainingSet, moments: Sequence[int], position: int, by: Member | None
) -> None:
    tree = tree_of(training_set.scheme)
    settled = settled_as(training_set.scheme, moments, tree)
    TrainingItem.objects.bulk_create(
        TrainingItem(
            training_set=training_set,
            moment_id=moment,
            position=place,
            expert=by,
            category_id=settled.get(moment),
        )
        for place, moment in enumerate(moments, position + 1)
    )


@transaction.atomic
def set_key(
    *,
    item: TrainingItem,
    by: Member | None,
    category: Category | None = None,
    unclassifiable: str = "",
    explanation: str = "",
) -> list[Member]:
    """Say what is right for a moment of a set, and why; returns those who have coded it already.

    They are judged by the new key from now on. Raises TrainingRefused where it is neither one
    category nor one reason, or the category is not one that coders may choose.
    """
    training_set = item.training_set
    study = lock_study(training_set.scheme.study_id)
    _check_key(training_set.scheme, category, unclassifiable)
    row = TrainingItem.objects.get(pk=item.pk)
    said = {
        "category_id": category.pk if category else None,
        "unclassifiable": unclassifiable,
        "explanation": explanation,
    }
    changed = [name for name, value in said.items() if getattr(row, name) != value]
    if not changed:
        return []
    TrainingItem.objects.filter(pk=item.pk).update(**said, expert=by)
    record_change(verb=KEY_SET, on=item, study=study, by=by, fields=changed)
    return coders_who_answered([item.moment_id], training_set).get(item.moment_id, [])


def _check_key(scheme: Scheme, category: Category | None, unclassifiable: str) -> None:
    if (category is None) == (unclassifiable == ""):
        raise TrainingRefused(_("Choose a category, or say why none can be given."))
    if unclassifiable and unclassifiable not in Unclassifiable.values:
        raise TrainingRefused(_("Choose one of the reasons."))
    if category is None:
        return
    node = tree_of(scheme).nodes.get(category.pk)
    if node is None or node.retired or node.merged_into is not None:
        raise TrainingRefused(_("This category is no longer offered. Choose another."))


@transaction.atomic
def move_item(*, item: TrainingItem, up: bool, by: Member | None) -> None:
    """Put a moment of a set one place up or down; at an end it stays.

    Who has the set keeps the order in which it was given.
    """
    study = lock_study(item.training_set.scheme.study_id)
    rows = list(items_of(item.training_set))
    place = next((at for at, row in enumerate(rows) if row.pk == item.pk), None)
    other = None if place is None else place + (-1 if up else 1)
    if place is None or other is None or not 0 <= other < len(rows):
        return
    rows[place], rows[other] = rows[other], rows[place]
    for position, row in enumerate(rows, 1):
        row.position = position
    TrainingItem.objects.bulk_update(rows, ["position"])
    record_change(verb="move_training_item", on=item, study=study, by=by, up=up)


@transaction.atomic
def take_out(*, item: TrainingItem, by: Member | None) -> list[Member]:
    """Take a moment out of a set; returns those who have coded it: for them it stays.

    Who has it still to do is given it no more; a training of which nothing is left is gone, and the
    set can be given again.
    """
    training_set = item.training_set
    study = lock_study(training_set.scheme.study_id)  # nobody answers meanwhile
    standing = TrainingItem.objects.filter(pk=item.pk, taken_out_at__isnull=True)
    if not standing.update(taken_out_at=timezone.now()):
        return []
    open_ = Training.objects.filter(training_set=training_set, finished_at__isnull=True)
    for given in open_.select_related("batch"):
        _take_from(given.batch, moment=item.moment_id)
        _discard_if_empty(given, study, by=by)
    record_change(verb="take_out_training_item", on=item, study=study, by=by)
    return coders_who_answered([item.moment_id], training_set).get(item.moment_id, [])


def _take_from(batch: Batch, **which: Any) -> None:
    """Remove what is not answered in a batch; an answer that was taken back stays without it."""
    loose = list(batch.assignments.to_do().filter(**which).values_list("pk", flat=True))
    Coding.objects.filter(assignment__in=loose).update(assignment=None)
    Assignment.objects.filter(pk__in=loose).delete()


# -- Who practises -----------------------------------------------------------------------------


@transaction.atomic
def give_training(*, training_set: TrainingSet, coder: Member, by: Member | None) -> Training:
    """Give a coder the moments of a set to practise on, as a batch of their own. Returns it.

    Until it is finished, the coder is blind in the scheme. Moments that the coder has in the scheme
    already are left out. Raises TrainingRefused where the set is retired, empty or without a key
    somewhere, where the coder has had it or wrote one of its keys, and where nothing is left for
    them; PlanRefused where they are no active coder of the study.
    """
    scheme = training_set.scheme
    study = lock_study(scheme.study_id)
    check_coders(scheme, {coder.pk})
    _check_set(training_set)
    _check_newcomer(training_set, coder)
    moments = moments_for(training_set, coder)
    if not moments:
        raise TrainingRefused(
            _("%(coder)s has had every moment of this set already.") % {"coder": coder.display_name}
        )
    batch = Batch.objects.create(scheme=scheme, name=training_set.name, kind=BatchKind.TRAINING)
    Assignment.objects.bulk_create(
        Assignment(batch=batch, moment_id=moment, coder=coder) for moment in moments
    )
    given = Training.objects.create(
        training_set=training_set, batch=batch, member=coder, given_by=by
    )
    record_change(
        verb="give_training",
        on=given,
        study=study,
        by=by,
        training_set=str(training_set.uid),
        coder=str(coder.uid),
        moments=len(moments),
    )
    return given


def _check_set(training_set: TrainingSet) -> None:
    if not TrainingSet.objects.filter(pk=training_set.pk, retired_at__isnull=True).exists():
        raise TrainingRefused(_("This set is retired. Restore it, or choose another."))
    if not items_of(training_set).exists():
        raise TrainingRefused(_("This set has no moments yet. Add some first."))
    lack = lacking(training_set)
    if lack:
        raise TrainingRefused(
            ngettext(
                "%(number)s moment of this set has no key that a coder could give.",
                "%(number)s moments of this set have no key that a coder could give.",
                lack,
            )
            % {"number": lack}
        )


def _check_newcomer(training_set: TrainingSet, coder: Member) -> None:
    if Training.objects.filter(training_set=training_set, member=coder).exists():
        raise TrainingRefused(
            _("%(coder)s has or had this set. For another try make a set of other moments.")
            % {"coder": coder.display_name}
        )
    if writers_of(training_set).filter(pk=coder.pk).exists():
        raise TrainingRefused(
            _("%(coder)s wrote keys of this set, and cannot practise on it.")
            % {"coder": coder.display_name}
        )


@transaction.atomic
def finish_training(*, training: Training, by: Member | None) -> Training:
    """Make the answers of a training final, so that its result can be seen. Returns it.

    Finishing twice changes nothing. Raises PlanRefused while an answer is due.
    """
    study = lock_study(training.training_set.scheme.study_id)  # another tab, or an admin who ends
    return _finish(training, study, by=by, verb="finish_training")


def _finish(training: Training, study: Study, *, by: Member | None, verb: str) -> Training:
    around = ("training_set__scheme__study", "batch__scheme__study", "member")
    fresh = Training.objects.select_related(*around).filter(pk=training.pk).first()
    if fresh is None:
        raise TrainingRefused(_("This training was ended meanwhile."))
    if fresh.finished_at is not None:
        return fresh
    lock_batch(batch=fresh.batch, by=by)
    fresh.finished_at = timezone.now()
    fresh.save(update_fields=["finished_at"])
    record_change(verb=verb, on=fresh, study=study, by=by)
    return fresh


@transaction.atomic
def end_training(*, training: Training, by: Member | None) -> Training | None:
    """End a training that nobody goes on with: what is answered is its result.

    Where nothing is, it is gone, and the set can be given to the coder again: returns None.
    """
    study = lock_study(training.training_set.scheme.study_id)
    fresh = Training.objects.select_related("batch").filter(pk=training.pk).first()
    if fresh is None or fresh.finished_at is not None:
        return fresh
    _take_from(fresh.batch)
    if _discard_if_empty(fresh, study, by=by):
        return None
    return _finish(fresh, study, by=by, verb="end_training")


def _discard_if_empty(training: Training, study: Study, *, by: Member | None) -> bool:
    """Remove a training that has no moment any more; returns whether it is gone."""
    if training.batch.assignments.exists():
        return False
    record_change(verb="discard_training", on=training, study=study, by=by)
    training.delete()
    training.batch.delete()
    return True
