"""Where there is no figure there is a reason, and never a NaN."""

import dataclasses
import json
import time

import numpy as np
import pytest
from scipy import special

from reports.statistics import lettering
from reports.statistics.sample import Sample
from reports.statistics.standing_out import findings_of
from reports.statistics.table import statistics_of
from tests.reports.statistics.made import random_told, sample_of, sample_of_counts

NOTHING = Sample([], [], np.array([], dtype=np.int64), np.array([], dtype=np.int64))


def said(found):
    """Return the figures as a program would read them; NaN and infinity are refused."""
    return json.loads(json.dumps(found, allow_nan=False))


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        (NOTHING, "no_data"),
        (dataclasses.replace(NOTHING, rows=["a", "b"]), "no_data"),
        (dataclasses.replace(NOTHING, columns=["x", "y"]), "no_data"),
        (sample_of([], rows=["a", "b"], columns=["x", "y"]), "no_data"),
        (sample_of_counts([[0, 0], [0, 0]]), "no_data"),
        (sample_of_counts([[5, 7, 9]]), "one_row"),
        (sample_of_counts([[5, 7], [0, 0]]), "one_row"),
        (sample_of_counts([[5], [7]]), "one_column"),
        (sample_of_counts([[5, 0], [7, 0]]), "one_column"),
        (sample_of_counts([[1]]), "one_column"),
    ],
)
def test_a_table_without_a_comparison_says_why(sample, reason):
    found = said(statistics_of(sample))

    missing = {"undefined": reason}
    tests = ("chi_square", "likelihood_ratio", "rao_scott", "monte_carlo")
    assert [found[name] for name in tests] == [missing] * 4
    names = ("cramers_v", "cramers_v_corrected", "expected_below_5_percent", "monte_carlo_p")
    assert [found[name] for name in (*names, "design_effect")] == [None] * 5
    assert found["verdict"] == {"naive": missing, "corrected": missing, "differs": None}
    assert findings_of(found) == []


def test_empty_rows_and_columns_change_no_test():
    told = random_told(1)
    found = said(statistics_of(sample_of(told)))
    beside = said(statistics_of(sample_of(told, rows=["e", 0, 1, 2, 3], columns=[0, "e", 1, 2])))

    assert beside["design_effect"] == pytest.approx(found["design_effect"])
    assert beside["chi_square"] == found["chi_square"]
    assert beside["rao_scott"]["second_order"] == pytest.approx(found["rao_scott"]["second_order"])
    assert beside["adjusted_residuals"][0] == [None] * 4
    assert [row[1] for row in beside["adjusted_residuals"]] == [None] * 5
    assert [row[1] for row in beside["column_percent"]] == [None] * 5
    assert beside["column_percent"][0] == [0, None, 0, 0]
    assert [row[1] for row in beside["intervals"]["corrected"]] == [[None, None]] * 5
    assert beside["reasons"] == [None, "empty", None, None]
    assert beside["clusters"] == [24, 0, 24, 24]


def test_all_in_one_category_has_intervals_and_nothing_to_test():
    told = [("a", column, place % 20) for place in range(200) for column in ("x", "y")]
    found = said(statistics_of(sample_of(told, rows=["a", "b"])))

    assert found["chi_square"] == {"undefined": "one_row"}
    assert found["column_percent"] == [[100, 100], [0, 0]]
    assert found["intervals"]["wilson"][1][0][0] == 0
    assert found["standard_errors"] == [[0, 0], [0, 0]]
    assert found["intervals"]["corrected"] == [[[None, None]] * 2] * 2
    assert found["letters"]["corrected"] == [["", ""], ["", ""]]


# -- Clusters ---------------------------------------------------------------------------------


def of_clusters(number, *, beside=40):
    """Return a large difference between a column of so many clusters and one of 40."""
    source = np.random.default_rng(4)
    return [
        ("a" if source.random() < share else "b", column, f"{column}{place % clusters}")
        for column, share, clusters in (("few", 0.8, number), ("many", 0.3, beside))
        for place in range(300)
    ]


