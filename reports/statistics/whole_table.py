"""Whether rows and columns of a table have anything to do with each other, and how much."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from reports.statistics import association
from reports.statistics.association import Verdict
from reports.statistics.clustering import RaoScott, rao_scott
from reports.statistics.montecarlo import monte_carlo
from reports.statistics.reasons import LEVEL, MOST_SMALL, Reason
from reports.statistics.reckoning import Reckoning, places, plain
from reports.statistics.sample import Floats, Truths

TWO = 2


def whole_table(of: Reckoning, *, seed: int, samples: int | None) -> dict[str, Any]:
    """Chi-square and its kin over the tested columns, empty rows and columns left out.

    None, or `{"undefined": reason}`, in place of what is not given.
    """
    columns = of.tested & (of.counted.bases > 0)
    rows = of.counted.cells[:, columns].sum(axis=1) > 0
    why = _why_no_table(of, rows, columns)
    if why:
        missing = {"undefined": why.value}
        tests = ("chi_square", "likelihood_ratio", "rao_scott")
        nothing = ("cramers_v", "cramers_v_corrected", "expected", "expected_below_5_percent")
        return {
            **dict.fromkeys(tests, missing),
            **dict.fromkeys((*nothing, "monte_carlo_p", "adjusted_residuals", "design_effect")),
            "monte_carlo": missing,
            "verdict": {"naive": missing, "corrected": missing, "differs": None},
        }
    cells = of.counted.cells[np.ix_(rows, columns)]
    pearson = association.chi_square(cells)
    drawn = _drawn(cells, seed, samples)
    corrected = _corrected(of, columns)
    full = np.full(of.counted.shape, np.nan)
    expected, residuals = full.copy(), full.copy()
    expected[np.ix_(rows, columns)] = association.expected_counts(cells)
    residuals[np.ix_(rows, columns)] = association.adjusted_residuals(cells)
    return {
        "chi_square": dataclasses.asdict(pearson),
        "likelihood_ratio": dataclasses.asdict(association.likelihood_ratio(cells)),
        "cramers_v": association.cramers_v(cells),
        "cramers_v_corrected": association.cramers_v_corrected(cells),
        "expected": plain(expected),
        "expected_below_5_percent": association.small_expected(cells),
        "monte_carlo_p": drawn.get("p"),
        "monte_carlo": drawn,
        "adjusted_residuals": plain(residuals),
        "design_effect": None if isinstance(corrected, Reason) else corrected.found.design_effect,
        "rao_scott": _shown(corrected),
        "verdict": _verdict(pearson, drawn, corrected),
    }


def _why_no_table(of: Reckoning, rows: Truths, columns: Truths) -> Reason | None:
    said = [
        (of.overlapping, Reason.OVERLAPPING),
        (not columns.any(), Reason.NO_DATA),
        (columns.sum() < TWO, Reason.ONE_COLUMN),
        (rows.sum() < TWO, Reason.ONE_ROW),
    ]
    return next((reason for holds, reason in said if holds), None)


def _drawn(cells: Floats, seed: int, samples: int | None) -> dict[str, Any]:
    """The Monte-Carlo p, where expected counts are too small for chi-square."""
    if not _too_small(cells):
        return {"undefined": Reason.ENOUGH_EXPECTED.value}
    whole = np.rint(cells)  # weighted counts are not whole
    whole = whole[whole.sum(axis=1) > 0][:, whole.sum(axis=0) > 0]
    if min(whole.shape) < TWO:
        return {"undefined": Reason.NO_DATA.value}
    return dataclasses.asdict(monte_carlo(whole, seed=seed, samples=samples))


def _too_small(cells: Floats) -> bool:
    """Cochran's rule (1954): a fifth of the cells expects fewer than five, or one less than one."""
    smallest = association.expected_counts(cells).min()
    return bool(association.small_expected(cells) > MOST_SMALL or smallest < 1)


@dataclasses.dataclass(frozen=True, eq=False)
class _Corrected:
    """The test with clusters, and chi-square of the same cells, scaled to as many as their units.

    `left_out` are columns with too few known clusters, where two or more others have enough;
    `small` says that too few are expected for either test.
    """

    found: RaoScott
    pearson: Verdict
    small: bool
    left_out: list[int]


def _corrected(of: Reckoning, columns: Truths) -> _Corrected | Reason:
    """Test those of the columns whose variance is known from clusters."""
    fit = columns & of.corrected
    if of.spread is None or fit.sum() < TWO:
        unknown = of.spread is None or of.hidden[columns].any()
        return Reason.CLUSTERS_UNKNOWN if unknown else Reason.FEW_CLUSTERS
    rows = of.counted.cells[:, fit].sum(axis=1) > 0
    if rows.sum() < TWO:
        return Reason.ONE_ROW
    cells = of.counted.cells[np.ix_(rows, fit)]
    statistic = association.chi_square(cells).statistic
    found = rao_scott(statistic, of.spread, of.counted, rows, fit)
    if found is None:
        return Reason.NO_VARIANCE
    counted = cells * of.counted.numbers[fit].sum() / of.counted.bases[fit].sum()
    pearson = association.chi_square(counted)
    return _Corrected(found, pearson, _too_small(counted), places(columns & ~fit))


def _shown(corrected: _Corrected | Reason) -> dict[str, Any]:
    if isinstance(corrected, Reason):
        return {"undefined": corrected.value}
    found = corrected.found
    second: dict[str, Any] = {"undefined": Reason.TOO_LARGE.value}
    if found.second:
        second = dataclasses.asdict(found.second)
        second |= {"f": found.f, "df_denominator": found.df_denominator}
    return {
        "first_order": dataclasses.asdict(found.first),
        "second_order": second,
        "left_out": corrected.left_out,
    }


def _verdict(
    pearson: Verdict, drawn: Mapping[str, Any], corrected: _Corrected | Reason
) -> dict[str, Any]:
    """What the table as a whole says, taken naively and corrected, and whether they differ.

    Both are of the same columns: where some are left out, the naive one is without them, too.
    """
    drawn_p = drawn.get("p")
    naive = _said(
        "pearson" if drawn_p is None else "monte_carlo", pearson.p if drawn_p is None else drawn_p
    )
    if isinstance(corrected, Reason):
        return {"naive": naive, "corrected": {"undefined": corrected.value}, "differs": None}
    if corrected.small:
        reason = {"undefined": Reason.SMALL_EXPECTED.value}
        return {"naive": naive, "corrected": reason, "differs": None}
    if corrected.left_out:
        naive = _said("pearson", corrected.pearson.p)
    found = corrected.found
    order = "second_order" if found.second else "first_order"
    by_clusters = _said(f"rao_scott_{order}", (found.second or found.first).p)
    differs = naive["significant"] != by_clusters["significant"]
    return {"naive": naive, "corrected": by_clusters, "differs": differs}


def _said(method: str, p: float) -> dict[str, Any]:
    return {"method": method, "p": p, "significant": p < LEVEL}
