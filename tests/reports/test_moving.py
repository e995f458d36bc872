"""Two computed tables beside each other: each moment that moved has one cause, and they add up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.runs.causes import Cause
from reports.runs.members import Members, in_order, packed, unpacked
from reports.runs.moving import compared

ROWS, COLUMNS, RESIDUALS = ("r0", "r1", "r2"), ("c0", "c1"), ("not_coded", "in_dispute")
SETTLED = (("single", 1, ""), ("agreed", 1, ""), ("single", 2, ""), ("in_dispute", None, ",1,2,"))


def members(cells, rows=ROWS, columns=COLUMNS):
    """Return the members of a table from moment → (line, column, settlement)."""
    lines = [*rows, *RESIDUALS]
    keys = sorted(cells)
    places = [lines.index(cells[key][0]) for key in keys]
    row = [at if at < len(rows) else len(rows) - 1 - at for at in places]
    return in_order(
        Members(
            moment=np.array(keys, dtype=np.int64),
            row=np.array(row, dtype=np.int64),
            column=np.array([columns.index(cells[key][1]) for key in keys], dtype=np.int64),
            settled=np.array([SETTLED.index(cells[key][2]) for key in keys], dtype=np.int64),
            rows=rows,
            columns=columns,
            residuals=RESIDUALS,
            settlements=SETTLED,
        )
    )


def compare(before, after):
    return compared(
        members(before),
        members(after),
        why_gone=lambda keys, _settled: [Cause.LEFT] * len(keys),
        why_new=lambda keys, _settled: [Cause.ENTERED] * len(keys),
    )


def moved(found):
    causes = list(Cause)
    return {
        int(key): causes[cause]
        for key, cause in zip(found.moved.moment, found.moved.cause, strict=True)
    }


CELLS = st.dictionaries(
    st.integers(1, 12),
    st.tuples(
        st.sampled_from([*ROWS, *RESIDUALS]), st.sampled_from(COLUMNS), st.sampled_from(SETTLED)
    ),
    max_size=10,
)


@settings(max_examples=60)
@given(CELLS, CELLS)
def test_the_five_causes_add_up_to_the_change_of_every_cell(before, after):
    found = compare(before, after)

    for at, line in enumerate(found.lines):
        for to, column in enumerate(found.columns):
            then = sum(cell[:2] == (line, column) for cell in before.values())
            now = sum(cell[:2] == (line, column) for cell in after.values())
            assert (found.before[at, to], found.after[at, to]) == (then, now)
            assert sum(net[at, to] for net in found.net.values()) == now - then
    assert set(moved(found)) == {
        key
        for key in before.keys() | after.keys()
        if before.get(key, ())[:2] != after.get(key, ())[:2]
    }


@pytest.mark.parametrize(
    ("before", "after", "cause"),
    [
        (None, ("r0", "c0", SETTLED[0]), Cause.ENTERED),
        (("r0", "c0", SETTLED[0]), None, Cause.LEFT),
        (("r0", "c0", SETTLED[0]), ("r1", "c0", SETTLED[2]), Cause.RECODED),
        (("r0", "c0", SETTLED[0]), ("in_dispute", "c0", SETTLED[3]), Cause.RECODED),
        (("r0", "c0", SETTLED[0]), ("r1", "c0", SETTLED[0]), Cause.REBATCHED),
        (("r0", "c0", SETTLED[0]), ("r1", "c0", SETTLED[1]), Cause.REBATCHED),
        (("r0", "c0", SETTLED[0]), ("r0", "c1", SETTLED[0]), Cause.CORRECTED),
        (("r0", "c0", SETTLED[0]), ("r1", "c1", SETTLED[2]), Cause.RECODED),
    ],
)
def test_each_move_has_its_cause(before, after, cause):
    found = compare({7: before} if before else {}, {7: after} if after else {})

    assert moved(found) == {7: cause}


def test_what_is_settled_otherwise_and_stands_in_the_same_cell_has_not_moved():
    found = compare({7: ("r0", "c0", SETTLED[0])}, {7: ("r0", "c0", SETTLED[2])})

    assert moved(found) == {}


def test_rows_and_columns_that_only_one_table_has_are_those_of_both():
    before = members({1: ("gone", "c0", SETTLED[0])}, rows=("gone",))
    after = members({1: ("new", "c9", SETTLED[0])}, rows=("new",), columns=("c9",))

    found = compared(
        before,
        after,
        why_gone=lambda keys, _settled: [Cause.LEFT] * len(keys),
        why_new=lambda keys, _settled: [Cause.ENTERED] * len(keys),
    )

    assert found.lines == ["new", *RESIDUALS, "gone"]
    assert found.columns == ["c9", "c0", "c1"]
    assert moved(found) == {1: Cause.REBATCHED}
    assert found.net[Cause.REBATCHED].sum() == 0


@pytest.mark.parametrize("keys", [[], [5, 2**40, 9]])
def test_a_file_of_members_says_what_was_put_in_it(keys):
    cells = {key: (("r0", "not_coded")[key % 2], "c1", SETTLED[3]) for key in keys}

    read = unpacked(packed(members(cells)))

    assert read.moment.tolist() == sorted(keys)
    assert [read.lines[at] for at in read.line] == [cells[key][0] for key in sorted(keys)]
    assert [read.columns[at] for at in read.column] == ["c1"] * len(keys)
    assert [read.settlements[at] for at in read.settled] == [SETTLED[3]] * len(keys)
