"""Good files of every make give the same rows; bad files say what is wrong, quickly."""

import datetime as dt
import io
import random
import struct
import zipfile
import zlib
from contextlib import suppress

import pytest
import xlsxwriter

from taxonomy.sheets.limits import Limits
from taxonomy.sheets.problems import SheetError
from taxonomy.sheets.reading import open_sheet, sample
from taxonomy.sheets.text import sniff_delimiter

ROWS = [
    ["id", "narrative", "préfé"],
    ["1", "He said: ç’est “bien”, thanks; bye\tnow", "é"],
    ["2", "two\r\nlines and\nthree", ""],
    ["3", ' padded, with "quotes" ', "NA"],
]


def write(path, data):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def quoted(rows, delimiter=",", line_end="\r\n"):
    def cell(text):
        return '"' + text.replace('"', '""') + '"'

    return line_end.join(delimiter.join(cell(text) for text in row) for row in rows) + line_end


def workbook(path, fill):
    book = xlsxwriter.Workbook(str(path))
    fill(book)
    book.close()
    return path


def problem_of(path, limits=None):
    with pytest.raises(SheetError) as caught:
        list(open_sheet(path, limits=limits).rows())
    return caught.value.problem


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("codec", "mark", "said"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8-sig"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("cp1252", b"", "cp1252"),
    ],
)
def test_every_encoding_delimiter_and_line_end_gives_the_same_rows(  # noqa: PLR0917
    tmp_path, codec, mark, said, delimiter, line_end
):
    text = quoted(ROWS, delimiter, line_end)
    sheet = open_sheet(write(tmp_path / "a.csv", mark + text.encode(codec)))

    assert (sheet.encoding, sheet.delimiter, sheet.kind) == (said, delimiter, "csv")
    assert sheet.headers == ("id", "narrative", "préfé")
    assert list(sheet.rows()) == [(2, ROWS[1]), (3, ROWS[2]), (4, ROWS[3])]
    assert list(sheet.rows()) == list(sheet.rows())


def test_chinese_utf_16_without_a_mark_is_recognised(tmp_path):
    text = quoted([["编号", "narrative"], ["1", "服务员态度很好"], ["2", "等了一个小时"]])
    sheet = open_sheet(write(tmp_path / "a.csv", text.encode("utf-16-le")))
    assert [cells[1] for _, cells in sheet.rows()] == ["服务员态度很好", "等了一个小时"]


def test_the_delimiter_is_not_the_comma_inside_the_sentences(tmp_path):
    text = "id;text, as told;date\n1;Hello, you, there;\n2;No;2021\n3;One, two;\n"
    sheet = open_sheet(write(tmp_path / "a.csv", text))
    assert sheet.headers == ("id", "text, as told", "date")


def test_the_last_record_of_a_cut_sample_does_not_count():
    sample_of_a_long_file = "x,y;p;q\n1,2;3"
    assert sniff_delimiter(sample_of_a_long_file, whole=False) == ";"
    assert sniff_delimiter(sample_of_a_long_file, whole=True) == ","


def test_one_column_of_sentences_stays_one_column(tmp_path):
    sheet = open_sheet(write(tmp_path / "a.csv", "story\nWell, it was late\nFine, thanks, all\n"))
    assert [cells for _, cells in sheet.rows()] == [["Well, it was late"], ["Fine, thanks, all"]]


def test_a_first_line_that_says_the_delimiter_is_hidden(tmp_path):
    sheet = open_sheet(write(tmp_path / "a.csv", "sep=|\r\nid|text\r\n1|a,b\r\n"))
    assert (sheet.headers, list(sheet.rows())) == (("id", "text"), [(2, ["1", "a,b"])])


def test_rows_keep_the_numbers_of_the_spreadsheet(tmp_path):
    sheet = open_sheet(write(tmp_path / "a.csv", 'id,text\n1,"a\nb"\n\n,\n2,c\n'))
    assert [number for number, _ in sheet.rows()] == [2, 5]


def test_short_rows_are_filled_and_long_ones_kept(tmp_path):
    sheet = open_sheet(write(tmp_path / "a.csv", "a,b,c\n1\n1,2,3,4\n"))
    assert [cells for _, cells in sheet.rows()] == [["1", "", ""], ["1", "2", "3", "4"]]


def test_headers_are_trimmed_and_blank_ones_numbered(tmp_path):
    sheet = open_sheet(write(tmp_path / "a.csv", '" a\n b ",,c\n1,2,3\n'))
    assert sheet.headers == ("a b", "Column 2", "c")


