"""`manage.py crosstab`: what it prints, what files it reads, and how it answers mistakes."""

import io
import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from reports.management.crosstab_output import FIRST, REASONS
from reports.statistics.reasons import Reason
from reports.statistics.table import statistics_of
from tests.reports.statistics.made import LITTERS, litters

PARTIES = "party,Women,Men\nDemocrat,762,484\nIndependent,327,239\nRepublican,468,477\n"


@pytest.fixture
def written(tmp_path):
    """Write a file of text or bytes, and return its name."""

    def write(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def run(*arguments):
    out = io.StringIO()
    call_command("crosstab", *arguments, stdout=out)
    return out.getvalue()


def as_json(*arguments):
    return json.loads(run(*arguments, "--format", "json"))


def refused(*arguments):
    with pytest.raises(CommandError) as refusal:
        run(*arguments)
    assert refusal.value.returncode == 1
    return str(refusal.value)


def long_of_litters():
    """Return Weil's litters as a long file with clusters and counts."""
    lines = ["row,column,cluster,count"]
    for group, of_group in LITTERS.items():
        for litter, (alive, born) in enumerate(of_group):
            lines.append(f"alive,{group},{group} {litter},{alive}")
            lines.append(f"dead,{group},{group} {litter},{born - alive}")
    return "\n".join(lines) + "\n"


def test_a_table_of_counts_has_every_key_and_the_published_figures(written):
    found = as_json(written(PARTIES))

    assert tuple(found)[: len(FIRST)] == FIRST
    assert found["n"] == 2757
    assert found["chi_square"]["statistic"] == pytest.approx(30.0701, abs=0.00005)
    assert found["chi_square"]["df"] == 2
    assert found["cramers_v"] == pytest.approx(0.1044, abs=0.00005)
    assert found["adjusted_residuals"][2] == pytest.approx([-5.32, 5.32], abs=0.005)
    assert found["column_percent"][0] == pytest.approx([100 * 762 / 1557, 100 * 484 / 1200])
    assert found["rows"] == ["Democrat", "Independent", "Republican"]
    assert found["columns"] == ["Women", "Men"]
    assert found["letters"]["naive"] == [["B", ""], ["", ""], ["", "A"]]
    assert found["monte_carlo_p"] is None
    assert found["design_effect"] is None
    assert found["rao_scott"] == {"undefined": "clusters_unknown"}
    assert {tuple(np.shape(found["intervals"][kind])) for kind in ("wilson", "goodman")} == {
        (3, 2, 2)
    }


def test_a_long_file_with_clusters_is_corrected_as_published(written):
    found = as_json(written(long_of_litters()))

    expected = json.loads(json.dumps(statistics_of(litters())))
    assert found["design_effect"] == pytest.approx(3.0688, abs=0.00005)
    assert found["rao_scott"]["first_order"]["statistic"] == pytest.approx(2.9001, abs=0.00005)
    assert {name: found[name] for name in expected} == expected
    assert found["notes"][1] == (
        "The verdict with clusters differs from that of independent units: it is the one."
    )


def test_a_row_of_a_long_file_is_one_unit_unless_it_counts(written):
    long = "who,row,column\n" + "x,a,1\n" * 40 + "x,b,1\n" * 20 + "x,a,2\n" * 30 + "x,b,2\n" * 35
    wide = "label,1,2\na,40,30\nb,20,35\n"

    assert as_json(written(long)) == as_json(written(wide, "wide.csv"))


def test_the_text_has_shares_letters_tests_and_what_to_know(written):
    lines = run(written(PARTIES), "--letters", "bonferroni").splitlines()

    assert lines[0] == "n 2,757, rows 3, columns 2"
    assert lines[2].split() == ["A:", "Women", "B:", "Men"]
    assert lines[3].split() == ["Democrat", "48.9%", "B", "40.3%"]
    assert lines[6].split() == ["base", "1,557", "1,200"]
    assert "Chi-square          30.0701   2  2.954e-07" in lines
    assert "Cramér's V 0.1044, bias-corrected 0.1009" in lines
    assert lines[-2:] == [
        (
            "Letters name columns with a lower share (5 %, Bonferroni within each row, independent"
            " units); columns with fewer than 30 units are not compared."
        ),
        "No correction for clusters: it is not known which units belong to a cluster.",
    ]


def test_small_expected_counts_get_a_monte_carlo_p_by_the_seed(written):
    path = written("x,a,b,c\nq,3,1,0\nr,0,4,1\ns,1,0,5\n")
    one, same, other = (as_json(path, "--seed", seed) for seed in ("1", "1", "2"))

    assert one == same
    assert 0 < one["monte_carlo_p"] < 0.05
    assert one["monte_carlo_p"] != other["monte_carlo_p"]
    assert one["monte_carlo_p"] == pytest.approx(other["monte_carlo_p"], abs=0.01)
    assert "p by Monte Carlo, from 10,000 tables" in run(path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("x,a\nq,3\nr,4\n", "all stands in one column"),
        ("x,a,b\nq,3,4\n", "all stands in one row"),
        ("x,a,b\nq,0,0\nr,0,0\n", "nothing is counted"),
        ("x,a,b\nq,3,0\nr,4,0\n", "all stands in one column"),
    ],
)
def test_what_cannot_be_tested_is_said(written, content, why):
    path = written(content)

    assert as_json(path)["chi_square"].keys() == {"undefined"}
    assert f"No chi-square: {why}." in run(path)


def test_a_column_of_few_clusters_is_named_as_left_out(written):
    rows = [
        f"{'a' if place % 3 == shift % 3 else 'b'},{column},{column}{place % clusters}"
        for shift, (column, clusters) in enumerate([("x", 12), ("y", 12), ("z", 9)])
        for place in range(90)
    ]
    found = as_json(written("row,column,cluster\n" + "\n".join(rows)))

    assert found["rao_scott"]["left_out"] == [2]
    assert (
        "The correction for clusters leaves out columns with fewer than ten clusters, or too many"
        " that are not known: z."
    ) in found["notes"]


