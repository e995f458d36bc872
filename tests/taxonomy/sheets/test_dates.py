"""A date is read only when there is one way to read it."""

import datetime as dt

import pytest

from taxonomy.sheets.dates import DateColumn


def day(text):
    return dt.date.fromisoformat(text)


def read(*texts):
    column = DateColumn()
    for text in texts:
        column.note(text)
    return [column.read(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2021-06-02", "2021-06-02", "2021-06-02"),
        ("2021-6-2", "2021-06-02", "2021-06-02"),
        ("2021-06-02T10:30:00Z", "2021-06-02", "2021-06-02"),
        ("2021-06-02 00:00:00", "2021-06-02", "2021-06-02"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2021", "2021-01-01", "2021-12-31"),
        ("13/01/2021", "2021-01-13", "2021-01-13"),
        ("01/13/2021", "2021-01-13", "2021-01-13"),
        ("05.05.2021", "2021-05-05", "2021-05-05"),
    ],
)
def test_dates_that_can_be_read_one_way(text, first, last):
    assert read(text) == [(day(first), day(last))]


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2021-02-30",
        "2021-06-00",
        "2021-00",
        "2021-13",
        "44562",
        "1/2/21",
        "0021",
        "31/31/2021",
        "30/02/2021",
        "1/2-2021",
        "2021-06-02 around noon",
    ],
)
def test_what_is_no_date_is_said(text):
    assert read(text) == ["bad_date"]


def test_day_and_month_are_told_apart_by_the_whole_column():
    assert read("01/02/2021", "30/09/2021") == [(day("2021-02-01"),) * 2, (day("2021-09-30"),) * 2]
    assert read("01/02/2021", "09/30/2021") == [(day("2021-01-02"),) * 2, (day("2021-09-30"),) * 2]


def test_a_column_that_does_not_tell_or_tells_both_is_ambiguous():
    assert read("01/02/2021", "03/03/2021") == ["ambiguous_date", (day("2021-03-03"),) * 2]
    assert read("01/02/2021", "13/02/2021", "02/13/2021")[0] == "ambiguous_date"


def test_an_impossible_date_tells_nothing_about_the_others():
    assert read("31/31/2021", "01/02/2021")[1] == "ambiguous_date"
