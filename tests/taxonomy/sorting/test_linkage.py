"""Clustering: an example by hand, the plain way of doing it, and laws."""

import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxonomy.sorting.linkage import (
    Branch,
    Contradiction,
    Merge,
    agglomerate,
    branches,
    cut,
    is_settled,
    leaf_order,
    settled,
)

LINKAGES = ("average", "single", "complete")
FOUR = [[0, 1, 4, 6], [1, 0, 3, 8], [4, 3, 0, 2], [6, 8, 2, 0]]


@st.composite
def matrices(draw, least=0):
    """Symmetric distances, all different, so that there is one right answer."""
    size = draw(st.integers(least, 7))
    pairs = list(itertools.combinations(range(size), 2))
    ranks = draw(st.permutations(range(1, len(pairs) + 1)))
    distances = [[0.0] * size for _ in range(size)]
    for (one, two), rank in zip(pairs, ranks, strict=True):
        distances[one][two] = distances[two][one] = math.sqrt(rank)
    return distances


def merged_the_long_way(distances, linkage):
    """Look at all pairs of clusters again for every merge; return what is merged at what height."""
    how = {"single": min, "complete": max, "average": lambda all_: math.fsum(all_) / len(all_)}
    clusters = [frozenset({thing}) for thing in range(len(distances))]
    while len(clusters) > 1:
        apart = {
            (one, two): how[linkage]([distances[a][b] for a in one for b in two])
            for one, two in itertools.combinations(clusters, 2)
        }
        one, two = min(apart, key=apart.get)
        clusters = [each for each in clusters if each not in {one, two}] + [one | two]
        yield one | two, apart[one, two]


def members(size, merges):
    found = {thing: frozenset({thing}) for thing in range(size)}
    for number, merge in enumerate(merges, size):
        found[number] = found[merge.left] | found[merge.right]
        yield found[number], merge.height


@pytest.mark.parametrize(("linkage", "last"), [("average", 21 / 4), ("single", 3), ("complete", 8)])
def test_four_things_worked_by_hand(linkage, last):
    assert agglomerate(FOUR, linkage) == [Merge(0, 1, 1), Merge(2, 3, 2), Merge(4, 5, last)]


@pytest.mark.parametrize("linkage", LINKAGES)
@given(distances=matrices())
def test_chains_find_what_looking_at_all_pairs_finds(linkage, distances):
    found = list(members(len(distances), agglomerate(distances, linkage)))
    wanted = list(merged_the_long_way(distances, linkage))

    assert {each for each, _height in found} == {each for each, _height in wanted}
    assert [height for _, height in found] == pytest.approx([height for _, height in wanted])


@pytest.mark.parametrize("linkage", LINKAGES)
@given(distances=matrices(least=1), groups=st.integers(1, 9))
def test_a_cut_gives_as_many_groups_as_asked_for_and_the_next_one_only_parts_one(
    linkage, distances, groups
):
    size = len(distances)
    merges = agglomerate(distances, linkage)
    found = cut(size, merges, groups)
    finer = cut(size, merges, groups + 1)

    assert sorted(set(found)) == list(range(min(groups, size)))
    assert len(set(zip(finer, found, strict=True))) == len(set(finer))


@given(distances=matrices())
def test_every_thing_has_one_place_and_what_is_merged_stands_side_by_side(distances):
    size = len(distances)
    merges = agglomerate(distances, "average")
    order = leaf_order(size, merges)

    assert sorted(order) == list(range(size))
    for cluster, _height in members(size, merges):
        places = sorted(order.index(thing) for thing in cluster)
        assert places == list(range(places[0], places[0] + len(places)))


def test_branches_are_drawn_from_the_middle_of_what_they_join():
    assert branches(4, agglomerate(FOUR, "single")) == [
        Branch(1, 0, 0, 1, 0),
        Branch(2, 2, 0, 3, 0),
        Branch(3, 0.5, 1, 2.5, 2),
    ]


# -- What was settled --------------------------------------------------------------------------


@pytest.mark.parametrize("linkage", LINKAGES)
@given(distances=matrices(least=4), groups=st.integers(2, 4))
def test_what_was_settled_holds_at_every_cut(linkage, distances, groups):
    given_ = settled(distances, together=[(0, 3)], apart=[(0, 1)])
    found = cut(len(distances), agglomerate(given_, linkage), groups)

    assert found[0] == found[3] or len(set(found)) == len(found)
    assert found[0] != found[1]
    assert len(set(found)) == min(groups, len(distances))


def test_what_is_apart_from_everything_stays_by_itself():
    alone = settled(FOUR, together=[], apart=[(0, 1), (0, 2), (0, 3)])
    merges = agglomerate(alone, "average")

    assert cut(4, merges, 1) == [0, 1, 1, 1]
    assert sorted(leaf_order(4, merges)) == [0, 1, 2, 3]


def test_together_goes_through_others():
    given_ = settled(FOUR, together=[(0, 3), (3, 1)], apart=[])

    assert cut(4, agglomerate(given_, "average"), 2) == [0, 0, 1, 0]


def test_apart_what_others_hold_together_is_a_contradiction():
    with pytest.raises(Contradiction) as raised:
        settled(FOUR, together=[(0, 3), (3, 1)], apart=[(0, 1)])

    assert raised.value.pair == (0, 1)


@given(matrices(least=2), st.data())
def test_pairs_that_follow_from_others_change_nothing(distances, data):
    group = data.draw(st.lists(st.sampled_from(range(len(distances))), min_size=2, unique=True))
    pairs = data.draw(st.permutations(list(itertools.combinations(group, 2))))

    chained = settled(distances, together=list(itertools.pairwise(group)), apart=[])

    assert settled(distances, together=pairs, apart=[]) == chained


def test_more_pairs_than_things_may_be_settled():
    distances = [[0.0] * 5 for _ in range(5)]
    pairs = [*itertools.combinations(range(4), 2), (0, 4)]

    found = settled(distances, together=pairs, apart=[])

    assert all(is_settled(found[a][b]) for a, b in itertools.combinations(range(5), 2))


def test_what_is_settled_is_told_from_what_is_near_or_far():
    found = settled(FOUR, together=[(0, 1)], apart=[(1, 2)])

    known = {(a, b) for a, b in itertools.combinations(range(4), 2) if is_settled(found[a][b])}
    assert known == {(0, 1), (0, 2), (1, 2)}


@pytest.mark.parametrize("linkage", LINKAGES)
def test_many_things_are_merged_as_looking_at_all_pairs_would(linkage):
    size, drawn = 60, random.Random(1)
    distances = [[0.0] * size for _ in range(size)]
    for one, two in itertools.combinations(range(size), 2):
        distances[one][two] = distances[two][one] = drawn.random()

    found = dict(members(size, agglomerate(distances, linkage)))

    assert found == pytest.approx(dict(merged_the_long_way(distances, linkage)))