def test_ten_clusters_in_a_column_are_enough_and_nine_are_not():
    enough, few = (said(statistics_of(sample_of(of_clusters(number)))) for number in (10, 9))

    assert enough["letters"]["corrected"] == [["B", ""], ["", "A"]]
    assert enough["verdict"]["corrected"]["significant"]
    assert enough["reasons"] == [None, None]
    assert few["reasons"] == ["few_clusters", None]
    assert few["clusters"] == [9, 40]
    assert few["rao_scott"] == {"undefined": "few_clusters"}
    assert few["verdict"]["corrected"] == {"undefined": "few_clusters"}
    assert few["verdict"]["differs"] is None
    assert few["letters"]["corrected"] is None
    assert few["letters"]["undefined"] == "few_clusters"
    assert few["letters"]["naive"] == [["B", ""], ["", "A"]]
    assert few["corrected_residuals"]["z"][0][0] is None
    assert [row[0] for row in few["standard_errors"]] == [None, None]
    assert [row[0] for row in few["intervals"]["corrected"]] == [[None, None]] * 2
    assert few["standard_errors"][0][1] is not None
    assert len(findings_of(enough)) > 0
    assert findings_of(few) == []


def test_a_column_of_few_clusters_is_left_out_of_the_verdict_and_the_others_are_tested():
    """A third column, of nine clusters, changes nothing in the test of the other two."""
    two = [one for one in of_clusters(12) if one[1] in {"few", "many"}]
    third = [("b" if place % 3 else "a", "third", f"t{place % 9}") for place in range(90)]

    alone, all_three = (said(statistics_of(sample_of(told))) for told in (two, [*two, *third]))

    assert all_three["rao_scott"]["left_out"] == [2]
    assert alone["rao_scott"]["left_out"] == []
    for order in ("first_order", "second_order"):
        assert all_three["rao_scott"][order] == pytest.approx(alone["rao_scott"][order])
    assert all_three["verdict"]["corrected"]["p"] == pytest.approx(
        alone["verdict"]["corrected"]["p"]
    )
    assert all_three["verdict"]["naive"]["p"] == pytest.approx(alone["chi_square"]["p"])
    assert all_three["chi_square"]["df"] == 2
    assert all_three["reasons"] == [None, None, "few_clusters"]


def test_the_weights_of_a_column_that_is_left_out_count_for_nothing_in_the_others():
    light = [("ab"[place % 2], "light", f"l{place % 4}") for place in range(400)]
    told = [
        ("b" if place >= most else "a", column, f"{column}{place // 6}")
        for column, most in (("x", 48), ("y", 63))
        for place in range(120)
    ]
    alone, beside = sample_of(told), sample_of([*told, *light])
    weight = np.where(beside.column == beside.columns.index("light"), 0.25, 1.0)
    beside = dataclasses.replace(beside, weight=weight)

    two, three = (said(statistics_of(sample))["verdict"] for sample in (alone, beside))

    assert three["naive"]["p"] == pytest.approx(two["naive"]["p"])
    assert three["corrected"]["p"] == pytest.approx(two["corrected"]["p"])
    assert three["differs"] == two["differs"]


def test_a_column_whose_clusters_are_not_known_is_left_out_too():
    told = [*of_clusters(12), *(("a", "unknown", "not known") for _unit in range(60))]
    sample = sample_of(told)
    sample.cluster[sample.column == 2] = -1
    found = said(statistics_of(sample))

    assert found["rao_scott"]["left_out"] == [2]
    assert found["reasons"][2] == "clusters_unknown"
    assert found["verdict"]["corrected"]["significant"]


def test_what_is_left_in_one_row_alone_has_no_verdict():
    whole = [("a", column, f"{column}{place % 12}") for column in "xy" for place in range(60)]
    told = [*whole, *(("b", "z", f"z{place % 5}") for place in range(60))]

    assert said(statistics_of(sample_of(told)))["rao_scott"] == {"undefined": "one_row"}


def test_p_is_students_with_the_clusters_of_the_smaller_side():
    beside = statistics_of(sample_of(of_clusters(12)))["corrected_residuals"]

    for z, p in zip(beside["z"][0], beside["p"][0], strict=True):
        assert p == pytest.approx(2 * special.stdtr(11, -abs(z)))
    [contrast, _other] = statistics_of(sample_of(of_clusters(12)))["contrasts"]
    assert contrast["p"] == pytest.approx(beside["p"][0][0])


