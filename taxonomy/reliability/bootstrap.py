"""Intervals from samples of clusters, drawn with replacement under a seed."""

from collections.abc import Iterator

import numpy as np

from taxonomy.reliability.sums import Floats

MOSTLY = 0.9  # of the samples have to define a coefficient, or it has no interval
SIDES = (0.025, 0.975)
AT_ONCE = 50
NUMBERS_AT_ONCE = 4_000_000


def drawn(clusters: int, *, samples: int, seed: int, width: int) -> Iterator[Floats]:
    """How often each cluster is in each sample, some samples at a time: (some, clusters).

    Each sample draws as many clusters as there are. `width` is how many numbers the caller keeps
    for a sample; how many come at a time changes nothing about what is drawn.
    """
    source = np.random.default_rng(seed)
    at_once = max(1, min(AT_ONCE, NUMBERS_AT_ONCE // max(width, clusters, 1)))
    for start in range(0, samples, at_once):
        weights = [
            np.bincount(source.integers(0, clusters, clusters), minlength=clusters)
            for _sample in range(min(at_once, samples - start))
        ]
        yield np.array(weights, dtype=np.float64)


def intervals(values: Floats) -> Floats:
    """The middle 95 % of the samples: (2, …) from (samples, …), NaN where too few are defined.

    Percentile method: B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993),
    chapter 13; of clusters: A. C. Davison and D. V. Hinkley, Bootstrap Methods and their
    Application (1997), section 3.8. Samples that leave a coefficient undefined are left out.
    """
    ends = np.full((2, *values.shape[1:]), np.nan)
    enough = (~np.isnan(values)).mean(axis=0) >= MOSTLY
    if enough.any():
        ends[:, enough] = np.nanquantile(values[:, enough], SIDES, axis=0)
    return ends
