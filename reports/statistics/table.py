"""All statistics of one table, as JSON can hold them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from reports.statistics.clustering import design_effects, effective_numbers
from reports.statistics.intervals import (
    ENOUGH,
    MANY_CATEGORIES,
    goodman_intervals,
    sison_glaz,
    t_quantile,
    wilson_intervals,
)
from reports.statistics.lettering import Letters, comparisons
from reports.statistics.reasons import FEW_CLUSTERS, LEVEL, SMALL_BASE
from reports.statistics.reckoning import Reckoning, places, plain
from reports.statistics.sample import Floats, Sample, Truths
from reports.statistics.whole_table import whole_table

FORMAT = 2


def statistics_of(
    sample: Sample,
    *,
    seed: int = 1,
    letters: Letters = "fdr",
    groups: Sequence[Sequence[int]] | None = None,
    tested: Sequence[int] | None = None,
    samples: int | None = None,
    overlapping: bool = False,
) -> dict[str, Any]:
    """Every statistic of a table, by row and column of the sample; docs/statistics.md says each.

    Columns are compared within `groups` (all with all without them); those not in `tested` get
    per cent and intervals only, and no part in any test. `letters` says how many tests at once
    are allowed for. `overlapping`: a unit may stand in several rows, so each row is a question of
    its own, and there is no chi-square of the whole. `samples` tables are drawn under `seed`.

    Matrices are rows × columns, intervals have two numbers in each cell; shares are from 0 to 1,
    what is called per cent from 0 to 100. None stands where there is no figure, and
    `{"undefined": reason}` in place of a test. Raises ValueError for a sample that is none.
    """
    among = _mask(range(len(sample.columns)) if tested is None else tested, len(sample.columns))
    reckoning = Reckoning.of(sample, among, overlapping=overlapping)
    within = [[column for column in group if among[column]] for group in groups or [places(among)]]
    whole = whole_table(reckoning, seed=seed, samples=samples)
    return {
        "format": FORMAT,
        "rows": list(sample.rows),
        "columns": list(sample.columns),
        "n": reckoning.counted.n,
        "bases": reckoning.counted.numbers.tolist(),
        "clusters": None if reckoning.spread is None else reckoning.clusters.tolist(),
        "reasons": [reason and reason.value for reason in reckoning.reasons],
        **whole,
        "column_percent": plain(100 * reckoning.shares),
        **_precision(reckoning),
        **comparisons(reckoning, within, letters),
        "method": {
            "level": LEVEL,
            "letters": letters,
            "seed": seed,
            "weighted": sample.weight is not None,
            "overlapping": overlapping,
            "fewest_clusters": FEW_CLUSTERS,
            "smallest_base": SMALL_BASE,
        },
    }


def _mask(chosen: Sequence[int], columns: int) -> Truths:
    mask = np.zeros(columns, dtype=np.bool_)
    mask[list(chosen)] = True
    return mask


def _precision(of: Reckoning) -> dict[str, Any]:
    counted = of.counted
    bases = np.where(counted.bases > 0, counted.bases, np.nan)
    intervals = {
        "wilson": plain(wilson_intervals(of.shares, bases)),
        "goodman": plain(goodman_intervals(of.shares, bases)),
        "sison_glaz": plain(_sison_glaz(of)),
        "corrected": None,
    }
    errors: Any = {"standard_errors": None, "design_effects": None}
    if of.spread is not None:
        numbers = np.where(of.corrected, effective_numbers(of.spread, counted), np.nan)
        z = t_quantile(np.where(of.corrected, of.clusters - 1, 1).astype(np.float64))
        intervals["corrected"] = plain(wilson_intervals(of.shares, numbers, z=z))
        variances = of.spread.covariance.diagonal(axis1=1, axis2=2)
        cells, columns = design_effects(of.spread, counted)
        errors = {
            "standard_errors": plain(np.where(of.corrected, np.sqrt(variances), np.nan)),
            "design_effects": {
                "cells": plain(np.where(of.corrected, cells, np.nan)),
                "columns": plain(np.where(of.corrected, columns, np.nan)),
            },
        }
    return {"intervals": intervals, **errors}


def _sison_glaz(of: Reckoning) -> Floats:
    """By column, where there are rows enough, with five units each, and a unit stands in one."""
    found = np.full((*of.counted.shape, 2), np.nan)
    if of.counted.shape[0] < MANY_CATEGORIES or of.overlapping or of.weighted:
        return found
    for column in np.flatnonzero(of.counted.cells.min(axis=0) >= ENOUGH):
        found[:, column] = sison_glaz(of.counted.cells[:, column])
    return found
