"""What an admin does while a batch is coded: pause, hand on, add a coder; and its end by itself."""

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.numbering import change_facts, lock_study
from incidents.actions.rows import write_rows
from incidents.choices import IncidentState
from incidents.models import Member
from taxonomy.actions.late import count_late
from taxonomy.actions.planning import PlanRefused, check_coders, lock_batch
from taxonomy.actions.settling import settle
from taxonomy.choices import BatchKind, BatchState
from taxonomy.models import Assignment, Batch, Coding
from taxonomy.queries.coding import answers_due
from taxonomy.queries.planning import done_late, quiet_batches, same_portion
from taxonomy.queries.training import practised_on
from taxonomy.tabulation.dealing import deal_out

AT_ONCE = 500  # rows that one statement names
QUIET = dt.timedelta(minutes=15)
"""How long the last answer of a batch may be taken back before it is locked by itself."""

# -- Pause, name and day: of a portion, whose two batches a coder must not tell apart -----------


@transaction.atomic
def pause_batch(*, batch: Batch, by: Member | None) -> None:
    """Give nobody anything of a batch's portion until it is resumed; what is answered stays.

    An answer to a moment that a coder has before them is still kept.
    """
    _pause(batch, by, verb="pause_batch", was=True, at=timezone.now())


@transaction.atomic
def resume_batch(*, batch: Batch, by: Member | None) -> None:
    """Let the coders of a batch's portion go on."""
    _pause(batch, by, verb="resume_batch", was=False, at=None)


def _pause(
    batch: Batch, by: Member | None, *, verb: str, was: bool, at: dt.datetime | None
) -> None:
    study = lock_study(batch.scheme.study_id)
    running = same_portion(batch).filter(paused_at__isnull=was)
    if running.update(paused_at=at):
        record_change(verb=verb, on=batch, study=study, by=by)


@transaction.atomic
def change_batch(*, batch: Batch, name: str, due_on: dt.date | None, by: Member | None) -> None:
    """Give the portion of a batch another name and day.

    Raises PlanRefused where another portion of the plan has the name.
    """
    study = lock_study(batch.scheme.study_id)
    portion = same_portion(batch)
    others = Batch.objects.filter(scheme=batch.scheme_id, plan=batch.plan_id, name=name)
    if batch.plan_id and others.exclude(pk__in=portion.values("pk")).exists():
        raise PlanRefused(_("Another portion of this plan has that name. Choose another."))
    keys = list(portion.values_list("pk", flat=True))
    before = Batch.objects.get(pk=batch.pk)
    changed = [
        name_
        for name_, value in (("name", name), ("due_on", due_on))
        if getattr(before, name_) != value
    ]
    if changed:
        Batch.objects.filter(pk__in=keys).update(name=name, due_on=due_on)
        record_change(verb="change_batch", on=batch, study=study, by=by, fields=changed)


# -- Who codes it ------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class HandedOn:
    """How many of a coder's open moments were given to others, and how many nobody could take."""

    given: int
    left: int


@transaction.atomic
def hand_on(*, batch: Batch, coder: Member, to: Collection[Member], by: Member | None) -> HandedOn:
    """Give what a coder has not answered in a batch to others, who least has first.

    Nobody is given a moment that they have in the batch already, nor one for several coders that
    they practised on: what nobody can take stays with the coder. What was answered stays. In a
    locked batch it is late, as what `add_coder` gives. Raises PlanRefused where there is nothing to
    hand on, where one of the others is no active coder of the study, and in a batch that is coded
    again.
    """
    seq = change_facts(batch.scheme.study, by=by)  # nobody answers meanwhile
    if batch.kind == BatchKind.RECODE:
        raise PlanRefused(_("Only the same coder can code a moment again."))
    if coder in to:
        raise PlanRefused(_("Choose others than the coder whose moments are handed on."))
    check_coders(batch.scheme, {other.pk for other in to})
    open_ = _open_moments(batch, coder)
    given = deal_out(_who_cannot(batch, open_), [other.pk for other in to], _load(batch))
    _take_from(batch, coder, given)
    rows = (
        {"batch_id": batch.pk, "moment_id": moment, "coder_id": other}
        for moment, other in given.items()
    )
    late = Batch.objects.filter(pk=batch.pk, state=BatchState.LOCKED).exists()
    write_rows(Assignment, rows, late=late, sole=batch.kind != BatchKind.PLAN)
    settle(moments=given, scheme=batch.scheme, seq=seq)
    if given:
        record_change(
            verb="hand_on",
            on=batch,
            study=batch.scheme.study,
            by=by,
            coder=str(coder.uid),
            to=[str(other.uid) for other in to],
            moments=len(given),
        )
    return HandedOn(given=len(given), left=len(open_) - len(given))


