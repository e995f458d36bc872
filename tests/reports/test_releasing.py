"""Nobody who reads all releases of a table works back to a few people."""

import itertools
import random

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import eye, kron

from reports.runs.members import Members
from reports.runs.releasing import Release, framed, movements, told_nothing_together
from taxonomy.tabulation.disclosure import Grid, hidden_cells, too_little

WIDTH = 5
SLACK = 1e-6
LINES, PARENTS = ["base", "s", "a", "b", "t", "c", "d"], [None, 0, 1, 1, 0, 4, 4]
FLAT, FLAT_PARENTS = ["base", "a", "b", "c", "d"], [None, 0, 0, 0, 0]
COLUMNS = ["all", "x", "y", "z"]


def release(leaves, *, lines=LINES, parents=PARENTS, columns=COLUMNS, besides=()):
    """Return a table of counts by leaf and column, with what is hidden in it by itself."""
    values = np.zeros((len(lines), len(columns)), dtype=int)
    for (line, column), count in leaves.items():
        at = lines.index(line)
        while at is not None:
            values[at, [0, columns.index(column)]] += count
            at = parents[at]
    grid = Grid(values.tolist(), parents, [None, *[0] * (len(columns) - 1)])
    places = list(itertools.product(range(len(lines)), range(len(columns))))
    few = too_little(grid, {place for place in places if values[place] >= WIDTH})
    hidden = hidden_cells(grid, few, width=WIDTH)
    named = [frozenset((lines[row], columns[at]) for row, at in some) for some in (hidden, few)]
    return Release(lines, parents, columns, grid.values, named[0] | set(besides), named[1])


def told(releases):
    return told_nothing_together(releases, width=WIDTH)


def counts(rng, scales):
    cells = itertools.product(FLAT[1:], COLUMNS[1:])
    return {cell: rng.randint(0, rng.choice(scales)) for cell in cells}


def drawn(seed):
    """Return two releases of one table, the second hiding what the first did as well."""
    rng = random.Random(seed)
    first = counts(rng, (2, 12, 40))
    second = {cell: count + rng.choice((0, 0, 0, 5, 9)) for cell, count in first.items()}
    if rng.random() < 0.3:
        second = {cell: max(0, count - rng.choice((0, 0, 6))) for cell, count in second.items()}
    before = release(first)
    if rng.random() < 0.3:
        return before, release(second, lines=FLAT, parents=FLAT_PARENTS), first, second
    return before, release(second, besides=before.hidden), first, second


def width_known(releases, leaves, places):
    """Return how wide the span of each place is for who knows what moved in every single cell.

    Unknown are the cells of the first table; those of the second are the same and a known change,
    and neither falls below none. Every place that either shows is a sum that is known.
    """
    cells = sorted(leaves[0])
    change = np.array([leaves[1][cell] - leaves[0][cell] for cell in cells])
    counts = np.array([leaves[0][cell] for cell in cells])

    def adds_up(line, column):
        under = [LINES[at] for at in range(len(LINES)) if LINES.index(line) in path(at)]
        return [(leaf in under) and column in {"all", at} for leaf, at in cells]

    shown = {
        (line, column)
        for one in releases
        for line, column in itertools.product(one.lines, one.columns)
        if (line, column) not in one.hidden
    }
    lines = np.array([adds_up(*place) for place in sorted(shown)], dtype=float)
    wanted = np.array([sign * np.array(adds_up(*at)) for at in places for sign in (1, -1)])
    copies = len(wanted)
    found = linprog(
        wanted.ravel(),
        A_eq=kron(eye(copies), lines, format="csr"),
        b_eq=np.tile(lines @ counts, copies),
        bounds=[(low, 1000) for low in np.tile(np.maximum(0, -change), copies)],
        method="highs",
    )
    assert found.status == 0
    values = (found.x.reshape(copies, -1) * wanted).sum(axis=1)
    return [-values[2 * at] - values[2 * at + 1] for at in range(len(places))]


def path(line):
    """Return a line and all that it is counted in."""
    return [line] if PARENTS[line] is None else [line, *path(PARENTS[line])]


