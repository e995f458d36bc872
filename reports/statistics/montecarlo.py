"""How rare a table is among tables with the same margins, by drawing such tables."""

import dataclasses

import numpy as np
from scipy.stats import random_table

from reports.statistics.association import chi_square, expected_counts
from reports.statistics.sample import Floats, Integers

MOST = 10_000
LEAST = 200
CELLS = 500_000  # that are drawn in all
AT_ONCE = 2_000_000  # numbers in memory
SAME = 1e-9  # relative: what differs by less is as large


@dataclasses.dataclass(frozen=True)
class Drawn:
    """The share of drawn tables as far from independence as the real one, and how many were drawn.

    The real table is one of them, so `p` is never 0.
    """

    p: float
    samples: int
    seed: int


def samples_for(cells: int) -> int:
    """How many tables of this many cells are drawn, so that it takes about as long for each."""
    return max(LEAST, min(MOST, CELLS // max(cells, 1)))


def monte_carlo(counts: Floats, *, seed: int, samples: int | None = None) -> Drawn:
    """The probability by chance of a chi-square as large, margins given (Patefield 1981).

    `counts` are rows × columns; weighted ones are rounded to whole numbers. Tables are drawn, not
    units, so n hardly matters. p = (1 + as large) / (1 + drawn).

    Raises ValueError where a row or column is empty.
    """
    whole = np.rint(counts).astype(np.int64)
    samples = samples or samples_for(whole.size)
    if not (whole.sum(axis=0).all() and whole.sum(axis=1).all()):
        raise ValueError("A row or column is empty.")
    drawing = random_table(whole.sum(axis=1), whole.sum(axis=0))
    source = np.random.default_rng(seed)
    expected = expected_counts(whole.astype(np.float64))
    least = chi_square(whole.astype(np.float64)).statistic * (1 - SAME)
    at_once = max(1, AT_ONCE // whole.size)
    as_large = sum(
        _as_large(drawing.rvs(min(at_once, samples - start), random_state=source), expected, least)
        for start in range(0, samples, at_once)
    )
    return Drawn((1 + as_large) / (1 + samples), samples, seed)


def _as_large(tables: Integers, expected: Floats, least: float) -> int:
    statistic = ((tables - expected) ** 2 / expected).sum(axis=(-2, -1))
    return int((statistic >= least).sum())
