"""Drawn tables, and many tests at once."""

import numpy as np
import pytest

from reports.statistics import comparing
from reports.statistics.comparing import probability, significant
from reports.statistics.montecarlo import monte_carlo, samples_for
from reports.statistics.multiplicity import bonferroni, false_discovery_rate

TEA = np.array([[3.0, 1], [1, 3]])


def test_the_share_of_drawn_tables_is_that_of_all_tables_with_these_margins():
    # Of the 70 ways to fill 4 and 4 by 4 and 4, 1 + 16 + 16 + 1 are as far from independence.
    drawn = monte_carlo(TEA, seed=1, samples=20_000)

    assert drawn.p == pytest.approx(34 / 70, abs=0.015)
    assert (drawn.samples, drawn.seed) == (20_000, 1)


def test_the_real_table_is_one_of_the_drawn():
    rare = np.diag([20.0, 20, 20])

    assert monte_carlo(rare, seed=1, samples=9).p == 1 / 10


def test_tables_drawn_in_portions_are_as_many(monkeypatch):
    monkeypatch.setattr("reports.statistics.montecarlo.AT_ONCE", 4 * 7)
    drawn = monte_carlo(np.full((2, 2), 5.0), seed=3, samples=20)

    assert drawn.p == 1  # nothing is nearer to independence


@pytest.mark.parametrize(
    ("cells", "samples"), [(4, 10_000), (50, 10_000), (120, 4_166), (24_000, 200), (0, 10_000)]
)
def test_large_tables_are_drawn_less_often(cells, samples):
    assert samples_for(cells) == samples


def test_an_empty_row_is_refused():
    with pytest.raises(ValueError, match="empty"):
        monte_carlo(np.array([[1.0, 2], [0, 0]]), seed=1)


def test_z_is_normal_without_clusters_and_students_t_with_them():
    z = np.array([1.959964, -1.959964, 2.228139, -2.228139, 0])
    df = np.array([np.inf, np.inf, 10, 10, 10])

    assert probability(z, df) == pytest.approx([0.05, 0.05, 0.05, 0.05, 1], abs=1e-6)


def test_what_counts_depends_on_how_many_tests_are_allowed_for():
    p = np.array([[0.02, 0.03, 0.9]])
    tests = comparing.Tests(np.zeros(p.shape), p, false_discovery_rate(p))

    assert significant(tests, "fdr").tolist() == [[True, True, False]]
    assert significant(tests, "bonferroni").tolist() == [[False, False, False]]


def test_bonferroni_counts_the_tests_of_each_row():
    p = np.array([[0.01, 0.4, np.nan], [0.01, 0.04, 0.03]])

    assert bonferroni(p) == pytest.approx(
        np.array([[0.02, 0.8, np.nan], [0.03, 0.12, 0.09]]), nan_ok=True
    )
    assert bonferroni(np.array([[0.7, 0.2]])).tolist() == [[1, 0.4]]


def test_the_false_discovery_rate_is_over_all_tests_and_never_falls_with_p():
    p = np.array([[0.01, 0.04], [np.nan, 0.03]])

    assert false_discovery_rate(p) == pytest.approx(
        np.array([[0.03, 0.04], [np.nan, 0.04]]), nan_ok=True
    )
    assert false_discovery_rate(np.array([[np.nan]])) == pytest.approx(
        np.array([[np.nan]]), nan_ok=True
    )
