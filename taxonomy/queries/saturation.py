"""Whether new categories still come, and how many interviews contribute to each."""

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from incidents.choices import IncidentState
from incidents.models import Incident, Study
from taxonomy.choices import Dimension, Outcome, RevisionVerb
from taxonomy.models import Pile, RevisionChange, Scheme
from taxonomy.queries.axes import columns_of
from taxonomy.queries.facts import facts_of
from taxonomy.queries.settled import contested_sets
from taxonomy.saturation.order import (
    Expected,
    Step,
    in_random_order,
    new_in_last,
    steps_of,
)
from taxonomy.saturation.richness import Richness, richness_of
from taxonomy.tabulation.folding import CATEGORY
from taxonomy.tabulation.rollup import Settled, row_of
from taxonomy.tabulation.tree import Node, Tree

MANY = 5_000  # incidents: from here on a job counts, and the page shows what it kept
POINTS = 48  # of the band, besides those of the steps
FROM_FILES = {RevisionVerb.IMPORT}


def is_large(scheme: Scheme) -> bool:
    """Whether counting would keep the page waiting."""
    accepted = Incident.objects.filter(study=scheme.study_id, state=IncidentState.ACCEPTED)
    return accepted.order_by()[: MANY + 1].count() > MANY


# -- Which categories were made from what was told ----------------------------------------------


def made_from_moments(scheme: Scheme, tree: Tree) -> frozenset[int]:
    """The categories made by the first open sorting of the scheme, or after it, by their keys.

    A category that stood there before, or came with a file, was given in advance; where no
    sorting of moments founded one all were. Two queries.
    """
    founded = Pile.objects.filter(
        founded_on__moment__isnull=False, category__scheme=scheme, category__exists=True
    )
    founders = {str(uid) for uid in founded.values_list("category__uid", flat=True).distinct()}
    if not founders:
        return frozenset()
    begun = _begun(scheme)
    sorted_in = [
        begun[uid].number
        for uid in founders
        if uid in begun and begun[uid].verb == RevisionVerb.SORT
    ]
    first = min(sorted_in, default=None)
    if first is None:
        return frozenset()
    return frozenset(
        key
        for key, node in tree.nodes.items()
        if node.uid in begun
        and begun[node.uid].number >= first
        and begun[node.uid].verb not in FROM_FILES
    )


class _Begun(NamedTuple):
    number: int
    verb: str


def _begun(scheme: Scheme) -> dict[str, _Begun]:
    """By the uid of each category the revision that added it first."""
    added = RevisionChange.objects.filter(
        revision__scheme=scheme, object_type=CATEGORY, after__exists=True
    )
    begun: dict[str, _Begun] = {}
    rows = added.order_by("revision__number").values_list(
        "object_uid", "revision__number", "revision__verb"
    )
    for uid, number, verb in rows:
        begun.setdefault(str(uid), _Begun(number, verb))
    return begun


# -- What is counted -----------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class InRegion:
    """What was seen in a region, and how many categories were new there in its last hundred."""

    name: str
    richness: Richness
    new: int


@dataclasses.dataclass(frozen=True)
class Saturation:
    """The categories of a round in order of entry, beside a random order of the same moments.

    `made` are those counted, each made from moments; those `given` in advance count as known from
    the start. `firsts` are the places, from 1, at which the categories seen were seen first.
    `expected` has the end of each step, and points between.
    """

    made: Sequence[Node]
    given: Sequence[Node]
    richness: Richness
    regions: Sequence[InRegion]
    firsts: Sequence[int]
    new: int
    steps: Sequence[Step]
    expected: Mapping[int, Expected]


@dataclasses.dataclass(frozen=True)
class Used:
    """Which categories of a codebook given in advance were used; retired ones only where used."""

    moments: int
    used: int
    offered: int
    unused: Sequence[Node]


class Entered(NamedTuple):
    """The moments of a category in a region: how many, and the place of the first of them.

    `first` is its place among all moments in order of entry, `there` among those of the region.
    """

    node: int
    region: int
    moments: int
    first: int
    there: int


def saturation_of(
    scheme: Scheme,
    tree: Tree,
    position: int,
    made: Collection[int],
    entered: Sequence[Entered] | None = None,
) -> Saturation | Used:
    """Saturation at a round, or, where none of its categories was made from moments, what is used.

    `entered` is what was counted, if it was: else it is counted now, in four queries.
    """
    rows = tree.rows(position)
    entered = entered_at(scheme, tree, position) if entered is None else entered
    given_keys = _given(tree, position, made)
    counted = [node for node in rows if node.key not in given_keys]
    if not counted:
        return _used(rows, entered)
    return _saturation(scheme, counted, rows, entered)


def _given(tree: Tree, position: int, made: Collection[int]) -> set[int]:
    """The categories of a round in which anything counts that was given in advance."""
    places = {key: tree.at_round(key, position) for key in tree.nodes}
    return {
        place.key for key, place in places.items() if key not in made and isinstance(place, Node)
    }


def _used(rows: Sequence[Node], entered: Sequence[Entered]) -> Used:
    used = {line.node for line in entered}
    offered = [node for node in rows if node.key in used or not node.retired]
    return Used(
        moments=sum(line.moments for line in entered),
        used=len(used),
        offered=len(offered),
        unused=[node for node in offered if node.key not in used],
    )


