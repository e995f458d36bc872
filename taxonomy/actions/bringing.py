"""Many codings at once: those a file or a demonstration brings."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from django.utils import timezone

from incidents.models import Member, Moment
from taxonomy.actions.settling import settle
from taxonomy.choices import AssignmentState, Purpose
from taxonomy.models import Assignment, Batch, Category, Coding, Scheme


@dataclasses.dataclass(frozen=True)
class Brought:
    """One answer that is brought: who said which category of which moment."""

    moment: Moment
    coder: Member
    category: Category


def bring_codings(
    *, scheme: Scheme, brought: Sequence[Brought], seq: int, purpose: Purpose = Purpose.IMPORT
) -> int:
    """Write codings and settle their moments; returns how many moments were settled.

    `seq` is the number taken at the start of the caller's transaction. The change log has one
    entry for the whole, written by the caller.
    """
    Coding.objects.bulk_create(
        Coding(
            scheme=scheme,
            moment=one.moment,
            coder=one.coder,
            category=one.category,
            purpose=purpose,
            scheme_revision=scheme.revision,
            seq=seq,
            created_at=timezone.now(),
        )
        for one in brought
    )
    return settle(moments=list({one.moment.pk: None for one in brought}), scheme=scheme, seq=seq)


def bring_assigned_codings(
    *, batch: Batch, brought: Sequence[Brought], seq: int, done_at: dt.datetime
) -> int:
    """Write codings as answers to assignments of a batch, done then; returns moments settled."""
    assignments = Assignment.objects.bulk_create(
        Assignment(
            batch=batch,
            moment=one.moment,
            coder=one.coder,
            sole=True,
            state=AssignmentState.DONE,
            done_at=done_at,
        )
        for one in brought
    )
    Coding.objects.bulk_create(
        Coding(
            scheme=batch.scheme,
            moment=one.moment,
            coder=one.coder,
            assignment=assignment,
            category=one.category,
            scheme_revision=batch.scheme.revision,
            seq=seq,
        )
        for one, assignment in zip(brought, assignments, strict=True)
    )
    return settle(moments=[one.moment.pk for one in brought], scheme=batch.scheme, seq=seq)
