"""What the statistics of a run say, in words and in the parts of a document."""

from types import SimpleNamespace

import pytest

from reports.charts.fitting import DIVERGING, DOTS, RESIDUALS, STACKED
from reports.choices import Theme
from reports.documents.model import Chart
from reports.queries import run_words
from reports.queries.run_parts import charts_in, kinds_of
from reports.queries.run_words import shown_count, verdict_of
from reports.statistics.table import statistics_of
from tests.reports.charts.answers import run_of
from tests.reports.statistics.made import litters, random_told, sample_of

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'


@pytest.fixture(scope="module")
def of_litters():
    """Weil's litters: a finding, if every animal were independent, and none by litters."""
    return statistics_of(litters())


@pytest.fixture(scope="module")
def of_units():
    """Two columns that have nothing in common, told by 24 clusters that straddle them."""
    told = [(int(row > 1), int(row > 1), cluster) for row, _c, cluster in random_told(1)]
    return statistics_of(sample_of([*told, (0, 1, 0), (1, 0, 1)]))


def test_a_verdict_that_clusters_take_away_is_said_to_be_none(of_litters):
    verdict = verdict_of(of_litters, of_litters)

    assert verdict.says == (
        "The columns differ by no more than chance would make them"
        " (p = 0.099, organizations as clusters, Rao–Scott)."
    )
    assert verdict.naive.startswith("As if every unit were independent: p = 0.003 (chi-square).")
    assert verdict.differs.startswith("Without clusters this table would look like a finding.")
    assert verdict.sensitivity == "With interviews as clusters instead: p = 0.099."


def test_a_finding_is_one_and_other_clusters_may_see_it_otherwise(of_units, of_litters):
    verdict = verdict_of(of_units, of_litters)

    assert verdict.says.startswith("What was told differs from column to column by more than")
    assert verdict.differs == ""
    assert verdict.sensitivity == (
        "With interviews as clusters instead the verdict is the other one: p = 0.099."
    )


def test_tests_are_told_with_rounded_figures(of_litters):
    told = dict(run_words.tests_of(of_litters))

    assert told["Rao–Scott, first order"] == "2.90, df 1, p = 0.089"  # 2.9001, and 0.0886
    assert told["Pearson's chi-square"].startswith("8.90, df 1, p = 0.003")
    assert told["Rao–Scott, second order"].startswith("2.90, df 1, p = 0.099; F = 2.90")
    assert told["Design effect (mean)"] == "3.07"


@pytest.mark.parametrize(
    ("count", "shown"), [(1234, "1,234"), (2.96, "3.0"), (0.01, "<0.1"), (0.0, "0.0")]
)
def test_a_count_is_shown_as_on_the_page_of_its_table(count, shown):
    assert shown_count(count) == shown


def test_the_pictures_of_a_run_go_into_a_document_with_their_figures():
    run = run_of()
    kinds = kinds_of(run)
    pictures = [SimpleNamespace(kind=kind, theme=Theme.LIGHT, svg=SVG) for kind in kinds]

    parts = dict(zip(kinds, charts_in(run, kinds, pictures), strict=True))

    assert {DOTS, STACKED, DIVERGING, RESIDUALS} <= {*kinds}
    assert all(isinstance(part, Chart) for part in parts.values())
    assert (parts[DOTS].categories, parts[STACKED].categories[0]) == (["Warm", "Quick"], "All")
    assert parts[DOTS].series[0].values == [60.0, 40.0]
    assert [one.values for one in parts[STACKED].series] == [[60.0, 75.0, 42.9], [40.0, 25.0, 57.1]]
    assert [one.shown for one in parts[STACKED].series] == [
        ["60%", "75%", "43%"],
        ["40%", "25%", "57%"],
    ]
    poles = [(one.name, one.pole) for one in parts[DIVERGING].series]
    assert poles == [("Negative", "negative"), ("Positive", "positive")]
    assert parts[DOTS].description.endswith("All: Warm 60%, Quick 40%.")
    assert [row.cells for row in parts[RESIDUALS].table.rows] == [["−3.0", "−3.0"]] * 2


def test_a_picture_that_was_not_drawn_is_left_out():
    dark = SimpleNamespace(kind=DOTS, theme=Theme.DARK, svg=SVG)

    assert list(charts_in(run_of(), [DOTS, STACKED], [dark])) == []
