"""Dates as people write them; day and month are told apart only when the whole column tells."""

import calendar
import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Final

EARLIEST: Final = 1900
MONTHS: Final = 12
ISO: Final = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?)?)?)?"
)
PARTED: Final = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?: [\d:.]+)?")

Span = tuple[dt.date, dt.date]


def iso_span(text: str) -> Span | None:
    """Return the first and last day of an ISO date, month or year; None when it is none."""
    match = ISO.fullmatch(text)
    if match is None:
        return None
    year, month, day = match.groups()
    return _span(int(year), _number(month), _number(day))


def _number(digits: str | None) -> int | None:
    return None if digits is None else int(digits)


def _span(year: int, month: int | None, day: int | None) -> Span | None:
    first_month, last_month = (1, MONTHS) if month is None else (month, month)
    try:
        first_day, last_day = (1, calendar.monthrange(year, last_month)[1])
        if day is not None:
            first_day = last_day = day
        first = dt.date(year, first_month, first_day)
        last = dt.date(year, last_month, last_day)
    except (ValueError, calendar.IllegalMonthError):
        return None
    return (first, last) if year >= EARLIEST else None


@dataclass(slots=True)
class DateColumn:
    """The dates of one column: `note` each first, then `read` each."""

    day_first: bool = field(default=False, init=False)
    month_first: bool = field(default=False, init=False)

    def note(self, text: str) -> None:
        """Take one value as evidence for the order of day and month."""
        match = PARTED.fullmatch(text)
        if match:
            first, second = int(match[1]), int(match[3])
            self.day_first |= first > MONTHS >= second
            self.month_first |= second > MONTHS >= first

    def read(self, text: str) -> Span | str:
        """Return the first and last day meant, or the code of the problem."""
        match = PARTED.fullmatch(text)
        if match is None:
            return iso_span(text) or "bad_date"
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if max(first, second) <= MONTHS and first != second and self.day_first == self.month_first:
            return "ambiguous_date"
        by_itself = first > MONTHS or second > MONTHS
        day_first = first > MONTHS if by_itself else self.day_first
        day, month = (first, second) if day_first else (second, first)
        return _span(year, month, day) or "bad_date"
