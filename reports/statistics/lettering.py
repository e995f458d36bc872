"""The columns of a table beside each other: letters, contrasts, and each with the others."""

from typing import Any, Literal

import numpy as np

from reports.statistics.clustering import effective_numbers
from reports.statistics.comparing import (
    MOST_TESTS,
    Known,
    Tests,
    against_others,
    column_letters,
    compare,
    letters,
    others_of,
    pairs_of,
    significant,
)
from reports.statistics.reasons import FEW_CLUSTERS, LEVEL, Reason
from reports.statistics.reckoning import Reckoning, places, plain
from reports.statistics.sample import Floats, Integers, Truths

SOUND_BASE = 50  # of both columns, for what stands out
POINTS = 0.05  # that shares differ by at least, for what stands out

Letters = Literal["fdr", "bonferroni"]


def comparisons(of: Reckoning, groups: list[list[int]], method: Letters) -> dict[str, Any]:
    """Letters of naive and corrected tests, contrasts, and each column against the others.

    Only columns of one group are compared. None, and a reason, in place of what is not given.
    """
    naive, corrected = _naive(of, groups), _corrected(of, groups)
    others = _against_others(of, corrected, groups)
    names = column_letters(of.counted.shape[1])
    by: dict[str, Any] = {"method": method, "level": LEVEL, "columns": names}
    by |= {"naive": None, "corrected": None, "differ": None}
    pairs = pairs_of(groups, naive.fit)
    if len(pairs) * of.counted.shape[0] > MOST_TESTS:
        return {"letters": by | {"undefined": Reason.TOO_LARGE}, "contrasts": [], **others}
    plainly, _tests = _lettered(naive, pairs, method, names)
    of_clusters = pairs_of(groups, corrected.fit)
    if not len(of_clusters):
        reason = _why_none(of)
        return {"letters": by | {"naive": plainly, "undefined": reason}, "contrasts": [], **others}
    with_clusters, tests = _lettered(corrected, of_clusters, method, names)
    by |= {"naive": plainly, "corrected": with_clusters}
    by["differ"] = _differing(plainly, with_clusters, places(corrected.fit), names)
    return {"letters": by, "contrasts": _contrasts(of, tests, of_clusters), **others}


# -- What is known of the shares --------------------------------------------------------------


def _naive(of: Reckoning, groups: list[list[int]]) -> Known:
    rows, columns = of.counted.shape
    forever = np.full(columns, np.inf)
    return Known(
        shares=of.counted.shares,
        bases=of.counted.bases,
        numbers=np.broadcast_to(of.counted.bases, (rows, columns)),
        correlations=np.broadcast_to(0.0, (rows, columns, columns)),
        df=forever,
        fit=of.comparable,
        others_df=np.where(_has_others(of.comparable, groups), forever, 0),
    )


def _corrected(of: Reckoning, groups: list[list[int]]) -> Known:
    rows, columns = of.counted.shape
    if of.spread is None:
        nothing = np.zeros(columns, dtype=np.bool_)
        return Known(
            of.counted.shares,
            of.counted.bases,
            np.full((rows, columns), np.nan),
            np.broadcast_to(0.0, (rows, columns, columns)),
            np.zeros(columns),
            nothing,
            np.zeros(columns),
        )
    deviations = np.sqrt(of.spread.covariance.diagonal(axis1=1, axis2=2))
    both = deviations[:, :, None] * deviations[:, None, :]
    rho = np.divide(of.spread.covariance, both, out=np.zeros(both.shape), where=both > 0)
    return Known(
        shares=of.counted.shares,
        bases=of.counted.bases,
        numbers=effective_numbers(of.spread, of.counted),
        correlations=np.clip(rho, -1, 1),
        df=of.clusters.astype(np.float64) - 1,
        fit=of.comparable & of.corrected,
        others_df=_clusters_of_others(of, groups),
    )


def _has_others(fit: Truths, groups: list[list[int]]) -> Truths:
    found = np.zeros(len(fit), dtype=np.bool_)
    for group in groups:
        for column in group:
            found[column] = fit[[other for other in group if other != column]].any()
    return found


def _clusters_of_others(of: Reckoning, groups: list[list[int]]) -> Floats:
    """Degrees of freedom of the other columns together, 0 where these cannot be told."""
    columns = of.counted.shape[1]
    found = np.zeros(columns)
    for group in groups:
        among = np.zeros(columns, dtype=np.bool_)
        among[group] = True
        if of.spread is None or (of.hidden & among & (of.counted.bases > 0)).any():
            continue
        besides = of.spread.clusters_besides(among)
        found[group] = np.where(besides >= FEW_CLUSTERS, besides - 1.0, 0)[group]
    return found


# -- Letters ----------------------------------------------------------------------------------


def _lettered(
    known: Known, pairs: Integers, method: Letters, names: list[str]
) -> tuple[list[list[str]], Tests]:
    tests = compare(known, pairs)
    rows, columns = known.shares.shape
    return letters(tests.z, significant(tests, method), pairs, (rows, columns), names), tests


def _why_none(of: Reckoning) -> Reason:
    """The commonest reason why a column has no corrected test."""
    reasons = [reason for reason in of.reasons if reason and reason is not Reason.NOT_TESTED]
    if not reasons:
        return Reason.ONE_COLUMN
    return max(reasons, key=reasons.count)


def _differing(
    plainly: list[list[str]], corrected: list[list[str]], fit: list[int], names: list[str]
) -> list[list[int]]:
    """Cells whose letters clusters change, among the columns that both ways test."""
    known = {names[column] for column in fit}
    return [
        [row, column]
        for row, cells in enumerate(plainly)
        for column in fit
        if set(cells[column].split()) & known != set(corrected[row][column].split())
    ]


# -- What stands out is made from these -------------------------------------------------------


def _contrasts(of: Reckoning, tests: Tests, pairs: Integers) -> list[dict[str, Any]]:
    """For each row the two columns that differ most, where that is sound: q, points and bases."""
    shares, (one, other) = of.counted.shares, pairs.T
    apart = np.round(shares[:, one] - shares[:, other], 11)
    sound = (of.counted.numbers[one] >= SOUND_BASE) & (of.counted.numbers[other] >= SOUND_BASE)
    counts = np.nan_to_num(tests.q, nan=1) < LEVEL
    size = np.where(counts & sound & (abs(apart) >= POINTS), abs(apart), 0)
    found = []
    for row in np.flatnonzero(size.any(axis=1)):
        place = int(size[row].argmax())
        high, low = (one, other) if apart[row, place] > 0 else (other, one)
        found.append(
            {
                "row": int(row),
                "column": int(high[place]),
                "against": int(low[place]),
                "z": abs(float(tests.z[row, place])),
                "p": float(tests.p[row, place]),
                "q": float(tests.q[row, place]),
            }
        )
    return found


def _against_others(of: Reckoning, known: Known, groups: list[list[int]]) -> dict[str, Any]:
    """Each column against the others of its group together; corrected residuals."""
    others, weights = others_of(known, groups)
    if of.spread is None or not known.fit.any():
        return {"corrected_residuals": {"undefined": _why_none(of)}}
    tests = against_others(known, of.spread.covariance, others, weights)
    among = weights > 0
    return {
        "corrected_residuals": {
            "z": plain(tests.z),
            "p": plain(tests.p),
            "q": plain(tests.q),
            "others_percent": plain(100 * others.shares),
            "others_bases": (among @ of.counted.numbers).tolist(),
            "others": among.sum(axis=1).tolist(),
        }
    }
