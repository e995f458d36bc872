"""Categories in order of entry, and a random order of the same moments: brute force and laws."""

import itertools
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taxonomy.saturation.order import (
    STEPS_AT_MOST,
    WITHIN_95,
    Step,
    in_random_order,
    new_in_last,
    steps_of,
)
from tests.taxonomy.saturation.examples import GIRDLED

COUNTS = st.lists(st.integers(1, 12), min_size=1, max_size=9)


# -- In order of entry -------------------------------------------------------------------------


def test_steps_of_a_hundred():
    steps = steps_of([1, 2, 100, 101, 230], 250)

    assert steps == [Step(1, 100, 3, 3), Step(101, 200, 1, 4), Step(201, 250, 1, 5)]
    assert [step.per_hundred for step in steps] == [3, 1, None]


def test_long_studies_have_sixty_steps_of_whole_hundreds():
    steps = steps_of([1, 250], 2826 * 10)

    assert len(steps) <= STEPS_AT_MOST
    assert (steps[0].moments, steps[0].new, steps[0].per_hundred) == (500, 2, 0.4)
    assert steps[-1].last == 28_260


def test_no_moments_no_steps():
    assert steps_of([], 0) == []


def test_new_in_the_last_hundred():
    assert new_in_last([1, 100, 101, 200], 200) == 2
    assert new_in_last([1, 7], 40) == 2


@given(st.sets(st.integers(1, 20_000)), st.integers(0, 5000))
def test_steps_hold_every_moment_and_every_category_once(firsts, more):
    moments = max(firsts, default=0) + more
    steps = steps_of(firsts, moments)

    assert sum(step.moments for step in steps) == moments
    assert sum(step.new for step in steps) == len(firsts)
    assert all(step.total == sum(first <= step.last for first in firsts) for step in steps)


# -- In a random order -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "others"), [([3, 1, 1], 0), ([2, 2, 1, 1], 0), ([4], 0), ([1, 1, 2], 2)]
)
def test_mean_and_band_are_those_of_all_orders(counts, others):
    things = [name for name, count in enumerate(counts) for _each in range(count)]
    things += [None] * others  # what was known beforehand
    some = range(len(things) + 1)
    orders = set(itertools.permutations(range(len(things))))
    seen = {
        first: [len({things[at] for at in order[:first]} - {None}) for order in orders]
        for first in some
    }

    for one in in_random_order(counts, len(things), some):
        mean, deviation = statistics.mean(seen[one.moments]), statistics.pstdev(seen[one.moments])
        assert one.mean == pytest.approx(mean)
        assert one.low == pytest.approx(max(0, mean - WITHIN_95 * deviation), abs=1e-5)
        highest = min(one.moments, len(counts))
        assert one.high == pytest.approx(min(highest, mean + WITHIN_95 * deviation), abs=1e-5)


def test_half_of_the_spiders_as_published():
    """The package iNEXT prints 18.912 species for 84 of the 168 spiders of the girdled plots."""
    (half,) = in_random_order(GIRDLED, 168, [84])

    assert half.mean == pytest.approx(18.912, abs=0.0005)


def test_a_million_moments_are_followed_without_loss():
    """Two categories of one moment each are both missed by half with a chance of a quarter."""
    (half,) = in_random_order([999_998, 1, 1], 1_000_000, [500_000])

    assert half.mean == pytest.approx(2, abs=1e-6)
    assert half.low == pytest.approx(2 - WITHIN_95 * 0.5**0.5, abs=1e-4)


@settings(max_examples=30)
@given(COUNTS, st.integers(0, 40))
def test_the_curve_rises_ever_less_to_what_was_seen(counts, others):
    moments = sum(counts) + others
    means = [one.mean for one in in_random_order(counts, moments, range(moments + 1))]
    rises = [after - before for before, after in itertools.pairwise(means)]

    assert means[0] == 0
    assert means[-1] == len(counts)
    assert all(rise >= -1e-9 for rise in rises)
    assert all(later <= earlier + 1e-9 for earlier, later in itertools.pairwise(rises))


@settings(max_examples=30)
@given(COUNTS)
def test_the_band_holds_the_mean_and_closes_at_the_end(counts):
    moments = sum(counts)
    expected = in_random_order(counts, moments, range(moments + 1))

    assert all(0 <= one.low <= one.mean <= one.high for one in expected)
    assert all(one.high <= min(one.moments, len(counts)) for one in expected)
    assert (expected[-1].low, expected[-1].high) == (len(counts), len(counts))


@settings(max_examples=30)
@given(COUNTS.flatmap(lambda counts: st.tuples(st.just(counts), st.permutations(counts))))
def test_the_order_of_categories_changes_nothing(both):
    counts, others = both
    at = range(sum(counts) + 1)

    assert in_random_order(counts, sum(counts), at) == in_random_order(others, sum(counts), at)


@settings(max_examples=30)
@given(st.integers(1, 200))
def test_one_category_is_seen_with_the_first_moment(moments):
    after = in_random_order([moments], moments, range(1, moments + 1))

    assert all(one.low == one.mean == one.high == 1 for one in after)
