"""One dispute as it is read: who said what, what the categories mean, what was decided before."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from incidents.choices import AskedFor, RoleName, Valence, Viewpoint
from incidents.models import Member, Moment
from taxonomy.choices import Confidence, Outcome, Purpose
from taxonomy.models import Adjudication, Category, Coding, Scheme, Settlement
from taxonomy.queries.coder_names import coder_names
from taxonomy.queries.coding import STEP
from taxonomy.queries.disputes import (
    Pair,
    address_of,
    against,
    answers_in,
    end_of,
    how_often,
    pairs_of,
)
from taxonomy.tabulation.outcomes import UNCLASSIFIABLE
from taxonomy.tabulation.tree import Tree

MOST_PAIRS = 6  # of four categories


@dataclasses.dataclass(frozen=True)
class Said:
    """What one coder answered, under the name that the reader may know."""

    who: str
    is_own: bool
    answer: str
    merged_into: str
    unsure: bool
    flagged: bool
    note: str
    at: dt.datetime
    sorted_again: bool = False


@dataclasses.dataclass(frozen=True)
class Option:
    """A contested category as it stands now; offered or not."""

    category: Category
    path: str
    is_offered: bool


@dataclasses.dataclass(frozen=True)
class Confusion:
    """How often two categories are taken for each other in the whole study."""

    words: str
    times: int
    address: str


@dataclasses.dataclass(frozen=True)
class Contest:
    """All that is known of one dispute besides the words told."""

    outcome: str
    counts_as: str
    said: list[Said]
    options: list[Option]
    may_be_none: bool
    settled_by_merge: str
    majority: tuple[int, int] | None
    confusions: list[Confusion]


def contest_of(moment: Moment, scheme: Scheme, tree: Tree, reader: Member) -> Contest:
    """What a reader sees of a dispute; a constant number of queries."""
    settled = Settlement.objects.get(scheme=scheme, moment=moment, to_seq=None)
    answers = list(answers_in(scheme).filter(moment=moment).select_related("coder").order_by("pk"))
    given = [coding for coding in answers if coding.purpose != Purpose.RESORT]
    keys = [coding.category_id or UNCLASSIFIABLE for coding in given]
    pairs = pairs_of(keys, tree)[:MOST_PAIRS]
    ends = list(dict.fromkeys(end_of(key, tree) for key in sorted(keys)))
    counts_as = settled.category_id and tree.canonical(settled.category_id).name
    over = tree.agreed(keys) if settled.outcome == Outcome.IN_DISPUTE else None
    return Contest(
        outcome=settled.outcome,
        counts_as=counts_as or "",
        said=_said(answers, tree, reader),
        options=_options(scheme, tree, ends),
        may_be_none=UNCLASSIFIABLE in ends,
        settled_by_merge=over.name if over else "",
        majority=_majority(settled, keys),
        confusions=_confusions(scheme, tree, pairs),
    )


def _majority(settled: Settlement, keys: Sequence[int]) -> tuple[int, int] | None:
    """How many of how many coders gave the answer that counts, where it counts for that."""
    said = settled.category_id or UNCLASSIFIABLE
    outvoted = settled.outcome == Outcome.UNCLASSIFIABLE and len(set(keys)) > 1
    if settled.outcome != Outcome.MAJORITY and not outvoted:
        return None
    return (keys.count(said), len(keys)) if keys.count(said) * 2 > len(keys) else None


def _said(codings: Iterable[Coding], tree: Tree, reader: Member) -> list[Said]:
    codings = list(codings)
    names = coder_names([coding.coder for coding in codings], reader)
    return [
        Said(
            who=names[coding.coder_id],
            is_own=coding.coder_id == reader.pk,
            answer=(tree.nodes[coding.category_id].name if coding.category_id else coding.in_words),
            merged_into=_merged(coding, tree),
            unsure=coding.confidence == Confidence.UNSURE,
            flagged=coding.flagged,
            note=coding.note,
            at=coding.created_at,
            sorted_again=coding.purpose == Purpose.RESORT,
        )
        for coding in codings
    ]


def _merged(coding: Coding, tree: Tree) -> str:
    if coding.category_id is None:
        return ""
    standing = tree.canonical(coding.category_id)
    return standing.name if standing.key != coding.category_id else ""


def _options(scheme: Scheme, tree: Tree, ends: Iterable[int]) -> list[Option]:
    keys = [key for key in ends if key != UNCLASSIFIABLE]
    rows = Category.objects.filter(scheme=scheme).in_bulk(keys)
    return [
        Option(rows[key], STEP.join(tree.path(tree.nodes[key])[:-1]), not tree.nodes[key].retired)
        for key in keys
    ]


def _confusions(scheme: Scheme, tree: Tree, pairs: Sequence[Pair]) -> list[Confusion]:
    times = how_often(scheme, tree, pairs)
    return [
        Confusion(against(pair, tree), number, address_of(pair, tree))
        for pair, number in zip(pairs, times, strict=True)
    ]


def facts_shown(moment: Moment, reader: Member) -> list[tuple[str, str]]:
    """What is known of a moment beside its words; to who only codes nothing of it."""
    if not reader.has_role(RoleName.ANALYST, RoleName.ADMIN):
        return []
    incident, site = moment.incident, moment.incident.site
    names = reader.has_role(RoleName.ADMIN) or reader.study.names_shown_to_analysts
    return [
        (_("Valence"), str(Valence(moment.valence).label)),
        (_("Viewpoint"), str(Viewpoint(incident.viewpoint).label)),
        (_("Asked for"), str(AskedFor(incident.asked_for).label)),
        (_("Region"), site.region.shown_name),
        (_("Organization"), site.organization.shown_name if names else site.organization.code),
    ]


def standing_among(decisions: Iterable[Adjudication]) -> Adjudication | None:
    """The decision that counts, if there is one."""
    return next((row for row in decisions if row.to_seq is None), None)
