"""Training sets: their moments and keys, who practises on them, and what is left out elsewhere."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.utils.translation import gettext as _

from incidents.choices import IncidentState
from incidents.models import Change, Incident, Member, Moment, Study
from incidents.prepared import Given, Question
from taxonomy.choices import AssignmentState, BatchKind
from taxonomy.models import (
    Assignment,
    Category,
    Coding,
    Scheme,
    Settlement,
    Training,
    TrainingItem,
    TrainingSet,
)
from taxonomy.models.facts import PLACED
from taxonomy.queries.coding import STEP
from taxonomy.queries.facts import facts_of
from taxonomy.queries.planning import coders_of
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.tree import Node, Tree

MOST_ITEMS = 200  # moments of a set: a day's work, and all of them on one page of a result
ADDED = "add_training_items"  # in the change log
KEY_SET = "set_training_key"

# -- Sets and their keys -----------------------------------------------------------------------


def items_of(training_set: TrainingSet) -> QuerySet[TrainingItem]:
    """The moments of a set in their order, without those taken out."""
    return TrainingItem.objects.filter(
        training_set=training_set, taken_out_at__isnull=True
    ).order_by("position", "pk")


def key_node(item: TrainingItem, tree: Tree) -> Node | None:
    """The category of an item's key, merges followed; None where there is none."""
    if item.category_id is None or item.category_id not in tree.nodes:
        return None
    return tree.canonical(item.category_id)


def lacks_key(item: TrainingItem, tree: Tree) -> bool:
    """Whether a coder could not give the answer of an item's key: there is none, or it is gone."""
    node = key_node(item, tree)
    return not item.unclassifiable and (node is None or node.retired)


def key_words(item: TrainingItem, tree: Tree) -> str:
    """The key of an item in words; empty where there is none."""
    if item.unclassifiable:
        return _("Cannot be classified: %(why)s") % {"why": item.get_unclassifiable_display()}
    node = key_node(item, tree)
    return STEP.join(tree.path(node)) if node else ""


@dataclasses.dataclass(frozen=True)
class ItemLine:
    """One moment of a set as it is listed; `lacks` is why its key cannot be used, if so."""

    item: TrainingItem
    key: str
    lacks: str
    coded: int
    is_first: bool
    is_last: bool

    @property
    def counts(self) -> bool:
        """Whether its incident is still in the study."""
        return self.item.moment.incident.state == IncidentState.ACCEPTED

    @property
    def heading(self) -> str:
        """What the incident is called; nothing of one that is not in the study."""
        version = self.item.moment.incident.version
        return version.heading if version and self.counts else ""


def item_lines(training_set: TrainingSet, rows: Sequence[TrainingItem]) -> list[ItemLine]:
    """The rows of a set with their keys; take items with moment, incident and version."""
    tree = tree_of(training_set.scheme)
    ends = list(items_of(training_set).values_list("pk", flat=True))
    coded = coders_who_answered([row.moment_id for row in rows], training_set)
    return [
        ItemLine(
            item=row,
            key=key_words(row, tree),
            lacks=_lack_words(row, tree),
            coded=len(coded.get(row.moment_id, ())),
            is_first=row.pk == ends[0],
            is_last=row.pk == ends[-1],
        )
        for row in rows
    ]


def _lack_words(item: TrainingItem, tree: Tree) -> str:
    if not lacks_key(item, tree):
        return ""
    return _("No longer offered") if key_node(item, tree) else _("No key yet")


def lacking(training_set: TrainingSet) -> int:
    """How many moments of a set have no key that a coder could give."""
    tree = tree_of(training_set.scheme)
    return sum(lacks_key(item, tree) for item in items_of(training_set))


def coders_who_answered(
    moments: Collection[int], training_set: TrainingSet
) -> dict[int, list[Member]]:
    """Who has coded moments of a set for practice on it, by moment and by their names."""
    rows = Assignment.objects.filter(
        batch__training__training_set=training_set,
        moment__in=moments,
        state=AssignmentState.DONE,
    ).select_related("coder")
    found: dict[int, list[Member]] = defaultdict(list)
    for row in rows.order_by("coder__display_name", "pk"):
        found[row.moment_id].append(row.coder)
    return dict(found)


@dataclasses.dataclass(frozen=True)
class SetLine:
    """A set in a list: how many moments, how many without a key, who practises and has."""

    training_set: TrainingSet
    moments: int
    lacking: int
    under_way: int
    finished: int

    @property
    def can_be_given(self) -> bool:
        """Whether coders may take it."""
        retired = self.training_set.retired_at is not None
        return bool(self.moments) and not self.lacking and not retired


