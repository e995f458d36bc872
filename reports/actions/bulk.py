"""One decision on many incidents, each by its own verb; and taking it back where nobody came since.

An act of up to PORTION incidents is done at once, a larger one in the background, portion by
portion: the incidents of one and the lines that say what became of them are written together, so
that an act that was cut off goes on where it stopped.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents import jobs
from incidents.actions import screening
from incidents.actions.history import record_change
from incidents.actions.numbering import lock_study
from incidents.actions.refusals import RefusedError
from incidents.actions.reverting import put_back, restore
from incidents.choices import RoleName
from incidents.jobs import Claim, request_job
from incidents.models import Incident, Member
from incidents.querysets import IncidentQuerySet
from reports.choices import BulkVerb
from reports.models import BulkAct, BulkLine
from reports.queries.incidents import Sight, incidents_found
from taxonomy.access import require_results
from taxonomy.actions.planning import (
    begin_batch,
    discard_if_empty,
    put_on_batch,
    take_off_batch,
)
from taxonomy.models import Batch, Scheme

DECIDE = "reports.decide_on_many"
PORTION = 50
KEYS_AT_ONCE = 1000
BATCHES = ("batch__scheme", "undoes__batch__scheme")


class Step(NamedTuple):
    """One incident as it was read; when an act is undone, what it is put back to or taken off."""

    incident: Incident
    row_version: int
    back_to: str = ""
    moments: Sequence[int] = ()


class Plan(NamedTuple):
    """Where incidents are put to be coded: an open batch with its coders, or a new one."""

    scheme: Scheme
    coders: Sequence[Member]
    batch: Batch | None = None
    name: str = ""


def decide_on_chosen(
    *,
    chosen: Iterable[tuple[Incident, int]],
    verb: str,
    by: Member,
    words: str = "",
    criterion: str = "",
    plan: Plan | None = None,
) -> BulkAct:
    """Decide on incidents as they were read, each with its row version then. Returns the act.

    Those that cannot be decided on so are lines with the reason; the others are changed. A `plan`
    says where they are put to be coded; a batch that nothing was put on is not kept.
    """
    steps = [Step(incident, row_version) for incident, row_version in chosen]
    with transaction.atomic():
        act = _begin(
            by=by, verb=verb, meant=len(steps), words=words, criterion=criterion, plan=plan
        )
        _take(steps, act)
        _end(act)
    return act


def request_decision(
    *,
    asked: Mapping[str, Any],
    found: IncidentQuerySet,
    verb: str,
    by: Member,
    words: str = "",
    criterion: str = "",
    plan: Plan | None = None,
) -> BulkAct:
    """Decide in the background on all that fit what the grid is `asked`. Returns the act.

    `found` are those that fit now. What arrives later is not meant; what no longer fits when its
    turn comes is left alone. `asked` holds values that JSON can keep, and under `schemes` the keys
    of those whose results are open to the member.
    """
    with transaction.atomic():
        act = _begin(
            by=by,
            verb=verb,
            meant=found.order_by().count(),
            words=words,
            criterion=criterion,
            plan=plan,
            asked=dict(asked),
            up_to=found.order_by("-pk").values_list("pk", flat=True).first() or 0,
        )
        return _leave_to_a_job(act)


def undo(*, act: BulkAct, by: Member) -> BulkAct:
    """Take an act back, where nobody has touched its incidents since. Returns the undoing act.

    Raises RefusedError where it was taken back already, is still going on or changed nothing, and
    where its lines would tell who codes blindly which moments others have coded.
    """
    with transaction.atomic():
        lock_study(act.study_id)
        _check_sight(act, by)
        if act.ended_at is None or act.verb == BulkVerb.UNDO:
            raise RefusedError(_("This can be undone when it is finished."))
        if BulkAct.objects.filter(undoes=act).exists():
            raise RefusedError(_("This was undone already."))
        changed = _changed_by(act).count()
        if not changed:
            raise RefusedError(_("There is nothing to undo."))
        taken_back = _begin(by=by, verb=BulkVerb.UNDO, meant=changed, undoes=act)
        if taken_back.meant > PORTION:
            return _leave_to_a_job(taken_back)
        _take(_steps_back(taken_back), taken_back)
        _end(taken_back)
    return taken_back


def decide_on_many(claim: Claim) -> None:
    """Decide in portions on what an act means. The runner of the job."""
    acts = BulkAct.objects.select_related("study", "by", *BATCHES)
    act = acts.get(uid=claim.job.args["act"])
    if not act.by.active or not act.by.has_role(RoleName.ADMIN):
        raise jobs.Refused(_("Only a study admin may do this."))
    steps = _steps(act) if act.undoes_id is None else _steps_back(act)
    done = act.lines.count()
    while portion := list(islice(steps, PORTION)):
        claim.progress(done, max(act.meant, done))
        with transaction.atomic():
            lock_study(act.study_id)
            _check_job(act)
            _take(portion, act)
            claim.hold()
        done += len(portion)
    with transaction.atomic():
        _end(act)
        claim.finish(decided=done)


def _check_job(act: BulkAct) -> None:
    try:
        if act.undoes is not None:
            _check_sight(act.undoes, act.by)
    except RefusedError as refusal:
        raise jobs.Refused(str(refusal)) from refusal


def _check_sight(act: BulkAct, by: Member) -> None:
    """Raise RefusedError where what can be taken off a batch tells more than somebody may see."""
    if act.batch is not None:
        require_results(by, act.batch.scheme)


def _begin(
    *, by: Member, verb: str, meant: int, plan: Plan | None = None, **fields: Any
) -> BulkAct:
    if plan is not None:
        batch = plan.batch or begin_batch(
            scheme=plan.scheme, name=plan.name, coders=plan.coders, by=by
        )
        fields["words"] = f"{plan.scheme.name}: {batch.name}"
        fields |= {"batch": batch, "coders": [coder.pk for coder in plan.coders]}
    act = BulkAct.objects.create(study=by.study, by=by, verb=verb, meant=meant, **fields)
    record_change(
        verb=f"bulk_{verb}",
        on=act,
        study=by.study,
        by=by,
        meant=meant,
        criterion=act.criterion,
    )
    return act


def _leave_to_a_job(act: BulkAct) -> BulkAct:
    act.job = request_job(kind=DECIDE, study=act.study, by=act.by, args={"act": str(act.uid)})
    act.save(update_fields=["job"])
    return act


def _end(act: BulkAct) -> None:
    batch = _batch_of(act)
    if batch is not None:
        discard_if_empty(batch=batch, by=act.by)
    act.ended_at = timezone.now()
    act.save(update_fields=["ended_at"])


def _steps(act: BulkAct) -> Iterator[Step]:
    """The incidents that an act means and has no line for yet, as they are when they are read."""
    asked = act.asked or {}
    schemes = Scheme.objects.filter(pk__in=asked.get("schemes", []))
    sight = Sight(places=True, names=True, people=True, states=True, schemes=tuple(schemes))
    found = incidents_found(act.by, sight, asked).order_by("-pk").values_list("pk", flat=True)
    before = (act.up_to or 0) + 1
    while keys := list(found.filter(pk__lt=before)[:KEYS_AT_ONCE]):
        taken = set(act.lines.filter(incident__in=keys).values_list("incident", flat=True))
        waiting = [key for key in keys if key not in taken]
        for start in range(0, len(waiting), PORTION):
            rows = Incident.objects.filter(pk__in=waiting[start : start + PORTION])
            for incident in rows.select_related("study", "version").order_by("-pk"):
                yield Step(incident, incident.row_version)
        before = keys[-1]


def _steps_back(act: BulkAct) -> Iterator[Step]:
    """The incidents that the undone act changed, each to where it stood before."""
    taken = BulkLine.objects.filter(act=act).values("incident")
    assert act.undoes is not None  # noqa: S101  (an undo names its act)
    waiting = _changed_by(act.undoes).exclude(incident__in=taken).order_by("pk")
    after = 0
    while portion := list(
        waiting.filter(pk__gt=after).select_related("incident__study", "incident__version")[
            :PORTION
        ]
    ):
        for line in portion:
            yield Step(line.incident, line.row_version or 0, line.before, line.moments or ())
        after = portion[-1].pk


def _changed_by(act: BulkAct) -> QuerySet[BulkLine]:
    """The lines of what an act changed; what was on its batch already it did not."""
    return BulkLine.objects.filter(act=act, row_version__isnull=False).exclude(moments=[])


def _batch_of(act: BulkAct) -> Batch | None:
    """The batch that an act puts incidents on, or takes them off."""
    return (act.undoes or act).batch


def _take(steps: Iterable[Step], act: BulkAct) -> None:
    """Decide on each by its own verb, and keep what became of it."""
    coders = list(Member.objects.filter(pk__in=act.coders or []))
    BulkLine.objects.bulk_create(_line(step, act, coders) for step in steps)


def _line(step: Step, act: BulkAct, coders: Sequence[Member]) -> BulkLine:
    line = BulkLine(act=act, incident=step.incident, before=step.incident.state)
    try:
        if (act.undoes or act).verb == BulkVerb.BATCH:
            line.moments = _plan(step, act, coders)
            line.row_version = step.incident.row_version
        else:
            line.row_version = _decide(step, act).row_version
    except RefusedError as refusal:
        line.refusal = str(refusal)
    return line


def _plan(step: Step, act: BulkAct, coders: Sequence[Member]) -> list[int]:
    """Put the moments of an incident on the batch of an act, or take off what it had put there."""
    batch = _batch_of(act)
    if batch is None:
        raise RefusedError(_("This batch is gone."))
    where: dict[str, Any] = {"batch": batch, "incident": step.incident, "by": act.by}
    if act.undoes_id is None:
        return put_on_batch(**where, coders=coders)
    return take_off_batch(**where, moments=step.moments)


def _decide(step: Step, act: BulkAct) -> Incident:
    same: dict[str, Any] = {
        "incident": step.incident,
        "by": act.by,
        "row_version": step.row_version,
    }
    match act.verb:
        case BulkVerb.ACCEPT:
            return screening.accept(**same)
        case BulkVerb.RETURN:
            return screening.return_with_question(**same, question=act.words)
        case BulkVerb.EXCLUDE:
            return screening.exclude(**same, criterion=act.criterion, reason=act.words)
        case BulkVerb.RESTORE:
            return restore(**same)
        case _:
            return put_back(**same, state=step.back_to)
