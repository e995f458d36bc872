"""Many codings at once: those a file or a demonstration brings."""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from incidents.actions.rows import write_rows
from incidents.models import Member
from taxonomy.actions.settling import settle, settle_first
from taxonomy.choices import AssignmentState, BatchKind, Confidence, Purpose
from taxonomy.models import Assignment, Batch, Category, Coding, Scheme
from taxonomy.tabulation.outcomes import UNCLASSIFIABLE, Answer


@dataclasses.dataclass(frozen=True)
class Brought:
    """One answer that is brought: who said which category of which moment, or why none fits.

    `supersedes` is the key of the coding by which an earlier one, brought likewise, was taken back.
    """

    moment: int  # a primary key
    coder: Member
    category: Category | None
    unclassifiable: str = ""
    confidence: str = Confidence.NOT_STATED
    note: str = ""
    flagged: bool = False
    supersedes: int | None = None


def bring_codings(
    *, scheme: Scheme, brought: Sequence[Brought], seq: int, purpose: Purpose = Purpose.IMPORT
) -> int:
    """Write codings and settle their moments; returns how many moments were settled.

    `seq` is the number taken at the start of the caller's transaction. The change log has one
    entry for the whole, written by the caller.
    """
    _write(brought, scheme, seq=seq, purpose=purpose, created_at=timezone.now())
    return settle(moments={one.moment for one in brought}, scheme=scheme, seq=seq)


def bring_first_codings(*, scheme: Scheme, brought: Sequence[Brought], seq: int) -> None:
    """Write codings of moments that the caller's transaction made, and settle these.

    As `bring_codings`, without a look at what else was answered: there can be nothing yet.
    """
    _write(brought, scheme, seq=seq, purpose=Purpose.IMPORT, created_at=timezone.now())
    answers = defaultdict(list)
    for one in brought:
        category = one.category.pk if one.category else UNCLASSIFIABLE
        answers[one.moment].append(Answer(one.coder.pk, category))
    settle_first(answers=answers, scheme=scheme, seq=seq)


def bring_assigned_codings(
    *, batch: Batch, brought: Sequence[Brought], seq: int, done_at: dt.datetime
) -> int:
    """Write codings as answers to assignments of a batch, done then; returns moments settled.

    In a batch *each moment once* the assignments are made, in those of a plan they are there: a
    missing one raises KeyError.
    """
    give = _assign if batch.kind == BatchKind.ONCE else _assigned
    given = [assignment.pk for assignment in give(batch, brought, done_at)]
    _write(brought, batch.scheme, given, seq=seq, created_at=done_at)
    return settle(moments={one.moment for one in brought}, scheme=batch.scheme, seq=seq)


def _write(
    brought: Sequence[Brought], scheme: Scheme, assignments: Sequence[int] = (), **same: Any
) -> None:
    given: Sequence[int | None] = assignments or [None] * len(brought)
    write_rows(
        Coding,
        (
            {
                "moment_id": one.moment,
                "coder_id": one.coder.pk,
                "category_id": one.category.pk if one.category else None,
                "unclassifiable": one.unclassifiable,
                "confidence": one.confidence,
                "note": one.note,
                "flagged": one.flagged,
                "supersedes_id": one.supersedes,
                "assignment_id": assignment,
            }
            for one, assignment in zip(brought, given, strict=True)
        ),
        scheme_id=scheme.pk,
        scheme_revision=scheme.revision,
        **same,
    )


def _assign(batch: Batch, brought: Sequence[Brought], done_at: dt.datetime) -> list[Assignment]:
    return Assignment.objects.bulk_create(
        Assignment(
            batch=batch,
            moment_id=one.moment,
            coder=one.coder,
            sole=True,
            state=AssignmentState.DONE,
            done_at=done_at,
        )
        for one in brought
    )


def _assigned(batch: Batch, brought: Sequence[Brought], done_at: dt.datetime) -> list[Assignment]:
    rows = batch.assignments.filter(moment__in={one.moment for one in brought})
    given = {(row.moment_id, row.coder_id): row for row in rows}
    answered = [given[one.moment, one.coder.pk] for one in brought]
    Assignment.objects.filter(pk__in=[row.pk for row in answered]).update(
        state=AssignmentState.DONE, done_at=done_at
    )
    return answered
