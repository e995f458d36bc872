"""Nobody who knows all that is shown, totals included, works back to what is hidden."""

import itertools
import random

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import eye, kron

from taxonomy.tabulation.disclosure import Behind, Grid, Rule, hidden_cells, too_little

WIDTH = 5
BOUND = 10_000  # more than any count here
SLACK = 1e-6


def random_grid(rng, rows, columns, *, subtotals=False, groups=False, scales=(1, 3, 12, 40)):
    """Return counts with their sums: the whole, a base, rows, perhaps subtotals and residuals."""
    lines, leaves = [None, 0], []
    over = [len(lines) + number for number in range(2)] if subtotals else [1]
    lines += [1, 1] if subtotals else []
    for number in range(rows):
        leaves.append(len(lines))
        lines.append(over[number % len(over)])
    for _ in range(rng.randint(0, 1)):
        leaves.append(len(lines))
        lines.append(0)
    across = [None, *([0, 0] if groups else [])]
    outer = [1, 2] if groups else [0]
    inner = range(len(across), len(across) + columns)
    across += [outer[number % len(outer)] for number in range(columns)]
    values = [[0] * len(across) for _ in lines]
    for column in inner:
        scale = rng.choice(scales)
        for row in leaves:
            count = rng.randint(0, scale) if rng.random() < 0.6 else 0
            for at, to in itertools.product(path(row, lines), path(column, across)):
                values[at][to] += count
    return Grid(values, lines, across)


def path(node, parents):
    found = [node]
    while parents[found[-1]] is not None:
        found.append(parents[found[-1]])
    return found


def sums(grid):
    """Return a line for each sum that an attacker knows to hold: its parts less itself."""
    shape = len(grid.rows), len(grid.columns)
    found = []
    for row, column in itertools.product(*map(range, shape)):
        for parents, axis in ((grid.rows, 0), (grid.columns, 1)):
            here = (row, column)[axis]
            parts = [one for one, parent in enumerate(parents) if parent == here]
            if parts:
                line = np.zeros(shape)
                line[row, column] = -1
                for part in parts:
                    line[(part, column) if axis == 0 else (row, part)] = 1
                found.append(line.ravel())
    return np.array(found)


def spans(grid, hidden, places):
    """Return how wide the span is that each place may lie in, by two programs a place in one."""
    places, width = sorted(places), len(grid.columns)
    if not places:
        return {}
    counts = np.array(grid.values, dtype=float).ravel()
    unknown = np.array(sorted(row * width + column for row, column in hidden))
    at = {key: number for number, key in enumerate(unknown)}
    shown = np.setdiff1d(np.arange(len(counts)), unknown)
    lines = sums(grid)
    told = -lines[:, shown] @ counts[shown]
    kept = np.any(lines[:, unknown] != 0, axis=1)
    lines, told = lines[kept][:, unknown], told[kept]
    wanted = np.zeros((2 * len(places), len(unknown)))
    for number, (row, column) in enumerate(places):
        wanted[2 * number, at[row * width + column]] = 1
        wanted[2 * number + 1, at[row * width + column]] = -1
    copies = len(wanted)
    found = linprog(
        wanted.ravel(),
        A_eq=kron(eye(copies), lines, format="csr"),
        b_eq=np.tile(told, copies),
        bounds=(0, BOUND),
        method="highs",
    )
    assert found.status == 0
    values = (found.x.reshape(copies, -1) * wanted).sum(axis=1)
    return {place: -values[2 * at] - values[2 * at + 1] for at, place in enumerate(places)}


def drawn(seed):
    """Return a table, what is too little, and what is known of it from elsewhere."""
    rng = random.Random(seed)
    grid = random_grid(
        rng,
        rng.randint(1, 3),
        rng.randint(2, 3),
        subtotals=rng.random() < 0.3,
        groups=rng.random() < 0.3,
    )
    every = set(itertools.product(range(len(grid.rows)), range(len(grid.columns))))
    enough = {
        (row, column)
        for row, column in every
        if grid.values[row][column] >= WIDTH and rng.random() < 0.95
    }
    known = {(row, 0) for row in range(len(grid.rows))} if rng.random() < 0.5 else set()
    return grid, too_little(grid, enough) - known, known, every - known


def narrow(grid, few, known, every, hidden):
    """Return the cells that an attacker bounds more narrowly than what is known leaves."""
    found, most = spans(grid, hidden, few), spans(grid, every, few) if known else {}
    return [place for place in few if found[place] < min(WIDTH, most.get(place, WIDTH)) - SLACK]


