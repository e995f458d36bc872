"""What stands out: only what is sound, the farthest apart first, and nothing twice."""

import json

import numpy as np
import pytest

from reports.statistics.standing_out import Finding, findings_of
from reports.statistics.table import statistics_of
from tests.reports.statistics.made import litters, sample_of


def told_of(shares, *, base=200, clusters=40, seed=1):
    """Return units of columns whose rows have these shares (the last row has the rest)."""
    source = np.random.default_rng(seed)
    return [
        (int(row), column, place % clusters)
        for column, rows in shares.items()
        for place, row in enumerate(source.choice(len(rows), size=base, p=rows))
    ]


def found_in(shares, **options):
    return findings_of(statistics_of(sample_of(told_of(shares, **options))))


def test_of_two_columns_each_row_is_said_once_with_its_evidence():
    shares = {"customer": [0.3, 0.2, 0.5], "provider": [0.1, 0.22, 0.68]}
    statistics = statistics_of(sample_of(told_of(shares)))
    found = findings_of(statistics)

    assert [(one["kind"], one["row"], one["column"], one["against"]) for one in found] == [
        ("pair", 0, 0, 1),
        ("pair", 2, 1, 0),
    ]
    one = found[0]
    percent = statistics["column_percent"][0]
    assert (one["percent"], one["other_percent"]) == (percent[0], percent[1])
    assert (one["base"], one["other_base"]) == (200, 200)
    assert one["times"] == pytest.approx(percent[0] / percent[1])
    assert one["q"] < 0.05
    assert found[1]["times"] is None
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_of_several_columns_one_is_set_beside_the_others():
    shares = {"a": [0.6, 0.4], "b": [0.42, 0.58], "c": [0.42, 0.58], "d": [0.42, 0.58]}
    statistics = statistics_of(sample_of(told_of(shares, base=400)))
    more, less = sorted(findings_of(statistics), key=lambda one: one["row"])

    assert (more["kind"], more["row"], more["column"], more["against"]) == ("more", 0, 0, None)
    assert (less["kind"], less["row"], less["column"], less["against"]) == ("less", 1, 0, None)
    others = [statistics["column_percent"][0][place] for place in (1, 2, 3)]
    assert more["other_percent"] == pytest.approx(sum(others) / 3)
    assert (more["base"], more["other_base"]) == (400, 1200)
    assert more["q"] == statistics["corrected_residuals"]["q"][0][0]


def test_of_several_columns_two_are_named_where_one_has_twice_the_other():
    shares = {"a": [0.6, 0.4], "b": [0.4, 0.6], "c": [0.2, 0.8], "d": [0.4, 0.6]}
    found = found_in(shares, base=400)

    named = {one["row"]: (one["kind"], one["column"], one["against"]) for one in found}
    assert named == {0: ("pair", 0, 2), 1: ("pair", 2, 0)}


def test_nothing_stands_out_where_columns_are_alike():
    shares = {column: [0.3, 0.3, 0.4] for column in "abcd"}

    assert found_in(shares) == []


def test_less_than_five_points_is_nothing_however_sure():
    close = statistics_of(sample_of(told_of({"a": [0.5, 0.5], "b": [0.46, 0.54]}, base=20_000)))
    assert close["letters"]["corrected"] == [["B", ""], ["", "A"]]
    assert close["contrasts"] == findings_of(close) == []
    assert found_in({"a": [0.5, 0.5], "b": [0.46, 0.54], "c": [0.46, 0.54]}, base=20_000) == []
    found = found_in({"a": [0.5, 0.5], "b": [0.44, 0.56]}, base=20_000)
    assert [one["row"] for one in found] == [0, 1]


@pytest.mark.parametrize(("base", "number"), [(49, 0), (50, 2)])
def test_both_bases_are_fifty_at_least(base, number):
    told = told_of({"a": [0.9, 0.1]}, base=base) + told_of({"b": [0.2, 0.8]}, base=200)

    assert len(findings_of(statistics_of(sample_of(told)))) == number


@pytest.mark.parametrize("small", ["a", "d"])
def test_a_small_column_does_not_stand_before_the_pair_that_is_sound(small):
    told = told_of({small: [0.95, 0.05]}, base=49)
    told += told_of({"b": [0.7, 0.3], "c": [0.2, 0.8]}, seed=2)
    statistics = statistics_of(sample_of(told))

    pairs = [(one["row"], one["column"], one["against"]) for one in statistics["contrasts"]]
    more, less = [statistics["columns"].index(column) for column in "bc"]
    assert pairs == [(0, more, less), (1, less, more)]


def test_a_small_column_is_not_set_beside_the_others():
    told = told_of({"a": [0.9, 0.1]}, base=49) + told_of({"b": [0.3, 0.7], "c": [0.3, 0.7]})
    statistics = statistics_of(sample_of(told))

    assert statistics["corrected_residuals"]["q"][0][0] < 0.001
    assert {one["column"] for one in findings_of(statistics)} <= {1, 2}


def test_what_clusters_explain_does_not_stand_out():
    statistics = statistics_of(litters())

    assert statistics["verdict"]["naive"]["significant"]
    assert findings_of(statistics) == []


def test_seven_at_most_one_of_each_row_and_the_farthest_apart_first():
    source = np.random.default_rng(5)
    shares = {column: source.dirichlet(np.full(12, 1.0)) for column in "abcdef"}
    found = found_in(shares, base=600)

    apart = [abs(one["percent"] - one["other_percent"]) for one in found]
    assert len({one["row"] for one in found}) == len(found) == 7
    assert apart == sorted(apart, reverse=True)


def test_a_ratio_is_worth_saying_from_one_and_three_quarters_on():
    def times(percent, other):
        return Finding("pair", 0, 0, 1, percent, other, 100, 100, 0.01).times

    assert times(26, 8) == 3.25
    assert times(8, 26) == 3.25
    assert times(17.5, 10) == 1.75
    assert times(17, 10) is None
    assert times(12, 0) is None
