"""What a table may tell of single organizations to who may not know their names.

There a column, or a filter, is one organization under its code. A figure about it stands only where
enough moments from three interviews are behind it; others go so that nobody can work back.
"""

import dataclasses
import itertools
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext as _

from incidents.choices import IncidentState
from incidents.models import Moment, Study
from taxonomy.choices import Dimension, Residual
from taxonomy.models import Scheme
from taxonomy.queries.facts import GROUPING, facts_of
from taxonomy.queries.tables import (
    Answered,
    Asked,
    answer,
    asked_of,
    settled_of,
    standing_of,
)
from taxonomy.tabulation.concealing import BASE, LineKey, concealed
from taxonomy.tabulation.disclosure import Behind, Grid, Rule, hidden_cells, too_little
from taxonomy.tabulation.rollup import ALL, ColumnKey, above, row_of
from taxonomy.tabulation.rollup import Place as Row
from taxonomy.tabulation.specification import Specification, SpecificationError
from taxonomy.tabulation.table import NOT_STATED
from taxonomy.tabulation.tree import Tree

EVERYTHING = "everything"
FIELD = "organization"
INTERVIEW = "incident__interview"
TRIES = 5

At = tuple[LineKey, ColumnKey]
Parents = Mapping[LineKey, LineKey | None]


def tells_organizations(specification: Specification) -> bool:
    """Whether single organizations stand in its columns or are filtered by."""
    fields = {field for field, _values in specification.where}
    return Dimension.ORGANIZATION in specification.columns or FIELD in fields


def protected(answered: Answered, *, names: bool) -> Answered:
    """The table as its reader may see it; `names` says whether they may read organizations' names.

    What hides figures is of the same data as they are: the table is counted again where something
    changed meanwhile. Raises SpecificationError with a sentence where nothing of it may be shown.
    """
    specification = answered.specification
    if names or not tells_organizations(specification):
        return answered
    for _attempt in range(TRIES):
        places = hidden_places(answered.scheme, specification, answered.tree)
        now = standing_of(answered.scheme)
        if (answered.revision, answered.data_seq) == (now.revision, now.data_seq):
            return dataclasses.replace(answered, table=concealed(answered.table, places))
        answered = answer(answered.scheme, specification, names=names, from_facts=True)
    raise SpecificationError(_("What was told is changing just now. Look again in a moment."))


def hidden_places(scheme: Scheme, specification: Specification, tree: Tree) -> frozenset[At]:
    """Lines and columns of a table about organizations that are not shown where names are not.

    Lines by the key of their category, BASE, a residual, or EVERYTHING. Raises SpecificationError.
    """
    if specification.then is not None and Dimension.ORGANIZATION in specification.columns:
        raise SpecificationError(
            _(
                "Where the names of organizations are not shown, they cannot be combined with other"
                " columns: that might tell of single people."
            )
        )
    kept = _organizations_kept(scheme, specification)
    if kept is None:
        return _mask(scheme, specification, tree)
    by_organization = dataclasses.replace(
        specification,
        by=Dimension.ORGANIZATION,
        then=None,
        where=tuple(one for one in specification.where if one[0] != FIELD),
    )
    whole = _mask(scheme, by_organization, tree)
    if any((EVERYTHING, key) in whole for key in kept):
        raise SpecificationError(too_few())
    forced = {(line, ALL) for line, key in whole if key in kept}
    return _mask(scheme, specification, tree, forced=forced)


def too_few() -> str:
    """Why something about an organization is not shown."""
    return _(
        "Too little is told of this organization to show anything of it alone: fewer moments than"
        " the study's threshold, or from fewer than three interviews, or the others would tell."
    )