def test_a_workbook_is_read_as_it_shows(tmp_path):
    def fill(book):
        book.add_worksheet("Empty")
        hidden = book.add_worksheet("Hidden")
        hidden.write(0, 0, "secret")
        hidden.hide()
        sheet = book.add_worksheet("Told")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        minute = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_row(2, 1, ["id", "date", "value", "text"])
        sheet.write_row(3, 1, [5.0, dt.datetime(2021, 6, 2), True, " NA "], None)  # noqa: DTZ001
        sheet.write_datetime(3, 2, dt.datetime(2021, 6, 2), day)  # noqa: DTZ001
        sheet.write_row(5, 1, [5.25])
        sheet.write_datetime(5, 2, dt.datetime(2021, 6, 2, 10, 30), minute)  # noqa: DTZ001
        sheet.write_formula(5, 3, "=1+1", None, 2)
        sheet.write_string(5, 4, "one\r\ntwo")

    sheet = open_sheet(workbook(tmp_path / "a.xlsx", fill))
    assert (sheet.name, sheet.kind, sheet.header_row) == ("Told", "xlsx", 3)
    assert sheet.headers == ("id", "date", "value", "text")
    assert list(sheet.rows()) == [
        (4, ["5", "2021-06-02", "TRUE", " NA "]),
        (6, ["5.25", "2021-06-02 10:30:00", "2", "one\r\ntwo"]),
    ]
    assert [(problem.code, problem.params) for problem in sheet.problems()] == [
        ("formulas", {"count": 1})
    ]


def test_a_workbook_is_known_by_its_content_not_its_name(tmp_path):
    path = workbook(tmp_path / "a.csv", lambda book: _table(book.add_worksheet()))
    assert open_sheet(path).kind == "xlsx"


def test_formatted_empty_cells_far_below_do_not_count(tmp_path):
    def fill(book):
        sheet = book.add_worksheet()
        _table(sheet)
        sheet.write_blank(1_048_575, 16_383, None, book.add_format({"bold": True}))

    assert len(list(open_sheet(workbook(tmp_path / "a.xlsx", fill)).rows())) == 1


def _table(sheet):
    sheet.write_row(0, 0, ["id", "text"])
    sheet.write_row(1, 0, ["1", "words"])


def test_the_sample_is_the_first_rows(tmp_path):
    sheet = open_sheet(write(tmp_path / "a.csv", "a\n1\n2\n3\n"))
    assert sample(sheet, 2) == [["1"], ["2"]]


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40

BAD_TEXT = {
    "empty": (b"", "empty_file", None),
    "only blanks": (b"\n , \n\n", "empty_file", None),
    "header only": (b"id,text\n\n", "header_only", None),
    "picture": (PNG, "not_text", None),
    "noise without zeros": (bytes(range(1, 256)) * 40, "not_text", None),
    "zero byte": (b"id,text\n1,ab\0c\n" + b"2,abcdef\n" * 50, "nul_bytes", 2),
    "zero byte in a small file": (b"id,text\n1,ab\0c\n", "nul_bytes", 2),
    "zero in utf-16": ("\ufeffid,text\n1,a\0b\n".encode("utf-16-le"), "nul_bytes", 2),
    "cut utf-16": ("\ufeffid,text\n1,ab\n".encode("utf-16-le")[:-1], "broken_encoding", None),
    "one bad byte": ("id,text\n" + "1,çéèàüö\n" * 9).encode() + b"2,\xff\n",
    "no windows letter": (b"id,text\n1,\x81\n", "unknown_encoding", None),
    "old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_or_protected_workbook"),
    "zip of nothing": (b"PK\x05\x06" + bytes(18), "not_a_workbook", None),
    "million columns": (b"id," * 1_000_000 + b"\n1\n", "too_many_columns", 1),
    "million columns below": (b"id,text\n1,a\n" + b"," * 1_000_000, "too_many_columns", 3),
    "10 MB cell": (b"id,text\n1," + b"x" * 10_000_000 + b"\n", "cell_too_long", 2),
    "10 MB quoted": (b'id,text\n1,"' + b"x\n" * 5_000_000 + b'"\n', "cell_too_long", 2),
    "long cell": (b"id,text\n1," + b"x" * 100_001 + b"\n", "cell_too_long", 2),
    "swallowed end": (b'id,text\n1,a\n2,"open\n3,b\n', "unbalanced_quote", 3),
    "swallowed row": (b'id,text\n1,"open\n2,"fine"\n3,b\n', "unbalanced_quote", 2),
    "same headers": (b"id,text,id\n1,a,b\n", "duplicate_headers", 1),
    "too many rows": (b"id\n" + b"1\n" * 100_001, "too_many_rows", None),
}
BAD_TEXT["one bad byte"] = (BAD_TEXT["one bad byte"], "broken_encoding", None)