def test_without_clusters_there_is_no_corrected_test():
    found = said(statistics_of(sample_of([one[:2] for one in of_clusters(20)])))

    assert found["clusters"] is None
    assert found["reasons"] == ["clusters_unknown"] * 2
    unknown = {"undefined": "clusters_unknown"}
    assert found["rao_scott"] == found["verdict"]["corrected"] == unknown
    assert found["corrected_residuals"] == unknown
    assert found["letters"]["corrected"] is None
    assert found["letters"]["undefined"] == "clusters_unknown"
    assert [found[name] for name in ("standard_errors", "design_effects", "design_effect")] == [
        None
    ] * 3
    assert found["intervals"]["corrected"] is None
    assert findings_of(found) == []


@pytest.mark.parametrize(("hidden", "reason"), [(15, None), (16, "clusters_unknown")])
def test_a_twentieth_of_a_column_may_have_unknown_clusters(hidden, reason):
    sample = sample_of(of_clusters(20))
    sample.cluster[:hidden] = -1
    found = said(statistics_of(sample))

    assert found["reasons"] == [reason, None]
    assert found["clusters"] == [20, 40]
    assert ("undefined" in found["rao_scott"]) is bool(reason)


def test_an_unknown_cluster_is_one_cluster_and_counts_for_none():
    told = of_clusters(20)
    sample, named = sample_of(told), sample_of([*told])
    sample.cluster[:10] = -1
    named.cluster[:10] = 10_000
    found, other = statistics_of(sample), statistics_of(named)

    assert found["standard_errors"] == other["standard_errors"]
    assert [found["clusters"], other["clusters"]] == [[20, 40], [21, 40]]


# -- Small bases and counts -------------------------------------------------------------------


def test_a_base_below_thirty_is_not_compared():
    told = of_clusters(20)
    small = [one for place, one in enumerate(told) if one[1] == "many" or place < 29]
    found = said(statistics_of(sample_of(small)))

    assert found["bases"] == [29, 300]
    assert found["reasons"] == ["small_base", None]
    assert found["letters"]["naive"] == [["", ""], ["", ""]]
    assert found["letters"]["corrected"] is None


def test_shares_with_too_few_behind_them_get_no_letter():
    counts = [[0, 4], [400, 396]]  # together two expected in each
    found = said(statistics_of(sample_of_counts(counts)))

    assert found["letters"]["naive"] == [["", ""], ["", ""]]
    assert found["expected_below_5_percent"] == 50
    assert found["monte_carlo"]["samples"] == 10_000
    assert found["verdict"]["naive"]["method"] == "monte_carlo"


@pytest.mark.parametrize(
    ("counts", "percent", "drawn"),
    [
        ([[5, 5], [5, 5]], 0, False),
        ([[4, 4], [6, 6]], 50, True),
        ([[1, 1, 1, 1, 1], [9, 9, 9, 9, 9], *[[9] * 5] * 3], 20, False),
        ([[0, 1, 0, 1, 0], [9, 9, 9, 9, 9], *[[9] * 5] * 9], 100 / 11, True),
    ],
)
def test_tables_are_drawn_where_more_than_a_fifth_or_one_very_small_is_expected(
    counts, percent, drawn
):
    found = said(statistics_of(sample_of_counts(counts)))

    assert found["expected_below_5_percent"] == pytest.approx(percent)
    assert (found["monte_carlo_p"] is not None) is drawn


def test_with_small_expected_counts_the_corrected_verdict_is_left_open():
    told = [(place % 40, place % 2, place % 30) for place in range(240)]
    found = said(statistics_of(sample_of(told)))

    assert found["verdict"]["corrected"] == {"undefined": "small_expected"}
    assert found["verdict"]["naive"]["method"] == "monte_carlo"


# -- What is tested, and with what ------------------------------------------------------------