def hidden_organizations(study: Study) -> frozenset[ColumnKey]:
    """The organizations of which not even the number of accepted moments is shown, by key."""
    accepted = Moment.objects.filter(incident__study=study, incident__state=IncidentState.ACCEPTED)
    lookup = "incident__site__organization"
    unnamed = f"{lookup}__not_stated"
    rows = accepted.values_list(lookup, unnamed).annotate(
        total=Count("pk"), different=Count(INTERVIEW, distinct=True)
    )
    moments: dict[ColumnKey, int] = defaultdict(int)
    interviews: dict[ColumnKey, int] = defaultdict(int)
    for key, not_stated, total, different in rows.order_by():
        moments[NOT_STATED if not_stated else key] += total
        interviews[NOT_STATED if not_stated else key] += different
    evidence: dict[At, Behind] = {
        (EVERYTHING, key): Behind(total, interviews[key]) for key, total in moments.items()
    }
    evidence[EVERYTHING, ALL] = Behind(sum(moments.values()), sum(interviews.values()))
    places = _solved(study, {EVERYTHING: None}, evidence, forced=())
    return frozenset(key for _line, key in places)


# -- The mask of one table ----------------------------------------------------------------------


def _organizations_kept(
    scheme: Scheme, specification: Specification
) -> frozenset[ColumnKey] | None:
    """The organizations that a question filters by; None where it does not."""
    asked = [values for field, values in specification.where if field == FIELD]
    if not asked:
        return None
    words = {value for values in asked for value in values}
    rows = Study(pk=scheme.study_id).organizations.filter(
        Q(uid__in=[one for one in words if _is_uid(one)]) | Q(name__in=words)
    )
    keys = {key for key, unnamed in rows.values_list("pk", "not_stated") if not unnamed}
    return frozenset({*keys, NOT_STATED} if words - _uids(rows.values_list("uid")) else keys)


def _uids(rows: Iterable[tuple[uuid.UUID]]) -> set[str]:
    return {str(uid) for (uid,) in rows}


def _is_uid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _mask(
    scheme: Scheme,
    specification: Specification,
    tree: Tree,
    forced: Collection[At] = frozenset(),
) -> frozenset[At]:
    """From the coarsest round down to the one asked for, so that no round tells of another.

    What a coarser round shows is known in the finer ones, and what it hides stays hidden. The
    column *All* is known from tables without organizations, but for what is `forced`; which bases
    are shown is settled before their rows, so that shares stay where they can. Residual lines say
    how the coding stands and not what was told: each is protected by itself.
    """
    study = Study.objects.get(pk=scheme.study_id)
    groups = _groups(scheme, asked_of(scheme, specification, tree, names=False), tree)
    evidence, _parents = _evidence(groups, specification.round)
    told = _solved(study, {EVERYTHING: None}, evidence, forced=forced)
    small = {(line, key) for _all, key in told for line in (BASE, *Residual)}
    found: frozenset[At] = frozenset()
    seen: set[LineKey] = set()
    for position in sorted(
        (one for one in tree.rounds if one >= specification.round), reverse=True
    ):
        evidence, parents = _evidence(groups, position)
        must = {*forced, *small, *found}
        bases = _solved(study, {BASE: None}, evidence, forced=must)
        known = {BASE, *(line for line in parents if line in seen)}
        found = bases | _solved(study, parents, evidence, forced={*must, *bases}, known=known)
        seen = {line for line in parents if isinstance(line, int)}
    beside = (_solved(study, {one: None}, evidence, forced={*forced, *small}) for one in Residual)
    return frozenset.union(told, found, *beside)


