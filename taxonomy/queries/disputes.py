"""Disputes: what coders disagreed on, which categories they take for each other, what was decided.

A dispute exists once its moment is settled: while a batch of several coders is open its moments
wait, and nothing of them is read here.
"""

import dataclasses
import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    TextChoices,
)
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from incidents.choices import RoleName
from incidents.models import Member, Moment
from taxonomy.choices import Outcome, Purpose
from taxonomy.models import Adjudication, Assignment, Coding, Scheme
from taxonomy.queries.decisions import COUNTED
from taxonomy.queries.facts import facts_of
from taxonomy.tabulation.outcomes import UNCLASSIFIABLE, contested_keys
from taxonomy.tabulation.tree import Tree

NO_CATEGORY = "none"  # in addresses: cannot be classified
BETWEEN = "~"


class Shown(TextChoices):
    """Which moments a list of disputes has."""

    OPEN = "open", _("To decide")
    MAJORITY = "majority", _("By majority")
    DECIDED = "decided", _("Decided")
    MERGED = "merged", _("Settled by merge")
    FLAGGED = "flagged", _("To be discussed")
    ALL = "all", _("All that coders disagreed on")


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Pair:
    """Two standing categories that are taken for each other, by key; 0: cannot be classified."""

    one: int
    other: int

    @property
    def ends(self) -> tuple[int, int]:
        """Both."""
        return self.one, self.other


# -- Which moments -----------------------------------------------------------------------------


def settled_moments(scheme: Scheme, member: Member) -> QuerySet[Moment]:
    """The moments of a scheme for which something counts that a member may look into.

    A coder without another role looks into those that were given to them.
    """
    rows = _facts(scheme)
    if member.has_role(RoleName.ANALYST, RoleName.ADMIN):
        return rows
    given = Assignment.objects.of(member).filter(batch__scheme=scheme, moment=OuterRef("pk"))
    return rows.filter(Exists(given))


def disputes_of(
    scheme: Scheme,
    member: Member,
    tree: Tree,
    *,
    shown: str = Shown.OPEN,
    pair: Pair | None = None,
) -> QuerySet[Moment]:
    """The moments of a list of disputes, with how each is settled."""
    rows = settled_moments(scheme, member)
    sets = contested_sets(rows)
    rows = rows.filter(_shown_so(shown, scheme, tree, sets))
    return rows.filter(_between(pair, scheme, tree, sets)) if pair else rows


def to_look_into(scheme: Scheme, member: Member) -> QuerySet[Moment]:
    """The moments that have a page: disagreed on now or before, or to be discussed."""
    decided = Adjudication.objects.filter(scheme=scheme, moment=OuterRef("pk"))
    wanted = _in_dispute() | _by_majority(scheme) | Q(Exists(decided)) | _flagged(scheme)
    return settled_moments(scheme, member).filter(wanted)


def can_be_decided(scheme: Scheme) -> QuerySet[Moment]:
    """The moments that somebody may decide now: in dispute or by majority, and nobody has."""
    settled = _facts(scheme).filter(_in_dispute() | _by_majority(scheme))
    return settled.exclude(Exists(standing_decisions(scheme)))


def answers_in(scheme: Scheme) -> QuerySet[Coding]:
    """The answers that count in a scheme: those of a late coder when all of theirs are given."""
    live = Coding.objects.live().filter(scheme=scheme, purpose__in=COUNTED)
    return live.exclude(assignment__late=True)


def _answers_to_each(scheme: Scheme) -> QuerySet[Coding]:
    """The answers for a moment named by an outer query, found by it and not by their scheme."""
    here = Q(scheme__gte=scheme.pk, scheme__lte=scheme.pk)  # SQLite takes the moment's index then
    live = Coding.objects.live().filter(here, moment=OuterRef("pk"), purpose__in=COUNTED)
    return live.exclude(assignment__late=True)


def standing_decisions(scheme: Scheme) -> QuerySet[Adjudication]:
    """What was decided for a moment, named by an outer query, and not reopened."""
    standing = Adjudication.objects.filter(scheme=scheme, to_seq__isnull=True)
    return standing.filter(moment=OuterRef("pk"))