@pytest.mark.parametrize("name", BAD_TEXT)
def test_a_bad_text_file_says_what_is_wrong_and_where(tmp_path, name):
    data, code, *row = BAD_TEXT[name]
    problem = problem_of(write(tmp_path / "a.csv", data))
    assert (problem.code, problem.row) == (code, row[0] if row else None)


def test_duplicate_headers_are_named(tmp_path):
    problem = problem_of(write(tmp_path / "a.csv", "id, text,id,text\n1,a,b,c\n"))
    assert problem.params == {"names": "id, text"}


def test_a_file_over_the_size_limit_is_not_opened(tmp_path):
    path = write(tmp_path / "a.csv", "id\n1\n")
    assert problem_of(path, Limits(file_bytes=4)).code == "file_too_big"


def test_a_record_is_bounded_as_a_whole_over_its_cells_and_lines(tmp_path):
    limits = Limits(record_length=50, columns=4)
    for cells, code in [(['"' + "x\n" * 14 + '"'] * 2, "cell_too_long"), (["x"] * 60, "too_many")]:
        path = write(tmp_path / "a.csv", "id,text\n1,a\n" + ",".join(cells) + "\n")
        problem = problem_of(path, limits)
        assert problem.code.startswith(code)
        assert problem.row == 3


def test_a_workbook_cut_anywhere_is_damaged(tmp_path):
    whole = workbook(tmp_path / "a.xlsx", lambda book: _table(book.add_worksheet())).read_bytes()
    for part in range(1, 20):
        cut = write(tmp_path / "cut.xlsx", whole[: max(4, len(whole) * part // 20)])
        assert problem_of(cut).code == "damaged_workbook"


def test_a_workbook_with_spoilt_bytes_is_read_or_refused_but_never_breaks(tmp_path):
    whole = workbook(tmp_path / "a.xlsx", lambda book: _table(book.add_worksheet())).read_bytes()
    chance = random.Random(7)
    for _ in range(300):
        spoilt = bytearray(whole)
        for _ in range(3):
            spoilt[chance.randrange(4, len(whole))] = chance.randrange(256)
        path = write(tmp_path / "spoilt.xlsx", bytes(spoilt))
        with suppress(SheetError):
            list(open_sheet(path).rows())


def zipped(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def with_member(path, name, change):
    """The same archive with one member changed."""
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    return zipped(path, members | {name: change(members.get(name, b""))})


def test_another_zip_is_no_workbook(tmp_path):
    assert problem_of(zipped(tmp_path / "a.xlsx", {"a.txt": b"x"})).code == "not_a_workbook"


@pytest.mark.parametrize("name", ["xl/sharedStrings.xml", "xl/media/image1.png"])
def test_a_zip_bomb_dressed_as_a_workbook_is_refused_unopened(tmp_path, name, bytes_held_by):
    path = workbook(tmp_path / "a.xlsx", lambda book: _table(book.add_worksheet()))
    bomb = with_member(path, name, lambda _: b"<sst>" + b"0" * 60_000_000)
    problem, held = bytes_held_by(problem_of, bomb)
    assert problem.code == "workbook_too_big"
    assert held < 10_000_000


def test_a_zip_that_lies_about_its_size_is_refused(tmp_path):
    path = workbook(tmp_path / "a.xlsx", lambda book: _table(book.add_worksheet()))
    bomb = with_member(path, "xl/sharedStrings.xml", lambda _: b"<sst>" + b"0" * 30_000_000)
    with zipfile.ZipFile(bomb) as archive:
        crc = archive.getinfo("xl/sharedStrings.xml").CRC
    data = bomb.read_bytes()
    claimed = struct.pack("<L", zlib.crc32(b"<sst>")), struct.pack("<L", 5)
    true = struct.pack("<L", crc), struct.pack("<L", 30_000_005)
    lie = data.replace(true[0], claimed[0]).replace(true[1], claimed[1])
    assert lie != data
    assert problem_of(write(tmp_path / "lie.xlsx", lie)).code == "workbook_too_big"


SHEET = "xl/worksheets/sheet1.xml"
START = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
END = "</sheetData></worksheet>"
HUGE_SHEETS = {
    "far corner": ('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>', "columns"),
    "far row": ('<row r="1048576"><c r="A1048576"><v>1</v></c></row>', "rows"),
    "row without cell names": ('<row r="1048576"><c><v>1</v></c></row>', "rows"),
    "columns without names": ("<row>" + "<c><v>1</v></c>" * 20_000 + "</row>", "columns"),
    "behind blanks": (" " * 300_000 + '<row><c r="XFD1"><v>1</v></c></row>', "columns"),
    "hidden in an attribute": ('<row><c x="&gt;" r="&#88;FD1"><v>1</v></c></row>', "columns"),
}


@pytest.mark.parametrize("name", HUGE_SHEETS)
def test_a_sheet_that_would_be_a_huge_block_is_refused_before_it_is_built(tmp_path, name):
    rows, what = HUGE_SHEETS[name]
    path = workbook(tmp_path / "a.xlsx", lambda book: _table(book.add_worksheet()))
    huge = with_member(path, SHEET, lambda _: (START + rows + END).encode())
    assert problem_of(huge).code == f"too_many_{what}"


def test_a_sheet_that_starts_with_blanks_or_bears_another_name_is_measured_too(tmp_path):
    path = workbook(tmp_path / "a.xlsx", lambda book: _table(book.add_worksheet()))
    far = (START + '<row><c r="XFD1"><v>1</v></c></row>' + END).encode()
    for name, lead in [(SHEET, b" " * 300_000), ("xl/media/image1.png", b""), ("a", b"\n")]:
        assert problem_of(with_member(path, name, lambda _, x=lead + far: x)).code == (
            "too_many_columns"
        )


def test_pictures_and_parts_stored_unpacked_do_no_harm(tmp_path):
    path = workbook(tmp_path / "a.xlsx", lambda book: _table(book.add_worksheet()))
    path = with_member(path, "xl/media/image1.png", lambda _: PNG * 20)
    with zipfile.ZipFile(path) as packed, zipfile.ZipFile(tmp_path / "s.xlsx", "w") as stored:
        for info in packed.infolist():
            stored.writestr(info.filename, packed.read(info))
    for good in (path, tmp_path / "s.xlsx"):
        assert list(open_sheet(good).rows()) == [(2, ["1", "words"])]


def test_many_rows_of_a_workbook_are_all_read(tmp_path):
    def fill(book):
        sheet = book.add_worksheet()
        for row in range(5_001):
            sheet.write_row(row, 0, [f"id {row}", row, "words"])

    rows = list(open_sheet(workbook(tmp_path / "a.xlsx", fill)).rows())
    assert (len(rows), rows[-1]) == (5_000, (5_001, ["id 5000", "5000", "words"]))


def test_a_large_area_within_rows_and_columns_is_refused_too(tmp_path):
    rows = '<row><c r="SA1"><v>1</v></c></row><row r="90000"><c r="A90000"><v>1</v></c></row>'
    path = workbook(tmp_path / "a.xlsx", lambda book: _table(book.add_worksheet()))
    wide = with_member(path, SHEET, lambda _: (START + rows + END).encode())
    assert problem_of(wide).code == "workbook_too_big"


def test_a_document_type_in_a_workbook_is_refused(tmp_path):
    path = workbook(tmp_path / "a.xlsx", lambda book: _table(book.add_worksheet()))
    entity = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    book = with_member(path, SHEET, lambda old: entity.encode() + old.partition(b"?>")[2])
    assert problem_of(book).code == "damaged_workbook"


def test_a_workbook_without_any_cell_is_empty(tmp_path):
    path = workbook(tmp_path / "a.xlsx", lambda book: book.add_worksheet())
    assert problem_of(path).code == "empty_file"


def test_a_nul_hidden_in_a_workbook_is_refused(tmp_path):
    path = workbook(tmp_path / "a.xlsx", lambda book: _table(book.add_worksheet()))
    strings = with_member(
        path, "xl/sharedStrings.xml", lambda old: old.replace(b"words", b"a_x0000_b")
    )
    assert problem_of(strings).code == "nul_bytes"


def test_a_long_workbook_cell_is_read_whole(tmp_path):
    text = "x" * 32_767
    path = workbook(
        tmp_path / "a.xlsx", lambda book: book.add_worksheet().write_column(0, 0, ["text", text])
    )
    assert list(open_sheet(path).rows()) == [(2, [text])]


def test_a_protected_zip_member_is_refused(tmp_path):
    path = workbook(tmp_path / "a.xlsx", lambda book: _table(book.add_worksheet()))
    stream = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(stream) as archive:
        start = archive.start_dir
    data = bytearray(stream.getvalue())
    data[start + 8] |= 1  # the first member's flag: encrypted
    assert problem_of(write(path, bytes(data))).code == "old_or_protected_workbook"
