import dataclasses

import pytest

from reports.charts import fitting
from reports.charts.choosing import chart_of, charts_of
from reports.charts.figures import Column, Row
from reports.charts.fitting import DIVERGING, DOTS, MULTIPLES, OVER_TIME, RESIDUALS, STACKED
from tests.reports.charts.tables import cell, columns, table, texts_of, values_of

PLAIN = [[60, 50, 70], [40, 50, 30]]


def with_residuals(figures):
    rows = [
        dataclasses.replace(
            row, cells=tuple(dataclasses.replace(one, residual=2.5) for one in row.cells)
        )
        for row in figures.rows
    ]
    return dataclasses.replace(figures, rows=tuple(rows), statistics=True)


def by_valence(across=(100, 73, 27), shares=PLAIN, *more):
    poles = (
        Column("All", "100", is_all=True),
        Column("Positive", valence="positive"),
        Column("Negative", valence="negative"),
        *more,
    )
    figures = table(shares, columns=poles)
    rows = tuple(dataclasses.replace(row, across=tuple(map(cell, across))) for row in figures.rows)
    return dataclasses.replace(figures, rows=rows)


def test_a_plain_table_has_dots_bars_and_multiples_only():
    assert list(charts_of(table(PLAIN))) == [DOTS, STACKED, MULTIPLES]


def test_residuals_are_drawn_where_there_are_statistics_that_may_be_shown():
    figures = with_residuals(table(PLAIN))

    assert RESIDUALS in charts_of(figures)
    kept_back = dataclasses.replace(figures, statistics=False)
    assert fitting.unfit(kept_back, RESIDUALS) == fitting.NO_STATISTICS


def test_bars_diverge_where_columns_are_good_and_poor():
    assert fitting.unfit(by_valence(), DIVERGING) == ""
    assert fitting.unfit(table(PLAIN), DIVERGING) == fitting.NO_VALENCES


def test_change_over_time_needs_two_periods_that_are_stated():
    months = (*columns("March"), Column("Not stated", not_stated=True))
    one_month = table(PLAIN, columns=months, periods=True)

    assert fitting.unfit(one_month, OVER_TIME) == fitting.NO_PERIODS
    assert fitting.unfit(table(PLAIN, periods=True), OVER_TIME) == ""
    assert fitting.unfit(table(PLAIN), OVER_TIME) == fitting.NO_PERIODS


def test_what_may_stand_in_several_rows_is_not_stacked():
    assert fitting.unfit(table(PLAIN, overlapping=True), STACKED) == fitting.OVERLAPPING
    assert fitting.unfit(table([[11, 11, 11]] * 9), STACKED) == fitting.MANY_ROWS


@pytest.mark.parametrize(
    "shares", [[], [[None, None, None]], [[None, None, None], [None, None, None]]]
)
def test_a_table_without_a_share_to_show_has_no_picture(shares):
    figures = table(shares)

    assert charts_of(figures) == {}
    assert {fitting.unfit(figures, kind) for kind in fitting.KINDS} == {fitting.NO_FIGURES}


def test_one_column_has_no_multiples():
    assert fitting.unfit(table([[60, 60], [40, 40]], names=("Asia",)), MULTIPLES) == (
        fitting.ONE_COLUMN
    )


def test_of_four_hundred_rows_and_sixty_columns_the_largest_are_drawn_and_it_is_said():
    names = [f"C{number}" for number in range(60)]
    rows = tuple(
        Row(f"R{number}", (cell(0.25),) * 61, weight=number % 200) for number in range(400)
    )
    figures = table([], names=names, rows=rows)

    part = fitting.part_for(figures, DOTS)
    spec = chart_of(figures, DOTS)

    assert [at for at, _row in part.rows] == [*range(192, 200), *range(393, 400)]
    assert len(values_of(spec, "point")) == 15 * 8
    assert {"The 15 largest of 400 rows.", "8 of 61 columns."} <= set(map(str, texts_of(spec)))


def test_of_many_periods_the_latest_are_drawn():
    names = [f"M{number}" for number in range(30)]
    part = fitting.part_for(table([[1] * 31], names=names, periods=True), OVER_TIME)

    assert [column.name for _place, column in part.columns] == names[-24:]