def decided_by_coder() -> Q:
    """What says of an adjudication that its author has coded the moment, before or since."""
    own = Coding.objects.live().filter(
        scheme=OuterRef("scheme"), moment=OuterRef("moment"), coder=OuterRef("member")
    )
    coded = own.filter(purpose__in=(Purpose.PLAN, Purpose.IMPORT)).exclude(assignment__late=True)
    return Q(by_coder=True) | Q(Exists(coded))


def _facts(scheme: Scheme) -> QuerySet[Moment]:
    """Moments for which something counts, with how they are settled, joined once."""
    counts = Q(settled__outcome__in=[one for one in Outcome if one != Outcome.WAITING])
    return (
        facts_of(scheme)
        .filter(counts)
        .annotate(
            outcome=F("settled__outcome"),
            category=F("settled__category_id"),
            contested=F("settled__contested"),
        )
    )


def _shown_so(shown: str, scheme: Scheme, tree: Tree, sets: Mapping[str, int]) -> Q:
    over = [text for text in sets if tree.agreed(contested_keys(text))]
    decided = Q(Exists(standing_decisions(scheme)))
    if shown == Shown.MAJORITY:
        return _by_majority(scheme)
    if shown == Shown.DECIDED:
        return decided
    if shown == Shown.MERGED:
        return _in_dispute() & Q(contested__in=over)
    if shown == Shown.FLAGGED:
        return _flagged(scheme)
    if shown == Shown.ALL:
        return _in_dispute() | _by_majority(scheme) | decided
    return _in_dispute() & ~Q(contested__in=over)


def _flagged(scheme: Scheme) -> Q:
    return Q(pk__in=answers_in(scheme).filter(flagged=True).values("moment"))


def _in_dispute() -> Q:
    """In dispute; that there is no category then is said for the index."""
    return Q(outcome=Outcome.IN_DISPUTE, category__isnull=True)


def _by_majority(scheme: Scheme) -> Q:
    """Settled by more than half; where these could not classify it, somebody else could."""
    could = _answers_to_each(scheme).filter(category__isnull=False)
    outvoted = Q(Exists(could)) & ~Q(Exists(standing_decisions(scheme)))
    return Q(outcome=Outcome.MAJORITY) | (Q(outcome=Outcome.UNCLASSIFIABLE) & outvoted)


# -- Which categories are taken for each other -------------------------------------------------


def contested_sets(moments: QuerySet[Moment]) -> dict[str, int]:
    """How many of the moments are in dispute over each set of categories, in one query."""
    rows: Any = moments.filter(_in_dispute()).order_by()
    return dict(rows.values_list("contested").annotate(Count("pk")))


def pairs_in(sets: Mapping[str, int], tree: Tree) -> list[tuple[Pair, int]]:
    """The pairs of categories in dispute, the commonest first, as they stand after all merges."""
    times: Counter[Pair] = Counter()
    for text, number in sets.items():
        for pair in pairs_of(contested_keys(text), tree):
            times[pair] += number
    return sorted(times.items(), key=lambda each: (-each[1], each[0]))


def pairs_of(contested: Iterable[int], tree: Tree) -> list[Pair]:
    """Each two of the contested categories that still differ."""
    ends = sorted({end_of(key, tree) for key in contested})
    return [Pair(one, other) for one, other in itertools.combinations(ends, 2)]


def end_of(key: int, tree: Tree) -> int:
    """The standing category for which one counts; 0 stays."""
    return key and tree.canonical(key).key


def how_often(scheme: Scheme, tree: Tree, pairs: Sequence[Pair]) -> list[int]:
    """In how many moments of the whole study each pair was taken for each other; two queries."""
    moments = _facts(scheme)
    sets = contested_sets(moments)
    disputes = moments.filter(_shown_so(Shown.ALL, scheme, tree, sets))
    counts = {
        f"pair_{number}": Count("pk", filter=_between(pair, scheme, tree, sets))
        for number, pair in enumerate(pairs)
    }
    return list(disputes.aggregate(**counts).values()) if counts else []


