"""A sample drawn by seed: the same each time, as large as asked for, the smaller in the larger."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.reliability.drawing import is_drawn

UNITS = [uuid.UUID(int=number) for number in range(5000)]
SEED = st.integers(0, 2**31)


def drawn(share, seed=7):
    return {unit for unit in UNITS if is_drawn(unit, share=share, seed=seed)}


def test_the_same_seed_draws_the_same_units():
    assert drawn(20) == drawn(20)
    assert drawn(20) != drawn(20, seed=8)


@given(st.uuids(), SEED)
def test_no_share_draws_nobody_and_the_whole_draws_all(unit, seed):
    assert not is_drawn(unit, share=0, seed=seed)
    assert is_drawn(unit, share=100, seed=seed)


@pytest.mark.parametrize("share", [1, 10, 50, 90])
def test_as_many_are_drawn_as_were_asked_for(share):
    expected, spread = 50 * share, (50 * share * (100 - share) / 100) ** 0.5

    assert abs(len(drawn(share)) - expected) < 4 * spread


@given(st.uuids(), SEED, st.integers(0, 100), st.integers(0, 100))
def test_a_larger_share_contains_the_smaller(unit, seed, one, other):
    smaller, larger = sorted((one, other))

    if is_drawn(unit, share=smaller, seed=seed):
        assert is_drawn(unit, share=larger, seed=seed)
