"""Clusters: what is worked out by hand, and the laws of variances, verdicts and letters."""

import dataclasses
import math

import numpy as np
import pytest

from reports.statistics import clustering
from reports.statistics.comparing import Side, score
from reports.statistics.reckoning import Reckoning
from reports.statistics.table import statistics_of
from taxonomy.tabulation.intervals import wilson
from tests.reports.statistics.made import litters, random_told, sample_of


def spread_from(told):
    sample = sample_of(told)
    tested = np.ones(len(sample.columns), dtype=bool)
    return Reckoning.of(sample, tested, overlapping=False).spread


def straddling():
    """Ten interviews, each with 4 incidents as customer and 4 as provider.

    In five of them 3 customer's and 1 provider's are in the row, in the others 1 and 3.
    """
    told = []
    for interview in range(10):
        inside = {"customer": 3, "provider": 1} if interview < 5 else {"customer": 1, "provider": 3}
        for side, number in inside.items():
            rows = ["in"] * number + ["out"] * (4 - number)
            told += [(row, side, interview) for row in rows]
    return told


def test_clusters_that_straddle_both_columns_keep_their_covariance():
    # By hand: each column has 20 of 40 in the row, p = 1/2. An interview brings u = ±(3 − 2)/40 to
    # the customers and the opposite to the providers. V = 10/9 · 10 · (1/40)² = 1/144 for either,
    # the covariance −1/144, so the correlation is −1. Independent units: p q / n = 1/160.
    told = straddling()
    spread = spread_from(told)

    [covariance, _out] = spread.covariance
    assert covariance == pytest.approx(np.array([[1, -1], [-1, 1]]) / 144)
    found = statistics_of(sample_of(told))
    assert found["standard_errors"] == [pytest.approx([1 / 12, 1 / 12])] * 2
    assert found["design_effects"]["columns"] == pytest.approx([160 / 144, 160 / 144])
    # The mean generalized design effect of two columns of 40: (V + V + 2 V)/2 by p q/40.
    assert found["design_effect"] == pytest.approx(2 * 160 / 144)


def test_the_difference_within_interviews_is_known_better_where_they_agree():
    # Now each interview brings the same to both columns: ten of them, 3 of 4 customers and 2 of 4
    # providers in five, 2 of 4 and 1 of 4 in the others. u = ±(1/2)/40 in both, V = 10/9 · 10 ·
    # (1/80)² = 1/576 and the covariance as large: the difference of shares has no variance at all.
    told = []
    for interview in range(10):
        more = int(interview < 5)
        for side, number in (("customer", 2 + more), ("provider", 1 + more)):
            rows = ["in"] * number + ["out"] * (4 - number)
            told += [(row, side, interview) for row in rows]
    [covariance, _out] = spread_from(told).covariance

    assert covariance == pytest.approx(np.full((2, 2), 1 / 576))
    found = statistics_of(sample_of(told))
    assert found["column_percent"][0] == [62.5, 37.5]
    assert found["corrected_residuals"]["z"] == [[None, None], [None, None]]
    assert found["rao_scott"] == {"undefined": "no_variance"}


def test_corrected_intervals_are_wilsons_with_effective_numbers_and_students_t():
    # Weil's control: 142 of 158 alive, design effect 1.232495; t with 15 degrees is 2.131450.
    [[control, treated], _dead] = statistics_of(litters())["intervals"]["corrected"]

    number = 158 / 1.2324954
    assert control == pytest.approx(wilson(142 / 158 * number, number, z=2.1314495), abs=1e-7)
    number = 145 / 3.9528606
    assert treated == pytest.approx(wilson(112 / 145 * number, number, z=2.1314495), abs=1e-7)


def test_the_z_of_two_columns_by_hand():
    # Customers 30 of 100 as of 50 independent ones, providers 20 of 100 as of 100; ρ = 0.5.
    # Together (15 + 20)/150 = 7/30; variance 7/30 · 23/30 · (1/50 + 1/100 − 2 · 0.5/√5000).
    one = Side(np.array(0.3), np.array(100), np.array(50))
    other = Side(np.array(0.2), np.array(100), np.array(100))
    variance = 7 / 30 * 23 / 30 * (0.03 - 1 / math.sqrt(5000))

    assert score(one, other, np.array(0.5)) == pytest.approx(0.1 / math.sqrt(variance))
    assert score(other, one, np.array(0.5)) == pytest.approx(-0.1 / math.sqrt(variance))


def test_others_that_never_name_a_row_are_known_as_well_as_their_columns():
    told = [(row + 1, column, cluster) for row, column, cluster in random_told(12, rows=3)]
    told = [
        (0, *one[1:]) if one[1] == 0 and place % 3 == 0 else one for place, one in enumerate(told)
    ]
    found = statistics_of(sample_of(told))
    [_here, other, third], bases = found["design_effects"]["columns"], found["bases"]
    share = found["column_percent"][0][0] / 100
    together = bases[1] + bases[2]
    number = 1 / (bases[1] * other + bases[2] * third) * together**2
    one = Side(
        np.array(share), np.array(1e9), np.array(bases[0] / found["design_effects"]["cells"][0][0])
    )
    rest = Side(np.array(0.0), np.array(1e9), np.array(number))

    assert found["column_percent"][0][1:] == [0, 0]
    expected = score(one, rest, np.array(0.0))
    assert found["corrected_residuals"]["z"][0][0] == pytest.approx(float(expected))