def _between(pair: Pair, scheme: Scheme, tree: Tree, sets: Iterable[str]) -> Q:
    """In dispute over both, or settled though somebody said the one and somebody the other."""
    over = [text for text in sets if pair in pairs_of(contested_keys(text), tree)]
    said_both = Q(*(Exists(_saying(end, scheme, tree)) for end in pair.ends))
    return (_in_dispute() & Q(contested__in=over)) | (~_in_dispute() & said_both)


def _saying(end: int, scheme: Scheme, tree: Tree) -> QuerySet[Coding]:
    answers = _answers_to_each(scheme)
    if end == UNCLASSIFIABLE:
        return answers.filter(category__isnull=True)
    return answers.filter(category__in=[key for key in tree.nodes if end_of(key, tree) == end])


def name_of(end: int, tree: Tree) -> str:
    """A category as it is called in a list of pairs."""
    return tree.nodes[end].name if end else str(Outcome.UNCLASSIFIABLE.label)


def against(pair: Pair, tree: Tree) -> str:
    """A pair in words."""
    names = {"one": name_of(pair.one, tree), "other": name_of(pair.other, tree)}
    return gettext("%(one)s against %(other)s") % names


def address_of(pair: Pair, tree: Tree) -> str:
    """A pair as addresses name it."""
    return BETWEEN.join(tree.nodes[end].uid if end else NO_CATEGORY for end in pair.ends)


def pair_at(text: str, tree: Tree) -> Pair | None:
    """The pair that an address names; None where it names none."""
    keys = {node.uid: node.key for node in tree.nodes.values()} | {NO_CATEGORY: UNCLASSIFIABLE}
    ends = {end_of(keys[uid], tree) for uid in text.split(BETWEEN) if uid in keys}
    return Pair(min(ends), max(ends)) if len(ends) == len(Pair(0, 0).ends) else None


# -- A page of them ----------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Line:
    """A dispute in a list: what was said how often, and what was decided."""

    moment: Moment
    said: list[tuple[str, int]]
    ends: set[int]
    flagged: bool
    merged_into: str
    decision: Adjudication | None


def lines_of(moments: Sequence[Moment], scheme: Scheme, tree: Tree) -> list[Line]:
    """Moments of `disputes_of` as they are listed, in two queries."""
    answers: dict[int, list[Coding]] = {moment.pk: [] for moment in moments}
    for coding in answers_in(scheme).filter(moment__in=answers).order_by("pk"):
        answers[coding.moment_id].append(coding)
    standing = Adjudication.objects.filter(scheme=scheme, moment__in=answers, to_seq__isnull=True)
    decided = {row.moment_id: row for row in standing.select_related("category", "member")}
    return [
        Line(
            moment=moment,
            said=_said(answers[moment.pk], tree),
            ends={end_of(one.category_id or UNCLASSIFIABLE, tree) for one in answers[moment.pk]},
            flagged=any(coding.flagged for coding in answers[moment.pk]),
            merged_into="" if moment.pk in decided else _merged_into(answers[moment.pk], tree),
            decision=decided.get(moment.pk),
        )
        for moment in moments
    ]


def _said(codings: Iterable[Coding], tree: Tree) -> list[tuple[str, int]]:
    times = Counter(coding.category_id or UNCLASSIFIABLE for coding in codings)
    return [(name_of(key, tree), number) for key, number in times.most_common()]


def _merged_into(codings: Collection[Coding], tree: Tree) -> str:
    """The category that those of a dispute have become."""
    keys = {coding.category_id or UNCLASSIFIABLE for coding in codings}
    node = None if len(keys) < len(Pair(0, 0).ends) else tree.agreed(keys)
    return node.name if node else ""


def following(moments: QuerySet[Moment], moment: Moment) -> Moment | None:
    """The dispute after one in the order of the list, and after the last the first."""
    others = moments.exclude(pk=moment.pk).order_by("-pk")
    return others.filter(pk__lt=moment.pk).first() or others.first()


def decisions_on(moment: Moment, scheme: Scheme) -> list[Adjudication]:
    """Everything that was decided for a moment, the first first; and by whom of its coders."""
    rows = Adjudication.objects.filter(scheme=scheme, moment=moment).annotate(
        has_coded=ExpressionWrapper(decided_by_coder(), BooleanField())
    )
    return list(rows.select_related("category", "member", "reopened_by").order_by("pk"))
