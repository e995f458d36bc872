"""Coding: who takes which moment, and what they answer."""

import uuid
from collections.abc import Collection
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.numbering import change_facts, lock_study
from incidents.actions.refusals import RefusedError
from incidents.choices import IncidentState
from incidents.models import Member, Moment
from incidents.prepared import Act, Given, Question, changing, insert
from taxonomy.actions.late import count_late
from taxonomy.actions.offering import keep_offered
from taxonomy.actions.settling import settle_one
from taxonomy.choices import (
    AssignmentState,
    BatchKind,
    BatchState,
    Confidence,
    Purpose,
    Unclassifiable,
)
from taxonomy.models import Assignment, Batch, Category, Coding, Scheme
from taxonomy.queries.coding import (
    giving,
    moments_to_come,
    not_coded_again,
    offered,
    open_assignments,
    unassigned_moments,
)
from taxonomy.queries.decisions import whether
from taxonomy.queries.training import practice_of

AHEAD = 5  # moments that a page holds beside the one it shows
MOST_TAKEN = 2  # the one on the page, and one ahead
UNCOUNTED = {BatchKind.RECODE: Purpose.RECODE, BatchKind.TRAINING: Purpose.TRAINING}


class CodingRefused(RefusedError):
    """The answer cannot be kept as it is; the text says why and what to do."""


def take_next_assignment(
    *, coder: Member, scheme: Scheme, after: Assignment | None = None
) -> Assignment | None:
    """The moment a coder is to code next: an open one of theirs, else a new one, else None.

    A new one is the next accepted moment that nobody has in the scheme, and after the newest what
    was left behind. It is looked for first, and looked at again under the study's lock, so that
    neither another coder who asks at once nor an admin who puts it on a batch has it, too. When
    nothing else is left, what was put aside comes round again, beginning behind `after`.

    Practice comes before all else. When it is answered there is nothing to code, until the coder
    has finished it and seen what is right.
    """
    own = open_assignments(coder, scheme)
    if practice := practice_of(coder, scheme):
        own = own.filter(batch__in=practice)
        return own.filter(state=AssignmentState.OPEN).first() or _put_aside_before(own, after)
    begun = own.filter(state=AssignmentState.OPEN).first()
    return begun or _take_new(coder, scheme) or _put_aside_before(own, after)


def assignments_ahead(
    *, coder: Member, scheme: Scheme, held: Collection[uuid.UUID]
) -> list[Assignment]:
    """What a coder will code after what their page holds: a handful of their own, in order.

    Where moments go to whoever asks, one is taken ahead, and only by a coder who has no other
    beside the one on the page: what is taken and never opened would be missing elsewhere. Behind
    practice comes its result, and nothing else.
    """
    around = ("batch__scheme", "batch__plan", "moment__incident__version")
    own = open_assignments(coder, scheme).filter(state=AssignmentState.OPEN)
    practice = practice_of(coder, scheme)
    if practice:
        own = own.filter(batch__in=practice)
    found = own.exclude(uid__in=held).select_related(*around)
    if (ahead := list(found[:AHEAD])) or practice:
        return ahead
    return list(found) if _take_new(coder, scheme, most=MOST_TAKEN) else []


def _take_new(coder: Member, scheme: Scheme, *, most: int | None = None) -> Assignment | None:
    """The next moment that nobody has, unless the coder has `most` to do already."""
    while batch := giving(scheme).first():
        batch.scheme = scheme
        if _has_enough(coder, scheme, most) or (moment := _next_free(batch)) is None:
            return None
        if taken := _assign(batch, moment, coder, most):
            return taken
    return None


def _has_enough(coder: Member, scheme: Scheme, most: int | None) -> bool:
    if most is None:
        return False
    return open_assignments(coder, scheme).filter(state=AssignmentState.OPEN).count() >= most


def _next_free(batch: Batch) -> Moment | None:
    return moments_to_come(batch).first() or unassigned_moments(batch.scheme).first()


def _put_aside_before(aside: QuerySet[Assignment], after: Assignment | None) -> Assignment | None:
    """The next of what the coder put aside, in a circle."""
    following = aside.filter(pk__gt=after.pk).first() if after else None
    return following or aside.first()


@transaction.atomic
def _assign(
    batch: Batch, moment: Moment, coder: Member, most: int | None = None
) -> Assignment | None:
    """Give a moment to a coder, unless somebody else has just got it or the batch is paused."""
    lock_study(batch.scheme.study_id)
    if _has_enough(coder, batch.scheme, most):
        return None
    still_given = Exists(giving(batch.scheme).filter(pk=batch.pk))
    if not unassigned_moments(batch.scheme).filter(still_given, pk=moment.pk).exists():
        return None
    return Assignment.objects.create(batch=batch, moment=moment, coder=coder, sole=True)