@pytest.mark.thorough
@pytest.mark.parametrize("seeds", [range(100), range(100, 200)])
def test_an_attacker_with_all_totals_bounds_nothing_too_narrowly(seeds):
    hid = 0
    for seed in seeds:
        grid, few, known, every = drawn(seed)
        hidden = hidden_cells(grid, few, width=WIDTH, known=known)
        assert few <= hidden <= every
        assert narrow(grid, few, known, every, hidden) == [], seed
        hid += len(hidden) < len(every)
    assert hid > len(seeds) / 4  # some of most tables is shown


def test_the_same_attacker_works_back_where_only_too_little_is_hidden():
    undone = 0
    for seed in range(20):
        grid, few, known, every = drawn(seed)
        undone += bool(narrow(grid, few, known, every, few))

    assert undone > 5


@pytest.mark.parametrize("seed", range(8))
def test_of_what_is_hidden_to_protect_no_value_is_told_exactly(seed):
    grid, few, known, _every = drawn(seed)
    hidden = hidden_cells(grid, few, width=WIDTH, known=known)

    if not known:  # else a zero may be told by what is known anyway
        assert all(width > SLACK for width in spans(grid, hidden, hidden).values())


def grid_of(*rows):
    """Return a flat table of these counts: the whole, which is the base, and its rows."""
    inner = [[sum(row), *row] for row in rows]
    total = [sum(column) for column in zip(*inner, strict=True)]
    return Grid([total, *inner], [None, *[0] * len(rows)], [None, *[0] * len(rows[0])])


def enough_of(grid, least=WIDTH):
    return {
        (row, column)
        for row, of in enumerate(grid.values)
        for column, count in enumerate(of)
        if count >= least
    }


def test_one_small_cell_takes_three_others_along():
    grid = grid_of((2, 20, 30), (40, 9, 60), (70, 80, 90))

    few = too_little(grid, enough_of(grid))
    hidden = hidden_cells(grid, few, width=WIDTH)

    assert few == {(1, 1)}
    assert hidden == {(1, 1), (1, 2), (2, 1), (2, 2)}


def test_a_table_with_enough_behind_everything_is_shown():
    grid = grid_of((20, 0), (40, 9))

    assert too_little(grid, enough_of(grid)) == set()
    assert hidden_cells(grid, set(), width=WIDTH) == frozenset()


def test_a_zero_is_shown_unless_it_tells_where_the_few_are_not():
    grid = grid_of((2, 20, 0), (0, 30, 40), (1, 50, 60))

    few = too_little(grid, enough_of(grid))

    assert (0, 1) in few  # three in all in the first column
    assert (2, 1) in few  # so nobody may see that they are not here
    assert (1, 3) not in few


def test_moments_interviews_and_organizations_have_to_be_enough():
    outside = Rule(5, interviews=3, organizations=2)

    assert Behind(5, 3, 2).is_enough(outside)
    assert not any(
        Behind(*behind).is_enough(outside) for behind in ((4, 3, 2), (5, 2, 2), (5, 3, 1))
    )
    assert Behind(5, 3, 1).is_enough(Rule(5))


def test_where_nothing_can_be_protected_nothing_is_shown():
    grid = grid_of((1,))

    assert hidden_cells(grid, too_little(grid, set()), width=WIDTH) == {
        (0, 0), (0, 1), (1, 0), (1, 1),
    }  # fmt: skip
    assert hidden_cells(Grid([[0]], [None], [None]), set(), width=WIDTH) == frozenset()


def test_the_order_of_rows_and_columns_changes_no_count_of_what_too_little_is():
    grid = grid_of((2, 20, 30), (4, 9, 60), (70, 1, 90))
    turned = grid_of((30, 20, 2), (90, 1, 70), (60, 9, 4))

    assert len(too_little(grid, enough_of(grid))) == len(too_little(turned, enough_of(turned))) == 3


def test_a_table_that_would_take_too_long_is_hidden_as_a_whole(monkeypatch):
    monkeypatch.setattr("taxonomy.tabulation.disclosure.MOST_TRIED", 1)
    grid = grid_of((2, 20, 30), (40, 9, 60), (3, 80, 90))
    known = {(row, 0) for row in range(4)}

    hidden = hidden_cells(grid, too_little(grid, enough_of(grid)), width=WIDTH, known=known)

    assert hidden == {(row, column) for row in range(4) for column in range(1, 4)}