def set_lines(scheme: Scheme, sets: Sequence[TrainingSet]) -> list[SetLine]:
    """How each of these sets of a scheme stands; four queries, whatever their number."""
    tree = tree_of(scheme)
    moments: Counter[int] = Counter()
    lack: Counter[int] = Counter()
    for item in TrainingItem.objects.filter(training_set__in=sets, taken_out_at__isnull=True):
        moments[item.training_set_id] += 1
        lack[item.training_set_id] += lacks_key(item, tree)
    trainings = Training.objects.filter(training_set__in=sets).values_list("training_set")
    number = {
        key: (open_, done)
        for key, open_, done in trainings.annotate(
            open=Count("pk", filter=Q(finished_at__isnull=True)),
            done=Count("pk", filter=Q(finished_at__isnull=False)),
        ).order_by()
    }
    return [
        SetLine(one, moments[one.pk], lack[one.pk], *number.get(one.pk, (0, 0))) for one in sets
    ]


# -- What may be put in ------------------------------------------------------------------------


def moments_to_add(
    training_set: TrainingSet, *, words: str = "", category: Category | None = None
) -> QuerySet[Moment]:
    """The accepted moments that are not in a set, with the category that counts as `counts_as`.

    `words` keeps those whose incident has them in its text, `category` what is settled as that.
    """
    inside = items_of(training_set).filter(moment=OuterRef("pk"))
    incidents = Incident.objects.accepted().filter(study=training_set.scheme.study_id)
    moments = Moment.objects.filter(~Exists(inside), incident__in=incidents.saying(words))
    placed = _placed(training_set.scheme)
    if category is not None:
        tree = tree_of(training_set.scheme)
        keys = [key for key in tree.nodes if tree.canonical(key).key == category.pk]
        moments = moments.filter(Exists(placed.filter(moment=OuterRef("pk"), category__in=keys)))
    own = placed.filter(moment=OuterRef("pk"))
    return moments.annotate(counts_as=Subquery(own.values("category")[:1]))


def _placed(scheme: Scheme) -> QuerySet[Settlement]:
    return Settlement.objects.filter(scheme=scheme, to_seq__isnull=True, outcome__in=PLACED)


def settled_as(scheme: Scheme, moments: Collection[int], tree: Tree) -> dict[int, int]:
    """The category, merges followed, that counts for each moment where one does, by keys."""
    rows = _placed(scheme).filter(moment__in=moments).values_list("moment", "category")
    return {moment: tree.canonical(key).key for moment, key in rows if key is not None}


def settled_by_category(scheme: Scheme) -> dict[int, list[int]]:
    """The settled moments that no training set of a scheme has, by the category that counts.

    Of categories that coders may choose, by keys.
    """
    tree = tree_of(scheme)
    inside = TrainingItem.objects.filter(
        training_set__scheme=scheme, taken_out_at__isnull=True, moment=OuterRef("pk")
    )
    facts = facts_of(scheme).filter(~Exists(inside), Q(settled__outcome__in=PLACED))
    found: dict[int, list[int]] = defaultdict(list)
    fields: Any = ("pk", "settled__category_id")
    for moment, category in facts.values_list(*fields):
        node = tree.canonical(category)
        if not node.retired:
            found[node.key].append(moment)
    return dict(found)


# -- Who practises -----------------------------------------------------------------------------


def moments_for(training_set: TrainingSet, coder: Member) -> list[int]:
    """The moments of a set that a coder can practise on, in its order.

    Of incidents that count; without what they have in the scheme already, or have coded there.
    """
    return list(_new_to(coder, items_of(training_set)).values_list("moment", flat=True))


def _new_to(coder: Member, items: QuerySet[TrainingItem]) -> QuerySet[TrainingItem]:
    here = {"moment": OuterRef("moment"), "coder": coder}
    scheme = OuterRef("training_set__scheme")
    given = Assignment.objects.filter(batch__scheme=scheme, **here)
    coded = Coding.objects.live().filter(scheme=scheme, **here)
    counted = items.filter(moment__incident__state=IncidentState.ACCEPTED)
    return counted.exclude(Exists(given)).exclude(Exists(coded))


def writers_of(training_set: TrainingSet) -> QuerySet[Member]:
    """Who wrote a key of a set, or put moments with theirs into it: whoever did once knows them.

    The row of a key names its last writer only; the change log has them all.
    """
    items = training_set.items
    key_set = Q(verb=KEY_SET, object_uid__in=items.values("uid"))
    log = Change.objects.filter(key_set | Q(verb=ADDED, object_uid=training_set.uid))
    return Member.objects.filter(
        Q(pk__in=items.values("expert")) | Q(pk__in=log.values("member")),
        study=training_set.scheme.study_id,
    )


