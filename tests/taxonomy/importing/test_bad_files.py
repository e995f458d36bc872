"""Files that cannot be imported: a sentence for each, by page and by command, and no trace."""

import functools
import io
import zipfile

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from incidents.actions.refusals import RefusedError
from incidents.choices import ImportState, RoleName
from incidents.jobs import run_now
from incidents.models import Import, Job
from taxonomy.actions import importing
from taxonomy.sheet_messages import MESSAGES
from tests.factories import MemberFactory, StudyFactory
from tests.taxonomy.importing.files import (
    HEADERS,
    TEN,
    bring_in,
    csv_of,
    files_in,
    receive,
    row_counts,
    told,
)

pytestmark = pytest.mark.django_db


def workbook(*rows, cells=()):
    """Return rows as the bytes of a workbook; `cells` are (row, column, method, value)."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
        for number, column, method, value in cells:
            getattr(sheet, method)(number, column, value)
    return buffer.getvalue()


@functools.cache
def bomb():
    """Return a workbook whose sheet unpacks to 300 MB of blanks."""
    good = zipfile.ZipFile(io.BytesIO(workbook(HEADERS, told(1))))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in good.namelist():
            if name != "xl/worksheets/sheet1.xml":
                archive.writestr(name, good.read(name))
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(300):
                sheet.write(b" " * 1_000_000)
    return buffer.getvalue()


UNREADABLE = {
    "empty": (b"", "The file is empty."),
    "header only": (csv_of([]), "headers but no rows"),
    "truncated xlsx": (workbook(HEADERS, told(1))[:-900], "damaged or incomplete"),
    "binary": (bytes(range(256)) * 40, "neither a table of text nor an .xlsx workbook"),
    "a million columns": (b"narrative" + b"," * 1_000_000 + b"\nwords\n", "more than 500 columns"),
    "a zip bomb": (bomb, "far larger than a table of incidents"),
    "NUL bytes": (csv_of([told(1)]) + b"i9,some\x00words,,,,,\n", "zero bytes"),
    "a cell of 10 MB": (csv_of([[*told(1)[:1], "x" * 10_000_000, *told(1)[2:]]]), "characters"),
    "a header twice": (b"id,narrative,narrative\n1,a,b\n", "same header: narrative"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old .xls workbook"),
    "an open quote": (b'id,narrative\n1,"never closed\n', "quotation mark"),
    "a zip that is no workbook": (b"PK\x03\x04" + b"\0" * 90, "damaged or incomplete"),
}


def unreadable(name):
    """Return the file and what is said of it; a large one is made when it is asked for."""
    content, sentence = UNREADABLE[name]
    return content() if callable(content) else content, sentence


UNSETTLED = {
    "no text column": (b"id,size\n1,2\n", "No column holds what people told."),
    "an unknown value": (csv_of([told(1, valence="thrilled")]), "no known value of “valence”"),
    "an ambiguous date": (b"date,narrative\n03/04/2021,words\n", "may be day/month or month/day"),
    "no date": (b"date,narrative\nsoon-ish 99,words\n", "is no date"),
    "an unknown country": (b"country,narrative\nAtlantis,words\n", "is no known country"),
}
ASCII_NAMES = {"ids": lambda name: name.replace(" ", "-")}


@pytest.fixture
def study():
    return StudyFactory(slug="mine")


@pytest.fixture
def desk(client, study):
    client.force_login(MemberFactory(study=study, roles=[RoleName.ADMIN]).user)
    return client


def command(*arguments):
    out = io.StringIO()
    call_command("import_incidents", "--study", "mine", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def upload(desk, content):
    file = SimpleUploadedFile("told.csv", content)
    return desk.post(reverse("taxonomy:import_new", args=["mine"]), {"file": file})


@pytest.mark.parametrize("name", UNREADABLE, **ASCII_NAMES)
def test_a_file_that_cannot_be_read_is_refused_on_the_page(desk, house, name):
    content, sentence = unreadable(name)
    before, files = row_counts(), files_in(house)

    page = upload(desk, content)

    assert page.status_code == 422
    assert sentence in page.text
    assert (row_counts(), files_in(house)) == (before, files)


@pytest.mark.parametrize("name", UNREADABLE, **ASCII_NAMES)
def test_a_file_that_cannot_be_read_is_refused_by_the_command(study, house, tmp_path, name):
    content, sentence = unreadable(name)
    path = tmp_path / "told.csv"
    path.write_bytes(content)
    before, files = row_counts(), files_in(house)

    with pytest.raises(CommandError, match=sentence):
        command(str(path))

    assert (row_counts(), files_in(house)) == (before, files)


@pytest.mark.parametrize("name", UNSETTLED, **ASCII_NAMES)
def test_what_has_to_be_settled_is_said_by_the_command_and_changes_nothing(
    study, house, tmp_path, name
):
    content, sentence = UNSETTLED[name]
    path = tmp_path / "told.csv"
    path.write_bytes(content)
    before, files = row_counts(), files_in(house)
    out = io.StringIO()

    with pytest.raises(CommandError, match="Nothing was imported"):
        call_command("import_incidents", "--study", "mine", str(path), stdout=out)

    assert sentence in out.getvalue()
    assert (row_counts(), files_in(house)) == (before, files)


@pytest.mark.parametrize("name", UNSETTLED, **ASCII_NAMES)
def test_what_has_to_be_settled_is_said_in_the_preview_and_cannot_be_imported(desk, name):
    content, sentence = UNSETTLED[name]
    shown = reverse("taxonomy:import_columns", args=["mine", _uploaded(desk, content).uid])
    source = Import.objects.get()
    run_now(importing.request_check(source=source, by=None))
    source.refresh_from_db()
    before = row_counts()

    preview = desk.get(shown.replace("columns/", ""))
    answer = desk.post(shown.replace("columns/", "run/"), {"row_version": source.row_version})

    assert sentence in preview.text
    assert answer.status_code == 422
    assert (row_counts(), Import.objects.get().state) == (before, ImportState.CHECKED)


def _uploaded(desk, content):
    assert upload(desk, content).status_code == 302
    return Import.objects.get()


def test_the_same_file_twice_is_refused_and_names_the_first(desk, study, house, tmp_path):
    bring_in(receive(study, TEN, name="first.csv"))
    path = tmp_path / "second.csv"
    path.write_bytes(TEN)
    before, files = row_counts(), files_in(house)

    page = upload(desk, TEN)
    with pytest.raises(CommandError, match="imported before, as “first"):
        command(str(path))

    assert (page.status_code, "imported before, as “first.csv”" in page.text) == (422, True)
    assert (row_counts(), files_in(house)) == (before, files)


def test_of_one_file_uploaded_twice_only_one_is_imported(study):
    first, second = receive(study, TEN), receive(study, TEN, name="again.csv")
    bring_in(first)
    run_now(importing.request_check(source=second, by=None))
    second.refresh_from_db()
    before = row_counts()

    with pytest.raises(RefusedError, match="imported before, as “told"):
        importing.request_import(source=second, by=None, row_version=second.row_version)

    assert row_counts() == before


def test_formulas_are_read_as_they_were_shown_and_said(study, tmp_path):
    path = tmp_path / "told.xlsx"
    rows = [("narrative", "valence"), ("words", "positive")]
    path.write_bytes(workbook(*rows, cells=[(2, 0, "write_formula", '="a"&"b"')]))

    said = command(str(path), "--dry-run", "--create-missing")

    assert "The workbook has 1 formulas." in said
    assert Job.objects.count() == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["absent.csv"], "There is no file"),
        (["x" * 5000], "cannot be read|There is no file"),
        ([".", "--dry-run"], "There is no file"),
        (["FILE", "--map", "narrative"], "is not of the form column=field"),
        (["FILE", "--map", "nothing=narrative"], "Nothing was imported"),
        (["FILE", "--map", "region=mood"], "Nothing was imported"),
        (["FILE", "--values", "valence=x"], "is not of the form field:theirs=ours"),
        (["FILE", "--values", "valence:positive=splendid"], "Nothing was imported"),
        (["FILE", "--scheme", "a b"], "Enter a valid"),
        (["FILE"], "Nothing was imported"),  # the names are not in the study
    ],
)
def test_a_mistake_at_the_command_is_a_sentence(study, tmp_path, arguments, sentence):
    path = tmp_path / "told.csv"
    path.write_bytes(TEN)
    given = [str(path) if argument == "FILE" else argument for argument in arguments]
    before = row_counts()

    with pytest.raises(CommandError, match=sentence):
        command(*given)

    assert row_counts() == before


def test_every_notice_about_a_column_names_the_column(study, tmp_path):
    path = tmp_path / "told.csv"
    path.write_bytes(b"narrative,category 1,category 2,mood\nwords,A,,glad\nmore,B,,\n")

    said = command(str(path), "--dry-run").splitlines()

    assert said[:2] == [
        f"notice: column “mood”: {MESSAGES['unmapped_column']}",
        f"notice: column “category 2”: {MESSAGES['dropped_level']}",
    ]
