"""Coding again by the same coder: what is old enough, and what they said then and now."""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.choices import IncidentState
from incidents.models import Change, Member
from taxonomy.choices import AssignmentState, BatchKind, BatchState, Purpose, Residual
from taxonomy.models import Assignment, Batch, Category, Coding, Scheme
from taxonomy.queries.coding import offered
from taxonomy.queries.disputes import end_of
from taxonomy.queries.reliability import clusters_of
from taxonomy.queries.trees import tree_of
from taxonomy.reliability.material import Twice
from taxonomy.tabulation.spreading import spread
from taxonomy.tabulation.tree import Node, Tree

FIRST = (Purpose.PLAN, Purpose.IMPORT)
MOST = 1_000  # moments of a coder in one batch
DAYS = 14
DRAWN = "draw_recoding"  # in the change log
ABOUT = "recoding"  # what reports are about


# -- What may be drawn -------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Asked:
    """What is asked of a drawing: `number` moments of each coder, or `percent` of what is old.

    `spread`: evenly over the categories of the first answers, not each moment with one chance.
    """

    name: str
    coders: Sequence[Member]
    days: int = DAYS
    number: int | None = None
    percent: int | None = None
    spread: bool = False
    due_on: dt.date | None = None
    seed: int = 0

    def of(self, old: int) -> int:
        """How many of so many are drawn; a share is rounded up."""
        share = -(-old * (self.percent or 0) // 100)
        return min(share if self.number is None else self.number, old, MOST)


@dataclasses.dataclass(frozen=True)
class Share:
    """What there is of one coder: moments old enough, by the key of the category they gave.

    So many are too `recent`, the first of them until `first_on`; so many were given `again`
    already.
    """

    coder: Member
    found: Mapping[int, Sequence[int]]
    recent: int
    again: int
    first_on: dt.date | None
    drawn: int

    @property
    def old(self) -> int:
        """How many are old enough."""
        return sum(len(moments) for moments in self.found.values())

    def draw(self, asked: Asked) -> list[int]:
        """The keys of the moments to code again, shuffled."""
        every = [moment for moments in self.found.values() for moment in moments]
        return spread(self.found if asked.spread else {0: every}, self.drawn, seed=asked.seed)


def shares_of(scheme: Scheme, asked: Asked) -> list[Share]:
    """What there is of each coder who is asked for, in their order; five queries.

    Their own answers that stand, of incidents that count. Not those of an open batch of several,
    where nothing may be read yet; nor in a category that was split or retired since, which could
    not be given again; nor what they were given to code again before.
    """
    tree, latest = tree_of(scheme), _latest(scheme, asked.coders)
    may_be_given = _may_be_given(scheme)
    again = _given_again(scheme, asked.coders)
    until = timezone.now() - dt.timedelta(days=asked.days)
    shares = []
    for coder in asked.coders:
        found: dict[int, list[int]] = defaultdict(list)
        recent: list[dt.datetime] = []
        for moment, (category, at) in latest[coder.pk].items():
            end = end_of(category or 0, tree)
            if (coder.pk, moment) in again or (end and end not in may_be_given):
                continue
            if at > until:
                recent.append(at)
            else:
                found[end].append(moment)
        shares.append(_share(coder, found, recent, len(again & _pairs(coder, latest)), asked))
    return shares


def _share(
    coder: Member,
    found: Mapping[int, Sequence[int]],
    recent: Sequence[dt.datetime],
    again: int,
    asked: Asked,
) -> Share:
    first = min(recent) + dt.timedelta(days=asked.days) if recent else None
    return Share(
        coder=coder,
        found=found,
        recent=len(recent),
        again=again,
        first_on=timezone.localdate(first) if first else None,
        drawn=asked.of(sum(len(moments) for moments in found.values())),
    )


Latest = Mapping[int, Mapping[int, tuple[int | None, dt.datetime]]]


def _latest(scheme: Scheme, coders: Iterable[Member]) -> Latest:
    """The category and the time of each coder's answer, by the keys of coder and moment."""
    rows = (
        Coding.objects.live()
        .filter(
            scheme=scheme,
            coder__in=list(coders),
            purpose__in=FIRST,
            moment__incident__state=IncidentState.ACCEPTED,
        )
        .exclude(assignment__late=True)
        .exclude(assignment__batch__kind=BatchKind.PLAN, assignment__batch__state=BatchState.OPEN)
        .order_by("pk")
    )
    latest: dict[int, dict[int, tuple[int | None, dt.datetime]]] = defaultdict(dict)
    for coder, moment, category, at in rows.values_list(
        "coder", "moment", "category", "created_at"
    ):
        latest[coder][moment] = (category, at)
    return latest


def _given_again(scheme: Scheme, coders: Iterable[Member]) -> set[tuple[int, int]]:
    """What these coders code again or did, as pairs of coder and moment.

    What was out of the study until the lock, and so was never answered, may be given again.
    """
    given = Assignment.objects.filter(
        batch__scheme=scheme, batch__kind=BatchKind.RECODE, coder__in=list(coders)
    )
    rows = given.filter(Q(batch__state=BatchState.OPEN) | Q(state=AssignmentState.DONE))
    return set(rows.order_by().values_list("coder", "moment"))


def _pairs(coder: Member, latest: Latest) -> set[tuple[int, int]]:
    return {(coder.pk, moment) for moment in latest[coder.pk]}


def _may_be_given(scheme: Scheme) -> set[int]:
    """The categories that are offered and were not split."""
    split = Category.objects.filter(scheme=scheme, exists=True, split_from__isnull=False)
    open_ = offered(scheme).exclude(pk__in=split.values("split_from"))
    return set(open_.values_list("pk", flat=True))


# -- What was said then and now ----------------------------------------------------------------


def recoding_batches(scheme: Scheme) -> QuerySet[Batch]:
    """The batches in which coders coded again and that are locked."""
    again = Batch.objects.filter(scheme=scheme, kind=BatchKind.RECODE, state=BatchState.LOCKED)
    return again.order_by("locked_seq", "pk")


def recoded(scheme: Scheme) -> QuerySet[Coding]:
    """The second answers of locked batches, the last for each moment, of incidents that count.

    Each has the first one's key as `first`, its category as `said` and its time as `first_at`:
    what stood of the coder before, whatever they answered after the lock.
    """
    given = Coding.objects.filter(
        scheme=scheme,
        purpose=Purpose.RECODE,
        assignment__batch__kind=BatchKind.RECODE,
        assignment__batch__state=BatchState.LOCKED,
        moment__incident__state=IncidentState.ACCEPTED,
    )
    later = given.filter(assignment=OuterRef("assignment"), pk__gt=OuterRef("pk"))
    replaced = Coding.objects.filter(supersedes=OuterRef("pk"), pk__lt=OuterRef(OuterRef("pk")))
    before = Coding.objects.filter(
        ~Exists(replaced),
        scheme=OuterRef("scheme"),
        moment=OuterRef("moment"),
        coder=OuterRef("coder"),
        purpose__in=FIRST,
        taken_back=False,
        pk__lt=OuterRef("pk"),
    ).order_by("-pk")
    return (
        given.exclude(Exists(later))
        .filter(taken_back=False)
        .annotate(
            first=Subquery(before.values("pk")[:1]),
            said=Subquery(before.values("category")[:1]),
            first_at=Subquery(before.values("created_at")[:1]),
        )
        .filter(first__isnull=False)
    )


def twice_coded(scheme: Scheme, clusters: str) -> list[Twice]:
    """The pairs of answers that a report is made from; `clusters`: what belongs together."""
    fields = ("pk", "coder__uid", "moment_id", "said", "category_id", "first_at", "created_at")
    rows = list(recoded(scheme).order_by("pk").values_list(*fields))
    cluster = dict(clusters_of({row[2] for row in rows}, clusters))
    return [
        Twice(key, str(coder), cluster[moment], first, again, (at - before) / dt.timedelta(days=1))
        for key, coder, moment, first, again, before, at in rows
    ]


def coded_apart(codings: QuerySet[Coding], tree: Tree, position: int) -> QuerySet[Coding]:
    """Those of `recoded` where the second answer is another one at a round; one query."""
    apart: dict[int | None, set[int | None]] = defaultdict(set)
    grouped: QuerySet[Any, Any] = codings.order_by()
    for first, again in grouped.values_list("said", "category").distinct():
        one, other = place_of(first, tree, position), place_of(again, tree, position)
        if one is not other and not (isinstance(one, Residual) or isinstance(other, Residual)):
            apart[first].add(again)
    wanted = Q(pk__in=[])
    for first, others in apart.items():
        then = Q(said__isnull=True) if first is None else Q(said=first)
        now = Q(category__in=others - {None})
        wanted |= then & (now | Q(category__isnull=True) if None in others else now)
    return codings.filter(wanted)


def place_of(category: int | None, tree: Tree, position: int) -> Node | Residual | None:
    """What an answer counts as at a round; None: cannot be classified."""
    return None if category is None else tree.at_round(category, position)


@dataclasses.dataclass(frozen=True)
class Apart:
    """A moment that a coder answered otherwise than before; `name` only for who may read it."""

    again: Coding
    first: Coding
    first_said: str
    again_said: str
    name: str


def apart_of(codings: Collection[Coding], tree: Tree, position: int, *, named: bool) -> list[Apart]:
    """Rows of `coded_apart` as they are listed; the first answers are read for all at once."""
    firsts = Coding.objects.in_bulk([coding.first for coding in codings])  # type: ignore[attr-defined]
    found = []
    for coding in codings:
        first = firsts[coding.first]  # type: ignore[attr-defined]
        found.append(
            Apart(
                again=coding,
                first=first,
                first_said=_words(first, tree, position),
                again_said=_words(coding, tree, position),
                name=coding.coder.display_name if named else "",
            )
        )
    return found


def _words(coding: Coding, tree: Tree, position: int) -> str:
    if coding.category_id is None:
        return _("Cannot be classified: %(why)s") % {"why": coding.get_unclassifiable_display()}
    place = tree.at_round(coding.category_id, position)
    return place.heading if isinstance(place, Node) else str(place.label)


def drawn_as(batch: Batch) -> Mapping[str, object]:
    """How a batch was drawn, as the change log keeps it: days, old, seed, spread, moments."""
    rows = Change.objects.filter(object_uid=batch.uid, verb=DRAWN)
    return rows.values_list("details", flat=True).first() or {}
