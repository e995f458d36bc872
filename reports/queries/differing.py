"""Which results changed from one run of a question to the next by more than chance explains.

Loads NumPy, so only jobs may import it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from incidents.models import Moment, Study
from reports.models import Run
from reports.queries.compared import members_of
from reports.queries.table_words import names_in
from reports.runs.members import Members, Numbers
from reports.statistics.paired import Paired, paired_difference
from reports.statistics.sample import Sample
from taxonomy.choices import Unit, Weight
from taxonomy.queries.packed import Packed, unpacked
from taxonomy.queries.tables import clusters_known
from taxonomy.queries.units import shares_of, stated_only

MOST_CELLS = 100  # those farthest apart
DIGITS = 4  # of per cent
UNKNOWN = -1
WHO = ("pk", "incident_id", "incident__interview_id", "incident__site__organization_id")


class Frame(NamedTuple):
    """The rows and columns of two runs together: what names them, and their names."""

    rows: dict[str, str]
    columns: dict[str, str]


def changed_cells(before: Run, after: Run) -> list[dict[str, Any]]:
    """The cells whose interval of the paired difference leaves 0 out, those farthest apart first.

    JSON can hold them: names of row and column, and `before`, `after`, `low` and `high` in per cent
    of the column. None in a reconstruction, where figures are left out, where organizations stand
    without names, and where the files of the runs or the units behind them are gone.
    """
    if _is_silent(before) or _is_silent(after):
        return []
    frame = _frame(before, after)
    try:
        members = [members_of(run) for run in (before, after)]
    except FileNotFoundError:
        return []
    known = _Known.of(after.scheme.study, members)
    specification = after.question["specification"]
    of_moments = specification["unit"] == Unit.MOMENTS and specification["weight"] == Weight.NONE
    if not len(known.moment) or (known.lacks_any and not of_moments):
        return []
    then, now = (_sample(one, frame, known, specification) for one in members)
    return _told(paired_difference(then, now), frame)


def _is_silent(run: Run) -> bool:
    """Whether nothing is said of the changes of a run, as nothing is of two beside each other."""
    coded = run.question["organizations"] and not run.question["names"]
    return coded or run.answer["statistics"] is None or run.scheme.study.reconstruction


def _frame(before: Run, after: Run) -> Frame:
    """The rows and tested columns of either, those of the later one first."""
    rows: dict[str, str] = {}
    columns: dict[str, str] = {}
    for run in (after, before):
        for row in run.answer["rows"]:
            if not row["subtotal"]:
                rows.setdefault(row["uid"], row["name"])
        named = zip(run.answer["columns"], names_in(run.answer), strict=True)
        for column, name in [*named][1:]:
            if not column["not_stated"]:
                columns.setdefault(column["word"], name)
    return Frame(rows, columns)


# -- The units behind two runs ----------------------------------------------------------------


class _Known(NamedTuple):
    """Who told moments, as they stand today: parallel arrays in the order of `moment`.

    `cluster` is the organization, or the interview where no organization is known; -1: unknown.
    """

    moment: Numbers
    incident: Numbers
    interview: Numbers
    cluster: Numbers
    lacks_any: bool

    @classmethod
    def of(cls, study: Study, members: Sequence[Members]) -> "_Known":
        """Read them for the moments of these runs."""
        wanted = np.unique(np.concatenate([one.moment for one in members]))
        moment, incident, interview, organization = _read(study, wanted)
        among = np.isin(moment, wanted)
        cluster = stated_only(organization[among], study)
        if not (cluster >= 0).any():
            known = clusters_known(study)
            cluster = interview[among] if known else np.full(among.sum(), UNKNOWN)
        lacks_any = int(among.sum()) < len(wanted)
        return cls(moment[among], incident[among], interview[among], cluster, lacks_any)

    def at(self, moments: Numbers) -> tuple[Numbers, "_Known"]:
        """Which of these moments are known, and who told them."""
        place = np.minimum(np.searchsorted(self.moment, moments), len(self.moment) - 1)
        incident, interview, cluster = (
            array[place] for array in (self.incident, self.interview, self.cluster)
        )
        told = _Known(self.moment[place], incident, interview, cluster, self.lacks_any)
        return told.moment == moments, told


def _read(study: Study, wanted: Numbers) -> list[Numbers]:
    """Who told the moments between the first and the last of these, by moment."""
    if not len(wanted):
        return [wanted] * len(WHO)
    rows = Moment.objects.filter(incident__study=study, pk__range=(int(wanted[0]), int(wanted[-1])))
    found = rows.aggregate(**{f"of_{place}": Packed(key) for place, key in enumerate(WHO)})
    read = [unpacked([keys]) for keys in found.values()]
    order = np.argsort(read[0])
    return [keys[order] for keys in read]


def _sample(members: Members, frame: Frame, known: _Known, specification: dict[str, Any]) -> Sample:
    """The units of a run over the rows and columns of both."""
    there, told = known.at(members.moment)
    rows, columns = list(frame.rows), list(frame.columns)
    row, column = (
        _laid(members.rows, members.row, rows),
        _laid(members.columns, members.column, columns),
    )
    placed = np.flatnonzero((row >= 0) & (column >= 0))
    weighted = specification["weight"] != Weight.NONE
    units = {Unit.INCIDENTS: told.incident, Unit.INTERVIEWS: told.interview}
    unit = units.get(specification["unit"])
    return Sample(
        rows,
        columns,
        row[placed],
        column[placed],
        weight=shares_of(told.interview)[placed] if weighted else None,
        cluster=np.where(there, told.cluster, UNKNOWN)[placed],
        unit=None if unit is None else unit[placed],
    )


def _laid(own: Sequence[str], place: Numbers, names: Sequence[str]) -> Numbers:
    """Places among one's own names as places among others; -1 for what is not among them."""
    at = {name: number for number, name in enumerate(names)}
    moved = np.array([*(at.get(name, UNKNOWN) for name in own), UNKNOWN], dtype=np.int64)
    return moved[np.where(place < 0, len(own), place)]


# -- What is told -----------------------------------------------------------------------------


def _told(found: Paired, frame: Frame) -> list[dict[str, Any]]:
    rows, columns = list(frame.rows.values()), list(frame.columns.values())
    cells = [
        {
            "row": rows[row],
            "column": columns[column],
            "before": _per_cent(found.before[row, column]),
            "after": _per_cent(found.after[row, column]),
            "low": _per_cent(found.low[row, column]),
            "high": _per_cent(found.high[row, column]),
        }
        for row, column in zip(*np.nonzero(found.changed), strict=True)
    ]
    cells.sort(key=lambda one: -abs(one["after"] - one["before"]))
    return cells[:MOST_CELLS]


def _per_cent(share: float) -> float:
    return round(100 * float(share), DIGITS)
