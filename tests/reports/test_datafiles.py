"""Files of described rows: what is written is what is read, whatever stands in the cells."""

import csv
import datetime as dt
import io
import json

import pyreadstat
import pytest
from python_calamine import CalamineWorkbook

from reports.datafiles import csv_file, json_file, sav_file, xlsx_file
from reports.datafiles.book import (
    Book,
    FileError,
    Headings,
    Kind,
    Value,
    Variable,
    cut_to_bytes,
    cut_to_letters,
    variable_name,
)
from taxonomy.sheets.formulas import as_written

FORMS = {"csv": csv_file, "xlsx": xlsx_file, "json": json_file, "sav": sav_file}
BAD = Value(1, "B-1", 'Bad <b>"service"</b> & more')
RIGHT = Value(2, "=1+1", "\u202eיחס\u202c 😀")
UNKNOWN = Value(-9, "not_stated", "Not stated")
VARIABLES = [
    Variable("who", "Who <told>"),
    Variable("times", "How often", Kind.WHOLE),
    Variable("day", "Day", Kind.DATE),
    Variable("side", "Side", Kind.CODED, (UNKNOWN, BAD)),
    Variable("kind", "Kind", Kind.CATEGORY, (BAD, RIGHT)),
]
PAYLOADS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://x")', "'=1"]
ROWS = [
    ["Ann, \"Ann\"\nof two lines; 'x'", 3, dt.date(2026, 2, 28), BAD, BAD],
    ["", None, None, None, None],
    ["\u202eימין\u202c 😀 <i>&amp;</i> _x000D_", -1, dt.date(1899, 12, 31), UNKNOWN, RIGHT],
    *([payload, 0, dt.date(1500, 1, 1), BAD, RIGHT] for payload in PAYLOADS),
]


def book_of(rows, variables=VARIABLES, **fields):
    about = {
        "title": "Moments <of> ü" * 9,
        "notes": [("Rows", str(len(rows))), ("Ö" * 90, "x" * 200)],
    }
    return Book(variables=variables, rows=len(rows), headings=Headings(), **{**about, **fields})


def written(tmp_path, form, rows, **fields):
    path, book = tmp_path / f"file.{form}", book_of(rows, **fields)
    FORMS[form].write(path, book, iter(rows))
    return path, book


def sheets_of(path):
    workbook = CalamineWorkbook.from_path(path)
    return {name: workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("number", [0, 1, len(ROWS)])
def test_as_many_rows_are_found_as_were_written(tmp_path, form, number):
    path, book = written(tmp_path, form, ROWS[:number])

    assert FORMS[form].rows_in(path, book) == number


def test_csv_has_every_cell_and_its_count_in_every_line(tmp_path):
    path, _book = written(tmp_path, "csv", ROWS)

    lines = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))

    head = ["row", "rows", "who", "times", "day", "side", "kind_code", "kind_name"]
    assert lines[0] == head
    count = str(len(ROWS))
    assert lines[1] == ["1", count, ROWS[0][0], "3", "2026-02-28", "B-1", "B-1", BAD.label]
    assert lines[2] == ["2", count, "", "", "", "", "", ""]
    assert [as_written(line[2]) for line in lines[4:]] == [row[0] for row in ROWS[3:]]
    for line in lines[1:]:
        assert not [
            cell
            for cell in line[2:3] + line[5:]
            if cell.startswith(("=", "+", "-", "@", "\t", "\r"))
        ]


def test_a_workbook_has_typed_cells_and_nothing_that_runs(tmp_path):
    path, book = written(tmp_path, "xlsx", ROWS)

    sheets = sheets_of(path)

    data = sheets["Moments"]
    assert data[0] == ["who", "times", "day", "side", "kind_code", "kind_name"]
    assert data[1] == [ROWS[0][0], 3.0, dt.date(2026, 2, 28), BAD.label, "B-1", BAD.label]
    assert data[2] == [""] * 6
    assert data[3] == [ROWS[2][0], -1.0, "1899-12-31", "Not stated", "=1+1", RIGHT.label]
    assert [row[0] for row in data[4:]] == PAYLOADS
    assert b"<f>" not in path.read_bytes()
    assert ["Rows", float(len(ROWS))] in sheets["Notes"]
    kind = [row for row in sheets["Variables"] if row[0].startswith("kind_code")]
    assert kind[0][:3] == ["kind_code, kind_name", "Kind", "category"]
    assert kind[1][3:] == [1.0, "B-1", BAD.label]
    assert xlsx_file.rows_in(path, book) == len(ROWS)


def test_json_is_one_document_that_says_what_it_means(tmp_path):
    path, _book = written(tmp_path, "json", ROWS)

    read = json.loads(path.read_text())

    assert read["rows"] == read["rows_written"] == len(read["moments"]) == len(ROWS)
    assert read["moments"][0] == {
        "who": ROWS[0][0],
        "times": 3,
        "day": "2026-02-28",
        "side": "B-1",
        "kind_code": "B-1",
        "kind_name": BAD.label,
    }
    assert [moment["who"] for moment in read["moments"][3:]] == PAYLOADS
    described = {variable["name"]: variable for variable in read["variables"]}
    assert described["kind_code"]["values"][0] == {"code": "B-1", "label": BAD.label, "number": 1}
    assert "values" not in described["kind_name"]


