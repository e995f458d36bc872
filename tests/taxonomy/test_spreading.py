"""A draw spread over categories."""

from collections import Counter

import pytest

from taxonomy.tabulation.spreading import spread

FOUND = {1: list(range(100, 150)), 2: [200, 201], 3: [300]}


@pytest.mark.parametrize(
    ("number", "expected"), [(3, [1, 1, 1]), (5, [2, 2, 1]), (7, [4, 2, 1]), (99, [50, 2, 1])]
)
def test_each_category_gives_as_many_as_another_while_it_has_some(number, expected):
    drawn = spread(FOUND, number, seed=5)

    counted = Counter(moment // 100 for moment in drawn)
    assert [counted[1], counted[2], counted[3]] == expected
    assert len(set(drawn)) == len(drawn)


def test_the_seed_alone_decides_whatever_the_order():
    turned = {key: FOUND[key][::-1] for key in (3, 1, 2)}

    assert spread(FOUND, 7, seed=5) == spread(turned, 7, seed=5)
    assert spread(FOUND, 7, seed=5) != spread(FOUND, 7, seed=6)
    assert spread({}, 7, seed=5) == []
