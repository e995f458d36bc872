"""The laws of drawing and dealing: strata, balance, the same from the same seed."""

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taxonomy.tabulation.dealing import Terms, days_until_done, deal, deal_out, shares

few = settings(max_examples=40, deadline=None)
strata = st.lists(st.tuples(st.integers(1, 4), st.sampled_from("pn")), max_size=60).map(
    lambda kinds: dict(enumerate(kinds, 100))
)


@st.composite
def dealings(draw):
    """Moments with their strata, coders, and terms that they can be dealt by."""
    moments = draw(strata)
    coders = list(range(1, draw(st.integers(2, 6)) + 1))
    terms = Terms(
        overlap=draw(st.integers(0, len(moments))),
        each=draw(st.integers(2, len(coders))),
        portions=draw(st.integers(1, 5)),
        seed=draw(st.text(max_size=3)),
    )
    return moments, coders, terms


@few
@given(
    sizes=st.dictionaries(st.integers(), st.integers(0, 500), min_size=1, max_size=12),
    data=st.data(),
)
def test_shares_add_up_and_none_is_further_than_one_from_its_proportion(sizes, data):
    total = sum(sizes.values())
    number = data.draw(st.integers(0, total))

    found = shares(sizes, number)

    assert sum(found.values()) == number
    for kind, size in sizes.items():
        assert 0 <= found[kind] <= size
        assert abs(found[kind] * total - size * number) < max(total, 1)


def test_the_largest_remainders_are_rounded_up():
    assert shares({"a": 50, "b": 30, "c": 20}, 7) == {"a": 4, "b": 2, "c": 1}  # 3.5, 2.1, 1.4
    assert shares({"a": 1, "b": 1, "c": 1}, 2) == {"a": 1, "b": 1, "c": 0}
    assert shares({}, 0) == {}
    with pytest.raises(ValueError, match="cannot be shared"):
        shares({"a": 3}, 4)


@few
@given(dealings())
def test_every_moment_is_dealt_once_and_as_many_of_each_stratum_as_their_share(dealing):
    moments, coders, terms = dealing
    dealt = deal(moments, coders, terms)
    given_out = [one for portion in dealt.portions for one in portion]

    assert Counter(one.moment for one in given_out) == Counter(moments.keys())
    drawn = Counter(moments[one.moment] for one in given_out if one.several)
    assert dict(drawn) == {kind: number for kind, number in dealt.drawn.items() if number}
    assert dict(dealt.drawn) == shares(Counter(moments.values()), terms.overlap)
    assert all(len(set(one.coders)) == len(one.coders) for one in given_out)
    assert {len(one.coders) for one in given_out} <= {1, terms.each}
    assert all(portion for portion in dealt.portions)


@few
@given(dealings())
def test_coders_have_as_many_as_each_other_and_meet_about_as_often(dealing):
    moments, coders, terms = dealing
    given_out = [one for portion in deal(moments, coders, terms).portions for one in portion]
    load = Counter(coder for one in given_out for coder in one.coders)
    met = Counter(pair for one in given_out for pair in combinations(one.coders, 2))

    loads = [load[coder] for coder in coders]
    pairs = [met[pair] for pair in combinations(coders, 2)]
    assert max(loads) - min(loads) <= 1
    assert max(pairs) - min(pairs) <= 3


def test_dealing_much_to_many_coders_keeps_the_balance():
    moments = {moment: (moment % 6, "p") for moment in range(10_000)}

    (portion,) = deal(moments, list(range(20)), Terms(10_000, 2, 1, "s")).portions

    load = Counter(coder for one in portion for coder in one.coders)
    met = Counter(one.coders for one in portion)
    assert set(load.values()) == {1000}
    assert max(met.values()) - min(met[pair] for pair in combinations(range(20), 2)) <= 3


@few
@given(dealings())
def test_the_same_seed_gives_the_same_from_the_same_moments_in_any_order(dealing):
    moments, coders, terms = dealing

    assert deal(moments, coders, terms) == deal(
        dict(reversed(moments.items())), coders[::-1], terms
    )


def test_another_seed_gives_another_sample_and_the_kinds_are_mixed():
    moments = dict.fromkeys(range(40), (1, "p"))
    first, second = (deal(moments, [1, 2], Terms(20, 2, 1, seed)).portions for seed in "ab")

    assert {one.moment for one in first[0] if one.several} != {
        one.moment for one in second[0] if one.several
    }
    several = [one.several for one in first[0]]
    assert several != sorted(several) != several[::-1]


def test_portions_are_of_a_size_and_share_the_overlap():
    (first, second, third) = deal(
        dict.fromkeys(range(31), (1, "p")), [1, 2, 3], Terms(10, 2, 3, "s")
    ).portions

    assert sorted(map(len, (first, second, third))) == [10, 10, 11]
    assert sorted(sum(one.several for one in part) for part in (first, second, third)) == [3, 3, 4]


def test_more_coders_than_there_are_cannot_be_chosen():
    with pytest.raises(ValueError, match="3 of 2 coders"):
        deal({1: (1, "p")}, [1, 2], Terms(1, 3, 1, ""))


def test_nobody_is_handed_a_moment_twice_and_who_has_least_goes_first():
    held = {1: frozenset({7, 8}), 2: frozenset({7}), 3: frozenset({7, 8, 9}), 4: frozenset({7})}

    assert deal_out(held, [8, 9], {8: 0, 9: 1}) == {1: 9, 2: 8, 4: 8}
    assert deal_out(held, [], {}) == {}


@pytest.mark.parametrize(
    ("due", "answered", "days", "expected"),
    [(0, 0, 1, 0), (5, 0, 1, None), (10, 10, 1, 1), (11, 10, 1, 2), (10, 20, 7, 4)],
)
def test_days_until_done_are_those_at_the_present_pace(due, answered, days, expected):
    assert days_until_done(due, answered, days) == expected


def test_what_is_coded_by_one_is_never_among_what_several_code():
    strata = {**dict.fromkeys(range(8), (1, "p")), **dict.fromkeys(range(8, 10), (2, "n"))}

    dealt = deal(strata, [1, 2, 3], Terms(5, 2, 1, "s", alone=frozenset({0, 1, 2, 8, 9})))

    several = {one.moment for one in dealt.portions[0] if one.several}
    assert several == {3, 4, 5, 6, 7}
    assert len(dealt.portions[0]) == 10
    assert dealt.drawn == {(1, "p"): 5, (2, "n"): 0}
