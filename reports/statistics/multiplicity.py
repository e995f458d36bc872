"""Many tests at once: what a p-value is worth among others."""

import numpy as np

from reports.statistics.sample import Floats, Truths


def false_discovery_rate(p: Floats) -> Floats:
    """The q of each p-value by Benjamini and Hochberg (1995); NaN is no test, and stays.

    q is the smallest false discovery rate at which the test counts: the smallest p' · m / rank'
    among the p' that are not smaller, m the number of tests.
    """
    q = np.full(p.shape, np.nan)
    tested = ~np.isnan(p)
    values = p[tested]
    order = np.argsort(values)
    scaled = values[order] * len(values) / np.arange(1, len(values) + 1)
    q_of_tested = np.empty(len(values))
    q_of_tested[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    q[tested] = q_of_tested
    return q


def bonferroni(p: Floats) -> Floats:
    """Each p times the number of tests of its row, at most 1 (Dunn 1961); NaN is no test.

    `p` is rows × tests.
    """
    tests: Truths = ~np.isnan(p)
    return np.asarray(np.minimum(p * tests.sum(axis=-1, keepdims=True), 1))
