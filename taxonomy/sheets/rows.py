"""One row read: its facts, its words, its codes, and what it typed beyond the fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from taxonomy.sheets.categories import Codes
from taxonomy.sheets.columns import Columns
from taxonomy.sheets.fields import (
    CLOSED,
    INTERVIEW_FACTS,
    LONGEST,
    NOT_STATED,
    OPEN,
    RESPONDENT_FACTS,
    says_nothing,
)
from taxonomy.sheets.problems import Problem
from taxonomy.sheets.values import Values

TOLD_BY_VIEWPOINT: Final = {"customer": "customer", "provider": "provider"}
VIEWPOINT_OF: Final = {
    "own": "provider",
    "colleague": "provider",
    "provider": "provider",
    "customer": "customer",
}
NAMED: Final = ("interview", "respondent", "date")
FACTS: Final = (
    "interview",
    *INTERVIEW_FACTS,
    *RESPONDENT_FACTS,
    "date",
    "told_as",
    "asked_for",
    "language",
    "translation",
)
"""What is said once per incident; a merged row that says something else is noticed."""
NOTHING_SAID: Final = dict.fromkeys((*CLOSED, *OPEN), "")


@dataclass(slots=True)
class ReadRow:
    """One accepted row; `facts` leaves out what is blank or not stated."""

    number: int
    facts: dict[str, str]
    valence: str
    coder: str
    cells: dict[str, str]
    extras: dict[str, str]
    written: dict[str, str]
    codes: Codes = ()


class RowReader:
    """Reads rows with words under one mapping, noting what is wrong with them."""

    def __init__(self, columns: Columns, values: Values) -> None:
        self.columns, self.values = columns, values
        self.problems: list[Problem] = []
        self._headers = columns.having((*CLOSED, *OPEN))
        self._named = tuple(columns.having(NAMED))

    def read(self, number: int, cells: Sequence[str]) -> ReadRow:
        """Return the row."""
        if self.columns.surplus(cells):
            params = {"cells": len(cells), "limit": self.columns.width}
            self.problems.append(Problem("row_too_long", number, None, params))
        typed = {name: self.columns.value(name, cells) for name in self._headers}
        read = NOTHING_SAID | {
            name: self.values.read(name, theirs, number, self._headers[name])
            for name, theirs in typed.items()
            if theirs
        }
        return ReadRow(
            number=number,
            facts=self._facts(read, number, cells),
            valence=read["valence"] or NOT_STATED,
            coder=read["coder"],
            cells=self.columns.codes(cells),
            extras=self.columns.extras(cells),
            written=self._written(typed, read),
        )

    def check_length(self, name: str, value: str, number: int) -> None:
        """Note a value that is longer than its field."""
        if len(value) > LONGEST[name]:
            column, params = self.columns.header(name), {"limit": LONGEST[name]}
            self.problems.append(Problem("value_too_long", number, column, params))

    def _written(self, typed: Mapping[str, str], read: Mapping[str, str]) -> dict[str, str]:
        """The cells that became something else, and a viewpoint beside its told as."""
        return {
            self._headers[name]: theirs
            for name, theirs in typed.items()
            if theirs != read[name] or (name == "viewpoint" and theirs and read["told_as"])
        }

    def _facts(self, read: Mapping[str, str], number: int, cells: Sequence[str]) -> dict[str, str]:
        named = {name: self.columns.value(name, cells) for name in self._named}
        for name, value in named.items():
            self.check_length(name, value, number)
        facts = {
            **read,
            **named,
            "told_as": self._told_as(read, number),
            "translation": self.columns.text("translation", cells),
        }
        said = (name for name in FACTS if name in facts and not says_nothing(facts[name]))
        return {name: facts[name] for name in said}

    def _told_as(self, read: Mapping[str, str], number: int) -> str:
        told_as, viewpoint = read["told_as"], read["viewpoint"]
        if told_as and viewpoint and VIEWPOINT_OF.get(told_as) != viewpoint:
            params = {"told_as": told_as, "viewpoint": viewpoint}
            column = self.columns.header("viewpoint")
            self.problems.append(Problem("viewpoint_differs", number, column, params))
        return told_as or TOLD_BY_VIEWPOINT.get(viewpoint, "")


def with_defaults(facts: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    """Return the facts with the blanks filled; a default viewpoint says how it was told."""
    told_as = TOLD_BY_VIEWPOINT.get(defaults.get("viewpoint", ""))
    filled = {name: value for name, value in defaults.items() if name in FACTS and value}
    return ({"told_as": told_as} if told_as else {}) | filled | dict(facts)
