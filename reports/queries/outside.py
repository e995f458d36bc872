"""A run as it may leave the study: without what too little stands behind. Loads NumPy, for jobs.

A figure stands only where as many moments as the study's threshold, from three interviews and two
organizations, are behind it (in a table about organizations: from one); further ones are hidden so
that nobody works back.
"""

import copy
import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from incidents.models import Moment, Study
from reports.models import Run
from reports.runs.members import Members
from taxonomy.choices import Shares
from taxonomy.queries.packed import Packed, unpacked
from taxonomy.queries.tables import clusters_known
from taxonomy.tabulation.disclosure import Behind, Grid, Place, Rule, hidden_cells, too_little
from taxonomy.tabulation.display import HIDDEN, percent_shown

MOST_MARKS = 100_000_000  # bytes
UNKNOWN = -1
BASE = 0  # the first line of the grid
BASE_KIND = "base"

Answer = Mapping[str, Any]
Numbers = NDArray[np.int64]
Owners = tuple[Numbers, Numbers]  # of each moment the interview and the organization


@dataclasses.dataclass(frozen=True)
class Lines:
    """The lines of a grid over an answer: the base, then its rows."""

    names: Sequence[str]
    parents: Sequence[int | None]

    @classmethod
    def of(cls, answer: Answer) -> "Lines":
        """Rows stand below the subtotal before them that counts them, else below the base."""
        names, parents = [BASE_KIND], list[int | None]([None])
        above, path = BASE, None
        for row in answer["rows"]:
            if row["subtotal"]:
                above, path = len(names), row["path"]
            parents.append(above if not row["subtotal"] and row["path"][:-1] == path else BASE)
            names.append(row["uid"])
        return cls(names, parents)

    def paths(self) -> Numbers:
        """Each line and all that it is counted in, side by side; UNKNOWN fills up."""
        found: list[list[int]] = []
        for line in range(len(self.names)):
            path = [line]
            while (parent := self.parents[path[-1]]) is not None:
                path.append(parent)
            found.append(path)
        depth = max(map(len, found))
        filled = [[*path, *[UNKNOWN] * (depth - len(path))] for path in found]
        return np.array(filled, dtype=np.int64)


@dataclasses.dataclass(frozen=True)
class Seen:
    """How many moments stand in each line and column of a run, and where too little stands.

    `columns` are the words of the answer's columns; a place is a line of `lines` and one of them.
    """

    lines: Lines
    columns: Sequence[str]
    grid: Grid
    few: frozenset[Place]
    rule: Rule


def hidden_outside(run: Run, members: Members) -> frozenset[Place]:
    """The places that may not be shown: a line of `Lines` and a column of the answer.

    `members` says where each moment of the run stood; whose it is, is read as it is now.
    """
    seen = seen_outside(run, members)
    return hidden_cells(seen.grid, seen.few, width=seen.rule.moments)


def seen_outside(run: Run, members: Members, owners: Owners | None = None) -> Seen:
    """What is counted in a run, and what of it is too little to leave the study by itself.

    `owners` are those of its moments, where they were read already.
    """
    answer, study = run.answer, run.scheme.study
    lines = Lines.of(answer)
    standing = _standing(lines, answer, members)
    counts = standing.distinct(members.moment)
    interviews, organizations = map(standing.distinct, owners or owners_of(study, members.moment))
    rule = rule_outside(run)
    enough = {
        (line, column)
        for line in range(counts.shape[0])
        for column in range(counts.shape[1])
        if Behind(
            int(counts[line, column]),
            int(interviews[line, column]),
            int(organizations[line, column]),
        ).is_enough(rule)
    }
    columns = [None, *[0] * (counts.shape[1] - 1)]
    grid = Grid(values=counts.tolist(), rows=lines.parents, columns=columns)
    words = [column["word"] for column in answer["columns"]]
    return Seen(lines, words, grid, frozenset(too_little(grid, enough)), rule)


def rule_outside(run: Run) -> Rule:
    """How much has to stand behind a figure of a run that leaves the study."""
    study = run.scheme.study
    return Rule.outside(
        study.confidentiality_threshold,
        interviews_known=clusters_known(study),
        organizations_known=not run.question.get("organizations") and _states_any(study),
    )


def masked(answer: Answer, hidden: Iterable[Place]) -> dict[str, Any]:
    """The answer without the figures of these places, and without what would tell of them.

    Statistics and findings go where anything is hidden. Of the residual lines only *All* stays.
    """
    whole: dict[str, Any] = copy.deepcopy(dict(answer))
    places = set(hidden)
    if whole.get("adjusted"):
        _round_again(whole, places)
    for line, column in places:
        if line == BASE:
            _hide_base(whole, column)
        else:
            _hide_cell(whole, line - 1, column)
    for kind, counts in whole["residuals"].items():
        whole["residuals"][kind] = counts[:1]  # by column they would be so many small figures more
    if not places:
        return whole
    return whole | {"hides": True, "statistics": None, "sensitivity": None, "findings": []}