def test_letters_of_too_many_columns_are_left_out_and_it_is_said(written, monkeypatch):
    monkeypatch.setattr("reports.statistics.lettering.MOST_TESTS", 2)
    out = run(written(PARTIES))

    assert "No letters: the table is too large." in out
    assert "Democrat        48.9%   40.3%" in out


def test_every_reason_has_words():
    assert set(REASONS) == set(Reason)


# -- Files ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + PARTIES.encode(),
        PARTIES.replace(",", ";").encode(),
        PARTIES.replace(",", "\t").replace("\n", "\r\n").encode(),
        PARTIES.encode("utf-16"),
        (PARTIES + "\n,,\n").encode(),
        PARTIES.replace("762", " 762 ").encode(),
    ],
)
def test_a_file_of_any_common_kind_is_read(written, content):
    assert as_json(written(content)) == as_json(written(PARTIES, "plain.csv"))


def test_letters_beyond_english_are_read(written):
    path = written("strategie;Käufer;מוכר\nÉtablir;40;60\nÜber;50;70\n".encode())
    german = "strategie;Käufer;Verkäufer\nÉtablir;40;60\nÜber;50;70\n"
    windows = written(german.encode("cp1252"), "windows.csv")

    assert as_json(path)["columns"] == ["Käufer", "מוכר"]
    assert as_json(windows)["columns"] == ["Käufer", "Verkäufer"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "The file is empty. The first column has to name the rows"),
        ("x,a,b\n", "The file has headers but no rows."),
        ("x\nq\nr\n", "The file has one column only. The first column has to name the rows"),
        (
            "x,a,b\nq,1\n",
            "row 2: A count is missing; where there is none, write 0. It stands under “b”.",
        ),
        ("x,a,b\nq,1,2,3\n", "row 2: there are 4 cells, but 3 headers."),
        (
            "x,a,b\nq,1,-2\n",
            "row 2: “-2” is below zero, so it is no count. It stands under “b”.",
        ),
        (
            "x,a,b\nq,1,two\n",
            "row 2: “two” is no whole number, so it is no count. It stands under “b”.",
        ),
        ("x,a,b\nq,1,2.5\n", "row 2: “2.5” is no whole number"),
        ("x,a,b\nq,1,nan\n", "row 2: “nan” is no whole number"),
        ("x,a,b\nq,1," + "9" * 30 + "\n", "row 2: “99999999999999999999…” is too large"),
        ("x,a,b\n,1,2\n", "row 2: the row has no name in the first column."),
        ("x,a,b\nq,1,2\nq,3,4\n", "row 3: “q” is there already, in row 2."),
        ("x,a,a\nq,1,2\n", "row 1: Several columns have the same header: a."),
        ("row,column\nq,\n", "row 2: the column is empty."),
        ("row,column\n,q\n", "row 2: the row is empty."),
        ("row,column,count\nq,a,-1\n", "row 2: “-1” is below zero, so it is no count."),
        ("row,column,Row\nq,a,b\n", "Two columns are called “row”."),
        (
            PARTIES.encode() + "éééééééééé,1,2\n".encode() + b"\xff,1,2\n",
            "Some letters cannot be read as utf-8.",
        ),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "zero bytes"),
    ],
)
def test_a_bad_file_gets_a_sentence(written, content, complaint):
    assert complaint in refused(written(content))


def test_of_many_faults_the_first_twenty_are_said(written):
    said = refused(written("x,a\n" + "".join(f"q{n},?\n" for n in range(25)))).splitlines()

    assert said[19].startswith("row 21: ")
    assert said[20:] == ["There are more.", "Nothing was computed."]


@pytest.mark.parametrize(
    ("columns", "rows", "complaint"),
    [
        (100, 1001, "The table has more than 100,000 cells."),
        (101, 1, "The table has more than 100 columns to compare."),
    ],
)
def test_a_table_that_is_too_large_is_refused(written, columns, rows, complaint):
    header = "x," + ",".join(f"c{n}" for n in range(columns)) + "\n"
    lines = "".join(f"r{n}" + ",1" * columns + "\n" for n in range(rows))

    assert refused(written(header + lines)) == complaint


def test_ten_megabytes_of_units_are_read(written):
    line = "strategy number {0},column {1},organization {2}," + "note " * 400 + "\n"
    lines = "".join(line.format(n % 7, n % 3, n % 50) for n in range(5_000))
    found = as_json(written("row,column,cluster,note\n" + lines))

    assert len(lines) > 10_000_000
    assert found["n"] == 5_000
    assert found["clusters"] == [50, 50, 50]


def test_a_file_that_is_not_there_and_a_seed_that_cannot_be(written, tmp_path):
    assert refused("nowhere.csv") == "There is no file “nowhere.csv”."
    assert refused(str(tmp_path)) == f"There is no file “{tmp_path}”."
    assert refused(written(PARTIES), "--seed", "-1") == "--seed takes a number from 0 on."


def test_names_do_no_harm_to_a_terminal(written):
    out = run(written(PARTIES.replace("Men", "\x1b[31mMen").replace("Demo", "\x1b[2J")))

    assert "\x1b" not in out


def test_more_columns_than_fit_are_left_to_json(written):
    header = "x," + ",".join(f"c{n}" for n in range(14)) + "\n"
    rows = "".join(f"r{n}" + f",{40 + n}" * 14 + "\n" for n in range(3))

    assert "… and 2 more columns; see --format json." in run(written(header + rows))
