"""The signs of a run are explained where there are some, and only there."""

import pytest
from django.template.loader import render_to_string

from reports.views.run_figures import Detail, has_plain_intervals, table_of
from tests.reports.test_table_words import answer


def with_signs(letter, residual):
    """Return an answer of one row in two columns with this letter and residual in the second."""
    return answer(
        [99, 99],
        rows=[{"uid": "r", "name": "Warm", "path": ["Warm"], "subtotal": False}],
        shown=[["40%", "30%"]],
        counts=[[40, 30]],
        hidden=[[False, False]],
        statistics={
            "letters": {"columns": ["A"], "corrected": [[letter]]},
            "adjusted_residuals": [[residual]],
            "design_effects": None,
        },
    )


@pytest.mark.parametrize(
    ("letter", "residual", "row", "note"),
    [("", 1.9, False, False), ("A", 1.9, True, False), ("", -2.0, False, True)],
)
def test_letters_and_residual_signs_are_explained_where_there_are_some(letter, residual, row, note):
    table = table_of(with_signs(letter, residual), lambda _row, _column: "", tested=True)

    page = render_to_string("reports/run_table.html", {"table": table})

    assert ("letters-row" in page) == row
    assert ("▲ more, ▼ less than expected" in page) == note


@pytest.mark.parametrize(("interval", "plain"), [("1 – 2", False), ("(1 – 2)", True)])
def test_brackets_are_explained_where_an_interval_stands_in_them(interval, plain):
    details = [("Warm", [Detail("Asia", "4%", interval, "1", striking=False)])]

    page = render_to_string(
        "reports/run_statistics.html",
        {"details": details, "has_plain_intervals": has_plain_intervals(details)},
    )

    assert ("Intervals in brackets" in page) == plain
    assert not has_plain_intervals(None)
