"""What fits on a page: bands of columns, portions of rows, the way words run."""

import pytest

from reports.documents.fitting import (
    BREAK,
    Group,
    bands,
    breakable,
    groups,
    portions,
    runs_right_to_left,
    without_controls,
)
from reports.documents.model import Column, Row
from tests.reports.documents.samples import table


def test_a_table_that_fits_stays_whole():
    whole = table(columns=8)

    assert bands(whole, 8) == [whole]


def test_each_band_of_a_wide_table_begins_with_its_first_column():
    pieces = bands(table(columns=10), 5)

    names = [[column.name for column in piece.columns] for piece in pieces]
    assert names == [
        ["All", "Region 1", "Region 2", "Region 3"],
        ["All", "Region 4", "Region 5", "Region 6"],
        ["All", "Region 7", "Region 8", "Region 9"],
    ]
    assert pieces[1].rows[1].cells == ["10%", "14%", "15%", "16%"]


def test_rows_are_portioned_by_the_lines_of_their_labels():
    short, long = Row("a" * 10, []), Row("b" * 40, [])

    assert portions([short, short, long, short], 3, 10) == [[short, short], [long], [short]]
    assert portions([], 3, 10) == [[]]


def test_columns_of_one_group_share_its_heading():
    columns = [Column("All"), Column("Good", "Asia"), Column("Poor", "Asia"), Column("Good", "EU")]

    assert groups(columns) == [Group("", 1), Group("Asia", 2), Group("EU", 1)]
    assert groups([Column("All"), Column("Asia")]) == []


@pytest.mark.parametrize(
    ("words", "right"),
    [("Hello שלום", False), ("“שלום” hello", True), ("مرحبا", True), ("26%", False), ("", False)],
)
def test_words_run_the_way_of_their_first_letter(words, right):
    assert runs_right_to_left(words) is right


def test_only_words_longer_than_a_column_may_be_broken():
    assert breakable("short words") == "short words"
    assert breakable("a" * 30) == "a" * 24 + BREAK + "a" * 6


def test_what_no_file_may_hold_is_left_out():
    assert without_controls("a\x00b\x0bc\ud800\n\td") == "abc\n\td"
