"""What a coder sees: what is to do, one moment to code, and their own answers. Never others'."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from incidents.choices import IncidentState, ToldAs
from incidents.models import Incident, IncidentVersion, Member, Moment, Study
from incidents.paging import shown_bounded
from incidents.queries.words import Words, translations_of, words_in
from taxonomy.choices import AssignmentState, BatchKind, BatchState, Purpose
from taxonomy.models import Assignment, Batch, Category, Coding, Scheme
from taxonomy.queries.trees import tree_of
from taxonomy.querysets import AssignmentQuerySet

MOST_COUNTED = 1_000
STEP = " › "


# -- What may be taken and given ---------------------------------------------------------------


def offered(scheme: Scheme | OuterRef) -> QuerySet[Category]:
    """The categories that coders may choose from."""
    return Category.objects.filter(
        scheme=scheme, exists=True, retired=False, merged_into__isnull=True
    )


def may_be_answered() -> Q:
    """What says of an assignment that its answer is not final: its batch is open, or it is late."""
    return Q(batch__state=BatchState.OPEN) | Q(late=True)


def in_hand(coder: Member) -> AssignmentQuerySet:
    """What a coder may work on now: of incidents that count, in batches that nobody has paused.

    What a coder took moment by moment they may finish in any case: nobody else has it.
    """
    return Assignment.objects.of(coder).filter(
        may_be_answered(),
        Q(batch__paused_at__isnull=True) | Q(batch__kind=BatchKind.ONCE),
        moment__incident__state=IncidentState.ACCEPTED,
    )


def open_assignments(coder: Member, scheme: Scheme) -> QuerySet[Assignment]:
    """A coder's assignments without an answer, those put aside last."""
    return in_hand(coder).filter(batch__scheme=scheme).to_do()


def giving(scheme: Scheme | OuterRef) -> QuerySet[Batch]:
    """The batch of a scheme, if any, that gives each moment to the coder who asks next."""
    return Batch.objects.filter(
        scheme=scheme, kind=BatchKind.ONCE, state=BatchState.OPEN, paused_at__isnull=True
    )


def answers_due(batch: Batch) -> QuerySet[Assignment]:
    """The assignments of a batch that somebody has still to answer, of incidents that count."""
    return batch.assignments.to_do().filter(moment__incident__state=IncidentState.ACCEPTED)


def late_in(batch: Batch) -> AssignmentQuerySet:
    """What was given in a batch after it was locked, and does not count yet."""
    return Assignment.objects.filter(batch=batch, late=True)


def unassigned_moments(scheme: Scheme) -> QuerySet[Moment]:
    """Accepted moments nobody has in the scheme and no file brought a code for, oldest first."""
    return _unassigned(Value(scheme.study_id), Value(scheme.pk)).order_by("pk")


def some_unassigned(*, among: Q) -> Exists:
    """Whether a scheme of a query has such moments that satisfy a condition."""
    return Exists(_unassigned(OuterRef("study_id"), OuterRef(OuterRef("pk"))).filter(among))


def _unassigned(study: Value | OuterRef, scheme: Value | OuterRef) -> QuerySet[Moment]:
    given = Assignment.objects.filter(batch__scheme=scheme, moment=OuterRef("pk"))
    taken = given.exclude(batch__kind=BatchKind.TRAINING)
    live = Coding.objects.live().filter(scheme=scheme, moment=OuterRef("pk"))
    coded = live.exclude(purpose=Purpose.TRAINING)
    return (
        Moment.objects.filter(incident__study=study, incident__state=IncidentState.ACCEPTED)
        .exclude(Exists(taken))
        .exclude(Exists(coded))
    )


def moments_to_come(batch: Batch) -> QuerySet[Moment]:
    """Those of them that are newer than what the batch has given: found without passing all."""
    newest = batch.assignments.order_by("-moment").values("moment")[:1]
    return unassigned_moments(batch.scheme).filter(pk__gt=Coalesce(Subquery(newest), Value(0)))


# -- Progress ----------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Work:
    """What a coder has done and may do in one scheme; so many wait, or more than `waiting`."""

    scheme: Scheme
    done_today: int
    done: int
    waiting: int
    more: bool = False

    @property
    def waiting_shown(self) -> str:
        """How many wait, in words."""
        return shown_bounded((self.waiting, not self.more))


