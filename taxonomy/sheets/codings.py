"""Codings made elsewhere: a row for each moment and coder, read and checked by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from taxonomy.choices import Confidence, Purpose, Unclassifiable
from taxonomy.sheets.formulas import as_written
from taxonomy.sheets.limits import Limits
from taxonomy.sheets.reading import Sheet

LIMITS: Final = Limits(file_bytes=500_000_000, rows=500_000)
COLUMNS: Final = (
    "incident",
    "moment",
    "coder",
    "category",
    "unclassifiable",
    "confidence",
    "note",
    "state",
    "purpose",
)
ALSO_CALLED: Final = {"category path": "category"}
NEEDED: Final = ("incident", "coder", "category")
LONGEST_NAME: Final = 120
LONGEST_NOTE: Final = 2000
LAST_MOMENT: Final = 32_767
LIVE: Final = "live"
FIRST_ANSWERS: Final = (Purpose.PLAN.value, Purpose.IMPORT.value)


class Fault(StrEnum):
    """What can be wrong with a row."""

    ROW_TOO_LONG = "row_too_long"
    NO_INCIDENT = "no_incident"
    NO_CODER = "no_coder"
    CODER_TOO_LONG = "coder_too_long"
    NO_ANSWER = "no_answer"
    TWO_ANSWERS = "two_answers"
    NO_NUMBER = "no_number"
    UNKNOWN_REASON = "unknown_reason"
    UNKNOWN_CONFIDENCE = "unknown_confidence"
    NOTE_TOO_LONG = "note_too_long"
    # what only the study tells
    UNKNOWN_INCIDENT = "unknown_incident"
    SEVERAL_INCIDENTS = "several_incidents"
    NOT_ACCEPTED = "not_accepted"
    MOMENT_NOT_SAID = "moment_not_said"
    UNKNOWN_MOMENT = "unknown_moment"
    UNKNOWN_CODER = "unknown_coder"
    SEVERAL_CODERS = "several_coders"
    UNKNOWN_CATEGORY = "unknown_category"
    SEVERAL_CATEGORIES = "several_categories"
    MERGED = "merged"
    RETIRED = "retired"
    TWICE = "twice"
    CODED_OTHERWISE = "coded_otherwise"
    IN_OPEN_BATCH = "in_open_batch"


@dataclass(frozen=True, slots=True)
class RowFault:
    """One thing that is wrong with a row; `row` is the number a spreadsheet shows."""

    row: int
    fault: Fault
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CodedRow:
    """One answer as the file has it. `moment` is None where it is not said."""

    number: int
    incident: str
    moment: int | None
    coder: str
    category: str
    unclassifiable: str
    confidence: str
    note: str


@dataclass(frozen=True, slots=True)
class CodedSheet:
    """The rows of a file that can be read, and what is wrong with the others.

    `left_out` counts those that say of themselves that they are no first answer that counts.
    """

    rows: Sequence[CodedRow]
    faults: Sequence[RowFault]
    left_out: int


class MissingColumnsError(Exception):
    """The file lacks columns; `names` says which."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


class _FaultyRow(Exception):
    def __init__(self, fault: Fault, **params: object) -> None:
        super().__init__(fault)
        self.fault, self.params = fault, params


def read_codings(sheet: Sheet) -> CodedSheet:
    """Read every row. Columns that it does not know are left alone.

    Raises MissingColumnsError, and SheetError where the file turns out bad.
    """
    places = _places(sheet.headers)
    rows: list[CodedRow] = []
    faults: list[RowFault] = []
    left_out = 0
    for number, cells in sheet.rows():
        said = _Said(cells, places)
        if _is_left_out(said):
            left_out += 1
            continue
        try:
            rows.append(_row(number, said, len(sheet.headers)))
        except _FaultyRow as faulty:
            faults.append(RowFault(number, faulty.fault, faulty.params))
    return CodedSheet(rows, faults, left_out)


