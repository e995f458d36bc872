"""What stands out, in sentences that name their cells and their evidence."""

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import strip_tags

from reports.queries.standing_out import standing_out
from reports.statistics.standing_out import findings_of
from reports.statistics.table import statistics_of
from reports.views.run_figures import FindingShown
from taxonomy.choices import Shares
from taxonomy.tabulation.rollup import ALL
from tests.reports.statistics.made import sample_of

ROWS, COLUMNS = ["Extend a hand", "<b>Value</b>"], ["Customer", "Provider", "אחר"]


def finding(**changed):
    return {
        "kind": "pair",
        "row": 0,
        "column": 0,
        "against": 1,
        "percent": 26.3,
        "other_percent": 8.4,
        "base": 1412,
        "other_base": 288,
        "q": 0.0121,
        "times": 26.3 / 8.4,
        **changed,
    }


def answer(findings, shares=Shares.ROW, rows=ROWS, columns=COLUMNS, **changed):
    return {
        "rows": [{"name": name, "subtotal": False} for name in rows],
        "columns": [{"word": name, "name": name, "group": ""} for name in [ALL, *columns]],
        "shown": [["–"] * (len(columns) + 1)] * len(rows),
        "shares": shares,
        "findings": findings,
        **changed,
    }


def said(**changed):
    [one] = standing_out(answer([finding(**changed)]))
    return one


def test_shares_are_said_as_the_cells_of_the_table_have_them():
    cells = [["–"] * 4, ["20.0%", "26.4%", "8.3%", "<0.1%"], ["80.0%", "73.6%", "91.7%", "–"]]
    rows = [{"name": name, "subtotal": not place} for place, name in enumerate(["S", *ROWS])]
    found = [finding(times=None), finding(against=None, kind="more", row=1, percent=73.64)]

    pair, beside = standing_out(
        answer(found, Shares.COLUMN, rows=[], shown=cells, decimals=1) | {"rows": rows}
    )

    assert pair.sentence.endswith("more often than those under “Provider”: 26.4% against 8.3%.")
    assert beside.sentence.endswith("in the other columns together: 73.6% against 8.4%.")


def test_a_share_three_times_another_is_said_with_both_shares_and_the_evidence():
    one = said()

    assert one.sentence == (
        "Incidents told under “Customer” name “Extend a hand” about three times as often as those"
        " under “Provider”: 26% against 8%."
    )
    assert one.evidence == ("q = 0.012 with clusters, false discovery rate; bases 1,412 and 288")
    assert one.cells == ((0, 0), (0, 1))


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (1.4, "about one and a half times as often"),
        (1.75, "about twice as often"),
        (3.5, "about four times as often"),
        (2.2, "about twice as often"),
        (2.4, "about two and a half times as often"),
        (2.8, "about three times as often"),
        (9.8, "about ten times as often"),
        (10.6, "more than ten times as often"),
    ],
)
def test_how_many_times_is_said_roughly(times, words):
    assert f" {words} as those under " in said(times=times).sentence


def test_a_difference_that_is_no_multiple_is_said_as_more():
    assert said(times=None, percent=30, other_percent=20).sentence == (
        "Incidents told under “Customer” name “Extend a hand” more often than those under"
        " “Provider”: 30% against 20%."
    )


def test_what_one_side_never_names_is_said_so():
    assert said(times=None, other_percent=0).sentence == (
        "Incidents told under “Customer” name “Extend a hand” (26%), those under “Provider” never."
    )


@pytest.mark.parametrize("kind", ["more", "less"])
def test_a_column_beside_the_others_links_its_own_cell_only(kind):
    one = said(kind=kind, against=None, row=1, column=2, percent=0.4, q=0.0001)

    assert one.sentence == (
        f"Incidents told under “אחר” name “<b>Value</b>” {kind} often than those in the other"
        " columns together: <1% against 8%."
    )
    assert one.evidence.startswith("q < 0.001 with clusters")
    assert one.cells == ((1, 2),)


def test_a_sentence_is_in_the_language_of_its_reader():
    with translation.override("de"):
        one = said()

    assert "26\xa0%" in one.sentence
    assert "0,012" in one.evidence


def test_findings_of_a_table_become_sentences():
    told = [
        (row, column, f"{column}{place % 30}")
        for column, marks in (("Customer", "aaab"), ("Provider", "abbb"))
        for place in range(240)
        for row in [marks[(place * 7 + place // 31) % 4]]
    ]
    statistics = statistics_of(sample_of(told))
    found = answer(findings_of(statistics), rows=statistics["rows"], columns=statistics["columns"])
    sentences = standing_out(found)

    assert [one.cells for one in sentences] == [((0, 0), (0, 1)), ((1, 1), (1, 0))]
    assert "about three times as often" in sentences[0].sentence


def test_the_links_of_a_finding_stand_apart_from_its_sentence_and_its_evidence():
    links = [("North", "/north/"), ("South", "/south/")]
    finding = FindingShown("More in the North.", "q = 0.020", links)

    shown = render_to_string("reports/finding_list.html", {"findings": [finding]})

    plain = " ".join(strip_tags(shown).split())
    assert plain == "More in the North. What was told: North, South (q = 0.020)"
