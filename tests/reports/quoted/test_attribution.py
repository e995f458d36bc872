"""Who is quoted is said only as far as five people of the study share it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.quoted.attribution import (
    LADDER,
    LEAST_ALIKE,
    PARTS,
    Teller,
    as_noun,
    coarsened,
    steps_of,
    takes_an,
)

CASHIER = Teller("employee", "Cashier", sector=1, country="FI", region=7)
SAID = {
    part: st.sampled_from(values)
    for part, values in {
        "role": ["", "Cashier", "Waiter"],
        "sector": [None, 1, 2],
        "country": ["", "FI", "SE"],
        "region": [None, 7, 8],
    }.items()
}
TELLERS = st.builds(Teller, st.sampled_from(["employee", "customer"]), **SAID)


def fits(other, step):
    """Whether somebody is what a step says."""
    said = [part for part in PARTS if getattr(step, part)]
    same = [
        str(getattr(other, part)).casefold() == str(getattr(step, part)).casefold() for part in said
    ]
    return all(same) and (bool(step.role) or other.relation == step.relation)


def shared(teller, groups):
    """Return the steps that enough people share, counted one by one."""
    return {
        step
        for step in steps_of(teller)
        if sum(number for other, number in groups if fits(other, step)) >= LEAST_ALIKE
    }


def people(*others):
    """Count so many people like the cashier, with what differs in each."""
    fields = {part: getattr(CASHIER, part) for part in ("relation", *PARTS)}
    return shared(
        CASHIER, [(Teller(**{**fields, **changes}), number) for number, changes in others]
    )


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ([(5, {})], {"role": "Cashier", "country": "FI"}),
        ([(4, {}), (1, {"role": "cashier"})], {"role": "Cashier", "country": "FI"}),
        ([(4, {}), (1, {"country": "SE"})], {"role": "Cashier", "region": 7}),
        ([(4, {}), (1, {"role": "Waiter"})], {"sector": 1, "country": "FI"}),
        (
            [(4, {}), (1, {"role": "Waiter", "country": "SE"})],
            {"sector": 1, "region": 7},
        ),
        ([(4, {}), (1, {"country": "SE", "region": 8, "sector": 2})], {"role": "Cashier"}),
        ([(4, {}), (1, {"role": "", "sector": 2})], {"country": "FI"}),
        ([(4, {}), (1, {"role": "", "country": "", "region": 8})], {"sector": 1}),
        ([(4, {}), (1, {"role": "", "country": "", "sector": 2})], {"region": 7}),
        ([(4, {})], {}),
    ],
)
def test_who_is_quoted_becomes_coarser_until_five_people_fit(others, said):
    assert coarsened(CASHIER, people(*others)) == Teller("employee", **said)


def test_people_who_stand_to_it_otherwise_do_not_hide_an_employee():
    crowd = people((4, {}), (9, {"relation": "customer", "role": "Guest"}))

    assert coarsened(CASHIER, crowd) == Teller("employee")


@settings(max_examples=60, deadline=None)
@given(TELLERS, st.lists(st.tuples(TELLERS, st.integers(1, 6)), max_size=8))
def test_nothing_is_said_that_was_not_stated_or_fewer_than_five_share(teller, groups):
    said = coarsened(teller, shared(teller, groups))
    parts = tuple(part for part in PARTS if getattr(said, part))

    assert all(getattr(said, part) == getattr(teller, part) for part in parts)
    assert parts in {tuple(part for part in PARTS if part in step) for step in LADDER}
    assert not parts or sum(number for other, number in groups if fits(other, said)) >= LEAST_ALIKE


@pytest.mark.parametrize(
    ("role", "noun", "an"),
    [
        ("Cashier", "cashier", False),
        ("Account Manager", "account manager", True),
        ("HR manager", "HR manager", True),
        ("VIP host", "VIP host", False),
        ("Usher", "usher", True),
        ("iOS developer", "iOS developer", True),
        ("  Waiter ", "waiter", False),
    ],
)
def test_a_role_becomes_a_noun_with_its_article(role, noun, an):
    assert (as_noun(role), takes_an(noun)) == (noun, an)