@transaction.atomic
def take_away(*, batch: Batch, coder: Member, by: Member | None) -> int:
    """Take what a coder has not answered in a batch from them, and give it to nobody.

    What others have there is coded by one fewer; what nobody has any more is free again. Returns
    how many moments. Raises PlanRefused where there is nothing to take.
    """
    seq = change_facts(batch.scheme.study, by=by)
    open_ = _open_moments(batch, coder)
    if _take_from(batch, coder, open_):
        count_late(batch=batch, coder=coder, seq=seq, by=by)
    settle(moments=open_, scheme=batch.scheme, seq=seq)
    record_change(
        verb="take_away",
        on=batch,
        study=batch.scheme.study,
        by=by,
        coder=str(coder.uid),
        moments=len(open_),
    )
    return len(open_)


def _open_moments(batch: Batch, coder: Member) -> list[int]:
    """What a coder has not answered; refuses where that is nothing.

    In a locked batch that may be what did not count when it was locked, and came back.
    """
    open_ = answers_due(batch).filter(coder=coder)
    moments = list(open_.order_by("pk").values_list("moment", flat=True))
    if not moments:
        raise PlanRefused(
            _("%(coder)s has answered everything in this batch.") % {"coder": coder.display_name}
        )
    return moments


def _who_cannot(batch: Batch, moments: Collection[int]) -> dict[int, frozenset[int]]:
    """Who has each moment in a batch; and where several code, who practised on it."""
    practised = practised_on(batch.scheme) if batch.kind == BatchKind.PLAN else {}
    held = {moment: set(practised.get(moment, ())) for moment in moments}
    for moment, coder in batch.assignments.values_list("moment", "coder"):
        if moment in held:
            held[moment].add(coder)
    return {moment: frozenset(coders) for moment, coders in held.items()}


def _load(batch: Batch) -> dict[int, int]:
    """What each coder has still to answer in a batch."""
    return Counter(answers_due(batch).order_by().values_list("coder", flat=True))


def _take_from(batch: Batch, coder: Member, moments: Iterable[int]) -> int:
    """Remove a coder's assignments; returns how many of them were late.

    An answer to one that was taken back stays, without its assignment.
    """
    wanted = set(moments)
    rows = batch.assignments.filter(coder=coder).values_list("pk", "moment", "late")
    found = [(pk, late) for pk, moment, late in rows if moment in wanted]
    for start in range(0, len(found), AT_ONCE):
        keys = [pk for pk, _late in found[start : start + AT_ONCE]]
        Coding.objects.filter(assignment__in=keys).update(assignment=None)
        Assignment.objects.filter(pk__in=keys).delete()
    return sum(late for _pk, late in found)


@transaction.atomic
def add_coder(*, batch: Batch, coder: Member, by: Member | None) -> int:
    """Give a coder every moment of a batch that several code; returns how many.

    In a locked batch they are late: until this coder has answered all of them, this coder is blind
    and nobody else, and nothing changes. Moments that the coder practised on are left out. Raises
    PlanRefused where each moment has one coder, where there is no active coder of the study, and
    where the coder has all of it already.
    """
    study = lock_study(batch.scheme.study_id)  # it is not locked meanwhile
    if batch.kind != BatchKind.PLAN:
        raise PlanRefused(
            _("In this batch each moment has one coder. Hand moments of another coder on instead.")
        )
    check_coders(batch.scheme, {coder.pk})
    rows = batch.assignments.filter(moment__incident__state=IncidentState.ACCEPTED).order_by("pk")
    moments = dict.fromkeys(rows.values_list("moment", flat=True))
    has = batch.assignments.filter(coder=coder).values_list("moment", flat=True)
    practised = practised_on(batch.scheme)
    for known in (*has, *(moment for moment, who in practised.items() if coder.pk in who)):
        moments.pop(known, None)
    if not moments:
        raise PlanRefused(
            _("%(coder)s has every moment of this batch already.") % {"coder": coder.display_name}
        )
    late = Batch.objects.filter(pk=batch.pk, state=BatchState.LOCKED).exists()
    write_rows(
        Assignment,
        ({"moment_id": moment} for moment in moments),
        batch_id=batch.pk,
        coder_id=coder.pk,
        sole=False,
        late=late,
    )
    record_change(
        verb="add_coder",
        on=batch,
        study=study,
        by=by,
        coder=str(coder.uid),
        moments=len(moments),
        late=late,
    )
    return len(moments)


# -- The end -----------------------------------------------------------------------------------


def lock_finished() -> None:
    """Lock what everybody has answered and left alone since, and count what is answered late.

    What the sweeper looks for.
    """
    before = timezone.now() - QUIET
    for batch in quiet_batches(before).select_related("scheme"):
        _lock_quiet(batch, before)
    for late in done_late().select_related("batch__scheme__study", "coder"):
        _count(late)


@transaction.atomic
def _lock_quiet(batch: Batch, before: dt.datetime) -> None:
    """Lock a batch, unless somebody took an answer back or changed one meanwhile."""
    lock_study(batch.scheme.study_id)
    if quiet_batches(before).filter(pk=batch.pk).exists():
        lock_batch(batch=batch, by=None)


@transaction.atomic
def _count(late: Assignment) -> None:
    """Count what is late where the last that was due has left the study."""
    seq = change_facts(late.batch.scheme.study)
    count_late(batch=late.batch, coder=late.coder, seq=seq, by=None)
