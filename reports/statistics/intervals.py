"""Intervals of shares: one by one, all together, and as wide as clusters make them."""

import math

import numpy as np
from scipy import special

from reports.statistics.sample import Floats
from taxonomy.tabulation.intervals import Z95, wilson

CONFIDENCE = 0.95
MANY_CATEGORIES = 7  # from here on Sison and Glaz's are good,
ENOUGH = 5  # with so many units in each


def wilson_intervals(shares: Floats, bases: Floats, *, z: Floats | float = Z95) -> Floats:
    """Wilson's interval of each share: rows × columns × (low, high), shares from 0 to 1.

    `bases` and `z` are those of each cell or column. NaN where the base is 0 or unknown.
    """
    base = np.broadcast_to(bases, shares.shape)
    every_z = np.broadcast_to(np.asarray(z, dtype=np.float64), shares.shape)
    found = [
        wilson(min(share, 1.0) * number, number, z=width)
        if number > 0 and math.isfinite(number) and math.isfinite(width)
        else (math.nan, math.nan)
        for share, number, width in zip(
            shares.ravel().tolist(), base.ravel().tolist(), every_z.ravel().tolist(), strict=True
        )
    ]
    return np.array(found, dtype=np.float64).reshape(*shares.shape, 2)


def goodman_intervals(shares: Floats, bases: Floats) -> Floats:
    """Intervals that hold for all rows of a column together (Goodman 1965): × (low, high).

    Wilson's with the error divided by the number of rows; at least 95 per cent together.
    """
    error = (1 - CONFIDENCE) / max(len(shares), 1)
    return wilson_intervals(shares, bases, z=normal_quantile(error))


def sison_glaz(counts: Floats) -> Floats:
    """Intervals of all shares of one column together (Sison and Glaz 1995): rows × (low, high).

    All have the same reach below, c/n, and a little more above, where c is the smallest with which
    a multinomial as observed stays within c of its counts with 95 per cent. Good from seven rows.
    `counts` are whole numbers that are not all 0.
    """
    n = float(counts.sum())
    low, high = 0, math.isqrt(round(n)) or 1
    while high < n and _stays(counts, high) < CONFIDENCE:
        low, high = high, 2 * high  # within n everything stays
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _stays(counts, middle) >= CONFIDENCE else (middle, high)
    inside, reaches = _stays(counts, low), _stays(counts, high)
    beyond = (CONFIDENCE - inside) / (reaches - inside) if reaches > inside else 0.0
    shares = counts / n
    ends = np.stack([shares - low / n, shares + (low + 2 * beyond) / n], axis=-1)
    return np.clip(ends, 0, 1)


def _stays(counts: Floats, reach: int) -> float:
    """The probability that a multinomial stays within `reach` of each of these counts.

    Poissons cut to the ranges, given their sum: an Edgeworth expansion with four moments.
    """
    n = float(counts.sum())
    means = counts[counts > 0]
    within, factorial = _cut_moments(means, reach)
    mean = factorial[0]
    variance = mean + factorial[1] - mean**2
    third = factorial[2] + factorial[1] * (3 - 3 * mean) + mean - 3 * mean**2 + 2 * mean**3
    fourth = (
        factorial[3]
        + factorial[2] * (6 - 4 * mean)
        + factorial[1] * (7 - 12 * mean + 6 * mean**2)
        + (mean - 4 * mean**2 + 6 * mean**3 - 3 * mean**4)
    )
    total = variance.sum()
    if total <= 0:
        return 0.0
    skewness = third.sum() / total**1.5
    excess = (fourth - 3 * variance**2).sum() / total**2
    z = (n - mean.sum()) / math.sqrt(total)
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    expansion = density * (
        1
        + skewness / 6 * (z**3 - 3 * z)
        + excess / 24 * (z**4 - 6 * z**2 + 3)
        + skewness**2 / 72 * (z**6 - 15 * z**4 + 45 * z**2 - 15)
    )
    exactly = math.exp(n * math.log(n) - n - math.lgamma(n + 1))
    return float(np.exp(np.log(within).sum()) * expansion / math.sqrt(total) / exactly)


def _cut_moments(means: Floats, reach: int) -> tuple[Floats, Floats]:
    """Of Poissons cut to mean ± reach: how probable the range is, and four factorial moments."""
    top, bottom = means + reach, np.maximum(means - reach, 0)
    within = _up_to(top, means) - _up_to(bottom - 1, means)
    moments = [
        means**order * (_up_to(top - order, means) - _up_to(bottom - 1 - order, means)) / within
        for order in range(1, 5)
    ]
    return within, np.array(moments)


def _up_to(number: Floats, mean: Floats) -> Floats:
    """The probability that a Poisson is at most `number`, 0 below 0."""
    return np.asarray(np.where(number < 0, 0.0, special.pdtr(np.maximum(number, 0), mean)))


def normal_quantile(error: float) -> float:
    """The z that leaves out half of `error` on either side."""
    return float(-special.ndtri(error / 2))


def t_quantile(df: Floats) -> Floats:
    """The t that leaves out 2.5 per cent on either side, with these degrees of freedom."""
    return np.asarray(special.stdtrit(df, (1 + CONFIDENCE) / 2), dtype=np.float64)