def _round_again(answer: dict[str, Any], places: Collection[Place]) -> None:
    """Undo what made percentages add to 100 where a whole loses a figure: they would tell of it."""
    by_row = answer["shares"] == Shares.ROW
    touched = {line - 1 if by_row else column for line, column in places if line != BASE}
    for row, counts in enumerate(answer["counts"]):
        for column, count in enumerate(counts):
            within = row if by_row else column
            if within not in touched or answer["percents"][row][column] is None:
                continue
            base = counts[0] if by_row else answer["base"][column]
            shown = percent_shown(count, base, decimals=answer["decimals"])
            answer["shown"][row][column] = answer["percents"][row][column] = shown


def _hide_cell(answer: dict[str, Any], row: int, column: int) -> None:
    answer["counts"][row][column] = 0
    answer["shown"][row][column] = answer["percents"][row][column] = HIDDEN
    answer["hidden"][row][column] = True


def _hide_base(answer: dict[str, Any], column: int) -> None:
    answer["base"][column] = 0
    answer["lines_hidden"][BASE_KIND][column] = True
    if answer["unweighted"]:
        answer["unweighted"][column] = 0


# -- What stands where --------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class _Standing:
    """In which line and column each moment stands, and all the lines that it is counted in."""

    line: Numbers
    column: Numbers
    paths: Numbers
    width: int

    def distinct(self, keys: Numbers) -> Numbers:
        """How many different keys stand in each line and column, All first; UNKNOWN is none."""
        cells, found = [], []
        for above in range(self.paths.shape[1]):
            lines = self.paths[self.line, above]
            for columns in (self.column, np.zeros_like(self.column)):
                there = (self.line >= 0) & (lines >= 0) & (keys >= 0)
                cells.append(lines[there] * self.width + columns[there])
                found.append(keys[there])
        return self._counted(np.concatenate(cells), np.concatenate(found))

    def _counted(self, cells: Numbers, keys: Numbers) -> Numbers:
        size, shape = self.paths.shape[0] * self.width, (self.paths.shape[0], self.width)
        if not len(keys):
            return np.zeros(shape, dtype=np.int64)
        keys = keys - keys.min()
        span = int(keys.max()) + 1
        if size * span <= MOST_MARKS:
            seen = np.zeros((size, span), dtype=np.bool_)
            seen[cells, keys] = True
            return np.asarray(np.count_nonzero(seen, axis=1)).reshape(shape)
        pairs = np.sort(cells * span + keys)
        first = np.flatnonzero(np.diff(pairs, prepend=-1))
        return np.bincount(pairs[first] // span, minlength=size).reshape(shape)


def _standing(lines: Lines, answer: Answer, members: Members) -> _Standing:
    at_line = {name: place for place, name in enumerate(lines.names)}
    at_column = {column["word"]: place for place, column in enumerate(answer["columns"])}
    of_lines = _array(at_line.get(name, UNKNOWN) for name in members.lines)
    of_columns = _array(at_column.get(word, 0) for word in members.columns)
    return _Standing(
        of_lines[members.line], of_columns[members.column], lines.paths(), len(at_column)
    )


def _array(values: Iterable[int]) -> Numbers:
    return np.array([*values] or [UNKNOWN], dtype=np.int64)


def owners_of(study: Study, moments: Numbers) -> Owners:
    """The keys of each moment's interview, and of its site's organization.

    UNKNOWN where the moment is no longer there.
    """
    if not len(moments):
        return moments, moments
    between = (int(moments.min()), int(moments.max()))
    found = Moment.objects.filter(incident__study=study, pk__range=between).aggregate(
        of_moments=Packed("pk"),
        of_interviews=Packed("incident__interview_id"),
        of_organizations=Packed("incident__site__organization_id"),
    )
    known, interviews, organizations = (unpacked([packed_keys]) for packed_keys in found.values())
    order = np.argsort(known)
    known = np.append(known[order], UNKNOWN)
    place = np.searchsorted(known[:-1], moments)
    there = known[place] == moments
    interviews, organizations = (
        np.where(there, np.append(keys[order], UNKNOWN)[place], UNKNOWN)
        for keys in (interviews, organizations)
    )
    return interviews, organizations


def _states_any(study: Study) -> bool:
    """Whether an organization is stated of any incident of the study."""
    stated = Moment.objects.filter(
        incident__study=study, incident__site__organization__not_stated=False
    )
    return stated.exists()
