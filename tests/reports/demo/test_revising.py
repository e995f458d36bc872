"""What the invented study's people did to their schemes names what there is."""

from collections import Counter

import pytest

from reports.demo.four_regions import revising as plan
from reports.demo.four_regions.judging import BEHAVIOURS
from taxonomy.queries.codebooks import codebook

BY_NAME = {sort.name: sort for sort in plan.SORTS}


def finest(scheme):
    return {row["code"] for row in codebook(scheme)["categories"] if row["round"] == 1}


def test_every_outcome_is_placed_once_and_every_place_has_its_reason():
    placed = Counter(code for codes in plan.GROUPS.values() for code in codes)
    assert placed == Counter(finest("outcome"))
    assert plan.WHY_GROUPS.keys() == plan.GROUPS.keys()


@pytest.mark.parametrize("name", BY_NAME)
def test_who_has_sorted_put_every_category_of_the_round_on_one_pile(name):
    sort = BY_NAME[name]
    assert set(sort.piles) <= set(sort.sorters)
    for piles in sort.piles.values():
        assert Counter(code for pile in piles.values() for code in pile) == Counter(
            finest(sort.scheme)
        )


def test_a_behaviour_is_sorted_again_into_one_of_the_parts_and_each_part_has_some():
    behaviours = {code for codes in BEHAVIOURS.values() for code in codes}
    assert plan.PART_OF.keys() <= behaviours
    assert {plan.part_of(code) for code in behaviours} == set(plan.PARTS)


def test_every_reason_is_a_sentence():
    reasons = [
        text
        for name, text in vars(plan).items()
        if name.startswith("WHY_") and isinstance(text, str)
    ]
    assert len(reasons) > 7
    assert all(text[0].isupper() and text.endswith(".") for text in reasons)