def _solved(
    study: Study,
    parents: Parents,
    evidence: Mapping[At, Behind],
    *,
    forced: Collection[At],
    known: Collection[LineKey] = (),
) -> frozenset[At]:
    """What to hide. `forced` is hidden; `known` are lines that are shown where they are not."""
    rule = Rule(study.confidentiality_threshold)
    lines = list(parents)
    columns = [ALL, *sorted({column for _line, column in evidence if column != ALL}, key=str)]
    named = [[(line, column) for column in columns] for line in lines]
    grid = Grid(
        [[evidence.get(place, Behind()).moments for place in row] for row in named],
        [None if parent is None else lines.index(parent) for parent in parents.values()],
        [None, *[0] * (len(columns) - 1)],
    )
    places = {place: (row, at) for row, of in enumerate(named) for at, place in enumerate(of)}
    enough = {at for place, at in places.items() if _is_enough(evidence, place, rule)}
    must = {at for place, at in places.items() if place in forced}
    alone = {places[line, ALL] for line in lines} - must
    few = (too_little(grid, enough) - alone) | must
    shown = {places[line, column] for line in known for column in columns} - few
    solved = hidden_cells(grid, few, width=rule.moments, known=alone | shown)
    return frozenset(named[row][at] for row, at in solved)


def _is_enough(evidence: Mapping[At, Behind], place: At, rule: Rule) -> bool:
    return place in evidence and evidence[place].is_enough(rule)


@dataclasses.dataclass(frozen=True)
class _Group:
    """Moments settled alike in one column; of interviews at most two, or None for more."""

    lines: Mapping[int, tuple[LineKey, ...]]  # by round
    column: ColumnKey
    moments: int
    interviews: frozenset[int] | None


def _groups(scheme: Scheme, asked: Asked, tree: Tree) -> list[_Group]:
    """Who stands behind what, in one statement: of two the one is the least, one the greatest."""
    facts = asked.facts(facts_of(scheme))
    read = facts.values_list(*GROUPING, *asked.axes.reads).annotate(
        total=Count("pk"),
        different=Count(INTERVIEW, distinct=True),
        first=Min(INTERVIEW),
        last=Max(INTERVIEW),
    )
    keep = asked.conditions.keep(tree)
    groups = []
    for outcome, category, contested, *rest in read.order_by():
        *column, total, different, first, last = rest
        settled = settled_of(outcome, category, contested)
        if not keep(row_of(settled, tree, asked.specification.round), settled):
            continue
        lines = {one: _lines(row_of(settled, tree, one), tree, one) for one in tree.rounds}
        few = frozenset({first, last}) if different <= 2 else None  # noqa: PLR2004
        groups.append(_Group(lines, asked.axes.key(tuple(column)), total, few))
    return groups


def _lines(row: Row, tree: Tree, position: int) -> tuple[LineKey, ...]:
    """The line that something stands in and all that it is counted in, the base last."""
    if isinstance(row, Residual):
        return (row,)
    over = above(row, tree, position)
    keys = (row.key, *(() if over is None else (over.key,)))
    return *keys, BASE


def _evidence(groups: Iterable[_Group], position: int) -> tuple[dict[At, Behind], Parents]:
    """What stands behind each cell of a round, and what each line of the base is counted in."""
    moments: dict[At, int] = defaultdict(int)
    people: dict[At, set[int] | None] = {}
    parents: dict[LineKey, LineKey | None] = {BASE: None}
    rows: dict[LineKey, LineKey | None] = {}
    for group in groups:
        lines = group.lines[position]
        for line, over in itertools.pairwise(lines):
            (rows if line not in parents else parents)[line] = over
        for place in itertools.product((*lines, EVERYTHING), (ALL, group.column)):
            moments[place] += group.moments
            seen = people.setdefault(place, set())
            people[place] = (
                None if seen is None or group.interviews is None else seen | group.interviews
            )
    for line in sorted(rows, key=lambda one: len(_over(one, rows))):
        parents[line] = rows[line]
    rule = Rule(0).interviews
    found = {
        place: Behind(total, rule if (seen := people[place]) is None else len(seen))
        for place, total in moments.items()
    }
    return found, parents


def _over(line: LineKey, rows: Mapping[LineKey, LineKey | None]) -> list[LineKey]:
    path = [line]
    while (over := rows[path[-1]]) in rows and over is not None:
        path.append(over)
    return path
