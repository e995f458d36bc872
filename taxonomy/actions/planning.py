"""The coding plan: which moments several coders answer for, and when a batch is closed."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.actions.history import record_change
from incidents.actions.numbering import lock_study
from incidents.actions.refusals import RefusedError
from incidents.choices import IncidentState, RoleName
from incidents.models import Member, Moment
from taxonomy.choices import BatchKind, BatchState
from taxonomy.models import Assignment, Batch, Coding, Scheme
from taxonomy.queries.coding import answers_due


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
    _check_coders(scheme, {coder.pk for coder in coders})
    _check_moments(scheme, {moment.pk for moment in moments})
    batch = Batch.objects.create(scheme=scheme, name=name, kind=BatchKind.PLAN)
    Assignment.objects.bulk_create(
        Assignment(batch=batch, moment=moment, coder=coder)
        for moment in moments
        for coder in coders
    )
    record_change(
        verb="open_batch",
        on=batch,
        study=study,
        by=by,
        moments=len(moments),
        coders=[str(coder.uid) for coder in coders],
    )
    return batch


@transaction.atomic
def lock_batch(*, batch: Batch, by: Member | None) -> Batch:
    """Make the codings of a batch final, once everybody in it has answered. Returns the batch.

    Raises PlanRefused while an answer is due; locking a locked batch changes nothing.
    """
    study = lock_study(batch.scheme.study_id)  # nobody takes an answer back meanwhile
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
    open_ = Batch.objects.filter(pk=batch.pk, state=BatchState.OPEN)
    if open_.update(state=BatchState.LOCKED):
        record_change(verb="lock_batch", on=batch, study=study, by=by)
    batch.refresh_from_db()
    return batch


def _check_coders(scheme: Scheme, wanted: set[int]) -> None:
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
