"""The statistics of ten tables by software that is not ours: SciPy and statsmodels."""

import csv
import functools
from importlib import import_module

import numpy as np
import pytest

from reports.demo.four_regions.world import build_world
from reports.statistics.reckoning import Reckoning
from reports.statistics.table import statistics_of
from tests.reports.statistics.made import sample_of, sample_of_counts

FICTIONAL = ["country", "sector", "viewpoint", "valence", "language"]
REAL = [
    ("nhs_fft_trusts_A_C", "category_1", "organisation", "prompt"),
    ("nhs_fft_trusts_A_C", "category_1", "valence", "prompt"),
    ("cfpb_mixed_products", "category_1", "census_region", "organisation"),
    ("nhs_v6_nhft_multilabel", "service_type_1", "fft_score", "respondent_id"),
    ("asap_restaurants_zh_300", "category_1", "rating", "incident_id"),
]


@functools.cache
def fictional_parts():
    """Return what each moment of the fictional study was, with its interview."""
    return [
        {
            "row": part.behaviour[0],
            "country": story.talk.country,
            "sector": story.talk.sector,
            "viewpoint": story.told_as,
            "valence": part.valence,
            "language": story.talk.language,
            "cluster": story.talk.code,
        }
        for story in build_world(2026).stories
        for part in story.parts
    ]


def compare_with_others(told):
    """Assert that all that other software computes too is the same to six decimals."""
    sample = sample_of(told)
    found = statistics_of(sample, letters="bonferroni")
    counts = np.zeros((len(sample.rows), len(sample.columns)))
    np.add.at(counts, (sample.row, sample.column), 1)
    _the_whole(found, counts)
    _intervals(found, counts)
    _variances(sample, counts)
    _adjustments(found)


def _the_whole(found, counts):
    stats = import_module("scipy.stats")
    tables = import_module("statsmodels.stats.contingency_tables")
    for name, power in (("chi_square", 1), ("likelihood_ratio", 0)):
        theirs = stats.chi2_contingency(counts, correction=False, lambda_=power)
        ours = (found[name]["statistic"], found[name]["p"], found[name]["df"])
        assert ours == pytest.approx(theirs[:3], abs=5e-7)
        assert np.array(found["expected"]) == pytest.approx(theirs.expected_freq, abs=5e-7)
    cramer = stats.contingency.association(counts.astype(int), method="cramer")
    assert found["cramers_v"] == pytest.approx(cramer, abs=5e-7)
    residuals = tables.Table(counts, shift_zeros=False).standardized_resids
    assert np.array(found["adjusted_residuals"]) == pytest.approx(residuals, abs=5e-7)


def _intervals(found, counts):
    proportion = import_module("statsmodels.stats.proportion")
    for column, told in enumerate(counts.T):
        ours = np.array([row[column] for row in found["intervals"]["wilson"]])
        theirs = proportion.proportion_confint(told, told.sum(), method="wilson")
        assert ours == pytest.approx(np.array(theirs).T, abs=5e-7)
        ours = np.array([row[column] for row in found["intervals"]["goodman"]])
        theirs = proportion.multinomial_proportions_confint(told, method="goodman")
        assert ours == pytest.approx(theirs, abs=5e-7)


def _variances(sample, counts):
    """Regress each row on the columns with errors by cluster: the same linearized variances.

    Their factor for few clusters is taken out and ours, by column, put in.
    """
    regression = import_module("statsmodels.regression.linear_model")
    reckoning = Reckoning.of(sample, np.ones(counts.shape[1], dtype=bool), overlapping=False)
    several = [len(set(sample.cluster[sample.column == one])) for one in range(counts.shape[1])]
    if min(several) < 2:
        return
    factor = np.sqrt([number / (number - 1) for number in several])
    columns = np.eye(counts.shape[1])[sample.column]
    for row in counts.sum(axis=1).argsort()[-2:]:
        fit = regression.OLS((sample.row == row).astype(float), columns).fit()
        theirs = fit.get_robustcov_results(
            "cluster", groups=sample.cluster, use_correction=False
        ).cov_params()
        ours = reckoning.spread.covariance[row]
        assert ours == pytest.approx(theirs * np.outer(factor, factor), abs=5e-10, rel=1e-6)


def _adjustments(found):
    multitest = import_module("statsmodels.stats.multitest")
    beside = found["corrected_residuals"]
    if "undefined" in beside:
        return
    p, q = ([one for row in beside[name] for one in row if one is not None] for name in ("p", "q"))
    if p:
        assert q == pytest.approx(multitest.multipletests(p, method="fdr_bh")[1], abs=5e-7)


@pytest.mark.parametrize("by", FICTIONAL)
def test_tables_of_the_fictional_study(by):
    told = [(part["row"], part[by], part["cluster"]) for part in fictional_parts()]

    compare_with_others(told)


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "row", "column", "cluster"), REAL)
def test_tables_of_real_files(real_data, name, row, column, cluster):
    path = real_data / "data" / "narratives" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    told = [(one[row], one[column], one[cluster]) for one in read if one[row] and one[column]]

    assert len(told) > 200
    compare_with_others(told)


@pytest.mark.parametrize("rows", [7, 9])
def test_sison_and_glazs_intervals(rows):
    proportion = import_module("statsmodels.stats.proportion")
    told = np.random.default_rng(rows).integers(5, 20, rows)
    found = statistics_of(sample_of_counts(told[:, None]))["intervals"]["sison_glaz"]

    theirs = proportion.multinomial_proportions_confint(told, method="sison-glaz")
    assert np.array([row[0] for row in found]) == pytest.approx(theirs, abs=5e-7)


@pytest.mark.parametrize("seed", range(3))
def test_the_monte_carlo_p_is_about_that_of_another_program(seed):
    stats = import_module("scipy.stats")
    counts = np.random.default_rng(seed).integers(0, 7, (4, 3)) + np.eye(4, 3, dtype=int)
    told = [
        (row, column) for (row, column), number in np.ndenumerate(counts) for _ in range(number)
    ]
    method = stats.PermutationMethod(n_resamples=2_000, rng=np.random.default_rng(1))
    theirs = stats.chi2_contingency(counts, correction=False, method=method).pvalue
    found = statistics_of(sample_of(told), seed=seed)

    assert found["expected_below_5_percent"] > 20
    assert found["monte_carlo_p"] == pytest.approx(theirs, abs=0.05)
    assert found["verdict"]["naive"] == {
        "method": "monte_carlo",
        "p": found["monte_carlo_p"],
        "significant": found["monte_carlo_p"] < 0.05,
    }
