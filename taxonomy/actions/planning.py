"""The coding plan: which moments several coders answer for, and when a batch is closed."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.actions.history import record_change
from incidents.actions.numbering import change_facts, lock_study
from incidents.actions.refusals import RefusedError
from incidents.choices import IncidentState, RoleName
from incidents.models import Incident, Member, Moment, Study
from taxonomy.actions.measuring import ask_agreement
from taxonomy.actions.measuring_again import ask_recoding
from taxonomy.actions.settling import settle
from taxonomy.choices import BatchKind, BatchState, Purpose
from taxonomy.models import Assignment, Batch, Coding, Scheme
from taxonomy.queries.coding import answers_due, unassigned_moments
from taxonomy.queries.training import for_practice


class PlanRefused(RefusedError):
    """The batch cannot be as asked for; the text says why and what to do."""


@transaction.atomic
def open_batch(
    *,
    scheme: Scheme,
    name: str,
    moments: Collection[Moment],
    coders: Collection[Member],
    by: Member | None,
) -> Batch:
    """Give each of the moments to each of the coders, and return the batch.

    Until they have answered for all of theirs, they see nothing derived from others' codings in
    the scheme. Raises PlanRefused where a moment does not count or is with a coder of the scheme
    already, and where somebody is no active coder of the study.
    """
    study = lock_study(scheme.study_id)
    check_coders(scheme, {coder.pk for coder in coders})
    _check_moments(scheme, {moment.pk for moment in moments})
    batch = Batch.objects.create(scheme=scheme, name=name, kind=BatchKind.PLAN)
    Assignment.objects.bulk_create(
        Assignment(batch=batch, moment=moment, coder=coder)
        for moment in moments
        for coder in coders
    )
    _record_opening(batch, study, moments=len(moments), coders=coders, by=by)
    return batch


@transaction.atomic
def begin_batch(
    *, scheme: Scheme, name: str, coders: Collection[Member], by: Member | None
) -> Batch:
    """Begin a batch that has no moments yet, to be put on it for these coders. Returns it.

    Raises PlanRefused where somebody is no active coder of the study.
    """
    study = lock_study(scheme.study_id)
    check_coders(scheme, {coder.pk for coder in coders})
    batch = Batch.objects.create(scheme=scheme, name=name, kind=BatchKind.PLAN)
    _record_opening(batch, study, moments=0, coders=coders, by=by)
    return batch


@transaction.atomic
def put_on_batch(
    *, batch: Batch, incident: Incident, coders: Collection[Member], by: Member | None
) -> list[int]:
    """Give the moments of an incident to each of the coders of an open batch.

    Returns the keys of the moments that were put on it: none where all of them were already.
    Raises PlanRefused where the incident does not count, where all of it is with a coder of the
    scheme elsewhere, where the batch is locked or gone, and where a coder is none any more.
    """
    scheme, study = batch.scheme, lock_study(batch.scheme.study_id)
    check_batch(batch)
    check_coders(scheme, {coder.pk for coder in coders})
    if not Incident.objects.accepted().filter(pk=incident.pk).exists():
        raise PlanRefused(_("Only what is accepted is coded."))
    own = unassigned_moments(scheme).filter(incident=incident).values_list("pk", flat=True)
    free = list(own.exclude(pk__in=for_practice(scheme)))
    if own and not free:
        raise PlanRefused(_("It is in a training set: who practised on it knows its key."))
    if not free and not batch.assignments.filter(moment__incident=incident).exists():
        raise PlanRefused(_("It is with a coder of this scheme already."))
    Assignment.objects.bulk_create(
        Assignment(batch=batch, moment_id=moment, coder=coder)
        for moment in free
        for coder in coders
    )
    if free:
        record_change(
            verb="put_on_batch",
            on=incident,
            study=study,
            by=by,
            batch=str(batch.uid),
            moments=len(free),
        )
    return free


@transaction.atomic
def take_off_batch(
    *, batch: Batch, incident: Incident, moments: Collection[int], by: Member | None
) -> list[int]:
    """Take moments of an incident off an open batch that nobody has answered for yet.

    Returns the keys of those taken off, for all their coders. Raises PlanRefused where there are
    none, and where the batch is locked.
    """
    study = lock_study(batch.scheme.study_id)  # nobody answers meanwhile
    check_batch(batch)
    answers = Coding.objects.filter(scheme=batch.scheme_id, moment=OuterRef("moment"))
    given = Assignment.objects.filter(
        ~Exists(answers.exclude(purpose=Purpose.TRAINING)),
        batch=batch,
        moment__in=moments,
        moment__incident=incident,
    )
    loose = list(given.order_by().values_list("moment", flat=True).distinct())
    if not loose:
        raise PlanRefused(_("Somebody has coded it already."))
    Assignment.objects.filter(batch=batch, moment__in=loose).delete()
    record_change(
        verb="take_off_batch",
        on=incident,
        study=study,
        by=by,
        batch=str(batch.uid),
        moments=len(loose),
    )
    return loose


@transaction.atomic
def discard_if_empty(*, batch: Batch, by: Member | None) -> bool:
    """Remove a batch with nothing on it, which nobody could code; returns whether it is gone."""
    study = lock_study(batch.scheme.study_id)
    if batch.assignments.exists():
        return False
    record_change(verb="discard_batch", on=batch, study=study, by=by)
    Batch.objects.filter(pk=batch.pk).delete()
    return True


@transaction.atomic
def lock_batch(*, batch: Batch, by: Member | None) -> Batch:
    """Make the codings of a batch final, once everybody in it has answered. Returns the batch.

    What several coded counts from now on. Of a batch that all incidents have left, its coders are
    blind no more. Raises PlanRefused while an answer is due, and where nothing was ever given;
    locking a locked batch changes nothing.
    """
    if batch.kind in (BatchKind.ONCE, BatchKind.SHARED):
        raise PlanRefused(_("Only what several code is locked."))
    study = lock_study(batch.scheme.study_id)  # nobody takes an answer back meanwhile
    if not batch.assignments.exists():
        raise PlanRefused(_("There is nothing in this batch that could be locked."))
    due = answers_due(batch).count()
    if due:
        raise PlanRefused(
            ngettext(
                "%(number)s answer is still due in this batch.",
                "%(number)s answers are still due in this batch.",
                due,
            )
            % {"number": due}
        )
    if Batch.objects.filter(pk=batch.pk, state=BatchState.OPEN).exists():
        _lock(batch, study, by=by)
    batch.refresh_from_db()
    return batch


def _lock(batch: Batch, study: Study, *, by: Member | None) -> None:
    seq = change_facts(study, by=by)
    revision = Scheme.objects.values_list("revision", flat=True).get(pk=batch.scheme_id)
    Batch.objects.filter(pk=batch.pk).update(
        state=BatchState.LOCKED,
        locked_at=timezone.now(),
        locked_seq=seq,
        locked_revision=revision,
    )
    moments = set(batch.assignments.values_list("moment", flat=True))
    settle(moments=moments, scheme=batch.scheme, seq=seq)
    record_change(verb="lock_batch", on=batch, study=study, by=by)
    if batch.kind == BatchKind.PLAN:
        ask_agreement(scheme=batch.scheme, by=None)
    if batch.kind == BatchKind.RECODE:
        ask_recoding(scheme=batch.scheme, by=None)


def _record_opening(
    batch: Batch, study: Study, *, moments: int, coders: Collection[Member], by: Member | None
) -> None:
    record_change(
        verb="open_batch",
        on=batch,
        study=study,
        by=by,
        moments=moments,
        coders=[str(coder.uid) for coder in coders],
    )


def check_batch(batch: Batch) -> None:
    """Raise PlanRefused where a batch is gone or locked."""
    state = Batch.objects.filter(pk=batch.pk).values_list("state", flat=True).first()
    if state is None:
        raise PlanRefused(_("This batch is gone."))
    if state != BatchState.OPEN:
        raise PlanRefused(_("This batch is locked: its codings are final."))


def check_coders(scheme: Scheme, wanted: set[int]) -> None:
    """Raise PlanRefused where nobody is named, or somebody who is no active coder of the study."""
    coders = Member.objects.active().with_role(RoleName.CODER)
    if not wanted or coders.filter(study=scheme.study_id, pk__in=wanted).count() != len(wanted):
        raise PlanRefused(_("Choose active coders of this study."))


def _check_moments(scheme: Scheme, wanted: set[int]) -> None:
    counted = Moment.objects.filter(
        pk__in=wanted, incident__study=scheme.study_id, incident__state=IncidentState.ACCEPTED
    )
    if not wanted or counted.count() != len(wanted):
        raise PlanRefused(_("Choose moments of accepted incidents of this study."))
    assigned = Assignment.objects.filter(batch__scheme=scheme, moment__in=wanted)
    coded = Coding.objects.live().filter(scheme=scheme, moment__in=wanted)
    if assigned.exists() or coded.exists():
        raise PlanRefused(_("Some of these moments are with a coder of this scheme already."))
