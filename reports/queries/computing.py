"""What a run finds: a table, the units behind it, their numbers and statistics, read together.

Loads NumPy, so only jobs and commands may import it.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from incidents.models import Interview, Study
from reports.runs.members import Members, in_order, packed
from reports.statistics.lettering import Letters
from reports.statistics.reasons import left_out_of
from reports.statistics.sample import Sample
from reports.statistics.standing_out import findings_of
from reports.statistics.table import statistics_of
from taxonomy.models import Scheme
from taxonomy.queries.packed import Packed, unpacked
from taxonomy.queries.protection import protected
from taxonomy.queries.tables import Answered
from taxonomy.queries.units import RESIDUALS, Units, read_one_by_one
from taxonomy.tabulation.specification import Specification
from taxonomy.tabulation.table import Column, Line, Row, Table

FORMAT = 1
TRIES = 5
NONE = -1
MOST_MARKS = 100_000_000  # bytes
FEWEST = 1  # drawn where the result of drawing is known
SENSITIVITY = ("clusters", "reasons", "design_effect", "design_effects", "rao_scott", "verdict")

Numbers = NDArray[np.int64]
Progress = Callable[[int], None]


class ChangingError(Exception):
    """The scheme changed each time it was read, or what hides figures."""


class Read(NamedTuple):
    """A table and its units, of one tree and one number of the study."""

    answered: Answered
    units: Units
    revision: int


@dataclasses.dataclass(frozen=True)
class Computed:
    """The answer of a run, what it was made from, and the file of its members."""

    answer: dict[str, Any]
    revision: int
    data_seq: int
    members: bytes


def compute(
    scheme: Scheme,
    specification: Specification,
    *,
    names: bool,
    seed: int,
    letters: Letters,
    progress: Progress = lambda _done: None,
) -> Computed:
    """Count a table with everything that is known of it. Raises SpecificationError.

    Table, tree and units belong together.
    `progress` is told the steps done, of five.
    """
    progress(0)
    read = read_together(scheme, specification, names=names)
    progress(1)
    found = answer_of(read, seed=seed, letters=letters, progress=progress)
    members = packed(_members(read.units))
    progress(4)
    return Computed(found, read.revision, read.units.data_seq, members)


def read_together(scheme: Scheme, specification: Specification, *, names: bool) -> Read:
    """Read table and units in one statement, again where the scheme changed meanwhile.

    Also again where what hides figures was not of the same data. Raises ChangingError where that
    happens each time, and SpecificationError.
    """
    for _attempt in range(TRIES):
        fresh = Scheme.objects.get(pk=scheme.pk)
        counted, units = read_one_by_one(fresh, specification, names=names)
        answered = protected(counted, names=names)
        read = (answered.revision, answered.data_seq)
        if read == (units.revision, units.data_seq) and units.revision == fresh.revision:
            return Read(answered, units, fresh.revision)
    raise ChangingError


def answer_of(
    read: Read, *, seed: int, letters: Letters, progress: Progress = lambda _done: None
) -> dict[str, Any]:
    """The answer as JSON keeps it; nothing in it has to be computed to be shown."""
    table, specification = read.answered.table, read.answered.specification
    laid = Laid.over(read.units, table)
    found = {
        "format": FORMAT,
        **_figures(table),
        "numbers": _shown(_numbers(laid), table),
        "unit": specification.unit.value,
        "weight": specification.weight.value,
        "shares": specification.shares.value,
        "decimals": specification.decimals,
        "adjusted": specification.adjusted,
        "hides": _hides(table),
        "uneven": table.columns_not_adding_up,
        "as_of": {"revision": read.revision, "data_seq": read.units.data_seq},
    }
    progress(2)
    if found["hides"]:
        return found | {"statistics": None, "sensitivity": None, "findings": []}
    statistics = _statistics(laid, laid.organization, seed=seed, letters=letters)
    progress(3)
    by_interview = laid.units.interview if laid.units.interviews_known else None
    otherwise = _statistics(laid, by_interview, seed=seed, letters=letters, samples=FEWEST)
    return found | {
        "statistics": statistics,
        "sensitivity": {name: otherwise[name] for name in SENSITIVITY}
        | _beside(statistics, otherwise),
        "findings": findings_of(statistics),
    }


def _beside(statistics: dict[str, Any], otherwise: dict[str, Any]) -> dict[str, Any]:
    """The verdict of the other clusters; without clusters it is the same, and not drawn again.

    Unless other columns are left out: then it is that of the same columns.
    """
    alike = left_out_of(statistics) == left_out_of(otherwise)
    naive = (statistics if alike else otherwise)["verdict"]["naive"]
    corrected = otherwise["verdict"]["corrected"]
    told = "significant" in naive and "significant" in corrected
    differs = naive["significant"] != corrected["significant"] if told else None
    return {"verdict": {"naive": naive, "corrected": corrected, "differs": differs}}


# -- The table --------------------------------------------------------------------------------


def _figures(table: Table) -> dict[str, Any]:
    return {
        "rows": [_row(row) for row in table.rows],
        "columns": [_column(column) for column in table.columns],
        "counts": [[_plain(cell.count) for cell in row.cells] for row in table.rows],
        "shown": [[cell.text for cell in row.cells] for row in table.rows],
        "percents": [[cell.percent for cell in row.cells] for row in table.rows],
        "hidden": [[cell.hidden for cell in row.cells] for row in table.rows],
        "base": _line(table.base),
        "unweighted": table.unweighted and _line(table.unweighted),
        "residuals": {line.kind: _line(line) for line in table.residuals},
        "lines_hidden": {
            line.kind: [column.key in line.hidden for column in table.columns]
            for line in (table.base, *table.residuals)
        },
    }


def _row(row: Row) -> dict[str, Any]:
    node = row.node
    return {
        "uid": node.uid,
        "name": node.heading,
        "path": list(row.path),
        "within": row.within,
        "round": node.round,
        "subtotal": row.subtotal,
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "word": column.word,
        "name": column.name,
        "group": column.group,
        "not_stated": column.not_stated,
    }


def _line(line: Line) -> list[int | float]:
    return [_plain(count) for _column, count in line.cells]


def _plain(number: Any) -> int | float:
    """A count as JSON keeps it: whole, or weighted."""
    return number if isinstance(number, int) else float(number)


def _shown(numbers: dict[str, list[int] | None], table: Table) -> dict[str, list[int] | None]:
    """The numbers behind each column without those behind a base that is not shown."""
    hidden = [column.key in table.base.hidden for column in table.columns]
    return {
        kind: of and [0 if hides else one for hides, one in zip(hidden, of, strict=True)]
        for kind, of in numbers.items()
    }


def _hides(table: Table) -> bool:
    """Whether anything is not shown, so that nobody is recognized."""
    lines = (table.base, *table.residuals)
    return any(cell.hidden for row in table.rows for cell in row.cells) or any(
        line.hidden for line in lines
    )


# -- The units behind it ----------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Laid:
    """Units over the rows and columns of a table as shown: places in both, -1 for no row."""

    units: Units
    rows: Sequence[Row]
    columns: Sequence[Column]
    row: Numbers
    column: Numbers
    is_weighted: bool

    @classmethod
    def over(cls, units: Units, table: Table) -> "Laid":
        """Lay units over a table; *All* and subtotals are sums, and left out."""
        rows = [row for row in table.rows if not row.subtotal]
        columns = table.columns[1:]
        row_at = {row.node.key: place for place, row in enumerate(rows)}
        column_at = {column.key: place for place, column in enumerate(columns)}
        of_rows = _array(row_at.get(node.key, NONE) for node in units.rows)
        of_columns = _array(column_at.get(column.key, NONE) for column in units.columns)
        row = np.where(units.row >= 0, of_rows[np.maximum(units.row, 0)], NONE)
        column = of_columns[units.column]
        return cls(units, rows, columns, row, column, table.unweighted is not None)

    @property
    def placed(self) -> Numbers:
        """Which units stand in the base."""
        return np.flatnonzero((self.row >= 0) & (self.column >= 0))

    @property
    def organization(self) -> Numbers | None:
        """The organization of each unit, negative where it is not stated; None: of no unit."""
        keys = self.units.organization
        return keys if len(keys) and bool((keys >= 0).any()) else None


def _array(values: Any) -> Numbers:
    return np.array([*values] or [NONE], dtype=np.int64)


def _numbers(laid: Laid) -> dict[str, list[int] | None]:
    """How many of each stand behind the base, in all and by column; None where nobody knows."""
    units, placed = laid.units, laid.placed
    column, width = laid.column[placed], len(laid.columns)

    def distinct(keys: Numbers) -> list[int]:
        return _distinct(keys[placed], column, width)

    known = units.interviews_known
    return {
        "moments": distinct(units.moment),
        "incidents": distinct(units.incident),
        "interviews": distinct(units.interview) if known else None,
        "organizations": _distinct(units.organization[placed], column, width),
        "respondents": distinct(_respondents(units.interview)) if known else None,
    }


def _distinct(keys: Numbers, column: Numbers, width: int) -> list[int]:
    """Different keys in all and in each column; negative ones are not known and not counted."""
    keys, column = keys[keys >= 0], column[keys >= 0]
    if not len(keys):
        return [0] * (width + 1)
    span = int(keys.max() - keys.min()) + 1
    if span * width > MOST_MARKS:  # far apart: as places among them
        _known, keys = np.unique(keys, return_inverse=True)
        span = len(_known)
    seen = np.zeros((span, width), dtype=np.bool_)
    seen[keys - keys.min(), column] = True
    return [int(seen.any(axis=1).sum()), *seen.sum(axis=0).tolist()]


def _respondents(interview: Numbers) -> Numbers:
    """The respondent of each unit's interview."""
    if not len(interview):
        return interview
    rows = Interview.objects.filter(study=_study_of(int(interview[0])))
    found = rows.aggregate(interviews=Packed("pk"), respondents=Packed("respondent_id"))
    known, respondent = (unpacked([packed_keys]) for packed_keys in found.values())
    order = np.argsort(known)
    return respondent[order][np.searchsorted(known, interview, sorter=order)]


