"""The coefficients by software that is not ours; by a formula of its own where no library has it.

`krippendorff` computes alpha, NLTK Scott's pi and the kappas of coders who rated everything,
scikit-learn Cohen's kappa. Fleiss' kappa with gaps (Gwet 2014), AC1, Brennan–Prediger and I_r come
from a table of counts, written down here from the books. Used by tests alone.
"""

import itertools
import math
from statistics import fmean

import krippendorff
import numpy as np
from nltk.metrics.agreement import AnnotationTask
from sklearn.metrics import cohen_kappa_score


def figures(rows, k):
    """Every coefficient of rows of unit, coder and value; None is no rating."""
    rows = [row for row in rows if row[2] is not None]
    by_table = from_counts(table(rows), k)
    two = len({coder for _unit, coder, _value in rows}) == 2
    return {
        "cohen_kappa": mean_cohen(rows),
        "krippendorff_alpha": alpha(rows),
        "scott_pi": scott(rows)
        if len({coder for _, coder, _ in rows}) == 2
        else by_table["fleiss"],
        "percent_agreement": by_table["percent"],
        "fleiss_kappa": by_table["fleiss"],
        "gwet_ac1": by_table["ac1"],
        "brennan_prediger": by_table["bp"],
        "perreault_leigh": math.sqrt(max(by_table["bp"], 0)),
    }


def alpha(rows):
    values = {value: float(place) for place, value in enumerate(sorted({v for _, _, v in rows}))}
    units = {unit: at for at, unit in enumerate(sorted({u for u, _, _ in rows}))}
    coders = {coder: at for at, coder in enumerate(sorted({c for _, c, _ in rows}))}
    data = np.full((len(coders), len(units)), np.nan)
    for unit, coder, value in rows:
        data[coders[coder], units[unit]] = values[value]
    return float(krippendorff.alpha(reliability_data=data, level_of_measurement="nominal"))


def mean_cohen(rows):
    """The mean over pairs of coders of scikit-learn's kappa on what both rated."""
    kappas = [cohen_kappa_score(one, other) for one, other in pairs(rows)]
    return float(fmean(kappa for kappa in kappas if not math.isnan(kappa)))


def scott(rows):
    """Scott's pi of two coders on what both rated, by NLTK."""
    (both,) = pairs(rows)
    return task(zip(*both, strict=True)).pi()


def fleiss_of_all(rows):
    """Fleiss' kappa of coders who rated everything: what NLTK calls pi."""
    return AnnotationTask(data=[(str(c), str(u), str(v)) for u, c, v in rows]).pi()


def task(said):
    data = [
        (f"coder {at}", f"unit {place}", str(value))
        for place, values in enumerate(said)
        for at, value in enumerate(values)
    ]
    return AnnotationTask(data=data)


def pairs(rows):
    """What each two coders said of the units that both rated."""
    said = {}
    for unit, coder, value in rows:
        said.setdefault(coder, {})[unit] = value
    for one, other in itertools.combinations(sorted(said), 2):
        both = sorted(said[one].keys() & said[other].keys())
        if both:
            yield [said[one][unit] for unit in both], [said[other][unit] for unit in both]


def table(rows):
    """How many coders gave each category to each unit."""
    units = sorted({unit for unit, _, _ in rows})
    values = sorted({value for _, _, value in rows})
    counts = np.zeros((len(units), len(values)))
    for unit, _coder, value in rows:
        counts[units.index(unit), values.index(value)] += 1
    return counts


def from_counts(counts, k):
    """Gwet's table: r raters of a unit chose a category; who is alone is not compared."""
    raters = counts.sum(axis=1)
    several = raters > 1
    compared, n = counts[several], raters[several]
    observed = float(((compared * (compared - 1)).sum(axis=1) / (n * (n - 1))).mean())
    share = (counts / raters[:, None]).mean(axis=0)
    by_chance = {
        "fleiss": float((share**2).sum()),
        "ac1": float((share * (1 - share)).sum() / (k - 1)),
        "bp": 1 / k,
    }
    return {
        "percent": observed,
        **{name: (observed - chance) / (1 - chance) for name, chance in by_chance.items()},
    }
