"""Samples for tests: from rows of labels, from counts, and Weil's litters."""

import numpy as np

from reports.statistics.sample import Sample

LITTERS = {  # alive of born, by litter: Weil (1970), in Rao and Scott (1992), table 1
    "control": [
        *((13, 13), (12, 12), (9, 9), (9, 9), (8, 8), (8, 8), (12, 13), (11, 12)),
        *((9, 10), (9, 10), (8, 9), (11, 13), (4, 5), (5, 7), (7, 10), (7, 10)),
    ],
    "treated": [
        *((12, 12), (11, 11), (10, 10), (9, 9), (10, 11), (9, 10), (9, 10), (8, 9)),
        *((8, 9), (4, 5), (7, 9), (4, 7), (5, 10), (3, 6), (3, 10), (0, 7)),
    ],
}
PARTIES = [[762, 327, 468], [484, 239, 477]]  # Agresti 2007, women and men by party


def sample_of(told, *, rows=None, columns=None, **options):
    """Return the sample of (row, column, cluster) labels; without a third no cluster is known."""
    rows = rows or sorted({one[0] for one in told})
    columns = columns or sorted({one[1] for one in told})
    clusters = sorted({one[2] for one in told}) if told and len(told[0]) > 2 else None
    return Sample(
        rows,
        columns,
        np.array([rows.index(one[0]) for one in told], dtype=np.int64),
        np.array([columns.index(one[1]) for one in told], dtype=np.int64),
        cluster=clusters and np.array([clusters.index(one[2]) for one in told], dtype=np.int64),
        **options,
    )


def sample_of_counts(counts):
    """Return the sample with these counts, rows × columns, and no clusters."""
    counts = np.array(counts)
    row, column = (place.ravel() for place in np.indices(counts.shape))
    return Sample(
        [f"row {place}" for place in range(counts.shape[0])],
        [f"column {place}" for place in range(counts.shape[1])],
        row,
        column,
        number=counts.ravel(),
    )


def litters():
    """Return Weil's litters as a sample: alive and dead by treatment, litters as clusters."""
    told = [
        (row, group, f"{group} {litter}", number)
        for group, of_group in LITTERS.items()
        for litter, (alive, born) in enumerate(of_group)
        for row, number in (("alive", alive), ("dead", born - alive))
    ]
    return sample_of([one[:3] for one in told], number=np.array([one[3] for one in told]))


def random_told(seed, *, rows=4, columns=3, clusters=24, units=900):
    """Return (row, column, cluster) of units whose clusters have habits of their own."""
    source = np.random.default_rng(seed)
    habits = source.dirichlet(np.full(rows, 2.0), clusters)
    cluster = source.integers(0, clusters, units)
    row = [source.choice(rows, p=habits[one]) for one in cluster]
    column = source.integers(0, columns, units)
    return list(zip(map(int, row), map(int, column), map(int, cluster), strict=True))
