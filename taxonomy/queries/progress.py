"""How far the batches of a scheme are, at what pace, and when they will be done."""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate
from django.utils import timezone

from incidents.choices import IncidentState
from incidents.models import Member, Study
from taxonomy.choices import AssignmentState, BatchKind, BatchState
from taxonomy.models import Assignment, Batch, Plan, Scheme
from taxonomy.queries.drawing import StratumLine
from taxonomy.queries.planning import coders_of, same_portion
from taxonomy.tabulation.dealing import days_until_done

ACTIVE_DAYS = 7  # of a coder, that make their pace
LOOKED_BACK = 366  # days
FURTHEST = 3650  # days; what takes longer is never done


@dataclasses.dataclass(frozen=True)
class Share:
    """What one coder has of a batch. `aside`: put aside, and still due; `left`: no coder now."""

    coder: Member
    given: int
    done: int
    aside: int = 0
    left: bool = False

    @property
    def due(self) -> int:
        """How many are still to be answered."""
        return self.given - self.done


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a batch is, of incidents that count, by coder."""

    coders: list[Share]

    @property
    def given(self) -> int:
        """How many answers it takes."""
        return sum(share.given for share in self.coders)

    @property
    def done(self) -> int:
        """How many answers there are."""
        return sum(share.done for share in self.coders)

    @property
    def due(self) -> int:
        """How many answers are missing."""
        return self.given - self.done


@dataclasses.dataclass(frozen=True)
class Line:
    """A batch in a list."""

    batch: Batch
    progress: Progress
    overdue: bool

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be answered in it."""
        return is_complete(self.batch, self.progress)

    @property
    def portion(self) -> tuple[int | None, str]:
        """What the batches of one portion share; without a plan each batch stands alone."""
        batch = self.batch
        return batch.plan_id, batch.name if batch.plan_id else str(batch.uid)


def batches_of(scheme: Scheme) -> QuerySet[Batch]:
    """The batches of a scheme, to be put in a list; those for practice have one of their own."""
    batches = Batch.objects.filter(scheme=scheme).exclude(kind=BatchKind.TRAINING)
    return batches.select_related("plan")


def lines_of(batches: Iterable[Batch], study: Study) -> list[Line]:
    """How far each of these batches is. Three queries, whatever their number."""
    batches = list(batches)
    progress = progress_of(batches, study)
    today = today_in(study)
    return [
        Line(batch, progress[batch.pk], is_overdue(batch, progress[batch.pk], today))
        for batch in batches
    ]


def is_overdue(batch: Batch, progress: Progress, today: dt.date) -> bool:
    """Whether its day has passed and something is due."""
    return batch.due_on is not None and batch.due_on < today and progress.due > 0


def is_complete(batch: Batch, progress: Progress) -> bool:
    """Whether a batch had something to answer, all of it is answered, and no more is given."""
    gives_more = batch.kind == BatchKind.ONCE
    return progress.given > 0 and not progress.due and not gives_more


def progress_of(batches: Iterable[Batch], study: Study) -> dict[int, Progress]:
    """The progress of each batch by its key, the coders by their names."""
    rows = (
        _counted(Assignment.objects.filter(batch__in=[batch.pk for batch in batches]))
        .values("batch", "coder")
        .annotate(
            given=Count("pk"),
            done=Count("pk", filter=Q(state=AssignmentState.DONE)),
            aside=Count("pk", filter=Q(state=AssignmentState.SKIPPED)),
        )
    )
    found = list(rows)
    people = Member.objects.in_bulk({row["coder"] for row in found})
    coding = set(coders_of(study).values_list("pk", flat=True))
    by_batch: dict[int, list[Share]] = defaultdict(list)
    for row in found:
        coder = people[row["coder"]]
        by_batch[row["batch"]].append(
            Share(coder, row["given"], row["done"], row["aside"], left=coder.pk not in coding)
        )
    for shares in by_batch.values():
        shares.sort(key=lambda share: (share.coder.display_name, share.coder.pk))
    return {batch.pk: Progress(by_batch[batch.pk]) for batch in batches}


