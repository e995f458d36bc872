"""The table as a file: the figures of the page, typed, and nothing that runs."""

import csv
import io
import re
import zipfile

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from incidents.actions.numbering import change_facts
from incidents.models import Change, Region, Study
from reports.actions.exporting import EXPORT_TABLE
from taxonomy.models import Category
from tests.reports.told import SECRET, tell
from tests.taxonomy.factories import CategoryFactory

PAYLOADS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", '=HYPERLINK("http://x")', "http://x.example"]


def fetch(client, member, world, form, **query):
    client.force_login(member.user)
    url = reverse(f"reports:table_{form}", args=[world.study.slug, world.scheme.slug], query=query)
    answer = client.get(url)
    assert answer.status_code == 200
    return answer


def read_csv(answer):
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    return rows[: rows.index([])], dict(rows[rows.index([]) + 1 :])


def read_xlsx(answer):
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names == ["Table", "About"]
    table, about = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
    return table, dict(about)


FILES = {"csv": read_csv, "xlsx": read_xlsx}


@pytest.fixture
def told(world):
    """Tell 200 in the north, one of them quick, and one in the south that is not coded."""
    for number in range(200):
        tell(world, f"{number}", category=world.quick if number == 0 else world.warm)
    tell(world, "not coded", region=1)
    return world


HEAD = ["Category", "Within", "All", "North", "South"]
COUNTS = ["All (count)", "North (count)", "South (count)"]


def test_a_workbook_prints_each_sheet_across_one_page_with_its_heading(client, told):
    answer = fetch(client, told.analyst, told, "xlsx", round=1)

    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        sheets = [book.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (1, 2)]
        names = book.read("xl/workbook.xml").decode()

    for sheet in sheets:
        assert 'orientation="landscape"' in sheet
        assert 'fitToHeight="0"' in sheet
    assert "_xlnm.Print_Titles" in names


def test_a_workbook_too_wide_for_a_page_prints_the_names_on_each(client, told, monkeypatch):
    monkeypatch.setattr("reports.exports.tables.READABLE", 500)
    answer = fetch(client, told.analyst, told, "xlsx", round=1)

    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        table, about = (book.read(f"xl/worksheets/sheet{number}.xml") for number in (1, 2))
        names = book.read("xl/workbook.xml").decode()

    assert b'fitToWidth="2"' in table
    assert b"fitToHeight" in about
    assert "Table!$A:$A,Table!$1:$1" in names


@pytest.mark.parametrize(
    ("label", "points"),
    [
        ("Warm " * 40, "75"),  # five lines of 15 points
        ("Warm\nand\nkind", "45"),
        ("W" * 300, "180"),
        ("W\n" * 40, "408.75"),  # Excel opens no file with a row above 409
    ],
)
def test_long_words_take_several_lines_and_as_much_room(client, told, label, points):
    Category.objects.filter(pk=told.warm.pk).update(label=label)
    change_facts(told.study)
    answer = fetch(client, told.analyst, told, "xlsx", round=1)

    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    heights = dict(re.findall(r'<row r="(\d+)"[^>]* ht="([\d.]+)"', sheet))
    widths = [float(width) for width in re.findall(r'<col [^>]*width="([\d.]+)"', sheet)]

    assert heights == {"2": points}
    assert max(widths) < 50


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_file_calls_parents_what_the_page_calls_them(client, told, form):
    Category.objects.filter(pk=told.service.pk).update(label="Kind service")
    change_facts(told.study)

    table, _about = FILES[form](fetch(client, told.analyst, told, form, round=1))

    assert table[1][:2] == ["Warm", "Kind service"]


def test_a_workbook_has_numbers_where_the_page_has_numbers(client, told):
    table, about = read_xlsx(fetch(client, told.analyst, told, "xlsx", round=1))

    assert table[:5] == [
        [*HEAD, *COUNTS],
        ["Warm", "Service", 1.0, 1.0, "", 199.0, 199.0, 0.0],
        ["Quick", "Service", 0.01, 0.01, "", 1.0, 1.0, 0.0],
        ["Base", "", "", "", "", 200.0, 200.0, 0.0],
        ["Interviews", "", "", "", "", 200.0, 200.0, 0.0],
    ]
    assert table[5] == ["Not coded", "", "", "", "", 1.0, 0.0, 1.0]
    assert len(table) == 11
    assert about["Round"] == "Round 1"
    assert about["Unit"] == "Moments"
    assert about["Kept"] == "Everything"
    assert about["Data number"].split(" / ")[0] == str(
        Study.objects.values_list("data_seq", flat=True).get(pk=told.study.pk)
    )
    assert "Reconstruction" not in about


