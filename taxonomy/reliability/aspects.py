"""The sums of samples seen in two ways: all categories, or each against all others.

Both give the same arrays, so that every coefficient is one formula for both.
"""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from taxonomy.reliability import formulas
from taxonomy.reliability.results import Coefficient
from taxonomy.reliability.sums import Floats, Sums, added


@dataclasses.dataclass(frozen=True, eq=False)
class Aspect:
    """What the coefficients ask; leading axes are (samples,) or (samples, categories).

    `shares` are of all rated units, `compared` of the ratings on units with at least two, both
    with the categories on the last axis. `varied` says whether more than one category is among
    the latter. `units`, `agreed` and `by_chance` are of pairs of coders, on the last axis.
    """

    k: int
    observed: Floats
    shares: Floats
    compared: Floats
    varied: NDArray[np.bool_]
    within: Floats
    expected: Floats
    units: Floats
    agreed: Floats
    by_chance: Floats

    def coefficients(self, *, two_coders: bool) -> dict[Coefficient, Floats]:
        """Every coefficient, NaN where it is undefined.

        With two coders Scott's pi looks at the units that both rated; with more it is Fleiss'
        kappa, its generalization.
        """
        kappas = formulas.cohen_kappas(self.units, self.agreed, self.by_chance)
        fleiss = formulas.fleiss_kappa(self.observed, self.shares)
        number = added(self.compared)
        with np.errstate(invalid="ignore"):
            both = self.compared / number[..., None]
        scott = formulas.fleiss_kappa(self.observed, both) if two_coders else fleiss
        return {
            Coefficient.PERCENT_AGREEMENT: self.observed,
            Coefficient.COHEN_KAPPA: formulas.mean_where_defined(kappas),
            Coefficient.SCOTT_PI: self._where_varied(scott),
            Coefficient.FLEISS_KAPPA: self._where_varied(fleiss),
            Coefficient.KRIPPENDORFF_ALPHA: self._where_varied(
                formulas.krippendorff_alpha(self.within, self.expected, number)
            ),
            Coefficient.GWET_AC1: formulas.gwet_ac1(self.observed, self.shares, self.k),
            Coefficient.BRENNAN_PREDIGER: formulas.brennan_prediger(self.observed, self.k),
            Coefficient.PERREAULT_LEIGH: formulas.perreault_leigh(self.observed, self.k),
        }

    def _where_varied(self, values: Floats) -> Floats:
        return np.where(self.varied, values, np.nan)


def over_all(sums: Sums, *, k: int, within: Floats, expected: Floats) -> Aspect:
    """All categories at once; `within` and `expected` are the disagreement for alpha."""
    return Aspect(
        k=k,
        observed=1 - _divided(added(sums.parted) / 2, sums.compared),
        shares=_divided(sums.shares, sums.rated[:, None]),
        compared=sums.values,
        varied=np.count_nonzero(sums.values, axis=-1) > 1,
        within=within,
        expected=expected,
        units=sums.both,
        agreed=added(sums.same),
        by_chance=added(sums.first * sums.second),
    )


def against_others(sums: Sums) -> Aspect:
    """Each category against all others together, as if there were these two."""
    shares = _divided(sums.shares, sums.rated[:, None])
    number = sums.values.sum(axis=-1, keepdims=True)
    compared = _two(sums.values, number - sums.values)
    units = sums.both[:, None, :]
    first, second, same = (part.swapaxes(1, 2) for part in (sums.first, sums.second, sums.same))
    return Aspect(
        k=2,
        observed=1 - _divided(sums.parted, sums.compared[:, None]),
        shares=_two(shares, 1 - shares),
        compared=compared,
        varied=np.count_nonzero(compared, axis=-1) > 1,
        within=sums.apart,
        expected=2 * sums.values * (number - sums.values),
        units=np.broadcast_to(units, first.shape),
        agreed=units - first - second + 2 * same,
        by_chance=first * second + (units - first) * (units - second),
    )


def _two(one: Floats, other: Floats) -> Floats:
    return np.stack([one, other], axis=-1)


def _divided(number: Floats, by: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        shares: Floats = number / by
    return shares