@transaction.atomic
def code_moment(
    *,
    assignment: Assignment,
    by: Member,
    uid: uuid.UUID,
    category: Category | None = None,
    unclassifiable: str = "",
    confidence: str = Confidence.NOT_STATED,
    note: str = "",
    flagged: bool = False,
    seen: str | None = None,
    suggested: str = "",
) -> Coding:
    """Record a coder's answer for an assigned moment, and settle it.

    `uid` is minted by the page: the same answer under the same uid again returns the coding that
    is there; another answer under it (the page never heard that the first arrived) supersedes it,
    as any earlier answer is superseded. `seen` is the uid of the answer that the page showed, or
    empty: another one given meanwhile, in another window, is not superseded. Raises CodingRefused
    then, and where the category is no longer offered, the batch is locked or the incident no
    longer counts. `suggested` is the token of what the page showed of suggestions, if it did; it is
    kept beside the coding.
    """
    said = _Said(category, unclassifiable, confidence, note, flagged)
    if known := _same_answer(_sent_as(uid), assignment, by, said):
        return known
    seq = change_facts(assignment.batch.scheme.study, by=by)
    sent = _sent_as(uid)  # now that nobody else may write
    if known := _same_answer(sent, assignment, by, said):
        return known
    standing = _check(assignment, by, category, unclassifiable)
    last = _last(assignment, by)
    if sent is None and seen is not None:
        _check_seen(last, assignment, seen)
    coding = _unsaved(assignment, by, said)
    coding.uid = uuid.uuid4() if sent else uid
    coding.scheme_revision, coding.seq, coding.supersedes = standing.revision, seq, last
    insert(coding)
    keep_offered(coding, suggested, assignment)
    _mark(assignment, AssignmentState.DONE)
    _let_count(coding, assignment, late=standing.late)
    _record(coding)
    return coding


class _Said(NamedTuple):
    """What a coder answers."""

    category: Category | None
    unclassifiable: str
    confidence: str
    note: str
    flagged: bool


def _unsaved(assignment: Assignment, coder: Member, said: _Said) -> Coding:
    """A coding of what a coder answers, without what it is written under."""
    return Coding(
        scheme=assignment.batch.scheme,
        moment_id=assignment.moment_id,
        coder=coder,
        assignment=assignment,
        purpose=_purpose(assignment),
        category=said.category,
        unclassifiable=said.unclassifiable,
        confidence=said.confidence,
        note=said.note,
        flagged=said.flagged,
    )


def _let_count(coding: Coding, assignment: Assignment, *, late: bool) -> None:
    """Settle what was answered; what is late once all that its coder was given late is answered."""
    if late:
        count_late(batch=assignment.batch, coder=coding.coder, seq=coding.seq, by=coding.coder)
    else:
        settle_one(moment=coding.moment_id, scheme=coding.scheme, seq=coding.seq)


def _record(coding: Coding) -> None:
    """Write an answer into the change log, without its note."""
    said = str(coding.category.uid) if coding.category else None
    about: dict[str, Any] = {"category": said, "unclassifiable": coding.unclassifiable}
    record_change(verb="code", on=coding, study=coding.scheme.study, by=coding.coder, **about)


@transaction.atomic
def take_back(*, coding: Coding, by: Member) -> Coding:
    """Take a coder's own live answer back: the moment is to be coded again.

    Taking the same one back again returns what did it; taking back what has been superseded
    raises CodingRefused.
    """
    scheme, assignment = coding.scheme, coding.assignment
    seq = change_facts(scheme.study, by=by)
    last = _last(assignment, by) if assignment else None
    if last is not None and last.taken_back and last.supersedes_id == coding.pk:
        return last
    if assignment is None or last != coding or coding.taken_back:
        raise CodingRefused(_("This answer has been changed since. Look at the moment again."))
    _check_open(assignment)
    undone = Coding.objects.create(
        scheme=scheme,
        moment_id=coding.moment_id,
        coder=by,
        assignment=assignment,
        purpose=coding.purpose,
        taken_back=True,
        scheme_revision=coding.scheme_revision,
        seq=seq,
        supersedes=coding,
    )
    _mark(assignment, AssignmentState.OPEN)
    settle_one(moment=coding.moment_id, scheme=scheme, seq=seq)
    record_change(verb="take_back", on=coding, study=scheme.study, by=by)
    return undone


@transaction.atomic
def put_aside(*, assignment: Assignment, by: Member) -> None:
    """Put an assignment behind the others of its coder; an answered one stays answered."""
    changed = Assignment.objects.filter(
        pk=assignment.pk, coder=by, state=AssignmentState.OPEN
    ).update(state=AssignmentState.SKIPPED)
    if changed:
        record_change(verb="put_aside", on=assignment, study=assignment.batch.scheme.study, by=by)