def _study_of(interview: int) -> Study:
    return Study(pk=Interview.objects.values_list("study_id", flat=True).get(pk=interview))


def _statistics(
    laid: Laid,
    cluster: Numbers | None,
    *,
    seed: int,
    letters: Letters,
    samples: int | None = None,
) -> dict[str, Any]:
    units, placed = laid.units, laid.placed
    columns = [column.full_name for column in laid.columns]
    overlapping = not _is_of_moments(units)
    sample = Sample(
        rows=[row.node.uid for row in laid.rows],
        columns=columns,
        row=laid.row[placed],
        column=laid.column[placed],
        weight=units.weight[placed] if laid.is_weighted else None,
        cluster=None if cluster is None else cluster[placed],
        unit=units.unit[placed] if overlapping else None,
    )
    return statistics_of(
        sample,
        seed=seed,
        letters=letters,
        groups=_groups(laid.columns),
        tested=[place for place, column in enumerate(laid.columns) if not column.not_stated],
        overlapping=overlapping,
        samples=samples,
    )


def _is_of_moments(units: Units) -> bool:
    return units.unit is units.moment or bool(np.array_equal(units.unit, units.moment))


def _groups(columns: Sequence[Column]) -> list[list[int]]:
    """Columns that are compared: all, or those within one outer column where two are nested."""
    groups: dict[str, list[int]] = {}
    for place, column in enumerate(columns):
        if not column.not_stated:
            groups.setdefault(column.group, []).append(place)
    return list(groups.values())


def _members(units: Units) -> Members:
    return in_order(
        Members(
            moment=units.moment,
            row=units.row,
            column=units.column,
            settled=units.settled,
            rows=[node.uid for node in units.rows],
            columns=[column.word for column in units.columns],
            residuals=[residual.value for residual in RESIDUALS],
            settlements=[
                (one.outcome.value if one.outcome else "", one.category, one.contested)
                for one in units.settlements
            ],
        )
    )
