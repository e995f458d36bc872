"""How counts become cells: rounded half up, counts on small bases, weights, shares of 100."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxonomy.tabulation.display import (
    LEAST_BASE,
    SMALL_BASE,
    adjusted_shown,
    adjusted_to_100,
    count_shown,
    is_least,
    is_small,
    number_in,
    percent_number,
    percent_shown,
)


@pytest.mark.parametrize(
    ("count", "base", "whole", "tenths"),
    [
        (0, 200, "–", "–"),
        (1, 201, "<1%", "0.5%"),
        (1, 200, "1%", "0.5%"),
        (1, 2001, "<1%", "<0.1%"),
        (1, 2000, "<1%", "0.1%"),
        (5, 200, "3%", "2.5%"),
        (9, 200, "5%", "4.5%"),
        (200, 200, "100%", "100.0%"),
        (199, 200, "100%", "99.5%"),
        (0, 0, None, None),
    ],
)
def test_shares_are_rounded_half_up_and_small_ones_are_not_nothing(count, base, whole, tenths):
    assert percent_shown(count, base) == whole
    assert percent_shown(count, base, decimals=1) == tenths


def test_below_thirty_a_base_is_least_and_below_fifty_it_is_small():
    assert (LEAST_BASE, SMALL_BASE) == (30, 50)
    assert [is_least(base) for base in (0, 1, 29, 30)] == [False, True, True, False]
    assert [is_small(base) for base in (0, 1, 49, 50)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("weight", "shown"),
    [(7, "7"), (2.25, "2.3"), (Fraction(9, 4), "2.3"), (0.05, "0.1"), (0.04, "<0.1"), (0.0, "0.0")],
)
def test_a_count_that_is_a_weight_has_one_decimal(weight, shown):
    assert count_shown(weight) == shown


def test_the_noise_of_floating_points_rounds_nothing_down():
    weights = [0.1] * 10
    noisy = 0.0
    for weight in weights:
        noisy += weight

    assert noisy < 1
    assert percent_shown(noisy, 200) == percent_shown(sum([Fraction(1, 3)] * 3), 200) == "1%"


@pytest.mark.parametrize(
    ("counts", "decimals", "percent"),
    [((1, 1, 1), 0, [34, 33, 33]), ((3, 2, 2), 1, [42.8, 28.6, 28.6])],
)
def test_the_worked_examples_of_the_largest_remainder(counts, decimals, percent):
    assert [float(one) for one in adjusted_to_100(counts, decimals=decimals)] == percent


@given(st.lists(st.integers(0, 500), min_size=1, max_size=12), st.sampled_from([0, 1]))
def test_adjusted_shares_add_to_100_and_move_less_than_a_step(counts, decimals):
    shares = adjusted_to_100(counts, decimals=decimals)

    assert sum(shares) == (100 if sum(counts) else 0)
    for count, share in zip(counts, shares, strict=True):
        exact = Fraction(100 * count, sum(counts) or 1)
        assert abs(share - exact) < Fraction(1, 10**decimals)


def test_adjusted_shares_are_shown_like_others():
    assert adjusted_shown([1000, 1000, 1000, 0, 1]) == ["34%", "33%", "33%", "–", "<1%"]
    assert adjusted_shown([10, 10, 10, 0], decimals=1) == ["33.4%", "33.3%", "33.3%", "–"]
    assert adjusted_shown([]) == []
    assert adjusted_shown([0, 0]) == ["–", "–"]


@pytest.mark.parametrize(
    ("shown", "number"),
    [("18%", 18), ("0.1%", Fraction(1, 10)), ("<1%", None), ("–", None), ("×", None), ("12", None)],
)
def test_the_number_in_a_percentage_is_read_where_there_is_one(shown, number):
    assert number_in(shown) == number
    assert number_in(None) is None


@given(st.integers(0, 10_000), st.integers(1, 10_000), st.sampled_from([0, 1]))
def test_a_share_is_never_further_off_than_half_a_step(count, base, decimals):
    number = percent_number(count, base, decimals=decimals)

    off = number - Fraction(100 * count, base)
    assert -Fraction(1, 2) < off * 10**decimals <= Fraction(1, 2)