def test_both_orders_of_rao_and_scott_are_those_of_the_eigenvalues():
    # Written down from the books: unit by unit, and with the generalized design effects themselves.
    told = random_told(11, rows=3, columns=4, clusters=30)
    found = statistics_of(sample_of(told))["rao_scott"]
    cells = [(row, column) for row in range(3) for column in range(4)]
    number = {cell: sum(one[:2] == cell for one in told) for cell in cells}
    base = [sum(number[row, column] for row in range(3)) for column in range(4)]
    whole = [sum(number[row, column] for column in range(4)) / len(told) for row in range(3)]
    brought = np.zeros((30, 12))
    for row, column, cluster in told:
        for place, (of_row, of_column) in enumerate(cells):
            factor = math.sqrt(30 / 29)  # every cluster is in every column
            if column == of_column:
                share = number[of_row, of_column] / base[column]
                brought[cluster, place] += factor * ((row == of_row) - share) / base[column]
    away = np.eye(12)
    for at, (row, _column) in enumerate(cells):
        for other, (of_row, of_column) in enumerate(cells):
            away[at, other] -= (row == of_row) * base[of_column] / len(told)
    scale = np.diag([base[column] / whole[row] for row, column in cells])
    effects = np.linalg.eigvals(scale @ away @ brought.T @ brought @ away.T).real
    chi_square = sum(
        base[column] / whole[row] * (number[row, column] / base[column] - whole[row]) ** 2
        for row, column in cells
    )

    assert {one[2] for one in told if one[1] == 0} == set(range(30))
    mean = effects.sum() / 6
    assert found["first_order"]["statistic"] == pytest.approx(chi_square / mean)
    spread = (effects**2).sum() / (6 * mean**2)  # 1 + a²
    second = found["second_order"]
    assert second["df"] == pytest.approx(6 / spread)
    assert second["statistic"] == pytest.approx(chi_square / mean / spread)
    assert second["f"] == pytest.approx(chi_square / effects.sum())
    assert second["df_denominator"] == pytest.approx(29 * 6 / spread)


# -- Laws -------------------------------------------------------------------------------------


def figures(found):
    """Return what an order of rows, columns or units may not change, of a table of 4 × 3."""
    return [
        found["chi_square"]["statistic"],
        found["likelihood_ratio"]["statistic"],
        found["cramers_v_corrected"],
        found["design_effect"],
        found["rao_scott"]["first_order"]["statistic"],
        found["rao_scott"]["second_order"]["statistic"],
        found["rao_scott"]["second_order"]["df"],
        found["verdict"]["corrected"]["p"],
    ]


def cells_of(found, rows, columns):
    """Return the figures of every cell, as arrays in this order of rows and columns."""
    names = ("column_percent", "adjusted_residuals", "standard_errors")
    arrays = [np.array(found[name]) for name in names]
    arrays += [np.array(found["intervals"][kind]) for kind in ("wilson", "goodman", "corrected")]
    arrays += [np.array(found["corrected_residuals"][name], dtype=float) for name in "zpq"]
    arrays += [np.array(found["design_effects"]["cells"])]
    return [one[rows][:, columns] for one in arrays]


@pytest.mark.parametrize("seed", range(4))
def test_another_order_of_rows_columns_units_and_names_changes_nothing(seed):
    told = random_told(seed)
    source = np.random.default_rng(seed)
    rows, columns = source.permutation(4), source.permutation(3)
    clusters = source.permutation(24)
    turned = [
        (
            int(np.flatnonzero(rows == row)[0]),
            int(np.flatnonzero(columns == column)[0]),
            int(clusters[cluster]),
        )
        for row, column, cluster in source.permutation(told)
    ]
    found, other = statistics_of(sample_of(told)), statistics_of(sample_of(turned))

    assert figures(other) == pytest.approx(figures(found))
    straight = cells_of(other, np.arange(4), np.arange(3))
    for one, same in zip(cells_of(found, rows, columns), straight, strict=True):
        assert same == pytest.approx(one, nan_ok=True)


def lower_columns(found, kind):
    """Return for each cell which columns its letters name."""
    names = dict(zip(found["letters"]["columns"], found["columns"], strict=True))
    return [
        [{names[letter] for letter in cell.split()} for cell in row]
        for row in found["letters"][kind]
    ]


def test_letters_go_with_their_columns():
    told = [("in", "low", n % 12) for n in range(26)] + [("out", "low", n % 12) for n in range(94)]
    told += [("in", "high", n % 12) for n in range(82)]
    told += [("out", "high", n % 12) for n in range(38)]
    for columns in (["low", "high"], ["high", "low"]):
        found = statistics_of(sample_of(told, columns=columns))
        expected = [{"high": {"low"}, "low": set()}, {"high": set(), "low": {"high"}}]
        for kind in ("naive", "corrected"):
            said = [dict(zip(columns, row, strict=True)) for row in lower_columns(found, kind)]
            assert said == expected