def coders_to_give(training_set: TrainingSet) -> QuerySet[Member]:
    """The active coders of the study who do not have a set, and wrote none of its keys."""
    has = Training.objects.filter(training_set=training_set, member=OuterRef("pk"))
    coders = coders_of(training_set.scheme.study).filter(~Exists(has))
    return coders.exclude(pk__in=writers_of(training_set).values("pk"))


def offered_to(coder: Member) -> list[TrainingSet]:
    """The sets that a coder may take: not retired, complete, theirs not yet, with what is new."""
    done = Change.objects.filter(member=coder, object_uid=OuterRef("uid"))
    items = TrainingItem.objects.filter(training_set=OuterRef("pk"))
    sets = TrainingSet.objects.filter(
        ~Exists(Training.objects.filter(training_set=OuterRef("pk"), member=coder)),
        ~Exists(items.filter(Q(expert=coder) | Exists(done.filter(verb=KEY_SET)))),
        ~Exists(done.filter(verb=ADDED)),
        Exists(_new_to(coder, items.filter(taken_out_at__isnull=True))),
        scheme__study=coder.study_id,
        retired_at__isnull=True,
    )
    found: dict[int, list[TrainingSet]] = defaultdict(list)
    for one in sets.select_related("scheme").order_by("pk"):
        found[one.scheme_id].append(one)
    return [
        line.training_set
        for some in found.values()
        for line in set_lines(some[0].scheme, some)
        if line.can_be_given
    ]


@dataclasses.dataclass(frozen=True)
class TrainingLine:
    """Somebody's training in a list: how much is answered, and of what was right once finished."""

    training: Training
    given: int
    done: int

    @property
    def due(self) -> int:
        """How many answers are missing."""
        return self.given - self.done

    @property
    def can_be_finished(self) -> bool:
        """Whether all is answered, and the result not asked for yet."""
        return self.training.finished_at is None and not self.due


def training_lines(trainings: Iterable[Training]) -> list[TrainingLine]:
    """How far each training is, of incidents that count; one query."""
    if not (trainings := list(trainings)):
        return []
    rows = (
        Assignment.objects.filter(
            batch__in=[one.batch_id for one in trainings],
            moment__incident__state=IncidentState.ACCEPTED,
        )
        .values_list("batch")
        .annotate(given=Count("pk"), done=Count(Case(When(state=AssignmentState.DONE, then="pk"))))
        .order_by()
    )
    number = {batch: (given, done) for batch, given, done in rows}
    return [TrainingLine(one, *number.get(one.batch_id, (0, 0))) for one in trainings]


def trainings_of(coder: Member) -> QuerySet[Training]:
    """A coder's own, the newest first."""
    own = Training.objects.filter(member=coder, training_set__scheme__study=coder.study_id)
    return own.select_related("training_set__scheme", "batch").order_by("-pk")


def practice_of(coder: Member, scheme: Scheme) -> list[int]:
    """The batches, by key, in which a coder practises in a scheme and has not finished yet."""
    return _practice.all(coder=coder.pk, scheme=scheme.pk)


_practice = Question(
    lambda: (
        Training.objects.filter(
            member=Given("coder"),
            training_set__scheme=Given("scheme"),
            finished_at__isnull=True,
            batch__paused_at__isnull=True,
        )
        .order_by()
        .values_list("batch", flat=True)
    )
)


def trainings_in(scheme: Scheme) -> QuerySet[Training]:
    """Everybody's in a scheme."""
    rows = Training.objects.filter(training_set__scheme=scheme)
    return rows.select_related("training_set", "batch", "member", "given_by")


def left_the_coders(study: Study, members: Collection[int]) -> set[int]:
    """Which of these members, by key, are no coders of the study any more."""
    return set(members) - set(coders_of(study).filter(pk__in=members).values_list("pk", flat=True))


# -- What others must not be given -------------------------------------------------------------


def for_practice(scheme: Scheme) -> QuerySet[TrainingItem, int]:
    """The moments, by key, that a training set of a scheme has or had.

    Who practised on one knows its key, so it is no measure of how coders agree.
    """
    items = TrainingItem.objects.filter(training_set__scheme=scheme)
    return items.values_list("moment", flat=True)


def practised_on(scheme: Scheme) -> dict[int, set[int]]:
    """The coders who were given a moment for practice, by moment; keys."""
    rows = Assignment.objects.filter(batch__scheme=scheme, batch__kind=BatchKind.TRAINING)
    found: dict[int, set[int]] = defaultdict(set)
    for moment, coder in rows.values_list("moment", "coder"):
        found[moment].add(coder)
    return dict(found)
