"""What an answer about agreement looks like: a value with its interval, or why there is none.

Pages may import this module, which loads nothing.
"""

import dataclasses
from collections.abc import Hashable, Mapping, Sequence
from enum import StrEnum


class Level(StrEnum):
    """What differences between values mean, which Krippendorff's alpha asks."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


class Coefficient(StrEnum):
    """The coefficients, in the order in which they are shown."""

    PERCENT_AGREEMENT = "percent_agreement"
    COHEN_KAPPA = "cohen_kappa"
    SCOTT_PI = "scott_pi"
    FLEISS_KAPPA = "fleiss_kappa"
    KRIPPENDORFF_ALPHA = "krippendorff_alpha"
    GWET_AC1 = "gwet_ac1"
    BRENNAN_PREDIGER = "brennan_prediger"
    PERREAULT_LEIGH = "perreault_leigh"


WEIGHTED_KAPPA = "weighted_kappa"  # beside them, where there is a tree to weight by


class Reason(StrEnum):
    """Why a coefficient is undefined; each place says it in its own words."""

    NO_RATINGS = "no_ratings"
    ONE_CODER = "one_coder"
    NO_OVERLAP = "no_overlap"
    ONE_CATEGORY = "one_category"
    ONE_COMPARED = "one_compared"
    NOT_COMPARED = "not_compared"
    NOTHING_ELSE = "nothing_else"
    MANY_CODERS = "many_coders"
    MANY_VALUES = "many_values"


FEW_RATINGS = 10  # of a category: no interval
FEW_CLUSTERS = 20  # below this an interval is known to be too narrow, and the reader is told


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A coefficient with its 95 % interval; `low` and `high` are None where there is none."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclasses.dataclass(frozen=True)
class Undefined:
    """A coefficient that has no value."""

    reason: Reason


Figure = Estimate | Undefined
Figures = Mapping[Coefficient, Figure]


@dataclasses.dataclass(frozen=True)
class CategoryAgreement:
    """One category against all others: how many ratings it has, and the coefficients."""

    ratings: int
    figures: Figures


@dataclasses.dataclass(frozen=True)
class PairAgreement:
    """Two coders on the `units` that both rated; None where a figure is undefined.

    `weighted` is kappa weighted by steps in a tree; None also where no tree was given.
    """

    first: Hashable
    second: Hashable
    units: int
    agreement: float | None
    kappa: float | None
    standard_error: float | None
    kappa_max: float | None
    weighted: Estimate | None = None


@dataclasses.dataclass(frozen=True)
class Agreement:
    """All coefficients of one set of ratings, with what they were computed from.

    `k` is the number of categories available, `missing` how many of units × coders have no rating.
    `samples` bootstrap samples under `seed` over `clusters` made the intervals. `unequal` says
    that units differ in their number of ratings. `weighted` is the mean over all pairs of coders
    of kappa weighted by steps in a tree; None where no tree was given.
    """

    level: Level
    units: int
    coders: int
    ratings: int
    k: int
    missing: int
    unequal: bool
    clusters: int
    samples: int
    seed: int
    overall: Figures
    categories: Mapping[Hashable, CategoryAgreement]
    pairs: Sequence[PairAgreement]
    conger: Figure
    weighted: Figure | None = None

    @property
    def defined(self) -> bool:
        """Whether any coefficient has a value."""
        return any(isinstance(figure, Estimate) for figure in self.overall.values())
