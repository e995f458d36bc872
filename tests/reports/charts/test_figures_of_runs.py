import pytest
from django.utils import translation

from reports.charts.choosing import charts_of
from reports.charts.fitting import DIVERGING, DOTS, OVER_TIME, RESIDUALS, STACKED
from reports.queries.charts import figures_of, label_of
from tests.reports.charts.answers import COUNTS, answer_of, run_of, statistics_of
from tests.reports.charts.tables import texts_of


def cells_of(figures, what):
    return [[getattr(cell, what) for cell in row.cells] for row in figures.rows]


def test_figures_are_shown_as_the_table_shows_them():
    figures = figures_of(run_of())

    assert cells_of(figures, "shown") == [["60%", "75%", "43%"], ["40%", "25%", "57%"]]
    assert cells_of(figures, "share") == [[60, 75, pytest.approx(300 / 7)], [40, 25, 400 / 7]]
    assert [column.base for column in figures.columns] == ["150", "80", "70"]


def test_all_has_neither_interval_nor_residual_and_the_others_have():
    figures = figures_of(run_of())

    assert cells_of(figures, "low") == [[None, 40, 40]] * 2
    assert cells_of(figures, "residual_shown") == [["", "−3.0", "−3.0"]] * 2
    assert figures.rows[0].cells[1].interval == "95 per cent: 40% to 60%"


def test_simple_intervals_stand_in_where_no_cell_has_one_with_clusters():
    statistics = statistics_of(2, 2, corrected=(None, None))
    figures = figures_of(run_of(answer_of(statistics=statistics)))

    assert cells_of(figures, "high") == [[None, 70, 70]] * 2
    assert "Wilson" in figures.words.subtitles[DOTS]
    assert "Wilson" not in figures_of(run_of()).words.subtitles[DOTS]


def test_a_reconstruction_has_nothing_of_chance():
    figures = figures_of(run_of(reconstruction=True))

    assert cells_of(figures, "low") == cells_of(figures, "residual") == [[None] * 3] * 2
    assert RESIDUALS not in charts_of(figures)
    assert any("invented" in note for note in figures.words.notes)


def test_what_is_hidden_is_not_drawn_and_has_no_number_in_any_picture():
    """The picture is the same whatever is hidden: no count of it is read."""
    hidden = [[False, False, True], [False, True, True]]
    shown = [["60%", "75%", "×"], ["40%", "×", "×"]]
    fixed = {"hidden": hidden, "hides": True, "base": [150, 80, 70]}
    pictures = []
    for counts in (COUNTS, [[90, 60, 31], [60, 55, 2]]):
        answer = answer_of(counts, shown=shown, percents=shown, **fixed)
        figures = figures_of(run_of(answer))
        assert cells_of(figures, "share") == [[60, 75, None], [40, None, None]]
        assert cells_of(figures, "shown")[1][2] == "×"
        pictures.append(charts_of(figures))
    assert pictures[0] == pictures[1]
    assert any("nobody is recognized" in note for note in figures.words.notes)


def test_a_column_whose_base_is_hidden_is_not_drawn():
    figures = figures_of(run_of(answer_of(lines_hidden={"base": [False, False, True]})))

    assert cells_of(figures, "share") == [[60, 75, None], [40, 25, None]]
    assert figures.columns[2].base == "×"


def test_below_a_base_of_thirty_counts_stand_and_nothing_is_drawn():
    counts = [[40, 35, 5], [20, 10, 10]]
    shown = [["67%", "78%", "5"], ["33%", "22%", "10"]]
    percents = [["67%", "78%", None], ["33%", "22%", None]]
    figures = figures_of(run_of(answer_of(counts, shown=shown, percents=percents)))

    assert cells_of(figures, "share")[0][2] is None
    assert cells_of(figures, "residual")[0][2] is None
    assert cells_of(figures, "shown")[0][2] == "5"
    assert any("base of 30" in note for note in figures.words.notes)


@pytest.mark.parametrize("shares", ["row", "total", "counts"])
def test_pictures_are_of_the_columns_however_the_table_is_shown(shares):
    elsewhere = [["1%"] * 3] * 2
    answer = answer_of(shares=shares, shown=elsewhere, percents=elsewhere)

    assert cells_of(figures_of(run_of(answer)), "shown") == [
        ["60%", "75%", "43%"],
        ["40%", "25%", "57%"],
    ]


def test_columns_without_a_base_are_left_out_of_bars_and_panels():
    columns = (("all", "All"), ("positive", "Good"), ("negative", "Poor"), ("mixed", "Mixed"))
    shown = [["60%", "75%", "43%", None], ["40%", "25%", "57%", None]]
    counts = [[90, 60, 30, 0], [60, 20, 40, 0]]
    figures = figures_of(run_of(answer_of(counts, columns=columns, shown=shown, percents=shown)))

    spec = charts_of(figures)[STACKED]

    assert not any("Mixed" in str(text) for text in texts_of(spec))
    assert "3 of 4 columns; the table has all." in texts_of(spec)


def test_dots_without_intervals_do_not_promise_any():
    labels = [label_of(DOTS, figures_of(run_of(reconstruction=old))) for old in (True, False)]

    assert labels == ["Dots", "Dots with intervals"]


def test_bars_diverge_by_the_shares_of_the_row():
    figures = figures_of(run_of())

    assert [[cell.shown for cell in row.across] for row in figures.rows] == [
        ["100%", "67%", "33%"],
        ["100%", "33%", "67%"],
    ]
    assert DIVERGING in charts_of(figures)
    assert DIVERGING not in charts_of(figures_of(run_of(by="region")))


def test_subtotals_are_no_rows_of_pictures():
    answer = answer_of([[150, 80, 70], *COUNTS], rows=("Service", "Warm", "Quick"))
    answer["rows"][0]["subtotal"] = True
    answer["base"] = [150, 80, 70]
    answer["statistics"]["adjusted_residuals"] = [[1.0, 1.0], [2.0, 2.0]]
    figures = figures_of(run_of(answer))

    assert [(row.name, row.at) for row in figures.rows] == [("Warm", 0), ("Quick", 1)]
    assert cells_of(figures, "residual") == [[None, 1.0, 1.0], [None, 2.0, 2.0]]


def test_what_may_stand_in_several_rows_is_not_stacked():
    assert STACKED not in charts_of(figures_of(run_of(answer_of(unit="incidents"))))


def test_periods_are_drawn_over_time():
    assert OVER_TIME in charts_of(figures_of(run_of(by="happened_quarter")))
    assert OVER_TIME not in charts_of(figures_of(run_of(by="sector")))


def test_the_words_are_in_the_language_of_whoever_asked_and_days_those_of_the_study():
    with translation.override("de"):
        words = figures_of(run_of()).words
        assert words.per_cent % 5 == "5\N{NO-BREAK SPACE}%"
    notes = " ".join(figures_of(run_of()).words.notes)
    assert "March 5, 2026, tree revision 3, data number 1,200" in notes
    assert figures_of(run_of()).words.title == "Kinds: Strategies by Valence"


def test_of_many_rows_only_the_heaviest_are_read():
    rows = [f"Row {number}" for number in range(400)]
    counts = [[number, number, 0] for number in range(400)]
    figures = figures_of(run_of(answer_of(counts, rows=rows, statistics=None)))

    assert [row.at for row in figures.rows] == list(range(360, 400))
    assert figures.number_of_rows == 400