def test_spss_has_numbers_with_labels_and_missing_values(tmp_path):
    path, _book = written(tmp_path, "sav", ROWS)

    data, about = pyreadstat.read_sav(str(path), user_missing=True)

    assert about.column_names == ["who", "times", "day", "side", "kind"]
    assert about.column_labels == ["Who <told>", "How often", "Day", "Side", "Kind"]
    assert about.variable_value_labels == {
        "side": {-9.0: "Not stated", 1.0: BAD.label},
        "kind": {1.0: f"B-1 {BAD.label}", 2.0: f"=1+1 {RIGHT.label}"},
    }
    assert about.missing_ranges["side"] == [{"lo": -9.0, "hi": -1.0}]
    assert list(data["who"][:3]) == [row[0] for row in ROWS[:3]]
    assert data["day"][0] == dt.date(2026, 2, 28)
    assert data["day"][2] == dt.date(1899, 12, 31)
    assert list(data["day"].isna()) == [False, True, False, *[True] * 8]  # SPSS counts from 1582
    assert list(data["side"][:3].fillna(0)) == [1, 0, -9]
    assert "Rows: 11" in about.notes


def test_signs_that_no_file_can_keep_become_spaces(tmp_path):
    rows = [["a\x00b\x07c\ud800d\ufffee", 1, None, None, None]]

    assert sheets_of(written(tmp_path, "xlsx", rows)[0])["Moments"][1][0] == "a b c d e"
    assert (
        json.loads(written(tmp_path, "json", rows)[0].read_text())["moments"][0]["who"]
        == "a b c d e"
    )
    assert "a b c d e" in written(tmp_path, "csv", rows)[0].read_text()
    assert pyreadstat.read_sav(str(written(tmp_path, "sav", rows)[0]))[0]["who"][0] == "a b c d e"


def test_long_words_are_cut_where_a_format_ends_and_nowhere_else(tmp_path):
    text = "ü😀" * 20_000  # 60,000 letters of a workbook, 120,000 bytes
    rows = [[text, 1, None, None, None]]

    cell = sheets_of(written(tmp_path, "xlsx", rows)[0])["Moments"][1][0]
    short = pyreadstat.read_sav(str(written(tmp_path, "sav", rows)[0]))[0]["who"][0]

    assert cell.endswith(("😀… (cut)", "ü… (cut)"))
    assert 32_760 <= len(cell.encode("utf-16-le")) // 2 <= 32_767
    assert short.endswith("…")
    assert 990 <= len(short.encode()) <= 1000
    assert json.loads(written(tmp_path, "json", rows)[0].read_text())["moments"][0]["who"] == text
    path, book = written(tmp_path, "csv", rows)
    assert text in path.read_text()
    assert csv_file.rows_in(path, book) == 1


def test_four_hundred_categories_with_long_names_keep_their_labels(tmp_path):
    values = tuple(Value(n, f"C{n}", f"Ä{'ö' * 80} {n}") for n in range(1, 401))
    variables = [Variable("kind", "K" * 400, Kind.CATEGORY, values)]
    rows = [[value] for value in values]

    data, about = pyreadstat.read_sav(str(written(tmp_path, "sav", rows, variables=variables)[0]))

    labels = about.variable_value_labels["kind"]
    assert len(labels) == 400
    assert all(len(label.encode()) <= 120 for label in labels.values())
    assert labels[7.0].startswith("C7 Äö")
    assert list(data["kind"]) == list(range(1, 401))
    assert len(about.column_labels[0]) <= 256
    assert sheets_of(written(tmp_path, "xlsx", rows, variables=variables)[0])["Moments"][400] == [
        "C400",
        values[-1].label,
    ]


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_was_damaged_is_not_taken_for_whole(tmp_path, form):
    path, book = written(tmp_path, form, ROWS)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])

    try:
        counted = FORMS[form].rows_in(path, book)
    except FileError:
        counted = None
    assert counted != len(ROWS)


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_file_that_says_another_number_is_refused(tmp_path, form):
    path, book = tmp_path / "file", book_of(ROWS)
    FORMS[form].write(path, book, iter(ROWS[:-1]))

    if form == "json":
        with pytest.raises(FileError):
            json_file.rows_in(path, book)
    else:
        assert csv_file.rows_in(path, book) == len(ROWS) - 1


def test_names_are_such_as_spss_takes_and_differ_whatever_their_case():
    taken = ["serve_1"]
    assert variable_name("serve", taken, ending="1") == "serve_2_1"
    assert variable_name("SERVE", taken, ending="1") == "SERVE_2_1"
    assert variable_name("2026-plan", [], ending="outcome") == "v_2026_plan_outcome"
    assert variable_name("to", [], ending="1") == "v_to_1"
    assert variable_name("łódź", [], ending="1") == "d_1"
    assert variable_name("日本", [], ending="1") == "scheme_1"
    long = variable_name("x" * 60, [], ending="outcome")
    again = variable_name("x" * 61, [long], ending="outcome")
    assert long != again
    assert max(len(long), len(again)) + len("_code") == 64


def test_cutting_never_splits_a_letter():
    for most in range(8, 14):
        assert len(cut_to_bytes("😀" * 9, most).encode()) <= most
        assert len(cut_to_letters("😀" * 9, most, "…").encode("utf-16-le")) // 2 <= most
    assert cut_to_bytes("abc", 3) == "abc"
    assert cut_to_letters("abc", 3, "…") == "abc"
