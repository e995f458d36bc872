"""The coefficients as arithmetic on arrays; NaN stands for undefined, and leaves this room nowhere.

`agreement` gives the typed answers. Leading axes are whatever the caller has: samples, or samples
and categories. `observed` is the share of agreeing pairs of ratings (the mean over units with at
least two), `shares` has the categories on its last axis, `k` is the number available.
"""

from typing import Any

import numpy as np

from incidents.reliability.kappa import beyond_chance
from taxonomy.reliability.sums import Floats, added

ROUNDING = 1e-12


def brennan_prediger(observed: Any, k: Any) -> Any:
    """(p_o - 1/k) / (1 - 1/k); the same as Bennett's S.

    R. L. Brennan and D. J. Prediger, “Coefficient kappa: some uses, misuses, and alternatives”,
    Educational and Psychological Measurement 41 (1981), 687–699.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return beyond_chance(np.asarray(observed), 1 / np.float64(k))


def perreault_leigh(observed: Any, k: Any) -> Any:
    """I_r, the square root of (p_o - 1/k) k/(k - 1), and 0 where agreement is not above chance.

    Above chance by less than the last digits is not: the root of a rounding is a millionth.

    W. D. Perreault and L. E. Leigh, “Reliability of nominal data based on qualitative judgments”,
    Journal of Marketing Research 26 (1989), 135–148.
    """
    beyond = brennan_prediger(observed, k)
    return np.sqrt(np.where(beyond <= ROUNDING, 0, beyond))


def gwet_ac1(observed: Any, shares: Floats, k: Any) -> Any:
    """AC1: chance agreement is the sum of s (1 - s) over the shares, by k - 1.

    K. L. Gwet, “Computing inter-rater reliability and its variance in the presence of high
    agreement”, British Journal of Mathematical and Statistical Psychology 61 (2008), 29–48.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        by_chance = added(shares * (1 - shares)) / (np.float64(k) - 1)
        return beyond_chance(observed, by_chance)


def fleiss_kappa(observed: Any, shares: Floats) -> Any:
    """Fleiss' kappa: chance agreement is the sum of the squared shares; of two coders Scott's pi.

    J. L. Fleiss, “Measuring nominal scale agreement among many raters”, Psychological Bulletin 76
    (1971), 378–382. W. A. Scott, “Reliability of content analysis”, Public Opinion Quarterly 19
    (1955), 321–325. For unequal numbers of ratings, where each unit has the same weight however
    many rated it: K. L. Gwet, Handbook of Inter-Rater Reliability, 4th edition (2014), chapter 2.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return beyond_chance(observed, added(shares**2))


def cohen_kappas(units: Floats, agreed: Floats, by_chance: Floats) -> Floats:
    """Cohen's kappa of each pair of coders, from counts.

    `by_chance` is the sum over categories of the product of both coders' counts of it. Where both
    only ever say one thing this divides nothing by nothing, which is NaN.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        kappas: Floats = beyond_chance(agreed * units, by_chance, whole=units**2)
    return kappas


def weighted_kappas(units: Floats, apart: Floats, by_chance: Floats) -> Floats:
    """Weighted kappa of each pair of coders, from sums: see `kappa.weighted_kappa`.

    `apart` is the sum of the distances of both coders' answers, `by_chance` that over all pairs
    of categories, each as often as the one coder used the one times the other coder the other.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        kappas: Floats = 1 - apart * units / by_chance
    return kappas


def mean_where_defined(values: Floats) -> Floats:
    """The mean along the last axis of what is defined; NaN where nothing is."""
    defined = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        mean: Floats = added(np.where(defined, values, 0)) / np.count_nonzero(defined, axis=-1)
    return mean


def krippendorff_alpha(observed: Floats, expected: Floats, ratings: Floats) -> Floats:
    """1 - D_o / D_e from sums of disagreement over ordered pairs of ratings.

    `observed` is that within units, each pair by one less than its unit's ratings; `expected`
    that of all pairs of the `ratings`, whatever their units; both by the same distance.

    K. Krippendorff, “Computing Krippendorff's alpha-reliability” (2011), Annenberg School for
    Communication, University of Pennsylvania.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1 - (ratings - 1) * observed / expected


def conger_kappa(observed: float, used: Floats) -> float:
    """Cohen's kappa of several coders at once: chance agreement is the mean over pairs of coders.

    `used` has (coders, categories), how often each coder used each category. A. J. Conger,
    “Integration and generalization of kappas for multiple raters”, Psychological Bulletin 88
    (1980), 322–328.
    """
    shares = used / used.sum(axis=1, keepdims=True)
    coders = len(shares)
    with_themselves = (shares**2).sum()
    by_chance = ((shares.sum(axis=0) ** 2).sum() - with_themselves) / (coders * (coders - 1))
    return float(beyond_chance(observed, by_chance))