def test_a_csv_has_the_figures_as_shown(client, told):
    table, about = read_csv(fetch(client, told.analyst, told, "csv", round=1))

    assert table[:4] == [
        [*HEAD, *COUNTS],
        ["Warm", "Service", "100%", "100%", "", "199", "199", "0"],
        ["Quick", "Service", "1%", "1%", "", "1", "1", "0"],
        ["Base", "", "", "", "", "200", "200", "0"],
    ]
    assert about["Columns"] == "Region"


@pytest.mark.django_db
def test_dashes_and_less_than_one_are_text(client, world):
    CategoryFactory(round=world.fine, name="Never")
    for number in range(201):
        tell(world, f"{number}", category=world.quick if number == 0 else world.warm)

    table, _about = read_xlsx(fetch(client, world.analyst, world, "xlsx", round=1))
    rows = {row[0]: row[2] for row in table}

    assert (rows["Warm"], rows["Quick"], rows["Never"]) == (1.0, "<1%", "–")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_name_becomes_a_formula_or_a_link(client, world, payload):
    Category.objects.filter(pk=world.service.pk).update(name=payload)
    Region.objects.filter(pk=world.regions[0].pk).update(name=payload)
    Study.objects.filter(pk=world.study.pk).update(name=payload)
    tell(world, "told", category=world.warm)

    rows, about = read_csv(fetch(client, world.admin, world, "csv"))
    workbook = fetch(client, world.admin, world, "xlsx")
    table, facts = read_xlsx(workbook)

    harmless = payload if payload.startswith("http") else f"'{payload}"
    assert (rows[0][3], rows[1][0], about["Study"]) == (harmless, harmless, harmless)
    assert (table[0][3], table[1][0], facts["Study"]) == (payload, payload, payload)
    with zipfile.ZipFile(io.BytesIO(workbook.content)) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if "worksheets/sheet" in name]
        assert len(sheets) == 2
        assert not any(b"<f>" in sheet or b"<hyperlink" in sheet for sheet in sheets)


def test_a_file_says_what_was_kept_and_names_nobody_who_is_confidential(client, world):
    for _ in range(3):
        tell(world, "told", category=world.warm, moments=2)
    kept = {"organization": str(world.organization.uid), "by": "organization"}

    rows, about = read_csv(fetch(client, world.analyst, world, "csv", **kept))
    named = fetch(client, world.admin, world, "csv", **kept)

    assert about["Kept"] == "Organization of the respondent: B-17"
    assert rows[0][3] == "B-17"
    assert SECRET not in fetch(client, world.analyst, world, "csv", **kept).text
    assert SECRET in named.text


def test_a_reconstruction_says_so_in_every_file(client, world):
    Study.objects.filter(pk=world.study.pk).update(reconstruction=True)

    for form, read in (("csv", read_csv), ("xlsx", read_xlsx)):
        _table, about = read(fetch(client, world.analyst, world, form))
        assert about["Reconstruction"].startswith("Percentages as published")


def test_the_note_of_a_study_is_in_every_file(client, world):
    Study.objects.filter(pk=world.study.pk).update(note="All of this is made up.")

    for form, read in (("csv", read_csv), ("xlsx", read_xlsx)):
        _table, about = read(fetch(client, world.analyst, world, form))
        assert about["Note"] == "All of this is made up."


def test_every_file_is_in_the_change_log_without_any_words(client, world):
    tell(world, "told", category=world.warm)
    region = str(world.regions[0].uid)

    fetch(client, world.analyst, world, "csv", region=region, by="valence")
    client.force_login(world.coder.user)
    url = reverse("reports:table_csv", args=[world.study.slug, world.scheme.slug])
    assert client.get(url).status_code == 403

    [change] = Change.objects.filter(verb=EXPORT_TABLE)
    assert (change.member, change.object_uid) == (world.analyst, world.scheme.uid)
    assert change.details == {
        "form": "csv",
        "round": 2,
        "columns": "valence",
        "unit": "moments",
        "filters": ["region"],
        "revision": 0,
        "data_seq": Study.objects.get(pk=world.study.pk).data_seq,
    }


def test_what_cannot_be_asked_makes_no_file(client, world):
    client.force_login(world.analyst.user)
    url = reverse("reports:table_xlsx", args=[world.study.slug, world.scheme.slug])

    answer = client.get(url, {"region": "Mars"})

    assert (answer.status_code, answer["Content-Type"]) == (422, "text/plain; charset=utf-8")
    assert not Change.objects.filter(verb=EXPORT_TABLE).exists()
