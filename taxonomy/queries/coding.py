"""What a coder sees: what is to do, one moment to code, and their own answers. Never others'."""

import dataclasses
import datetime as dt
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
from incidents.models import IncidentVersion, Member, Moment, Study
from incidents.paging import shown_bounded
from incidents.queries.words import Words, translation_of, words_in
from taxonomy.choices import AssignmentState, BatchKind, BatchState
from taxonomy.models import Assignment, Batch, Category, Coding, Scheme
from taxonomy.queries.trees import tree_of

MOST_COUNTED = 1_000
RECENT = 6
LOOKED_BACK = 200  # answers among which recently used categories are sought
STEP = " › "


# -- What may be taken and given ---------------------------------------------------------------


def offered(scheme: Scheme | OuterRef) -> QuerySet[Category]:
    """The categories that coders may choose from."""
    return Category.objects.filter(
        scheme=scheme, exists=True, retired=False, merged_into__isnull=True
    )


def open_assignments(coder: Member, scheme: Scheme) -> QuerySet[Assignment]:
    """A coder's assignments without an answer, those put aside last."""
    return (
        Assignment.objects.of(coder)
        .filter(
            batch__scheme=scheme,
            batch__state=BatchState.OPEN,
            moment__incident__state=IncidentState.ACCEPTED,
        )
        .to_do()
    )


def answers_due(batch: Batch) -> QuerySet[Assignment]:
    """The assignments of a batch that somebody has still to answer, of incidents that count."""
    return batch.assignments.to_do().filter(moment__incident__state=IncidentState.ACCEPTED)


def unassigned_moments(scheme: Scheme) -> QuerySet[Moment]:
    """Accepted moments nobody has in the scheme and no file brought a code for, oldest first."""
    return _unassigned(Value(scheme.study_id), Value(scheme.pk)).order_by("pk")


def _unassigned(study: Value | OuterRef, scheme: Value | OuterRef) -> QuerySet[Moment]:
    taken = Assignment.objects.filter(batch__scheme=scheme, moment=OuterRef("pk"))
    coded = Coding.objects.live().filter(scheme=scheme, moment=OuterRef("pk"))
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
    done = Assignment.objects.of(coder).filter(
        batch__scheme=OuterRef("pk"), state=AssignmentState.DONE
    )
    own = (
        Assignment.objects.of(coder)
        .filter(
            batch__scheme=OuterRef("pk"),
            batch__state=BatchState.OPEN,
            moment__incident__state=IncidentState.ACCEPTED,
        )
        .exclude(state=AssignmentState.DONE)
    )
    once = Batch.objects.filter(scheme=OuterRef("pk"), kind=BatchKind.ONCE, state=BatchState.OPEN)
    free = _unassigned(OuterRef("study_id"), OuterRef(OuterRef("pk")))
    few_free = free.order_by("-pk")[: MOST_COUNTED + 1]  # the newest wait: the fewest are passed
    schemes = Scheme.objects.filter(study=coder.study_id).annotate(
        once=Exists(once),
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
    incident, version = moment.incident, moment.incident.version or IncidentVersion()
    labels = Moment.objects.filter(incident=incident).exclude(pk=moment.pk).order_by("position")
    stated = incident.told_as != ToldAs.NOT_STATED
    return Told(
        **vars(words_in(version)),
        told_as=str(ToldAs(incident.told_as).label) if stated else "",
        label=moment.label,
        others=list(labels.values_list("label", flat=True)),
        translation=translation_of(incident),
    )


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


@dataclasses.dataclass(frozen=True)
class Trail:
    """What a coder has just done in a scheme: their last answer, what they use, how many."""

    last: Coding | None
    recent: list[Category]
    done_today: int
    done: int


def trail_of(coder: Member, scheme: Scheme) -> Trail:
    """A coder's own way through a scheme so far, in three queries."""
    answered = Assignment.objects.of(coder).filter(batch__scheme=scheme, done_at__isnull=False)
    numbers = answered.aggregate(
        done=Count("pk"), done_today=Count("pk", filter=Q(done_at__gte=day_began(coder.study)))
    )
    return Trail(
        last=answers_of(coder)
        .filter(scheme=scheme, assignment__batch__state=BatchState.OPEN)
        .order_by("-pk")
        .first(),
        recent=_recent(coder, scheme),
        done_today=numbers["done_today"],
        done=numbers["done"],
    )


def _recent(coder: Member, scheme: Scheme) -> list[Category]:
    """The categories a coder used last, each once, while they are offered."""
    codings = (
        Coding.objects.live()
        .filter(scheme=scheme, coder=coder, assignment__isnull=False)
        .filter(category__in=offered(scheme))
        .select_related("category")
        .order_by("-pk")[:LOOKED_BACK]
    )
    categories = {coding.category_id: coding.category for coding in codings if coding.category}
    return list(categories.values())[:RECENT]


def answers_of(coder: Member) -> QuerySet[Coding]:
    """A coder's own live answers for assigned moments of incidents that still count."""
    return (
        Coding.objects.visible_to(coder)
        .live()
        .filter(
            assignment__isnull=False,
            assignment__coder=F("coder"),
            moment__incident__state=IncidentState.ACCEPTED,
        )
        .select_related("scheme", "category", "assignment__batch", "moment__incident__version")
    )


def answer_to(assignment: Assignment) -> Coding | None:
    """The coder's live answer for an assignment, if there is one."""
    return answers_of(assignment.coder).filter(assignment=assignment).first()