def test_a_column_that_is_not_tested_is_in_no_test():
    told = random_told(1)
    beside = [*told, *((0, "not stated", cluster) for cluster in range(24) for _ in range(20))]
    without = said(statistics_of(sample_of(told)))
    found = said(
        statistics_of(
            sample_of(beside, rows=[0, 1, 2, 3], columns=[0, 1, 2, "not stated"]), tested=[0, 1, 2]
        )
    )

    for name in ("n", "chi_square", "cramers_v", "verdict"):
        assert found[name] == without[name]
    assert [row[:3] for row in found["letters"]["corrected"]] == without["letters"]["corrected"]
    assert [row[3] for row in found["letters"]["naive"]] == [""] * 4
    assert found["column_percent"][0][3] == 100
    assert found["reasons"] == [None, None, None, "not_tested"]
    assert [row[3] for row in found["adjusted_residuals"]] == [None] * 4


def test_columns_are_compared_within_their_group_only():
    source = np.random.default_rng(2)
    told = [
        ("a" if source.random() < share else "b", column, place % 30)
        for column, share in (("w", 0.2), ("x", 0.7), ("y", 0.2), ("z", 0.7))
        for place in range(200)
    ]
    found = statistics_of(sample_of(told), groups=[[0, 1], [2, 3]])

    assert found["letters"]["corrected"] == [["", "A", "", "C"], ["B", "", "D", ""]]
    percent = found["column_percent"][0]
    others = found["corrected_residuals"]["others_percent"][0]
    assert others == [percent[place] for place in (1, 0, 3, 2)]


def test_rows_that_overlap_are_each_a_question_of_its_own():
    # Forty incidents in either column; each stands in row "a", every second one in "b" as well.
    source = np.random.default_rng(3)
    rows, columns, clusters, units = [], [], [], []
    for unit in range(80):
        inside = [0, 1] if source.random() < 0.5 else [0]
        for row in inside * 2:  # the same moment twice in a row counts once
            rows.append(row)
            columns.append(unit % 2)
            clusters.append(unit % 20)
            units.append(unit)
    arrays = [np.array(one) for one in (rows, columns, clusters, units)]
    sample = Sample(["a", "b"], ["x", "y"], arrays[0], arrays[1], cluster=arrays[2], unit=arrays[3])
    found = said(statistics_of(sample, overlapping=True))

    assert found["bases"] == [40, 40]
    assert found["column_percent"][0] == [100, 100]
    assert found["chi_square"] == {"undefined": "overlapping"}
    both = {unit for unit, row in zip(units, rows, strict=True) if row == 1}
    alone = [("b" if unit in both else "other", unit % 2, unit % 20) for unit in range(80)]
    one_row = statistics_of(sample_of(alone))
    assert found["standard_errors"][1] == pytest.approx(one_row["standard_errors"][0])
    assert found["intervals"]["wilson"][1] == one_row["intervals"]["wilson"][0]


@pytest.mark.parametrize(
    "changed", [{"row": np.array([0, 2])}, {"column": np.array([0, 5])}, {"row": np.array([0])}]
)
def test_a_sample_that_is_none_is_refused(changed):
    fields = {"row": np.array([0, 1]), "column": np.array([0, 1])} | changed

    with pytest.raises(ValueError, match=r"row or column|one length"):
        statistics_of(Sample(["a", "b"], ["x", "y"], **fields))


# -- Large ones -------------------------------------------------------------------------------


def test_too_many_comparisons_are_left_out_and_it_is_said(monkeypatch):
    monkeypatch.setattr(lettering, "MOST_TESTS", 11)
    found = said(statistics_of(sample_of(random_told(1))))

    assert found["letters"]["undefined"] == "too_large"
    assert found["letters"]["naive"] is found["letters"]["corrected"] is None
    assert found["contrasts"] == []
    assert "second_order" in found["rao_scott"]


def test_many_rows_and_columns_are_bounded():
    source = np.random.default_rng(1)
    counts = source.multinomial(200_000, np.full(400 * 60, 1 / 24_000)).reshape(400, 60)
    began = time.process_time()
    found = statistics_of(sample_of_counts(counts))

    assert time.process_time() - began < 10
    assert len(found["letters"]["columns"]) == 60
    assert found["letters"]["columns"][25:28] == ["Z", "AA", "AB"]
    assert np.array(found["adjusted_residuals"]).shape == (400, 60)
