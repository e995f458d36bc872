"""Distances of categories, and weighted kappa by them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.reliability.kappa import cohen_kappa, confusion_of
from taxonomy.reliability.agreement import agreement_of
from taxonomy.reliability.bootstrap import drawn
from taxonomy.reliability.distances import steps_in_tree
from taxonomy.reliability.kappa import weighted_kappa
from taxonomy.reliability.ratings import ratings_of
from taxonomy.reliability.results import Estimate, Reason, Undefined
from taxonomy.sorting.partitions import masi_distance

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


TREE = {"a": ["A", "a"], "b": ["A", "b"], "c": ["C", "c"]}


def weighed(pairs, clusters=None, samples=0):
    rows = [(unit, coder, said) for unit, two in enumerate(pairs) for coder, said in zip("xy", two)]  # noqa: B905
    return agreement_of(ratings_of(rows, clusters=clusters), paths=TREE, samples=samples)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2))
def test_arrays_weigh_as_the_definition_does(pairs):
    table = confusion_of(pairs, "abc")
    expected = weighted_kappa(table, lambda a, b: steps_in_tree(TREE[a], TREE[b]))
    found = weighed(pairs)

    if expected is None:
        why = Reason.ONE_CATEGORY if len(table.counts) == 1 else Reason.ONE_COMPARED
        assert (found.weighted, found.pairs[0].weighted) == (Undefined(why), None)
    else:
        assert found.weighted.value == pytest.approx(expected)
        assert found.pairs[0].weighted.value == pytest.approx(expected)


def test_the_mean_of_weighted_kappas_is_over_pairs_of_coders():
    said = {"x": "aabbcca", "y": "abbbcaa", "z": "cabbcba"}
    rows = [
        (unit, coder, letter) for coder, word in said.items() for unit, letter in enumerate(word)
    ]

    found = agreement_of(ratings_of(rows), paths=TREE)

    each = [pair.weighted.value for pair in found.pairs]
    assert len(set(each)) == 3
    assert found.weighted.value == pytest.approx(sum(each) / 3)


def test_intervals_of_weighted_kappa_are_from_the_samples_of_clusters():
    pairs = ["aa", "ab", "bb", "cc", "ca", "bb", "aa", "cc", "ba", "cb"] * 3
    clusters = {unit: unit % 5 for unit in range(len(pairs))}
    found = weighed(pairs, clusters, samples=200)
    drawn_again = [
        weighed([pair for at in range(5) for _ in range(int(times[at])) for pair in pairs[at::5]])
        for chunk in drawn(5, samples=200, seed=0, width=1)
        for times in chunk
    ]
    low, high = np.nanquantile(
        [one.weighted.value for one in drawn_again if isinstance(one.weighted, Estimate)],
        [0.025, 0.975],
    )

    assert (found.weighted.low, found.weighted.high) == pytest.approx((low, high))
    assert found.pairs[0].weighted == found.weighted
    assert found.weighted.low < found.weighted.value < found.weighted.high


def test_without_a_tree_there_is_no_weighted_kappa():
    found = agreement_of(ratings_of([(1, "x", "a"), (1, "y", "b")]))

    assert (found.weighted, found.pairs[0].weighted) == (None, None)