def _check(
    assignment: Assignment, by: Member, category: Category | None, unclassifiable: str
) -> "_Standing":
    """Refuse what may not be answered, or not so; return what the answer stands on."""
    if assignment.coder_id != by.pk:
        raise CodingRefused(_("This moment is assigned to somebody else."))
    standing = _check_open(assignment, category)
    if not standing.counts:
        raise CodingRefused(_("This incident was taken out of the study meanwhile."))
    if (category is None) == (unclassifiable == ""):
        raise CodingRefused(_("Choose a category, or say why none can be given."))
    if unclassifiable and unclassifiable not in Unclassifiable.values:
        raise CodingRefused(_("Choose one of the reasons."))
    if category is not None and not standing.is_offered:
        raise CodingRefused(_("This category is no longer offered. Choose another."))
    return standing


def _check_seen(last: Coding | None, assignment: Assignment, seen: str) -> None:
    """Refuse to put an answer in the place of one that the coder did not see."""
    if last is None or last.taken_back or last.assignment_id != assignment.pk:
        return
    if str(last.uid) != seen:
        raise CodingRefused(
            _(
                "You have answered this moment meanwhile, in another window: %(answer)s. That "
                "answer stands; look at the moment to change it."
            )
            % {"answer": last.in_words}
        )


class _Standing(NamedTuple):
    """What an answer stands on."""

    is_open: bool
    late: bool
    revision: int
    counts: bool
    may_be_recalled: bool
    is_offered: bool


def _check_open(assignment: Assignment, category: Category | None = None) -> _Standing:
    """Refuse where nothing may be answered any more; return what the answer stands on."""
    found = _standing.first(assignment=assignment.pk, category=category.pk if category else 0)
    if found is None:
        raise CodingRefused(_("This moment was taken off the batch meanwhile. Go on to the next."))
    standing = _Standing(*found)
    if not standing.may_be_recalled:
        raise CodingRefused(
            _("You code this moment again: your first answer stays as it is until that is done.")
        )
    if not standing.is_open and not standing.late:
        raise CodingRefused(_("This batch is locked: its codings are final."))
    return standing


_standing = Question(
    lambda: Assignment.objects.filter(pk=Given("assignment")).values_list(
        whether(Q(batch__state=BatchState.OPEN)),
        "late",
        Cast("batch__scheme__revision", BigIntegerField()),
        whether(Q(moment__incident__state=IncidentState.ACCEPTED)),
        whether(not_coded_again()),
        Exists(offered(OuterRef("batch__scheme")).filter(pk=Given("category"))),
    )
)


def _sent_as(uid: uuid.UUID) -> Coding | None:
    return _coding(_sent.first(uid=uid))


_sent = Question(lambda: Coding.objects.filter(uid=Given("uid")).values_list("pk", flat=True))


def _coding(key: int | None) -> Coding | None:
    """A coding by its key. Mostly there is none, which is found out in SQL whose plan is kept."""
    return None if key is None else Coding.objects.get(pk=key)


def _same_answer(
    sent: Coding | None,
    assignment: Assignment,
    coder: Member,
    said: _Said,
) -> Coding | None:
    """The coding that a repeated request made: what was sent so, or after it with this answer."""
    if sent is None or (sent.coder_id, sent.assignment_id) != (coder.pk, assignment.pk):
        return None
    standing = [sent, _last(assignment, coder)]
    return next((coding for coding in standing if coding and _says(coding, said)), None)


def _says(coding: Coding, said: _Said) -> bool:
    words = (coding.unclassifiable, coding.confidence, coding.note, coding.flagged)
    return coding.category_id == (said.category.pk if said.category else None) and words == said[1:]


def _purpose(assignment: Assignment) -> str:
    """Whether an answer counts, or measures how steady its coder is, or is practice."""
    return UNCOUNTED.get(BatchKind(assignment.batch.kind), Purpose.PLAN)


def _last(assignment: Assignment, coder: Member) -> Coding | None:
    """What a coder has answered last for a moment, if anything."""
    chain = {"scheme": assignment.batch.scheme_id, "moment": assignment.moment_id}
    return _coding(_end_of_chain.first(**chain, coder=coder.pk, purpose=_purpose(assignment)))


_end_of_chain = Question(
    lambda: Coding.objects.filter(
        scheme=Given("scheme"),
        moment=Given("moment"),
        coder=Given("coder"),
        purpose=Given("purpose"),
        superseded_by__isnull=True,
    ).values_list("pk", flat=True)
)


def _mark(assignment: Assignment, state: AssignmentState) -> None:
    done_at = timezone.now() if state == AssignmentState.DONE else None
    _stand.do(assignment=assignment.pk, state=state, done_at=done_at)
    assignment.state, assignment.done_at = state, done_at


_stand = Act(
    lambda: changing(
        Assignment.objects.filter(pk=Given("assignment")),
        state=Given("state"),
        done_at=Given("done_at"),
    )
)
