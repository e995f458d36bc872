"""Percentages that add to 100, and what they must not tell."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taxonomy.choices import Shares
from taxonomy.tabulation.adjusting import add_to_100
from taxonomy.tabulation.concealing import concealed
from taxonomy.tabulation.display import number_in, percent_shown
from taxonomy.tabulation.rollup import ALL, Counts
from taxonomy.tabulation.table import Column, build_table
from taxonomy.tabulation.tree import Node, Tree

COARSE = [Node(key=key, uid=f"c{key}", name=f"C{key}", round=2, position=key) for key in (1, 2)]


def tree_of(rows):
    """Rows by turns below two categories; the last one is not batched."""
    fine = [
        Node(
            key=10 + place,
            uid=f"u{place}",
            name=f"R{place}",
            round=1,
            position=place,
            parent=None if place == rows - 1 and rows > 2 else 1 + place % 2,
        )
        for place in range(rows)
    ]
    return Tree.of([*COARSE, *fine], {1: "Fine", 2: "Coarse"})


def table_of(counts, **asked):
    """A table of these counts, rows × columns, with subtotals."""
    tree = tree_of(len(counts))
    rows = {10 + place: {ALL: sum(row), **dict(enumerate(row))} for place, row in enumerate(counts)}
    base = {key: sum(row[key] for row in rows.values()) for key in (ALL, *range(len(counts[0])))}
    subtotals = {}
    for key, row in rows.items():
        parent = tree.nodes[key].parent
        if parent:
            below = subtotals.setdefault(parent, dict.fromkeys(row, 0))
            subtotals[parent] = {place: below[place] + count for place, count in row.items()}
    columns = [Column(place, f"K{place}", word=f"k{place}") for place in range(len(counts[0]))]
    table = build_table(Counts(rows, {}, base, subtotals), tree, 1, columns, adjusted=True, **asked)
    return add_to_100(table)


def shown(table, column):
    return [row.cells[column].percent for row in table.rows if not row.subtotal]


def number(percent):
    return number_in(percent) or Fraction()


def test_a_column_adds_to_100_where_rounding_alone_does_not():
    table = table_of([[50, 20], [50, 20], [50, 20]])

    assert shown(table, 0) == ["34%", "33%", "33%"]
    assert table.columns_not_adding_up == []
    assert [cell.count for cell in table.rows[1].cells] == [70, 50, 20]


def test_a_subtotal_is_the_sum_of_its_rows_and_of_no_other():
    table = table_of([[50], [50], [50]])

    assert [(row.subtotal, row.node.name, row.cells[0].text) for row in table.rows] == [
        (True, "C1", "34%"),
        (False, "R0", "34%"),
        (True, "C2", "33%"),
        (False, "R1", "33%"),
        (False, "R2", "33%"),  # not batched: in none
    ]


def test_rows_add_to_100_where_they_are_the_wholes():
    table = table_of([[20, 20, 20], [9, 9, 9]], shares=Shares.ROW, decimals=1)

    assert [cell.text for cell in table.rows[1].cells] == ["100.0%", "33.4%", "33.3%", "33.3%"]
    assert [cell.text for cell in table.rows[3].cells] == ["27", "9", "9", "9"]


counts = st.integers(1, 3).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(0, 400), min_size=width, max_size=width), min_size=1, max_size=6
    )
)


@settings(max_examples=60)
@given(counts=counts, decimals=st.sampled_from([0, 1]))
def test_whatever_is_counted_columns_add_to_100_and_no_figure_is_a_step_off(counts, decimals):
    table = table_of(counts, decimals=decimals)

    step = Fraction(1, 10**decimals)
    for place, column in enumerate(table.columns):
        cells = [row.cells[place] for row in table.rows if not row.subtotal]
        if any(cell.percent is None for cell in cells):
            continue
        assert sum(number(cell.percent) for cell in cells) == 100, column
        for cell in cells:
            assert abs(number(cell.percent) - Fraction(100 * cell.count, cell.base)) < step
            assert (cell.text == "–") == (cell.count == 0)


@pytest.mark.parametrize("shares", [Shares.COLUMN, Shares.ROW])
def test_what_is_hidden_does_not_show_in_the_figures_around_it(shares):
    def left(first, second):
        """What is shown of a column of which two cells are hidden; together they are 60."""
        rows = [[first, 45], [second, 45], [40, 45], [41, 45]]
        places = {(10 + row, column) for row in (0, 1) for column in (ALL, 0, 1)}
        table = concealed(table_of(rows, shares=shares, decimals=1), places)
        return [
            [cell.text for cell in row.cells] for row in table.rows if row.node.uid in {"u2", "u3"}
        ]

    told = {str(left(first, 60 - first)) for first in range(3, 58)}

    assert len(told) == 1
    if shares == Shares.COLUMN:
        assert left(20, 40)[0][1] == percent_shown(40, 141, decimals=1)


def test_below_thirty_a_cell_has_its_count_and_from_thirty_on_its_share():
    rows = [row.cells for row in table_of([[3, 3], [0, 0], [26, 27]]).rows if not row.subtotal]

    assert [cells[1].text for cells in rows] == ["3", "–", "26"]
    assert [cells[2].text for cells in rows] == ["10%", "–", "90%"]


def test_a_table_that_does_not_ask_for_it_stays_as_rounded():
    tree = tree_of(3)
    rows = {10 + place: {ALL: 50} for place in range(3)}
    table = build_table(Counts(rows, {}, {ALL: 150}, {}), tree, 1, [])

    assert add_to_100(table) is table
    assert shown(table, 0) == ["33%"] * 3
    assert table.columns_not_adding_up == ["All"]
