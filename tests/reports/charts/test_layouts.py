import dataclasses

import pytest

from reports.charts.choosing import chart_of, charts_of
from reports.charts.figures import Column
from reports.charts.fitting import DIVERGING, DOTS, MULTIPLES, OVER_TIME, RESIDUALS, STACKED
from reports.charts.marks import ticks_to
from tests.reports.charts.tables import cell, table, texts_of, values_of
from tests.reports.charts.test_fitting import by_valence

PLAIN = [[60, 50, 70], [40, 50, 30]]


def spans(spec) -> list[tuple[float, float]]:
    return [(box["x"], box["x2"]) for box in values_of(spec, "rect")]


def with_cell(figures, row, column, new):
    cells = list(figures.rows[row].cells)
    cells[column] = new
    rows = list(figures.rows)
    rows[row] = dataclasses.replace(rows[row], cells=tuple(cells))
    return dataclasses.replace(figures, rows=tuple(rows))


def test_a_dot_stands_at_its_share_on_the_line_of_its_interval():
    known = cell(50.0, low=42.5, high=57.5, interval="43%–58%")
    spec = chart_of(with_cell(table(PLAIN), 0, 1, known), DOTS)

    dot = values_of(spec, "point")[1]
    [whisker] = [rule for rule in values_of(spec, "rule") if "x2" in rule]
    assert (dot["x"], dot["said"]) == (50.0, "R1, Asia: 50% (43%–58%)")
    assert (whisker["x"], whisker["x2"], whisker["y"]) == (42.5, 57.5, dot["y"])


def test_all_has_a_shape_of_its_own():
    shapes = [dot["shape"] for dot in values_of(chart_of(table(PLAIN), DOTS), "point")]

    assert shapes == ["diamond", "circle", "circle"] * 2


def test_every_figure_stands_beside_its_mark_as_the_table_shows_it():
    figures = with_cell(table(PLAIN), 1, 2, cell(0.4, "<1%"))

    for kind in (DOTS, MULTIPLES):
        shown = texts_of(chart_of(figures, kind))
        assert shown.count("<1%") == 1
        assert "50%" in shown


def test_pieces_of_a_bar_follow_each_other():
    spec = chart_of(table(PLAIN), STACKED)

    assert spans(spec)[:6] == [(0, 60), (60, 100), (0, 50), (50, 100), (0, 70), (70, 100)]


def test_what_is_not_shown_leaves_no_mark_and_no_hole():
    shares = [[25, 20, 30], [25, 30, 20], [25, 20, 30], [25, 30, 20]]
    figures = with_cell(table(shares), 1, 1, cell(None, "×"))

    stacked = chart_of(figures, STACKED)
    dots = chart_of(figures, DOTS)

    assert spans(stacked)[4:7] == [(0, 20), (20, 40), (40, 70)]
    assert [dot["href"] for dot in values_of(dots, "point")].count("https://cell.invalid/1-1") == 0
    assert "×" in texts_of(dots)


@pytest.mark.parametrize("kind", [DOTS, STACKED, MULTIPLES, OVER_TIME])
def test_what_is_not_shown_cannot_be_told_from_the_picture(kind):
    """The picture is the same whatever stands behind a cell without a share."""
    shares = [[25, 20, 30], [75, 80, 70]]
    figures = with_cell(table(shares, periods=True), 0, 1, cell(None, "×", low=None))
    other = with_cell(table([[25, 90, 30], [75, 80, 70]], periods=True), 0, 1, cell(None, "×"))

    assert chart_of(figures, kind) == chart_of(other, kind)


def test_good_stands_to_the_right_and_poor_to_the_left():
    spec = chart_of(by_valence(), DIVERGING)

    assert spans(spec) == [(-27, 0), (0, 73)] * 2


def test_what_is_neither_lies_half_on_each_side():
    mixed = Column("Mixed", valence="mixed")
    shares = [[60, 50, 70, 60], [40, 50, 30, 40]]
    figures = by_valence((100, 50, 30, 20), shares, mixed)

    assert spans(chart_of(figures, DIVERGING))[:3] == [(-10, 10), (-40, -10), (10, 60)]


@pytest.mark.parametrize(
    ("residual", "is_dark"), [(1.9, False), (2.0, False), (3.0, True), (-3.0, True)]
)
def test_a_residual_is_shaded_by_its_size_and_says_its_sign(residual, is_dark):
    shown = f"{residual:+}"
    figures = table(PLAIN, statistics=True)
    for row in (0, 1):
        figures = with_cell(figures, row, 1, cell(50, residual=residual, residual_shown=shown))
    spec = chart_of(figures, RESIDUALS)

    layers = [layer for view in spec["vconcat"] for layer in view["layer"]]
    [written] = [one for one in layers if shown in [v.get("text") for v in one["data"]["values"]]]
    assert (written["mark"].get("fontWeight") == 600) is is_dark
    assert len(values_of(spec, "rect")) == 2


def test_multiples_mark_the_share_of_all_in_each_panel():
    spec = chart_of(table(PLAIN), MULTIPLES)

    assert [rule["x"] for rule in values_of(spec, "rule")] == [109.5, 73.0, 319.5, 283.0]
    assert [last - first for first, last in spans(spec)] == [91.25, 91.25, 127.75, 54.75]


def test_a_period_without_a_figure_interrupts_the_line():
    figures = table([[10, 10, 20, 30]], names=("March", "April", "May"), periods=True)
    figures = with_cell(figures, 0, 2, cell(None, "4"))
    spec = chart_of(figures, OVER_TIME)

    assert [(spot["x"], spot["piece"]) for spot in values_of(spec, "line")] == [(0, 0), (2, 1)]


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (0.3, [0, 1]),
        (4, [0, 1, 2, 3, 4]),
        (32, [0, 10, 20, 30, 40]),
        (100, [0, 20, 40, 60, 80, 100]),
    ],
)
def test_a_scale_reaches_round_per_cents(most, ticks):
    assert ticks_to(most) == ticks


@pytest.mark.parametrize(
    "shares",
    [
        [[100, 100, 100]],
        [[0, 0, 0], [100, 100, 100]],
        [[100, 100, None]],
        [[50, None, None], [50, None, None]],
        [[0, 0, 0]],
    ],
)
def test_no_picture_of_a_thin_table_fails_or_has_a_number_that_is_none(shares):
    for spec in charts_of(table(shares, periods=True, statistics=True)).values():
        assert "nan" not in str(spec).lower()
        assert "'x': None" not in str(spec)
