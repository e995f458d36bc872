"""What stands around figures is said alike on pages, in files, of runs and in documents."""

import pytest

from reports.charts.figures import Column, Words, called
from reports.queries.table_words import column_in_words, mark_of, names_in, notes_of_run
from reports.views.run_figures import table_of

COLUMNS = [
    {"word": "all", "name": "All", "group": ""},
    {"word": "a:b", "name": "Positive", "group": "Asia"},
]


def answer(base, **changed):
    zero = [0] * len(base)
    return {
        "columns": COLUMNS[: len(base)],
        "rows": [],
        "shown": [],
        "counts": [],
        "hidden": [],
        "base": base,
        "unweighted": None,
        "lines_hidden": {"base": [False] * len(base)},
        "residuals": {},
        "numbers": dict.fromkeys(
            ["moments", "incidents", "interviews", "respondents", "organizations"], zero
        ),
        "hides": False,
        "uneven": [],
        "shares": "column",
        **changed,
    }


def test_a_nested_column_is_called_alike_by_tables_runs_and_pictures():
    name = "Asia: Positive"

    assert column_in_words("a:b", "Positive", "Asia") == name
    assert names_in(answer([9, 9])) == ["All", name]
    assert called(Column("Positive", group="Asia"), Words("", {})) == name


@pytest.mark.parametrize(
    ("base", "mark", "words"),
    [(0, "", ""), (29, "**", "very small base"), (30, "*", "small base"), (50, "", "")],
)
def test_a_run_marks_a_small_base_as_its_table_does(base, mark, words):
    [cell] = table_of(answer([base]), lambda _row, _column: "", tested=False)["base"].cells

    assert (cell.small, cell.smallness) == (mark, words)
    assert mark_of(base) == mark
    assert [note[: len(mark) + 1] for note in notes_of_run(answer([base]))] == (
        [f"{mark} "] if mark else []
    )


def test_columns_that_do_not_add_to_100_are_named_or_counted():
    few = notes_of_run(answer([99], uneven=["All", "Asia"]))
    columns = COLUMNS * 3
    many = notes_of_run(answer([99] * 6, uneven=list("abcde"), columns=columns))

    assert few == ["All, Asia do not add to 100 because their figures are rounded."]
    assert many == ["5 of 6 columns do not add to 100 because their figures are rounded."]
    assert notes_of_run(answer([99], uneven=["All"], hides=True)) == []


@pytest.mark.parametrize(
    ("shares", "says"), [("column", 0), ("counts", 0), ("row", 1), ("total", 1)]
)
def test_a_run_that_shows_other_shares_than_it_tests_says_so(shares, says):
    notes = notes_of_run(answer([90], shares=shares))

    assert sum("are of column percentages" in note for note in notes) == says


@pytest.mark.parametrize(
    ("shares", "marks"),
    [("column", ["*", "**"]), ("total", ["*", ""]), ("row", ["", ""]), ("counts", ["", ""])],
)
def test_a_base_is_marked_only_where_percentages_are_of_it(shares, marks):
    found = answer([40, 9], shares=shares)

    cells = table_of(found, lambda _row, _column: "", tested=False)["base"].cells
    notes = [note.split()[0] for note in notes_of_run(found)]

    assert [cell.small for cell in cells] == marks
    assert [sign for sign in ("*", "**") if sign in notes] == [sign for sign in marks if sign]


@pytest.mark.parametrize(("shown", "says"), [(["100%", "7%"], 0), (["–", "–"], 0), (["8", "7"], 1)])
def test_a_run_of_shares_of_rows_says_where_counts_stand(shown, says):
    notes = notes_of_run(answer([99, 9], shares="row", shown=[shown]))

    assert sum(note.startswith("In rows of fewer than 30") for note in notes) == says
