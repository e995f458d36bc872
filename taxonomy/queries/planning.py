"""The batches of the coding plan: what may be put on one, and who codes there."""

import dataclasses
import datetime as dt

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery

from incidents.choices import IncidentState, RoleName
from incidents.models import Member, Study
from taxonomy.choices import LOCKED_WHEN_QUIET, AssignmentState, BatchKind, BatchState
from taxonomy.models import Assignment, Batch, Scheme
from taxonomy.queries.coding import may_be_answered


@dataclasses.dataclass(frozen=True)
class OpenBatch:
    """A batch that more may be put on, with its coders and how many moments it has."""

    batch: Batch
    coders: list[Member]
    moments: int


def open_batches(study: Study) -> list[OpenBatch]:
    """The open batches by plan of a study that have coders left, the newest first."""
    coders = coders_by_batch(study)
    return [
        OpenBatch(batch, coders[batch.pk], batch.number)
        for batch in _open(study).annotate(number=Count("assignments__moment", distinct=True))
        if batch.pk in coders
    ]


def coders_by_batch(study: Study) -> dict[int, list[Member]]:
    """The active coders of each open batch of a study, by their names."""
    pairs = Assignment.objects.filter(batch__in=_open(study)).order_by()
    among = coders_of(study).in_bulk()
    found: dict[int, list[Member]] = {}
    for batch, coder in pairs.values_list("batch", "coder").distinct():
        if coder in among:
            found.setdefault(batch, []).append(among[coder])
    for coders in found.values():
        coders.sort(key=lambda coder: (coder.display_name, coder.pk))
    return found


@dataclasses.dataclass(frozen=True)
class OwnBatch:
    """What a coder has to do of one portion of the plan: nothing of anybody else.

    `late`: it was locked before the coder was added, who is blind until all of it is answered.
    """

    scheme: Scheme
    name: str
    due_on: dt.date | None
    done: int
    given: int
    paused: bool
    late: bool

    @property
    def due(self) -> int:
        """How many are still to be answered."""
        return self.given - self.done


def own_batches(coder: Member) -> list[OwnBatch]:
    """The portions in which a coder may still answer, those due first before the others.

    The two batches of a portion, of moments coded by several and of moments shared out, are one
    here: a coder is not told which moments others code, too. Those in which there is nothing left
    to change are left out, and so is what one takes moment by moment. Two queries.
    """
    rows = (
        Assignment.objects.of(coder)
        .filter(may_be_answered(), batch__scheme__study=coder.study_id)
        .filter(moment__incident__state=IncidentState.ACCEPTED)
        .exclude(batch__kind=BatchKind.ONCE)
        .order_by()
        .values("batch__scheme", "batch__plan", "batch__name", "batch__due_on", "late")
        .annotate(
            first=Min("batch"),
            given=Count("pk"),
            done=Count("pk", filter=Q(state=AssignmentState.DONE)),
            paused=Count("pk", filter=Q(batch__paused_at__isnull=False)),
        )
    )
    schemes = schemes_to_code(coder.study).in_bulk()
    found = sorted(rows, key=lambda row: (row["batch__due_on"] or dt.date.max, row["first"]))
    return [
        OwnBatch(
            scheme=schemes[row["batch__scheme"]],
            name=row["batch__name"],
            due_on=row["batch__due_on"],
            done=row["done"],
            given=row["given"],
            paused=row["paused"] > 0,
            late=row["late"],
        )
        for row in found
    ]


def coders_of(study: Study) -> QuerySet[Member]:
    """The members who code in a study now, by their names."""
    coders = Member.objects.active().with_role(RoleName.CODER).filter(study=study)
    return coders.order_by("display_name", "pk")


def schemes_to_code(study: Study) -> QuerySet[Scheme]:
    """The schemes of a study, in their order."""
    return Scheme.objects.filter(study=study).order_by("pk")


def _open(study: Study) -> QuerySet[Batch]:
    plans = Batch.objects.filter(scheme__study=study, kind=BatchKind.PLAN, state=BatchState.OPEN)
    return plans.select_related("scheme").order_by("-pk")


# -- Portions and their end --------------------------------------------------------------------


def same_portion(batch: Batch) -> QuerySet[Batch]:
    """The batches of a batch's portion: of what several code, and of what is shared out."""
    if batch.plan_id is None:
        return Batch.objects.filter(pk=batch.pk)
    name = Batch.objects.filter(pk=batch.pk).values("name")
    return Batch.objects.filter(plan=batch.plan_id, name__in=name)


def quiet_batches(before: dt.datetime) -> QuerySet[Batch]:
    """The open batches that get locked in which all is answered, nothing of it since then."""
    given = Assignment.objects.filter(
        batch=OuterRef("pk"), moment__incident__state=IncidentState.ACCEPTED
    )
    restless = given.filter(~Q(state=AssignmentState.DONE) | Q(done_at__gt=before))
    return Batch.objects.filter(
        Exists(given), ~Exists(restless), kind__in=LOCKED_WHEN_QUIET, state=BatchState.OPEN
    ).order_by("pk")


def done_late() -> QuerySet[Assignment]:
    """One late assignment of each coder and batch where nothing late is due any more."""
    late = Assignment.objects.filter(late=True)
    same = late.filter(batch=OuterRef("batch"), coder=OuterRef("coder"))
    due = same.filter(moment__incident__state=IncidentState.ACCEPTED).exclude(
        state=AssignmentState.DONE
    )
    first = same.order_by("pk").values("pk")[:1]
    return late.exclude(Exists(due)).filter(pk=Subquery(first)).order_by("pk")