def test_together_they_tell_no_more_than_each_by_itself_whoever_knows_what_moved():
    tried = {"accepted": 0, "refused": 0}
    for seed in range(45):
        before, after, *leaves = drawn(seed)
        few = sorted(before.few | after.few)
        if not few:
            continue
        if not told([before, after]):
            tried["refused"] += 1
            continue
        tried["accepted"] += 1
        spans = width_known([before, after], leaves, few)
        assert min(spans) >= WIDTH - SLACK, seed
    assert min(tried.values()) >= 10, tried


def test_what_one_release_hides_for_another_s_sake_may_not_be_shown_by_the_next():
    few = {("a", "x"): 2, ("b", "x"): 7, ("c", "x"): 30, ("d", "x"): 30}
    wide = {(line, column): 40 for line in FLAT[1:] for column in ("y", "z")}
    before = release(few | wide)
    after = release(few | wide | {("a", "x"): 12})

    assert ("a", "x") in before.few
    assert not after.hidden
    assert not told([before, after])
    assert told([before, release(few | wide, besides=before.hidden)])


def test_where_nothing_is_hidden_nothing_is_to_be_protected():
    many = {(line, column): 40 for line in FLAT[1:] for column in COLUMNS[1:]}

    assert told([release(many), release(many | {("a", "x"): 90})])


def test_a_new_column_with_few_in_it_is_told_by_the_table_that_had_it_not():
    many = {(line, column): 40 for line in FLAT[1:] for column in COLUMNS[1:]}
    new = {**many, ("a", "w"): 2, ("b", "w"): 20, ("c", "w"): 20, ("d", "w"): 20}
    columns = [*COLUMNS, "w"]

    assert not told([release(many), release(new, columns=columns)])
    assert told([release(many), release(new | {("a", "w"): 20}, columns=columns)])


def test_tables_in_which_a_line_is_counted_elsewhere_are_not_held_together():
    many = {(line, column): 40 for line in FLAT[1:] for column in COLUMNS[1:]}
    elsewhere = [None, 0, 1, 0, 3, 3, 3]  # b below t

    assert framed([release(many), release(many, lines=FLAT, parents=FLAT_PARENTS)])
    other = release(many, lines=["base", "s", "a", "t", "b", "c", "d"], parents=elsewhere)
    assert framed([release(many), other]) is None
    assert not told([release(many), other])


# -- What moved -------------------------------------------------------------------------------


def members(*placed):
    """Return who stood where: (moment, line, column), the line `not coded` being none."""
    keys, lines, columns = zip(*sorted(placed), strict=True)
    rows = FLAT[1:]
    return Members(
        moment=np.array(keys),
        row=np.array([rows.index(line) if line in rows else -1 for line in lines]),
        column=np.array([COLUMNS.index(column) for column in columns]),
        settled=np.zeros(len(keys), dtype=int),
        rows=rows,
        columns=COLUMNS,
        residuals=["not coded"],
        settlements=[("", None, "")],
    )


def moved(before, after):
    frame = framed([release({("a", "x"): 1})])
    found = []
    for lines, columns, keys in movements(before, after, frame):
        named = [
            (frame.lines[line], frame.columns[at]) for line, at in zip(lines, columns, strict=True)
        ]
        found.append({(*place, int(key)) for place, key in zip(named, keys, strict=True)})
    return found


def test_what_came_is_found_in_its_cell_and_in_every_sum():
    before = members((1, "a", "x"))
    after = members((1, "a", "x"), (2, "b", "y"))

    assert moved(before, after) == [
        set(),
        {(line, column, 2) for line in ("b", "s", "base") for column in ("y", "all")},
    ]


def test_what_moved_within_a_sum_left_its_cell_and_not_the_sum():
    before = members((1, "a", "x"), (2, "a", "x"))
    after = members((1, "b", "x"), (2, "a", "x"))

    assert moved(before, after) == [
        {("a", "x", 1), ("a", "all", 1)},
        {("b", "x", 1), ("b", "all", 1)},
    ]


@pytest.mark.parametrize("line", ["not coded", None])
def test_what_is_coded_comes_to_its_cell_as_what_was_not_there(line):
    rest = [(9, "c", "z")]
    before = members(*rest, *([(3, line, "x")] if line else []))

    assert moved(before, members(*rest, (3, "c", "x")))[1] == {
        (at, column, 3) for at in ("c", "t", "base") for column in ("x", "all")
    }
