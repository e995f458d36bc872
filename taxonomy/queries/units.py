"""What a table counts, one by one: for statistics, and to know later what stood in which cell.

Loads NumPy, so only jobs and commands may import it.
"""

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from django.db.models import BigIntegerField, Case, Count, F, When
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from incidents.models import Study
from taxonomy.choices import Outcome, Residual, Unit
from taxonomy.models import Scheme
from taxonomy.queries.facts import facts_of
from taxonomy.queries.packed import Numbers, Packed, unpacked
from taxonomy.queries.tables import (
    THINGS,
    Answered,
    Asked,
    Source,
    answered_from,
    asked_of,
    clusters_known,
    standing_of,
)
from taxonomy.queries.trees import tree_of
from taxonomy.tabulation.rollup import Cell, ColumnKey, Place, Settled, row_of
from taxonomy.tabulation.specification import Specification
from taxonomy.tabulation.table import Column
from taxonomy.tabulation.tree import Node, Tree

RESIDUALS = tuple(Residual)
NONE = -1
WHO = {
    "of_moment": "pk",
    "of_incident": "incident_id",
    "of_interview": "incident__interview_id",
    "of_organization": "incident__site__organization_id",
}
OUTCOMES = (None, *Outcome)
STEP = 10  # more than there are outcomes
# How a moment is settled, as one number: category × STEP + place of the outcome, or what is in
# dispute as the settlement's key below zero. To group by words takes the database much longer.
SETTLED = Case(
    When(settled__outcome=Outcome.IN_DISPUTE, then=-F("settled__pk")),
    default=Coalesce(F("settled__category_id"), 0) * STEP
    + Case(
        *(When(settled__outcome=one, then=place) for place, one in enumerate(Outcome, start=1)),
        default=0,
    ),
    output_field=BigIntegerField(),
)


@dataclasses.dataclass(frozen=True)
class Units:
    """The moments that a table counts, as parallel arrays of one length, in no order.

    `moment`, `incident`, `interview` and `organization` are primary keys; -1: the organization is
    not stated. `row` is a place in `rows`, or -1-i for `RESIDUALS[i]`. `column` is a place in
    `columns`: those of the table without *All*. `settled` is a place in `settlements`. `weight` is
    1.0 without weights, else the moment's share of those kept of its interview. `unit` is what the
    table counts: one of the first three arrays; where it is not `moment`, the same unit may stand
    here several times. Interviews are clusters only where `interviews_known`.
    """

    moment: Numbers
    incident: Numbers
    interview: Numbers
    organization: Numbers
    row: Numbers
    column: Numbers
    settled: Numbers
    weight: NDArray[np.float64]
    unit: Numbers
    rows: list[Node]
    columns: list[Column]
    settlements: list[Settled]
    interviews_known: bool
    data_seq: int
    revision: int

    def __len__(self) -> int:
        return len(self.moment)

    @property
    def placed(self) -> NDArray[np.bool_]:
        """Which stand in a row, and so belong to the base."""
        return self.row >= 0


def read_one_by_one(
    scheme: Scheme, specification: Specification, *, tree: Tree | None = None, names: bool = True
) -> tuple[Answered, Units]:
    """The table that answers a question, and its units, of one statement and one tree.

    Raises SpecificationError. `tree` is that of the scheme where it was read already; `names`
    False shows codes.
    """
    tree = tree or tree_of(scheme)
    asked = asked_of(scheme, specification, tree, names=names)
    for _attempt in range(3):
        before = standing_of(scheme)
        read = _read(scheme, asked)
        after = standing_of(scheme)
        if after.data_seq == before.data_seq:
            break
    source = Source(read.cells(_things(read, asked)), before.data_seq, None, after)
    answered = answered_from(source, asked, scheme, tree)
    units = _Arranged(read, asked, answered.tree).units(Study(pk=scheme.study_id))
    return answered, dataclasses.replace(
        units, data_seq=answered.data_seq, revision=answered.revision
    )


@dataclasses.dataclass(frozen=True)
class _Read:
    """What was read, as parallel arrays: keys, and the places of settlements and of column keys."""

    moment: Numbers
    incident: Numbers
    interview: Numbers
    organization: Numbers
    settlements: list[Settled]
    settled: Numbers
    keys: list[ColumnKey]
    key: Numbers

    def cells(self, thing: Numbers | None) -> list[Cell]:
        """What was read, counted: alike settled and in one column, and of one thing."""
        alike = self.settled * max(len(self.keys), 1) + self.key
        if thing is None:
            totals = np.bincount(alike)
            found, things = np.flatnonzero(totals), itertools.repeat(None)
            totals = totals[found]
        else:
            known, place = np.unique(thing, return_inverse=True)
            both, totals = np.unique(alike * max(len(known), 1) + place, return_counts=True)
            found, at = np.divmod(both, max(len(known), 1))
            things = known[at].tolist()
        settled, key = np.divmod(found, max(len(self.keys), 1))
        return [
            Cell(self.settlements[one], self.keys[column], total, each)
            for one, column, total, each in zip(
                settled.tolist(), key.tolist(), totals.tolist(), things, strict=False
            )
        ]


