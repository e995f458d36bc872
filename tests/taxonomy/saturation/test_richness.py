"""What counts of categories say of those not seen: known answers and laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxonomy.saturation.richness import Richness, richness_of
from tests.taxonomy.saturation.examples import GIRDLED, LOGGED

COUNTS = st.lists(st.integers(1, 40), max_size=30)


@pytest.mark.parametrize(
    ("counts", "seen"), [(GIRDLED, (168, 26, 12, 4)), (LOGGED, (252, 37, 14, 4))]
)
def test_spiders_are_counted_as_published(counts, seen):
    found = richness_of(counts)

    assert (found.moments, found.categories, found.once, found.twice) == seen


@pytest.mark.parametrize(("counts", "asymptotic"), [(GIRDLED, 43.893), (LOGGED, 61.403)])
def test_chao1_is_that_of_inext_but_for_its_factor(counts, asymptotic):
    """The package iNEXT prints S + (n - 1) / n × f1² / (2 f2)."""
    found = richness_of(counts)

    unseen = found.chao1 - found.categories
    published = found.categories + unseen * (found.moments - 1) / found.moments
    assert published == pytest.approx(asymptotic, abs=0.0005)


def test_a_large_study_by_hand():
    found = Richness(moments=2800, categories=85, once=6, twice=5)

    assert found.coverage == pytest.approx(0.997857, abs=5e-7)
    assert found.chao1 == pytest.approx(88.6)


def test_where_none_was_seen_twice_chao1_is_corrected():
    assert richness_of([1, 1, 1, 5]).chao1 == 4 + 3 * 2 / 2
    assert richness_of([1, 7]).chao1 == 2


def test_without_moments_nothing_is_said():
    found = richness_of([0, 0])

    assert (found.moments, found.categories) == (0, 0)
    assert (found.coverage, found.chao1) == (None, None)


def test_what_was_known_beforehand_counts_as_moments_only():
    found = richness_of([1, 1, 2], 10)

    assert (found.moments, found.coverage) == (10, 0.8)
    with pytest.raises(ValueError, match="fewer moments"):
        richness_of([4, 4], 7)


@given(COUNTS)
def test_coverage_is_a_share_and_chao1_no_less_than_what_was_seen(counts):
    found = richness_of(counts)

    assert counts == [] or 0 <= found.coverage <= 1
    assert counts == [] or found.chao1 >= found.categories
    assert (found.coverage == 1) == (counts != [] and 1 not in counts)


@given(COUNTS.flatmap(lambda counts: st.tuples(st.just(counts), st.permutations(counts))))
def test_the_order_of_categories_changes_nothing(both):
    counts, others = both

    assert richness_of(counts) == richness_of([*others, 0])
