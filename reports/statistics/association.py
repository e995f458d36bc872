"""Association of rows and columns in a table of independent units."""

import dataclasses
import math

import numpy as np
from scipy import special

from reports.statistics.reasons import SMALL_EXPECTED
from reports.statistics.sample import Floats


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A statistic that follows chi-square with `df`, and how probable one as large is by chance."""

    statistic: float
    df: float
    p: float


def beyond(statistic: float, df: float) -> float:
    """The probability that chi-square with `df` is at least `statistic`."""
    return float(special.chdtrc(df, statistic))


def expected_counts(cells: Floats) -> Floats:
    """What each cell would have if rows and columns had nothing to do with each other.

    Row total × column total / n, for a table of rows × columns that is not all zero.
    """
    return np.asarray(np.outer(cells.sum(axis=1), cells.sum(axis=0)) / cells.sum())


def chi_square(cells: Floats) -> Verdict:
    """Pearson's chi-square (1900), without correction for continuity.

    Σ (O − E)² / E with (rows − 1)(columns − 1) degrees of freedom. No row or column is empty.
    """
    expected = expected_counts(cells)
    statistic = float(((cells - expected) ** 2 / expected).sum())
    return Verdict(statistic, df_of(cells), beyond(statistic, df_of(cells)))


def likelihood_ratio(cells: Floats) -> Verdict:
    """The likelihood-ratio statistic G² = 2 Σ O ln(O / E) (Wilks 1938); 0 ln 0 is 0."""
    statistic = max(2 * float(special.rel_entr(cells, expected_counts(cells)).sum()), 0.0)
    return Verdict(statistic, df_of(cells), beyond(statistic, df_of(cells)))


def df_of(cells: Floats) -> int:
    """(rows − 1)(columns − 1)."""
    rows, columns = cells.shape
    return int((rows - 1) * (columns - 1))


def cramers_v(cells: Floats) -> float:
    """Cramér's V (1946): √(χ² / (n · min(rows − 1, columns − 1))), from 0 to 1."""
    return math.sqrt(chi_square(cells).statistic / (cells.sum() * (min(cells.shape) - 1)))


def cramers_v_corrected(cells: Floats) -> float | None:
    """Cramér's V without its upward bias (Bergsma 2013); None where n is too small for it.

    φ² loses what chance alone gives it, (rows − 1)(columns − 1)/(n − 1), and is 0 where that is
    more; rows and columns lose (rows − 1)²/(n − 1) and (columns − 1)²/(n − 1).
    """
    n = float(cells.sum())
    if n <= 1:
        return None
    phi = max(chi_square(cells).statistic / n - df_of(cells) / (n - 1), 0)
    size = min(number - (number - 1) ** 2 / (n - 1) for number in cells.shape)
    return math.sqrt(phi / (size - 1)) if size > 1 else None


def adjusted_residuals(cells: Floats) -> Floats:
    """How far each cell is from what was expected, in standard errors (Haberman 1973).

    (O − E) / √(E (1 − row share)(1 − column share)). No row or column is empty, and there are two
    of either at least.
    """
    n, expected = cells.sum(), expected_counts(cells)
    others = np.outer(1 - cells.sum(axis=1) / n, 1 - cells.sum(axis=0) / n)
    return np.asarray((cells - expected) / np.sqrt(expected * others), dtype=np.float64)


def small_expected(cells: Floats) -> float:
    """The per cent of cells whose expected count is below five."""
    return float(100 * (expected_counts(cells) < SMALL_EXPECTED).mean())