def _read(scheme: Scheme, asked: Asked) -> _Read:
    """Grouped by what makes columns; how each is settled comes as a number, see `SETTLED`."""
    facts = asked.facts(facts_of(scheme)).values_list(*asked.axes.reads)
    packed = {name: Packed(lookup) for name, lookup in WHO.items()}
    counted = facts.annotate(size=Count("pk"), **packed, of_settled=Packed(SETTLED))
    groups = list(counted.order_by())
    begin = len(asked.axes.reads)
    keys, key = _numbered(asked.axes.key(group[:begin]) for group in groups)
    moment, incident, interview, organization, codes = (
        unpacked([group[at] for group in groups]) for at in range(begin + 1, begin + 2 + len(WHO))
    )
    known, place = np.unique(codes, return_inverse=True)
    settlements, settled = _numbered(_settlements(scheme, known.tolist()))
    return _Read(
        moment=moment,
        incident=incident,
        interview=interview,
        organization=organization,
        settlements=settlements,
        settled=_at(settled, place),
        keys=keys,
        key=np.repeat(key, [group[begin] for group in groups]),
    )


def _settlements(scheme: Scheme, codes: Sequence[int]) -> Iterator[Settled]:
    """What the numbers of `SETTLED` say. What was in dispute is never changed, only closed."""
    contested: dict[int, str] = {}
    if any(code < 0 for code in codes):
        disputes = scheme.settlements.filter(outcome=Outcome.IN_DISPUTE).values_list("contested")
        for sets, keys in disputes.annotate(of_settlement=Packed("pk")).order_by():
            contested.update(dict.fromkeys(unpacked([keys]).tolist(), sets))
    for code in codes:
        category, place = divmod(code, STEP)
        if code >= 0:
            yield Settled(OUTCOMES[place], category or None)
        else:  # not coded where it is gone since, with its moment
            sets = contested.get(-code)
            yield Settled(Outcome.IN_DISPUTE, None, sets) if sets else Settled(None)


def _things(read: _Read, asked: Asked) -> Numbers | None:
    """The keys of what is counted or weighted by, where these are not the moments."""
    if asked.thing is None:
        return None
    return read.incident if asked.thing == THINGS[Unit.INCIDENTS] else read.interview


@dataclasses.dataclass(frozen=True)
class _Arranged:
    """What was read, in the rows and columns of the table."""

    read: _Read
    asked: Asked
    tree: Tree

    def units(self, study: Study) -> Units:
        """The units that are kept."""
        read, asked = self.read, self.asked.specification
        among = _at(self._kept(), read.settled).astype(bool)
        moment, incident, interview = (
            one[among] for one in (read.moment, read.incident, read.interview)
        )
        settled = read.settled[among]
        rows, row = self._rows(settled)
        columns, column = self._columns(read.key[among])
        counted = {Unit.MOMENTS: moment, Unit.INCIDENTS: incident, Unit.INTERVIEWS: interview}
        return Units(
            moment=moment,
            incident=incident,
            interview=interview,
            organization=stated_only(read.organization[among], study),
            row=row,
            column=column,
            settled=settled,
            weight=shares_of(interview) if asked.is_weighted else np.ones(len(moment)),
            unit=counted[asked.unit],
            rows=rows,
            columns=columns,
            settlements=read.settlements,
            interviews_known=clusters_known(study),
            data_seq=0,
            revision=0,
        )

    def _kept(self) -> Numbers:
        """Of each settlement whether the category filter keeps it."""
        keep = self.asked.conditions.keep(self.tree)
        settlements = self.read.settlements
        return np.array([keep(self._place(one), one) for one in settlements], dtype=np.int64)

    def _place(self, settled: Settled) -> Place:
        return row_of(settled, self.tree, self.asked.specification.round)

    def _rows(self, settled: Numbers) -> tuple[list[Node], Numbers]:
        """The rows of the table, and the place of each unit among them."""
        places = [self._place(one) for one in self.read.settlements]
        counted = {
            getattr(places[one], "key", None) for one in np.flatnonzero(np.bincount(settled))
        }
        standing = self.tree.rows(self.asked.specification.round)
        rows = [node for node in standing if not node.retired or node.key in counted]
        at = {node.key: place for place, node in enumerate(rows)}
        numbers = [
            NONE - RESIDUALS.index(one) if isinstance(one, Residual) else at.get(one.key, 0)
            for one in places
        ]
        return rows, _at(np.array(numbers, dtype=np.int64), settled)

    def _columns(self, key: Numbers) -> tuple[list[Column], Numbers]:
        """The columns of the table, and the place of each unit among them."""
        keys = self.read.keys
        counted = {keys[one] for one in np.flatnonzero(np.bincount(key))}
        columns = [
            column
            for column in self.asked.axes.columns(frozenset(keys))
            if not column.not_stated or column.key in counted
        ]
        at = {column.key: place for place, column in enumerate(columns)}
        return columns, _at(np.array([at.get(one, NONE) for one in keys], dtype=np.int64), key)


def stated_only(organization: Numbers, study: Study) -> Numbers:
    """The organizations, -1 for those that are not stated."""
    not_stated = study.organizations.filter(not_stated=True).values_list("pk", flat=True)
    return np.where(np.isin(organization, list(not_stated)), NONE, organization)


def shares_of(interview: Numbers) -> NDArray[np.float64]:
    """Of each moment its share of those of its interview."""
    _found, at, sizes = np.unique(interview, return_inverse=True, return_counts=True)
    return 1.0 / sizes[at]


def _numbered(values: Iterable[Any]) -> tuple[list[Any], Numbers]:
    """The different values, and for each value the place of its like among them."""
    places: dict[Any, int] = {}
    numbers = [places.setdefault(value, len(places)) for value in values]
    return list(places), np.array(numbers, dtype=np.int64)


def _at(values: Numbers, places: Numbers) -> Numbers:
    return values[places] if len(values) else np.zeros(0, dtype=np.int64)
