"""Intervals are made of clusters drawn under a seed."""

import random

import numpy as np
import pytest

from taxonomy.reliability.agreement import agreement_of
from taxonomy.reliability.bootstrap import drawn, intervals
from taxonomy.reliability.ratings import ratings_of
from taxonomy.reliability.results import Coefficient, Estimate
from taxonomy.reliability.sums import contributions_of
from tests.taxonomy.reliability.examples import (
    FLEISS_1971,
    agreement,
    plain,
    rows_of,
    rows_of_counts,
    values,
)


def made_up(units, *, seed=1, right=0.7, categories=4, coders=3):
    """Rows of coders who are right so often, and else guess."""
    source = random.Random(seed)
    rows = []
    for unit in range(units):
        true = source.randrange(categories)
        for coder in range(coders):
            guessed = source.randrange(categories)
            rows.append((unit, coder, true if source.random() < right else guessed))
    return rows


def width(figure):
    return figure.high - figure.low


def test_a_sample_of_clusters_has_the_coefficients_of_the_units_it_drew():
    rows = made_up(12)
    clusters = {unit: unit % 4 for unit in range(12)}
    times = [2, 0, 1, 1]
    again = [
        ((unit, time), coder, value)
        for unit, coder, value in rows
        for time in range(times[clusters[unit]])
    ]

    ratings = ratings_of(rows, clusters=clusters)
    sums = contributions_of(ratings, distances=True).sums(np.array([times], dtype=float))
    expected = contributions_of(ratings_of(again), distances=True).sums(np.ones((1, 12)))

    for name in ("compared", "rated", "parted", "apart", "values", "shares", "between", "same"):
        assert getattr(sums, name) == pytest.approx(getattr(expected, name)), name


def test_the_same_seed_gives_the_same_intervals_and_another_does_not():
    rows = rows_of_counts(FLEISS_1971)
    one, same, other = (agreement(rows, samples=200, seed=seed).overall for seed in (3, 3, 4))

    assert one == same
    assert plain(one) == plain(other)
    assert one != other


def test_how_many_samples_are_drawn_at_a_time_changes_none():
    few, many = (
        np.concatenate(list(drawn(40, samples=120, seed=9, width=width)))
        for width in (1, 4_000_000)
    )

    assert few.shape == (120, 40)
    assert (few == many).all()
    assert (few.sum(axis=1) == 40).all()


def test_an_interval_is_the_middle_of_the_samples():
    table = np.array([[number, np.nan if number < 11 else number, 5] for number in range(101)])

    assert intervals(table)[:, 0].tolist() == [2.5, 97.5]
    assert np.isnan(intervals(table)[:, 1]).all()  # a tenth and more are undefined
    assert intervals(table)[:, 2].tolist() == [5, 5]


def test_units_without_a_cluster_are_clusters_of_their_own():
    rows = made_up(6)

    assert agreement(rows).clusters == 6
    assert agreement(rows, clusters={0: "a", 1: "a", 2: "b"}).clusters == 5
    assert agreement([*rows, ("empty", 0, None)]).clusters == 6


def test_units_that_come_in_clusters_have_wider_intervals():
    """Each organization has one answer ten times: as good as a tenth of the units."""
    rows = [
        ((organization, copy), coder, value)
        for organization, coder, value in made_up(60)
        for copy in range(10)
    ]
    clusters = {unit: unit[0] for unit, _coder, _value in rows}
    alone, clustered = (
        agreement(rows, samples=300, clusters=some).overall[Coefficient.KRIPPENDORFF_ALPHA]
        for some in (None, clusters)
    )

    assert alone.value == clustered.value
    assert 2 < width(clustered) / width(alone) < 5  # the square root of ten is 3.2


def test_intervals_are_about_as_wide_as_the_standard_error_says():
    rows = made_up(400, coders=2)
    found = agreement(rows, samples=500, seed=2)
    kappa, (pair,) = found.overall[Coefficient.COHEN_KAPPA], found.pairs

    assert width(kappa) == pytest.approx(2 * 1.96 * pair.standard_error, rel=0.15)
    assert kappa.low < kappa.value < kappa.high


def test_an_interval_mostly_covers_what_is_true():
    truth = values(made_up(20_000, seed=0))["krippendorff_alpha"]
    found = [
        agreement(made_up(80, seed=seed), samples=100).overall[Coefficient.KRIPPENDORFF_ALPHA]
        for seed in range(1, 41)
    ]

    covered = sum(one.low <= truth <= one.high for one in found)
    assert 32 <= covered <= 40


def test_one_cluster_or_no_samples_make_no_interval():
    rows = made_up(6)
    together = agreement(rows, samples=50, clusters=dict.fromkeys(range(6), "one"))

    for found in (together, agreement(rows)):
        assert {(one.low, one.high) for one in found.overall.values()} == {(None, None)}


def test_a_category_with_fewer_than_ten_ratings_has_a_value_and_no_interval():
    rows = made_up(60, categories=2)
    rows += [(f"rare {unit}", coder, 9) for unit in range(3) for coder in range(3)]
    found = agreement(rows, samples=50).categories

    assert found[9].ratings == 9
    assert found[9].figures[Coefficient.FLEISS_KAPPA] == Estimate(1.0)
    assert width(found[0].figures[Coefficient.FLEISS_KAPPA]) > 0


def test_samples_in_which_nobody_can_be_compared_on_a_category_do_not_count_as_agreement():
    rows = made_up(40, categories=2, coders=2)
    rows += [(("both", unit), coder, 9) for unit in range(5) for coder in range(2)]
    rows += [(("alone", unit), 0, 9) for unit in range(20)]
    clusters = {("both", unit): "one" for unit in range(5)}  # more than a third lack it

    found = agreement(rows, samples=100, clusters=clusters).categories[9].figures

    assert found[Coefficient.FLEISS_KAPPA] == found[Coefficient.SCOTT_PI] == Estimate(1.0)


def test_progress_is_told_to_its_end():
    told = []
    agreement_of(
        ratings_of(rows_of(["ab", "bb"])),
        samples=120,
        progress=lambda done, of: told.append((done, of)),
    )

    assert told == [(50, 120), (100, 120), (120, 120)]