class _CountOfFew(Subquery):
    """How many rows of a queryset that is cut."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def work_of(coder: Member) -> list[Work]:
    """A coder's own progress in every scheme of the study, in one query."""
    real = Assignment.objects.of(coder).exclude(batch__kind=BatchKind.TRAINING)
    done = real.filter(batch__scheme=OuterRef("pk"), state=AssignmentState.DONE)
    own = in_hand(coder).filter(batch__scheme=OuterRef("pk")).exclude(state=AssignmentState.DONE)
    free = _unassigned(OuterRef("study_id"), OuterRef(OuterRef("pk")))
    few_free = free.order_by("-pk")[: MOST_COUNTED + 1]  # the newest wait: the fewest are passed
    schemes = Scheme.objects.filter(study=coder.study_id).annotate(
        once=Exists(giving(OuterRef("pk"))),
        done=_count(done),
        done_today=_count(done.filter(done_at__gte=day_began(coder.study))),
        own=_count(own),
        free=Case(
            When(once=True, then=_CountOfFew(few_free.values("pk"))),
            default=Value(0),
        ),
    )
    return [
        Work(
            scheme=scheme,
            done_today=scheme.done_today,
            done=scheme.done,
            waiting=scheme.own + min(scheme.free, MOST_COUNTED),
            more=scheme.free > MOST_COUNTED,
        )
        for scheme in schemes
    ]


def _count(rows: QuerySet[Assignment]) -> Coalesce:
    """How many of them each scheme has."""
    counted = rows.order_by().values("batch__scheme").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), Value(0))


def day_began(study: Study) -> dt.datetime:
    """When today began where the study is at home."""
    now = timezone.localtime(timezone=ZoneInfo(study.time_zone))
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


# -- One moment to code ------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Told(Words):
    """The words of one moment as a coder reads them: nothing of who told whom, where or why.

    `label` names the part where an incident was divided, `others` the parts coded separately;
    `translation` is that of the words shown, where there is one.
    """

    told_as: str
    label: str
    others: list[str]
    translation: Words | None


def told(moment: Moment) -> Told:
    """What is shown of a moment to be coded; the words are those of the current version."""
    return told_of([moment])[0]


def told_of(moments: Sequence[Moment]) -> list[Told]:
    """The same of several, in their order and in two queries."""
    incidents = {moment.incident_id: moment.incident for moment in moments}
    translations = translations_of(incidents.values())
    labels: dict[int, list[tuple[int, str]]] = {key: [] for key in incidents}
    parts = Moment.objects.filter(incident__in=incidents).order_by("position")
    for incident, key, label in parts.values_list("incident", "pk", "label"):
        labels[incident].append((key, label))
    return [
        Told(
            **vars(words_in(moment.incident.version or IncidentVersion())),
            told_as=_stated(moment.incident),
            label=moment.label,
            others=[label for key, label in labels[moment.incident_id] if key != moment.pk],
            translation=translations.get(moment.incident_id),
        )
        for moment in moments
    ]


def _stated(incident: Incident) -> str:
    stated = incident.told_as != ToldAs.NOT_STATED
    return str(ToldAs(incident.told_as).label) if stated else ""


@dataclasses.dataclass(frozen=True)
class Choice:
    """A category that may be chosen: where it stands, and its round where a finer one exists."""

    category: Category
    path: str
    coarser_round: str


def choices_of(scheme: Scheme) -> list[Choice]:
    """The categories offered, those of the finest round first, in the order of the tree."""
    tree = tree_of(scheme)
    finest = min(tree.rounds, default=0)
    found = {category.pk: category for category in offered(scheme)}
    return [
        Choice(
            category=found[node.key],
            path=STEP.join(tree.path(node)[:-1]),
            coarser_round="" if position == finest else name,
        )
        for position, name in tree.rounds.items()
        for node in tree.rows(position)
        if node.key in found
    ]


def not_to_recall() -> Q:
    """What says of a coding that its coder may see it: that they do not code its moment again.

    The answer that they give then they may see.
    """
    return Q(assignment__batch__kind=BatchKind.RECODE) | ~Q(Exists(_again(OuterRef("scheme"))))


def not_coded_again() -> Q:
    """The same of an assignment: that it is not one whose first answer is not to be remembered."""
    return Q(batch__kind=BatchKind.RECODE) | ~Q(Exists(_again(OuterRef("batch__scheme"))))


def _again(scheme: OuterRef) -> QuerySet[Assignment]:
    """What a coder codes again, in a batch that is not locked."""
    return Assignment.objects.filter(
        coder=OuterRef("coder"),
        moment=OuterRef("moment"),
        batch__scheme=scheme,
        batch__kind=BatchKind.RECODE,
        batch__state=BatchState.OPEN,
    )


def answers_of(coder: Member) -> QuerySet[Coding]:
    """A coder's own live answers for assigned moments of incidents that still count.

    Without the first ones for moments that they code again: these are not to be remembered.
    """
    return (
        Coding.objects.visible_to(coder)
        .live()
        .filter(
            not_to_recall(),
            assignment__isnull=False,
            assignment__coder=F("coder"),
            moment__incident__state=IncidentState.ACCEPTED,
        )
        .select_related("scheme", "category", "assignment__batch", "moment__incident__version")
    )


def answer_to(assignment: Assignment) -> Coding | None:
    """The coder's live answer for an assignment, if there is one."""
    return answers_of(assignment.coder).filter(assignment=assignment).first()