def _saturation(
    scheme: Scheme, counted: Sequence[Node], rows: Sequence[Node], entered: Sequence[Entered]
) -> Saturation:
    made = {node.key for node in counted}
    moments = sum(line.moments for line in entered)
    totals: dict[int, int] = defaultdict(int)
    first: dict[int, int] = {}
    for line in entered:
        if line.node in made:
            totals[line.node] += line.moments
            first[line.node] = min(line.first, first.get(line.node, line.first))
    firsts = sorted(first.values())
    steps = steps_of(firsts, moments)
    at = sorted({step.last for step in steps} | _points(moments))
    expected = in_random_order(totals.values(), moments, at)
    return Saturation(
        made=counted,
        given=[node for node in rows if node.key not in made],
        richness=richness_of(totals.values(), moments),
        regions=_regions(scheme, made, entered),
        firsts=firsts,
        new=new_in_last(firsts, moments),
        steps=steps,
        expected={one.moments: one for one in expected},
    )


def _points(moments: int) -> set[int]:
    return {moments * point // POINTS for point in range(POINTS + 1)}


def _regions(scheme: Scheme, made: Collection[int], entered: Iterable[Entered]) -> list[InRegion]:
    lines: dict[int, list[Entered]] = defaultdict(list)
    for line in entered:
        lines[line.region].append(line)
    return [
        _in_region(column.name, made, lines[key])
        for column in columns_of(Study(pk=scheme.study_id), Dimension.REGION)
        if isinstance(key := column.key, int) and key in lines
    ]


def _in_region(name: str, made: Collection[int], lines: Sequence[Entered]) -> InRegion:
    moments = sum(line.moments for line in lines)
    counted = [line for line in lines if line.node in made]
    return InRegion(
        name=name,
        richness=richness_of((line.moments for line in counted), moments),
        new=new_in_last((line.there for line in counted), moments),
    )


# -- The statements ------------------------------------------------------------------------------


def entered_at(scheme: Scheme, tree: Tree, position: int) -> list[Entered]:
    """The moments settled in a category of the round, by it and by region, in order of entry.

    Moments enter in the order in which they began to count, those of one number by their keys.
    """
    return [
        Entered(*row)
        for row in _rows(
            scheme,
            tree,
            position,
            """
            SELECT node, region, count(*), min(place), min(place_there) FROM (
                SELECT node, region,
                    row_number() OVER (ORDER BY entered, moment) AS place,
                    row_number() OVER (PARTITION BY region ORDER BY entered, moment) AS place_there
                FROM placed
            ) ordered GROUP BY node, region ORDER BY node, region
            """,
        )
    ]


@dataclasses.dataclass(frozen=True)
class Participation:
    """How many interviews contribute to each category of a round, by key, and to any of them."""

    by_category: Mapping[int, int]
    interviews: int


def participation_of(scheme: Scheme, tree: Tree, position: int) -> Participation:
    """Count the interviews with a moment that is settled in a category of the round."""
    rows = _rows(
        scheme,
        tree,
        position,
        """
        , contributing AS (SELECT DISTINCT node, interview FROM placed)
        SELECT node, count(*) FROM contributing GROUP BY node
        UNION ALL SELECT 0, count(DISTINCT interview) FROM contributing
        """,
    )
    by_category = dict(rows)
    return Participation(interviews=by_category.pop(0, 0), by_category=by_category)


def _rows(scheme: Scheme, tree: Tree, position: int, asked: str) -> list[tuple[Any, ...]]:
    """Ask of the facts `placed` in a category of the round, each once, `node` being its key."""
    places = _places(scheme, tree, position)
    if not places:
        return []
    facts, values = _facts(scheme).query.sql_with_params()
    listed = ", ".join(["(%s, %s, %s)"] * len(places))
    statement = f"""
        WITH place(named, contested, node) AS (VALUES {listed}),
        fact AS ({facts}),
        placed AS (
            SELECT place.node, fact.region, fact.interview, fact.entered, fact.moment
            FROM fact JOIN place
                ON place.named = fact.named AND place.contested = fact.contested
        ) {asked}
    """  # noqa: S608  (all that is written in is our own; values are passed apart)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*(value for place in places for value in place), *values])
        return list(cursor.fetchall())


def _places(scheme: Scheme, tree: Tree, position: int) -> list[tuple[int, str, int]]:
    """Where settlements count at a round: by category, or by the categories in dispute."""
    settled = [(key, "", Settled(Outcome.SINGLE, key)) for key in tree.nodes]
    if any(node.merged_into for node in tree.nodes.values()):  # nothing else makes one of several
        disputes = contested_sets(scheme)
        settled += [(0, text, Settled(Outcome.IN_DISPUTE, None, text)) for text in disputes]
    found = [(key, text, row_of(one, tree, position)) for key, text, one in settled]
    return [(key, text, place.key) for key, text, place in found if isinstance(place, Node)]


def _facts(scheme: Scheme) -> Any:
    """What counts for each moment, where something does."""
    return (
        facts_of(scheme)
        .filter(Q(settled__isnull=False))
        .order_by()
        .values(
            named=Coalesce("settled__category_id", Value(0)),
            contested=F("settled__contested"),
            region=F("incident__site__region_id"),
            interview=F("incident__interview_id"),
            entered=F("entered_seq"),
            moment=F("pk"),
        )
    )
