"""What an import would do: the incidents, interviews and categories, and everything to say."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from taxonomy.sheets.categories import CategoryPath, CategoryTree, parent_of
from taxonomy.sheets.problems import Problem, Severity


class Key(NamedTuple):
    """Who told, or in which interview: named by the file, or implied by a respondent or a row."""

    kind: str  # "interview", "respondent" or "row"
    name: str


@dataclass(frozen=True, slots=True)
class PlannedCoding:
    """One answer for one moment. A blank coder is the source itself."""

    coder: str
    category: CategoryPath


@dataclass(frozen=True, slots=True)
class PlannedMoment:
    """One moment; several codings of it come from several coders."""

    order: int
    label: str
    valence: str
    codings: tuple[PlannedCoding, ...]


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """What one row typed beyond the fields.

    `extras` are the cells of unmapped columns; `written` are mapped cells that were imported as
    something else (a mapped value, a list of codes), as they were typed. Blank cells are left out.
    """

    number: int
    extras: Mapping[str, str]
    written: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PlannedIncident:
    """One incident; `rows` holds its own row first, then those merged into it."""

    source_id: str
    interview: Key
    words: Mapping[str, str]  # headline and the five answers; blank ones left out
    translation: str
    language: str
    told_as: str
    asked_for: str
    happened_told: str
    happened_from: dt.date | None
    happened_to: dt.date | None
    moments: tuple[PlannedMoment, ...]
    rows: tuple[PlannedRow, ...]

    @property
    def row_number(self) -> int:
        """The number of the row that it came from."""
        return self.rows[0].number

    @property
    def merged_rows(self) -> tuple[int, ...]:
        """The numbers of the rows that became further moments or codings of it."""
        return tuple(row.number for row in self.rows[1:])


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is left out, with every filled cell it had."""

    number: int
    reason: str
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PlannedRespondent:
    """Who tells; names are blank where the file says nothing. `country` is a code."""

    key: Key
    organization: str = ""
    place: str = ""
    country: str = ""
    region: str = ""
    sector: str = ""
    relation: str = ""
    job_role: str = ""

    @property
    def implied(self) -> bool:
        """Whether the file named neither a respondent nor an interview."""
        return self.key.kind == "row"


@dataclass(frozen=True, slots=True)
class PlannedInterview:
    """One conversation, with the respondent who told."""

    key: Key
    respondent: Key
    interviewer: str

    @property
    def implied(self) -> bool:
        """Whether the file named no interview."""
        return self.key.kind != "interview"


@dataclass(frozen=True, slots=True)
class PlannedCategory:
    """One category; `round` 1 is the finest, `parent` None is not batched or the coarsest."""

    path: CategoryPath
    round: int
    moments: int

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path[-1]

    @property
    def parent(self) -> CategoryPath | None:
        """The path of its parent."""
        return parent_of(self.path)


@dataclass(slots=True)
class ValueUse:
    """One distinct value of a column: what it becomes (None: somebody must say), and how often.

    `new` says that the study does not have it yet; always False where nothing was said to be known.
    """

    ours: str | None
    guessed: bool
    new: bool
    first_row: int
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """Where the rows went: rows = incidents + refused + merged."""

    rows: int
    incidents: int
    merged: int
    refused: Mapping[str, int]
    moments: int
    codings: int

    def __post_init__(self) -> None:
        if self.rows != self.incidents + self.merged + sum(self.refused.values()):
            message = f"rows do not add up: {self}"
            raise AssertionError(message)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Everything a preview shows and an import does."""

    counts: Counts
    incidents: tuple[PlannedIncident, ...]
    refused: tuple[RefusedRow, ...]
    interviews: Mapping[Key, PlannedInterview]
    respondents: Mapping[Key, PlannedRespondent]
    levels: tuple[str, ...]  # the category fields in use, the broadest first
    tree: CategoryTree
    categories: tuple[PlannedCategory, ...]
    values: Mapping[str, Mapping[str, ValueUse]]  # field → theirs → use
    unmapped: Mapping[str, int]  # column → filled cells in accepted rows
    problems: tuple[Problem, ...] = field(default=())

    @property
    def blocked(self) -> bool:
        """Whether something must be settled before the import can start."""
        return any(problem.severity == Severity.ERROR for problem in self.problems)

    @property
    def rounds(self) -> int:
        """How many rounds the scheme gets."""
        return len(self.levels)

    @property
    def clusters_known(self) -> bool:
        """Whether the file says which incidents share a teller."""
        return not any(respondent.implied for respondent in self.respondents.values())

    def respondent_of(self, incident: PlannedIncident) -> PlannedRespondent:
        """Return who told it."""
        return self.respondents[self.interviews[incident.interview].respondent]

    def problem_counts(self) -> Counter[str]:
        """Return how often each problem occurs, by its code."""
        return Counter(problem.code for problem in self.problems)
