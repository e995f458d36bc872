"""The coefficients by software that is not ours; by a formula of its own where no library has it.

`krippendorff` computes alpha, NLTK Scott's pi and the kappas of coders who rated everything,
scikit-learn Cohen's kappa. Fleiss' kappa with gaps (Gwet 2014), AC1, Brennan–Prediger and I_r come
from a table of counts, written down here from the books. Used by tests alone, and loaded where it
is used: every run collects this file, and the libraries take seconds.
"""

import itertools
import math
from importlib import import_module
from statistics import fmean

import numpy as np


def figures(rows, k):
    """Every coefficient of rows of unit, coder and value; None is no rating."""
    rows = [row for row in rows if row[2] is not None]
    by_table = from_counts(table(rows), k)
    two = len({coder for _unit, coder, _value in rows}) == 2
    return {
        "cohen_kappa": mean_cohen(rows),
        "krippendorff_alpha": alpha(rows),
        "scott_pi": scott(rows) if two else by_table["fleiss"],
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
    computed = import_module("krippendorff").alpha
    return float(computed(reliability_data=data, level_of_measurement="nominal"))


def mean_cohen(rows):
    """The mean over pairs of coders of scikit-learn's kappa on what both rated."""
    cohen_kappa_score = import_module("sklearn.metrics").cohen_kappa_score
    kappas = [cohen_kappa_score(one, other) for one, other in pairs(rows)]
    return float(fmean(kappa for kappa in kappas if not math.isnan(kappa)))


def scott(rows):
    """Scott's pi of two coders on what both rated, by NLTK."""
    (both,) = pairs(rows)
    said = enumerate(zip(*both, strict=True))
    return _pi_of_nltk(
        [(coder, unit, one) for unit, pair in said for coder, one in enumerate(pair)]
    )


def fleiss_of_all(rows):
    """Fleiss' kappa of coders who rated everything: what NLTK calls pi."""
    return _pi_of_nltk([(coder, unit, value) for unit, coder, value in rows])


def _pi_of_nltk(said):
    task = import_module("nltk.metrics.agreement").AnnotationTask
    return task(data=[(str(coder), str(unit), str(value)) for coder, unit, value in said]).pi()


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
