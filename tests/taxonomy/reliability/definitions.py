"""The coefficients straight from their definitions, pair by pair of ratings, slow and simple."""

from collections import Counter, defaultdict
from fractions import Fraction
from itertools import combinations, permutations
from statistics import fmean


def by_unit(rows):
    units = defaultdict(dict)
    for unit, coder, value in rows:
        if value is not None:
            units[unit][coder] = value
    return units


def compared(rows):
    """The ratings of each unit with at least two of them, as lists."""
    return [list(said.values()) for said in by_unit(rows).values() if len(said) > 1]


def percent_agreement(rows):
    """The mean over units of the share of ordered pairs of ratings that are the same."""
    shares = []
    for said in compared(rows):
        pairs = list(permutations(said, 2))
        shares.append(Fraction(sum(a == b for a, b in pairs), len(pairs)))
    return sum(shares) / len(shares)


def mean_shares(rows):
    """The mean over rated units of the share of their ratings that each category has."""
    total, units = Counter(), by_unit(rows)
    for said in units.values():
        for value in said.values():
            total[value] += Fraction(1, len(said))
    return {value: share / len(units) for value, share in total.items()}


def corrected(observed, by_chance):
    return None if by_chance == 1 else (observed - by_chance) / (1 - by_chance)


def fleiss_kappa(rows):
    shares = mean_shares(rows).values()
    return corrected(percent_agreement(rows), sum(share**2 for share in shares))


def gwet_ac1(rows, k):
    shares = mean_shares(rows).values()
    by_chance = sum(share * (1 - share) for share in shares) / (k - 1)
    return corrected(percent_agreement(rows), by_chance)


def brennan_prediger(rows, k):
    return corrected(percent_agreement(rows), Fraction(1, k))


def pairs_of_coders(rows):
    """What two coders said on the units that both rated, for each two who have one."""
    units = by_unit(rows)
    coders = sorted({coder for said in units.values() for coder in said})
    for one, other in combinations(coders, 2):
        both = [(said[one], said[other]) for said in units.values() if {one, other} <= said.keys()]
        if both:
            yield both


def cohen_kappa_of(pairs):
    number = len(pairs)
    first, second = Counter(a for a, _b in pairs), Counter(b for _a, b in pairs)
    by_chance = sum(Fraction(first[one] * second[one], number**2) for one in first)
    return corrected(Fraction(sum(a == b for a, b in pairs), number), by_chance)


def cohen_kappa(rows):
    kappas = [cohen_kappa_of(pairs) for pairs in pairs_of_coders(rows)]
    defined = [float(kappa) for kappa in kappas if kappa is not None]
    return fmean(defined) if defined else None


def distance(level, a, b, used):
    """Krippendorff's squared distance; `used` counts the ratings on compared units."""
    if level == "nominal":
        return a != b
    if level == "interval":
        return Fraction(a - b) ** 2
    if level == "ratio":
        return Fraction(a - b, a + b) ** 2 if a + b else 0
    low, high = sorted((a, b))
    between = sum(number for value, number in used.items() if low <= value <= high)
    return (between - Fraction(used[low] + used[high], 2)) ** 2


def krippendorff_alpha(rows, level):
    units = compared(rows)
    every = [value for said in units for value in said]
    used = Counter(every)
    within = sum(
        Fraction(distance(level, a, b, used)) / (len(said) - 1)
        for said in units
        for a, b in permutations(said, 2)
    )
    by_chance = sum(Fraction(distance(level, a, b, used)) for a, b in permutations(every, 2))
    if not by_chance:
        return None
    return 1 - (within / len(every)) / (by_chance / (len(every) * (len(every) - 1)))
