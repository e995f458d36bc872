"""Worked examples that were published, with the figures as printed, and helpers to make ratings."""

from taxonomy.reliability.agreement import agreement_of
from taxonomy.reliability.ratings import ratings_of
from taxonomy.reliability.results import Coefficient, Estimate, Level

# K. Krippendorff, “Computing Krippendorff's alpha-reliability” (2011), sections A, B and C–D.
MEG_AND_OWEN = ["0100000010", "1110010000"]
BEN_AND_GERRY = ["aabbdcccedda", "babbbccceddd"]
FOUR_OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
# K. L. Gwet, Handbook of Inter-Rater Reliability (2014), pages 55–56: the same, but the lone
# rating of the last unit is the third coder's.
GWET_FOUR = [list(row) for row in FOUR_OBSERVERS]
GWET_FOUR[1][-1], GWET_FOUR[2][-1] = None, 3

# Two coders, as tables: rows are the first coder's.
COHEN_1960 = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]  # table 2; weights in Cohen 1968
COHEN_1968_WEIGHTS = [[0, 1, 3], [1, 0, 6], [3, 6, 0]]
ABSTRACTORS = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]  # Gwet 2014; R package irrCAC
PARADOX = [[118, 5], [2, 0]]  # Feinstein and Cicchetti 1990; Gwet 2008

# J. L. Fleiss 1971, table 1: 30 patients, 6 raters, how many gave each of five diagnoses.
FLEISS_1971 = [
    [0, 0, 0, 6, 0],
    [0, 3, 0, 0, 3],
    [0, 1, 4, 0, 1],
    [0, 0, 0, 0, 6],
    [0, 3, 0, 3, 0],
    [2, 0, 4, 0, 0],
    [0, 0, 4, 0, 2],
    [2, 0, 3, 1, 0],
    [2, 0, 0, 4, 0],
    [0, 0, 0, 0, 6],
    [1, 0, 0, 5, 0],
    [1, 1, 0, 4, 0],
    [0, 3, 3, 0, 0],
    [1, 0, 0, 5, 0],
    [0, 2, 0, 3, 1],
    [0, 0, 5, 0, 1],
    [3, 0, 0, 1, 2],
    [5, 1, 0, 0, 0],
    [0, 2, 0, 4, 0],
    [1, 0, 2, 0, 3],
    [0, 0, 0, 0, 6],
    [0, 1, 0, 5, 0],
    [0, 2, 0, 1, 3],
    [2, 0, 0, 4, 0],
    [1, 0, 0, 4, 1],
    [0, 5, 0, 1, 0],
    [4, 0, 0, 0, 2],
    [0, 2, 0, 4, 0],
    [1, 0, 5, 0, 0],
    [0, 0, 0, 0, 6],
]


def rows_of(coders):
    """Rows of unit, coder and value, from one sequence of values for each coder."""
    return [
        (unit, coder, value) for coder, said in enumerate(coders) for unit, value in enumerate(said)
    ]


def rows_of_table(table):
    """Rows of two coders, from how often the first said one thing where the second said another."""
    pairs = [
        (first, second)
        for first, row in enumerate(table)
        for second, times in enumerate(row)
        for _time in range(times)
    ]
    return rows_of(list(zip(*pairs, strict=True)))


def rows_of_counts(counts):
    """Rows of as many coders as it takes, from how many gave each unit each category."""
    rows = []
    for unit, row in enumerate(counts):
        values = [category for category, times in enumerate(row) for _time in range(times)]
        rows += [(unit, coder, value) for coder, value in enumerate(values)]
    return rows


def agreement(rows, *, level="nominal", samples=0, seed=0, **options):
    ratings = ratings_of(rows, **options)
    return agreement_of(ratings, level=Level(level), samples=samples, seed=seed)


def values(rows, **options):
    """The overall coefficients by name; a reason stands where there is no value."""
    return plain(agreement(rows, **options).overall)


def plain(figures):
    return {
        one.value: figure.value if isinstance(figure, Estimate) else figure.reason
        for one, figure in figures.items()
    }


def alpha(rows, level="nominal", **options):
    return values(rows, level=level, **options)[Coefficient.KRIPPENDORFF_ALPHA]
