"""Pairs put together, and agreement of two sorters: worked examples and laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxonomy.sorting.partitions import (
    agreement,
    disputed,
    matches,
    members_of,
    overlap,
    shares_together,
)

PARTITIONS = st.dictionaries(st.integers(0, 12), st.integers(0, 3), max_size=13)


def of(*piles):
    """A partition of the things 0, 1, 2, … into these piles."""
    return dict(enumerate(piles))


def test_the_share_is_of_the_sorters_who_placed_both():
    shares = shares_together([0, 1, 2], [of("a", "a", "b"), of("a", "b", "b"), {0: "a", 1: "a"}])

    assert shares == [[1, 2 / 3, 0], [2 / 3, 1, 1 / 2], [0, 1 / 2, 1]]


def test_what_nobody_placed_has_no_share():
    assert shares_together([0, 1], [{0: "a"}]) == [[1, None], [None, 1]]


def test_the_most_disputed_pairs_come_first():
    shares = [[1, 0.8, 0.5, 1], [0.8, 1, 0, 0.4], [0.5, 0, 1, None], [1, 0.4, None, 1]]

    assert disputed(shares) == [(0, 2, 0.5), (1, 3, 0.4), (0, 1, 0.8)]


def test_the_adjusted_rand_index_of_an_example_worked_by_hand():
    """Together in both 2 pairs, in one 6, in the other 3, of 15: (2 - 1.2) / (4.5 - 1.2)."""
    found = agreement(of(0, 0, 0, 1, 1, 1), of(0, 0, 1, 1, 2, 2))

    assert found.things == 6
    assert found.adjusted == pytest.approx(0.8 / 3.3)
    assert found.alike == pytest.approx(10 / 15)  # 2 together in both, 8 apart in both


@pytest.mark.parametrize(
    ("first", "second", "adjusted"),
    [
        (of(0, 0, 1, 1), of(0, 0, 1, 2), 4 / 7),
        (of(0, 0, 0, 0), of(0, 1, 2, 3), 0),
        (of(0, 0, 1, 1), of(0, 1, 0, 1), -0.5),
        (of(0, 0, 1, 1), of("x", "x", "y", "y"), 1),
    ],
)
def test_published_values_of_the_adjusted_rand_index(first, second, adjusted):
    assert agreement(first, second).adjusted == pytest.approx(adjusted)


@pytest.mark.parametrize("piles", [(0, 0, 0), (0, 1, 2), (0,), ()])
def test_without_a_choice_agreement_is_not_defined(piles):
    assert agreement(of(*piles), of(*piles)).adjusted is None


def test_only_what_both_placed_is_compared():
    found = agreement({0: "a", 1: "a", 2: "b", 3: "b"}, {0: "x", 1: "x", 2: "y", 9: "y"})

    assert found == agreement(of("a", "a", "b"), of("x", "x", "y"))


@given(PARTITIONS, PARTITIONS)
def test_agreement_does_not_depend_on_who_is_first_nor_on_names(first, second):
    renamed = {thing: f"pile {pile}" for thing, pile in second.items()}

    assert agreement(first, second) == agreement(second, first) == agreement(first, renamed)


@given(PARTITIONS, PARTITIONS)
def test_agreement_is_at_most_one_and_one_only_for_the_same_piles(first, second):
    found = agreement(first, second)

    if found.adjusted is not None:
        assert found.adjusted <= 1
        assert (found.adjusted == 1) == (found.alike == 1)


@given(st.lists(PARTITIONS, max_size=4))
def test_shares_are_symmetric_and_doubling_the_sorters_changes_none(partitions):
    things = list(range(13))
    shares = shares_together(things, partitions)

    assert shares == [list(row) for row in zip(*shares, strict=True)]
    assert shares == shares_together(things, partitions * 2)


def test_two_piles_have_shared_and_lone_things():
    found = overlap(frozenset({1, 2, 3}), frozenset({2, 3, 4, 5}))

    assert (found.shared, found.only_first, found.only_second) == ({2, 3}, {1}, {4, 5})


def test_piles_match_that_are_each_others_most_alike():
    first = members_of(of("slow", "slow", "slow", "rude", "rude", "lone"))
    second = members_of(of("late", "late", "rough", "rough", "rough", "rough"))

    assert set(matches(first, second, least=0.5)) == {("slow", "late"), ("rude", "rough")}
    assert set(matches(first, second, least=0.6)) == {("slow", "late")}


class Looked(frozenset):
    """A pile that counts how often piles are gone through."""

    times = 0

    def __iter__(self):
        Looked.times += 1
        return super().__iter__()

    def __and__(self, other):
        Looked.times += 1
        return super().__and__(other)


def test_piles_that_share_nothing_are_not_compared():
    first = {pile: Looked({pile}) for pile in range(30)}

    assert list(matches(first, first, least=0.5)) == [(pile, pile) for pile in range(30)]
    assert 0 < Looked.times <= 2 * len(first)


@given(PARTITIONS, PARTITIONS)
def test_matches_are_found_as_comparing_all_piles_would(one, two):
    first, second = members_of(one), members_of(two)
    alike = {
        (a, b): len(first[a] & second[b]) / len(first[a] | second[b]) for a in first for b in second
    }

    expected = {
        (a, b)
        for (a, b), value in alike.items()
        if value >= 0.3
        and value == max(alike[a, each] for each in second)
        and value == max(alike[each, b] for each in first)
    }

    assert set(matches(first, second, least=0.3)) == expected