@pytest.mark.parametrize("times", [2, 7])
def test_copies_inside_clusters_leave_every_standard_error_and_corrected_test(times):
    told = random_told(5)
    once, copied = statistics_of(sample_of(told)), statistics_of(sample_of(told * times))

    assert copied["standard_errors"] == [pytest.approx(row) for row in once["standard_errors"]]
    for kind in ("first_order", "second_order"):
        assert copied["rao_scott"][kind] == pytest.approx(once["rao_scott"][kind])
    for name in "zp":
        same = np.array(once["corrected_residuals"][name], dtype=float)
        assert np.array(copied["corrected_residuals"][name], dtype=float) == pytest.approx(same)
    corrected = np.array(once["intervals"]["corrected"])
    assert np.array(copied["intervals"]["corrected"]) == pytest.approx(corrected)
    assert copied["chi_square"]["statistic"] == pytest.approx(
        times * once["chi_square"]["statistic"]
    )
    assert copied["design_effect"] == pytest.approx(times * once["design_effect"])


def test_a_number_stands_for_as_many_equal_units():
    told = random_told(6)
    entries, number = zip(*{one: told.count(one) for one in told}.items(), strict=True)
    counted = statistics_of(sample_of(list(entries), number=np.array(number)))

    assert figures(counted) == pytest.approx(figures(statistics_of(sample_of(told))))
    assert counted["n"] == 900


def test_units_that_are_clusters_of_their_own_give_the_naive_verdict():
    told = [(row, column, place) for place, (row, column, _) in enumerate(random_told(7))]
    found = statistics_of(sample_of(told))

    assert found["design_effect"] == pytest.approx(1, abs=0.01)
    assert found["verdict"]["corrected"]["p"] == pytest.approx(
        found["verdict"]["naive"]["p"], abs=0.01
    )
    assert not found["verdict"]["differs"]
    naive = np.array(found["adjusted_residuals"])
    assert np.array(found["corrected_residuals"]["z"]) == pytest.approx(naive, abs=0.02)
    wilson = np.array(found["intervals"]["wilson"])
    assert np.array(found["intervals"]["corrected"]) == pytest.approx(wilson, abs=0.002)


def test_of_two_columns_the_pooled_z_is_the_adjusted_residual():
    told = [one[:2] for one in random_told(8, columns=2)]
    found = statistics_of(sample_of(told))
    counts = np.array([[told.count((row, column)) for column in (0, 1)] for row in range(4)])
    bases = counts.sum(axis=0)

    for row in range(4):
        together = counts[row].sum() / bases.sum()
        variance = together * (1 - together) * (1 / bases).sum()
        z = (counts[row] / bases)[0] - (counts[row] / bases)[1]
        assert found["adjusted_residuals"][row][0] == pytest.approx(z / math.sqrt(variance))


def test_weights_that_are_all_alike_change_nothing():
    told = random_told(9)
    plain = statistics_of(sample_of(told))
    weighted = statistics_of(sample_of(told, weight=np.full(len(told), 0.25)))

    assert figures(weighted) == pytest.approx(figures(plain))
    assert weighted["bases"] == plain["bases"]
    assert weighted["standard_errors"] == [pytest.approx(row) for row in plain["standard_errors"]]


def test_a_weight_is_a_share_of_the_column():
    told = [("a", "one", 1), ("b", "one", 2), ("b", "one", 3), ("a", "two", 4)]
    found = statistics_of(sample_of(told, weight=np.array([2.0, 1, 1, 5])))

    assert found["column_percent"] == [[50, 100], [50, 0]]
    assert found["bases"] == [3, 1]


# -- Ways that give the same ------------------------------------------------------------------


def test_sparse_and_full_arrays_give_the_same(monkeypatch):
    sample = sample_of(random_told(10))
    full = statistics_of(sample)
    monkeypatch.setattr(clustering, "NUMBERS", 0)
    sparse = statistics_of(sample)
    monkeypatch.setattr(clustering, "MOST_CELLS", 0)
    by_rows = statistics_of(sample)

    assert figures(sparse) == pytest.approx(figures(full))
    for other in (sparse, by_rows):
        same = cells_of(full, np.arange(4), np.arange(3))
        for one, expected in zip(cells_of(other, range(4), range(3)), same, strict=True):
            assert one == pytest.approx(expected, nan_ok=True)
    assert by_rows["rao_scott"]["second_order"] == {"undefined": "too_large"}
    assert by_rows["verdict"]["corrected"]["method"] == "rao_scott_first_order"


def test_the_names_of_clusters_are_any_numbers():
    sample = litters()
    strange = dataclasses.replace(sample, cluster=sample.cluster * 10**12 + 7)

    assert figures(statistics_of(strange)) == pytest.approx(figures(statistics_of(sample)))