class _Said:
    """The cells of a row by the names of their columns; empty where there is none."""

    def __init__(self, cells: Sequence[str], places: Mapping[str, int]) -> None:
        self.cells, self.places = cells, places

    def __getitem__(self, name: str) -> str:
        place = self.places.get(name)
        return "" if place is None else as_written(self.cells[place].strip())


def _places(headers: Sequence[str]) -> dict[str, int]:
    """Where each column stands that is read, by its name in small letters; the first counts."""
    places: dict[str, int] = {}
    for place, header in enumerate(headers):
        name = header.casefold()
        places.setdefault(ALSO_CALLED.get(name, name), place)
    missing = [name for name in NEEDED if name not in places]
    if missing:
        raise MissingColumnsError(missing)
    return {name: places[name] for name in COLUMNS if name in places}


def _is_left_out(said: _Said) -> bool:
    """Superseded answers, recodings and the like, as an export names them."""
    state, purpose = _closed(said["state"]), _closed(said["purpose"])
    return state not in {"", LIVE} or (bool(purpose) and purpose not in FIRST_ANSWERS)


def _row(number: int, said: _Said, width: int) -> CodedRow:
    if any(cell.strip() for cell in said.cells[width:]):
        raise _FaultyRow(Fault.ROW_TOO_LONG, cells=len(said.cells), headers=width)
    if not said["incident"]:
        raise _FaultyRow(Fault.NO_INCIDENT)
    reason = _one_of(said["unclassifiable"], Unclassifiable.values, Fault.UNKNOWN_REASON)
    confidence = _one_of(said["confidence"], Confidence.values, Fault.UNKNOWN_CONFIDENCE)
    if bool(said["category"]) == bool(reason):
        raise _FaultyRow(Fault.TWO_ANSWERS if reason else Fault.NO_ANSWER)
    if len(said["note"]) > LONGEST_NOTE:
        raise _FaultyRow(Fault.NOTE_TOO_LONG, limit=LONGEST_NOTE)
    return CodedRow(
        number=number,
        incident=said["incident"],
        moment=_moment(said["moment"]),
        coder=_coder(said["coder"]),
        category=said["category"],
        unclassifiable=reason,
        confidence=confidence or Confidence.NOT_STATED.value,
        note=said["note"],
    )


def _coder(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise _FaultyRow(Fault.NO_CODER)
    if len(name) > LONGEST_NAME:
        raise _FaultyRow(Fault.CODER_TOO_LONG, limit=LONGEST_NAME)
    return name


def _moment(text: str) -> int | None:
    if not text:
        return None
    digits = text if text.isascii() and text.isdigit() else ""
    number = int(digits[:6] or 0)
    if not 1 <= number <= LAST_MOMENT:
        raise _FaultyRow(Fault.NO_NUMBER, value=text)
    return number


def _one_of(text: str, known: Sequence[str], fault: Fault) -> str:
    value = _closed(text)
    if value and value not in known:
        raise _FaultyRow(fault, value=text, known=", ".join(known))
    return value


def _closed(text: str) -> str:
    """A value of a closed list, however it is written: “Too little” is too_little."""
    return "_".join(text.casefold().replace("_", " ").split())


class Paths:
    """Finds categories by their path, or by the end of it."""

    def __init__(self, paths: Mapping[int, Sequence[str]]) -> None:
        self._whole: dict[str, list[int]] = {}
        self._ends: dict[str, list[int]] = {}
        for key, names in paths.items():
            self._whole.setdefault(_bare(names), []).append(key)
            for start in range(1, len(names)):
                self._ends.setdefault(_bare(names[start:]), []).append(key)

    def find(self, text: str) -> list[int]:
        """The categories with this path; without any, those whose path ends so."""
        wanted = _bare([text])
        return self._whole.get(wanted) or self._ends.get(wanted, [])


def _bare(names: Sequence[str]) -> str:
    joined = " > ".join(names).replace(">", " > ")
    return " ".join(joined.split()).casefold()