def _counted(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    return assignments.filter(moment__incident__state=IncidentState.ACCEPTED).order_by()


def today_in(study: Study) -> dt.date:
    """The day where the study is at home."""
    return timezone.localdate(timezone=ZoneInfo(study.time_zone))


# -- Pace and forecast -------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Pace:
    """What a coder answered on the last days on which they coded, and since when that is."""

    answers: int
    days: int
    since: dt.date

    @property
    def a_day(self) -> float:
        """Answers on a day of coding."""
        return self.answers / self.days


@dataclasses.dataclass(frozen=True)
class Outlook:
    """A coder's share of a batch, their pace, and when they will be done.

    `ahead` is what they have to do before and in this batch; with neither a day nor nothing due it
    is never at this pace.
    """

    share: Share
    pace: Pace | None
    ahead: int
    done_on: dt.date | None

    @property
    def never(self) -> bool:
        """Whether nothing is being done about what is due."""
        return self.share.due > 0 and self.done_on is None


@dataclasses.dataclass(frozen=True)
class Forecast:
    """When a batch will be done: when the last of its coders is, or never at this pace."""

    outlooks: list[Outlook]

    @property
    def done_on(self) -> dt.date | None:
        """The day, None where it is never or done."""
        days = [one.done_on for one in self.outlooks if one.done_on]
        return None if self.never else max(days, default=None)

    @property
    def never(self) -> bool:
        """Whether somebody has something due and does not code."""
        return any(one.never for one in self.outlooks)


def forecast_of(batch: Batch, progress: Progress, study: Study) -> Forecast:
    """When each coder of a batch will have answered theirs, and when all will have.

    A coder does what was given first before it; the days on which they rest count as they did
    since the first of their last days of coding. Four queries.
    """
    portion = set(same_portion(batch).values_list("pk", flat=True))
    return _forecast(batch.scheme, portion, progress, study)


def forecast_of_plan(plan: Plan, study: Study) -> tuple[Progress, Forecast]:
    """How far a plan is, all batches together, and when it will be done. Six queries."""
    batches = progress_of(plan.batches.all(), study)
    progress = _together(batches.values())
    return progress, _forecast(plan.scheme, set(batches), progress, study)


def _together(parts: Iterable[Progress]) -> Progress:
    """The shares of several batches as one for each coder."""
    shares: dict[int, Share] = {}
    for share in (share for part in parts for share in part.coders):
        before = shares.get(share.coder.pk, dataclasses.replace(share, given=0, done=0, aside=0))
        shares[share.coder.pk] = dataclasses.replace(
            share,
            given=before.given + share.given,
            done=before.done + share.done,
            aside=before.aside + share.aside,
        )
    by_name = sorted(shares.values(), key=lambda one: (one.coder.display_name, one.coder.pk))
    return Progress(by_name)


def _forecast(scheme: Scheme, batches: set[int], progress: Progress, study: Study) -> Forecast:
    today = today_in(study)
    paces = _paces(scheme, [share.coder for share in progress.coders], today)
    ahead = _ahead(scheme, batches)
    outlooks = []
    for share in progress.coders:
        pace, before = paces.get(share.coder.pk), ahead.get(share.coder.pk, 0)
        due = before if share.due else 0
        outlooks.append(Outlook(share, pace, due, _day(share, pace, due, today)))
    return Forecast(outlooks)


def _day(share: Share, pace: Pace | None, due: int, today: dt.date) -> dt.date | None:
    if not share.due or pace is None or share.left:
        return None
    days = days_until_done(due, pace.answers, (today - pace.since).days + 1)
    if days is None or days > FURTHEST:
        return None
    return today + dt.timedelta(days=days)


def _paces(scheme: Scheme, coders: list[Member], today: dt.date) -> dict[int, Pace]:
    """The pace of each coder in a scheme, over their last days of coding within a year."""
    zone = ZoneInfo(scheme.study.time_zone)
    rows = (
        Assignment.objects.filter(
            coder__in=coders,
            batch__scheme=scheme,
            done_at__gte=timezone.now() - dt.timedelta(days=LOOKED_BACK),
        )
        .exclude(batch__kind=BatchKind.TRAINING)
        .order_by()
        .annotate(day=TruncDate("done_at", tzinfo=zone))
        .values("coder", "day")
        .annotate(answers=Count("pk"))
        .order_by("-day")
    )
    days: dict[int, list[tuple[dt.date, int]]] = defaultdict(list)
    for row in rows:
        if len(days[row["coder"]]) < ACTIVE_DAYS and row["day"] <= today:
            days[row["coder"]].append((row["day"], row["answers"]))
    return {
        coder: Pace(sum(number for _day, number in some), len(some), min(day for day, _n in some))
        for coder, some in days.items()
        if some
    }


def _ahead(scheme: Scheme, portion: set[int]) -> dict[int, int]:
    """What each coder has due up to and with the batches of a portion, as they are given it."""
    open_ = Q(batch__state=BatchState.OPEN) | Q(late=True)
    rows = list(
        _counted(Assignment.objects.filter(open_, batch__scheme=scheme))
        .exclude(state=AssignmentState.DONE)
        .exclude(batch__kind=BatchKind.TRAINING)
        .filter(Q(batch__paused_at__isnull=True) | Q(batch__in=portion))
        .values("coder", "batch")
        .annotate(number=Count("pk"), first=Min("pk"))
    )
    begins: dict[int, int] = {}
    for row in rows:
        if row["batch"] in portion:
            begins[row["coder"]] = max(begins.get(row["coder"], 0), row["first"])
    ahead: dict[int, int] = defaultdict(int)
    for row in rows:
        if row["first"] <= begins.get(row["coder"], 0) or row["batch"] in portion:
            ahead[row["coder"]] += row["number"]
    return ahead


# -- One plan ----------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Drawn:
    """What one drawing of a plan had and drew: by region and valence."""

    available: int
    overlap: int
    strata: list[StratumLine]


def drawings_of(plan: Plan) -> list[Drawn]:
    """The drawings of a plan, the first one first."""
    return [
        Drawn(kept["available"], kept["overlap"], [StratumLine(*line) for line in kept["strata"]])
        for kept in plan.drawing["drawn"]
    ]


def coders_left(batch: Batch) -> QuerySet[Member]:
    """The members who code now and lack something of a batch, by their names."""
    given = _counted(Assignment.objects.filter(batch=batch))
    there = given.values("batch").annotate(number=Count("moment", distinct=True))
    own = given.values("coder").annotate(number=Count("pk"))
    has_all = own.filter(number__gte=Subquery(there.values("number")))
    return coders_of(batch.scheme.study).exclude(pk__in=has_all.values("coder"))


def is_planned(batch: Batch) -> bool:
    """Whether a batch is one that plans make."""
    return batch.kind in (BatchKind.PLAN, BatchKind.SHARED)
