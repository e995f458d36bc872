"""Which pictures fit which table, and how much of it they show."""

import dataclasses
from collections.abc import Mapping
from typing import Final

from reports.charts.figures import Column, Figures, Row

DOTS, STACKED, DIVERGING = "dots", "stacked", "diverging"
RESIDUALS, MULTIPLES, OVER_TIME = "residuals", "multiples", "over_time"
KINDS: Final = (DOTS, STACKED, DIVERGING, RESIDUALS, MULTIPLES, OVER_TIME)

NO_FIGURES = "no_figures"
OVERLAPPING = "overlapping"
MANY_ROWS = "many_rows"
NO_VALENCES = "no_valences"
NO_STATISTICS = "no_statistics"
ONE_COLUMN = "one_column"
NO_PERIODS = "no_periods"

LINES_OF_DOTS = 120
MOST_ROWS: Final[Mapping[str, int]] = {
    DOTS: 40,
    STACKED: 8,
    DIVERGING: 40,
    RESIDUALS: 40,
    MULTIPLES: 12,
    OVER_TIME: 12,
}
MOST_COLUMNS: Final[Mapping[str, int]] = {
    DOTS: 8,
    STACKED: 16,
    DIVERGING: 60,
    RESIDUALS: 8,
    MULTIPLES: 8,
    OVER_TIME: 24,
}
FEW = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """The part of a table that a picture shows; rows and columns by their places in the table."""

    rows: tuple[tuple[int, Row], ...]
    columns: tuple[tuple[int, Column], ...]
    all_rows: int
    all_columns: int


def unfit(figures: Figures, kind: str) -> str:
    """Why a kind of picture does not fit the table, as one of the words above; "" where it fits."""
    if not any(_is_drawn(row) for row in figures.rows):
        return NO_FIGURES
    if kind == STACKED:
        return _unfit_for_stacks(figures)
    wrong = {
        DIVERGING: (not _has_poles(figures), NO_VALENCES),
        RESIDUALS: (not _has_residuals(figures), NO_STATISTICS),
        MULTIPLES: (len(_drawn_of(figures, MULTIPLES)) < FEW, ONE_COLUMN),
        OVER_TIME: (not figures.periods or len(_stated(figures)) < FEW, NO_PERIODS),
    }
    is_wrong, reason = wrong.get(kind, (False, ""))
    return reason if is_wrong else ""


def part_for(figures: Figures, kind: str) -> Part:
    """The rows and columns that a picture shows: the largest rows, the first or latest columns."""
    columns = _columns_for(figures, kind)
    drawn = _drawn_of(figures, kind)
    kept = drawn[-MOST_COLUMNS[kind] :] if kind == OVER_TIME else drawn[: MOST_COLUMNS[kind]]
    most = MOST_ROWS[kind]
    if kind == DOTS:
        most = max(min(most, LINES_OF_DOTS // max(len(kept), 1)), 1)
    return Part(_largest(figures.rows, most), tuple(kept), figures.number_of_rows, len(columns))


def _columns_for(figures: Figures, kind: str) -> list[tuple[int, Column]]:
    if kind in {RESIDUALS, OVER_TIME}:
        return _stated(figures)
    return _beside_all(figures) if kind == MULTIPLES else list(enumerate(figures.columns))


def _drawn_of(figures: Figures, kind: str) -> list[tuple[int, Column]]:
    """The columns in which there is anything to draw; a period without stays as a gap."""
    columns = _columns_for(figures, kind)
    if kind in {OVER_TIME, DIVERGING}:
        return columns
    has = _has_residual if kind == RESIDUALS else _has_share
    return [one for one in columns if has(figures, one[0])]


def _has_share(figures: Figures, place: int) -> bool:
    return any(row.cells[place].share is not None for row in figures.rows)


def _largest(rows: tuple[Row, ...], most: int) -> tuple[tuple[int, Row], ...]:
    """The heaviest rows in the order of the table."""
    by_weight = sorted(enumerate(rows), key=lambda one: (-one[1].weight, one[0]))
    kept = sorted(by_weight[:most], key=lambda one: one[0])
    return tuple((place if row.at is None else row.at, row) for place, row in kept)


def _unfit_for_stacks(figures: Figures) -> str:
    if figures.overlapping:
        return OVERLAPPING
    return MANY_ROWS if figures.number_of_rows > MOST_ROWS[STACKED] else ""


def _beside_all(figures: Figures) -> list[tuple[int, Column]]:
    return [(at, column) for at, column in enumerate(figures.columns) if not column.is_all]


def _stated(figures: Figures) -> list[tuple[int, Column]]:
    return [(at, column) for at, column in _beside_all(figures) if not column.not_stated]


def _is_drawn(row: Row) -> bool:
    return any(cell.share is not None for cell in (*row.cells, *row.across))


def _has_poles(figures: Figures) -> bool:
    poles = {column.valence for column in figures.columns}
    shares = (cell.share for row in figures.rows for cell in row.across)
    return {"positive", "negative"} <= poles and any(share is not None for share in shares)


def _has_residuals(figures: Figures) -> bool:
    places = (place for place, _column in _stated(figures))
    return figures.statistics and any(_has_residual(figures, place) for place in places)


def _has_residual(figures: Figures, place: int) -> bool:
    return any(row.cells[place].residual is not None for row in figures.rows)
