"""Months, quarters and years as words that sort: 2026-03, 2026-q1, 2026."""

import calendar
import datetime as dt
import enum
from collections.abc import Sequence

MOST_FILLED = 60
MONTHS = 12


class Grain(enum.StrEnum):
    """How long a period is."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


LENGTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: MONTHS}


def period_of(day: dt.date | None, grain: Grain) -> str | None:
    """The word of the period that a day is in; None for no day."""
    return None if day is None else _word(day.year, day.month, grain)


def span_of(word: str) -> tuple[dt.date, dt.date]:
    """The first and the last day of a period. Raises ValueError for what names none."""
    year, _dash, within = word.partition("-")
    if not within:
        first, length = 1, MONTHS
    elif within.startswith("q"):
        first, length = 3 * int(within[1:]) - 2, 3
    else:
        first, length = int(within), 1
    last = first + length - 1
    start = dt.date(int(year), first, 1)
    return start, dt.date(int(year), last, calendar.monthrange(int(year), last)[1])


def filled(words: Sequence[str], grain: Grain) -> list[str]:
    """The periods from the first of sorted ones to the last, where these are not too many."""
    if not words:
        return []
    start, (end, _last) = span_of(words[0])[0], span_of(words[-1])
    months = range(start.year * MONTHS + start.month - 1, end.year * MONTHS + end.month)
    between = [_word(one // MONTHS, one % MONTHS + 1, grain) for one in months[:: LENGTHS[grain]]]
    return between if len(between) <= MOST_FILLED else list(words)


def _word(year: int, month: int, grain: Grain) -> str:
    if grain == Grain.YEAR:
        return f"{year:04d}"
    if grain == Grain.QUARTER:
        return f"{year:04d}-q{(month + 2) // 3}"
    return f"{year:04d}-{month:02d}"
