"""One decision on many incidents, each by its own verb; and taking it back where nobody came since.

An act of up to PORTION incidents is done at once, a larger one in the background, portion by
portion: the incidents of one and the lines that say what became of them are written together, so
that an act that was cut off goes on where it stopped.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from django.db import transaction
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
from taxonomy.models import Scheme

DECIDE = "reports.decide_on_many"
PORTION = 50
KEYS_AT_ONCE = 1000


class Step(NamedTuple):
    """One incident as it was read: what it is put back to when an act is undone, else nothing."""

    incident: Incident
    row_version: int
    back_to: str = ""


def decide_on_chosen(
    *,
    chosen: Iterable[tuple[Incident, int]],
    verb: str,
    by: Member,
    words: str = "",
    criterion: str = "",
) -> BulkAct:
    """Decide on incidents as they were read, each with its row version then. Returns the act.

    Those that cannot be decided on so are lines with the reason; the others are changed.
    """
    steps = [Step(incident, row_version) for incident, row_version in chosen]
    with transaction.atomic():
        act = _begin(by=by, verb=verb, meant=len(steps), words=words, criterion=criterion)
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
            asked=dict(asked),
            up_to=found.order_by("-pk").values_list("pk", flat=True).first() or 0,
        )
        return _leave_to_a_job(act)


def undo(*, act: BulkAct, by: Member) -> BulkAct:
    """Take an act back, where nobody has touched its incidents since. Returns the undoing act.

    Raises RefusedError where it was taken back already or is still going on.
    """
    with transaction.atomic():
        lock_study(act.study_id)
        if act.ended_at is None or act.verb == BulkVerb.UNDO:
            raise RefusedError(_("This can be undone when it is finished."))
        if BulkAct.objects.filter(undoes=act).exists():
            raise RefusedError(_("This was undone already."))
        changed = BulkLine.objects.filter(act=act, row_version__isnull=False)
        taken_back = _begin(by=by, verb=BulkVerb.UNDO, meant=changed.count(), undoes=act)
        if taken_back.meant > PORTION:
            return _leave_to_a_job(taken_back)
        _take(_steps_back(taken_back), taken_back)
        _end(taken_back)
    return taken_back


def decide_on_many(claim: Claim) -> None:
    """Decide in portions on what an act means. The runner of the job."""
    act = BulkAct.objects.select_related("study", "by", "undoes").get(uid=claim.job.args["act"])
    if not act.by.active or not act.by.has_role(RoleName.ADMIN):
        raise jobs.Refused(_("Only a study admin may do this."))
    steps = _steps(act) if act.undoes_id is None else _steps_back(act)
    done = act.lines.count()
    while portion := list(islice(steps, PORTION)):
        claim.progress(done, max(act.meant, done))
        with transaction.atomic():
            lock_study(act.study_id)
            _take(portion, act)
            claim.hold()
        done += len(portion)
    with transaction.atomic():
        _end(act)
        claim.finish(decided=done)


def _begin(*, by: Member, verb: str, meant: int, **fields: Any) -> BulkAct:
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
    lines = BulkLine.objects.filter(act=act.undoes_id, row_version__isnull=False)
    waiting = lines.exclude(incident__in=taken).order_by("pk")
    after = 0
    while portion := list(
        waiting.filter(pk__gt=after).select_related("incident__study", "incident__version")[
            :PORTION
        ]
    ):
        for line in portion:
            yield Step(line.incident, line.row_version or 0, line.before)
        after = portion[-1].pk


def _take(steps: Iterable[Step], act: BulkAct) -> None:
    """Decide on each by its own verb, and keep what became of it."""
    BulkLine.objects.bulk_create(_line(step, act) for step in steps)


def _line(step: Step, act: BulkAct) -> BulkLine:
    incident, before = step.incident, step.incident.state
    line = BulkLine(act=act, incident=incident, before=before)
    try:
        line.row_version = _decide(step, act).row_version
    except RefusedError as refusal:
        line.refusal = str(refusal)
    return line


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
