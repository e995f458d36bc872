"""Distances of categories, and weighted kappa by them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.reliability.kappa import cohen_kappa, confusion_of
from taxonomy.reliability.distances import masi_distance, steps_in_tree
from taxonomy.reliability.kappa import weighted_kappa

PATHS = st.lists(st.sampled_from("ab"), min_size=1, max_size=4).map(tuple)
PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1)
SETS = st.frozensets(st.integers(0, 4), min_size=1)


@pytest.mark.parametrize(
    ("first", "second", "steps"),
    [
        (["Serve", "Greet"], ["Serve", "Greet"], 0),
        (["Serve", "Greet"], ["Serve", "Thank"], 2),
        (["Serve", "Greet"], ["Repair", "Greet"], 4),
        (["Serve"], ["Serve", "Greet"], 1),
    ],
)
def test_the_distance_in_a_tree_is_the_way_up_and_down(first, second, steps):
    assert steps_in_tree(first, second) == steps


@given(PATHS, PATHS, PATHS)
def test_steps_in_a_tree_are_a_distance(one, other, third):
    assert (steps_in_tree(one, other) == 0) == (one == other)
    assert steps_in_tree(one, other) == steps_in_tree(other, one)
    assert steps_in_tree(one, third) <= steps_in_tree(one, other) + steps_in_tree(other, third)


@given(SETS, SETS)
def test_sets_are_between_equal_and_nothing_in_common(one, other):
    assert (masi_distance(one, other) == 0) == (one == other)
    assert (masi_distance(one, other) == 1) == (not one & other)


@given(PAIRS, st.sampled_from([1, 7]))
def test_with_one_weight_for_all_disagreement_it_is_cohens_kappa(pairs, weight):
    table = confusion_of(pairs, "abc")
    kappa = cohen_kappa(table)

    assert weighted_kappa(table, lambda a, b: weight * (a != b)) == (
        None if kappa is None else pytest.approx(kappa, abs=1e-12)
    )


def test_confusions_within_a_branch_weigh_less():
    def kappas(second):
        pairs = [(("A", "x"), ("A", "x")), (("B", "z"), ("B", "z")), (("A", "x"), second)]
        table = confusion_of(pairs, [("A", "x"), ("A", "y"), ("B", "z")])
        return cohen_kappa(table), weighted_kappa(table, steps_in_tree)

    near, far = kappas(("A", "y")), kappas(("B", "z"))

    assert near[1] > near[0]
    assert far[1] == pytest.approx(far[0])  # one step within, and all others go through the root
