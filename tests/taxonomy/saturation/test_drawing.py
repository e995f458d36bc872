"""Where curve, band and bars stand in their pictures."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from taxonomy.saturation.drawing import HEIGHT, WIDTH, draw_bars, draw_curve, ticks_to
from taxonomy.saturation.order import in_random_order, steps_of


def points(path):
    return [float(number) for number in re.findall(r"[\d.]+", path)]


def test_the_curve_is_a_stair_that_ends_where_the_mean_ends():
    curve = draw_curve([1, 3], 4, in_random_order([3, 1], 4, range(5)), str)

    assert curve.seen == "M48.0 256.0H173.0V135.0H423.0V14.0H548.0"
    assert curve.mean.startswith("M48.0 256.0L173.0 135.0")
    assert curve.mean.endswith("L548.0 14.0")
    assert curve.band.endswith("L48.0 256.0Z")
    assert [tick.label for tick in curve.axes.across] == ["0", "1", "2", "3", "4"]
    assert [(tick.at, tick.label) for tick in curve.axes.up] == [
        (256.0, "0"),
        (135.0, "1"),
        (14.0, "2"),
    ]


def test_bars_are_as_high_as_what_is_new_and_the_rule_stands_at_two_and_three():
    bars = draw_bars(steps_of([1, 2, 3, 4, 101, 210], 250), str)

    first, second, last = bars.bars
    assert (first.height, second.height, last.height) == (242.0, 60.5, 60.5)
    assert [bar.part for bar in bars.bars] == [False, False, True]
    assert bars.has_part
    assert bars.rule == [135.0, 74.5]
    assert first.x + first.width < second.x


def test_an_empty_study_has_axes_and_nothing_else():
    assert draw_bars([], str).bars == []
    assert draw_curve([], 0, [], str).seen == "M48.0 256.0H48.0"


@given(st.floats(0, 1e7))
def test_ticks_are_few_whole_and_within(most):
    ticks = ticks_to(most)

    assert ticks[0] == 0
    assert 2 <= len(ticks) <= 6
    assert ticks[-1] <= max(most, 1)


@settings(max_examples=25)
@given(st.lists(st.integers(1, 20), min_size=1, max_size=9), st.randoms())
def test_everything_stands_within_the_picture(counts, chance):
    moments = sum(counts)
    firsts = sorted(chance.sample(range(1, moments + 1), len(counts)))
    curve = draw_curve(firsts, moments, in_random_order(counts, moments, range(moments + 1)), str)
    bars = draw_bars(steps_of(firsts, moments), str)

    for path in (curve.seen, curve.mean, curve.band):
        assert all(0 <= number <= WIDTH for number in points(path))
    assert all(0 <= bar.y <= HEIGHT and bar.height >= 0 for bar in bars.bars)
