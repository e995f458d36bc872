"""Reports as PDF, Word and PowerPoint: the same bytes, every figure, words as words."""

import io
import re
import zipfile

import docx
import pytest
from pptx import Presentation

from reports.documents.model import Chart, Heading, Paragraph, Plotted, Quote, Series, numbered
from reports.documents.pdf import as_pdf
from reports.documents.slides import as_pptx
from reports.documents.word import as_docx
from tests.reports.documents.pdf_text import tables_in
from tests.reports.documents.samples import MADE, SVG, chart, document, table

HARM = '#panic("x") *b* _i_ $x$ <script> & "q" @ref \\ `raw` = h'


def grid_of(slide):
    return next(shape.table for shape in slide.shapes if shape.has_table)


def texts_of(show):
    return [
        shape.text_frame.text
        for slide in show.slides
        for shape in slide.shapes
        if shape.has_text_frame
    ]


@pytest.mark.parametrize("write", [as_pdf, as_docx, as_pptx])
def test_the_same_report_is_the_same_bytes(write):
    assert write(document()) == write(document())


@pytest.mark.parametrize("write", [as_docx, as_pptx])
def test_nothing_in_an_office_file_says_when_it_was_packed(write):
    with zipfile.ZipFile(io.BytesIO(write(document()))) as file:
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert MADE.strftime("%Y-%m-%dT%H:%M:%SZ").encode() in file.read("docProps/core.xml")
        books = [name for name in file.namelist() if name.endswith(".xlsx")]
        with zipfile.ZipFile(io.BytesIO(file.read(books[0]))) as book:
            assert MADE.strftime("%Y-%m-%d").encode() in book.read("docProps/core.xml")


def test_the_tags_of_a_pdf_have_the_table_as_it_is():
    [rows] = tables_in(as_pdf(document([table()])))

    assert rows == [
        ["Strategy", "All", "Region 1", "Region 2"],
        ["Strategy 0", "00%", "01%", "02%"],
        ["Strategy 1", "10%", "11%", "12%"],
        ["Base", "100", "100", "100"],
    ]


def test_a_pdf_says_what_it_is_and_is_tagged_for_screen_readers():
    pdf = as_pdf(document())

    assert pdf.startswith(b"%PDF-1.7")
    assert b"/StructTreeRoot" in pdf
    assert b"D:20261123120000Z" in pdf


def test_a_word_document_has_real_headings_tables_and_captions():
    file = docx.Document(io.BytesIO(as_docx(document())))

    styles = {line.text: line.style.name for line in file.paragraphs}
    assert styles["Results"] == "Heading 1"
    assert styles["Aim"] == "Heading 2"
    assert styles["Table 1. Strategies by region"] == "Caption"
    rows = [[cell.text for cell in row.cells] for row in file.tables[0].rows]
    assert rows == [
        ["Strategy", "All", "Region 1", "Region 2"],
        ["Strategy 0", "00%", "01%", "02%"],
        ["Strategy 1", "10%", "11%", "12%"],
        ["Base", "100", "100", "100"],
    ]
    assert "Missing: Who coded is not stated." in styles


def test_a_chart_in_word_can_be_edited_with_its_figures():
    with zipfile.ZipFile(io.BytesIO(as_docx(document()))) as file:
        drawn = file.read("word/charts/chart1.xml").decode()
        related = file.read("word/charts/_rels/chart1.xml.rels").decode()

    assert re.findall(r"<c:v>([\d.]+)</c:v>", drawn) == ["26.0", "8.0", "92.0"]
    assert "../embeddings/chart1.xlsx" in related
    assert f'r:id="{re.search(r"Id=.(rId[0-9]+)", related)[1]}"' in drawn


def test_a_slide_has_a_table_and_another_a_chart_that_can_be_edited():
    show = Presentation(io.BytesIO(as_pptx(document())))

    grids = [shape.table for slide in show.slides for shape in slide.shapes if shape.has_table]
    assert [cell.text for cell in grids[0].rows[1].cells] == ["Strategy 0", "00%", "01%", "02%"]
    charts = [shape.chart for slide in show.slides for shape in slide.shapes if shape.has_chart]
    assert [list(series.values) for series in charts[0].plots[0].series] == [
        [26.0, None],
        [8.0, 92.0],
    ]
    assert "“She stayed.”\na cashier in Finland" in texts_of(show)
    assert "Missing: Who coded is not stated." in "\n".join(texts_of(show))


@pytest.mark.parametrize(("write", "place"), [(as_docx, "word/charts/"), (as_pptx, "ppt/charts/")])
def test_the_figures_beside_a_drawn_chart_are_those_of_its_table(write, place):
    twice = Series("All", [12.5, 0.4, 0.0, None], ["12%", "<1%", "–", "×"])  # 12.46 in full
    drawn = Chart("T", "D", SVG, Plotted.BARS, ["A", "B", "C", "D"], [twice])

    with zipfile.ZipFile(io.BytesIO(write(document([drawn])))) as file:
        [name] = [one for one in file.namelist() if re.match(rf"{place}chart\d*\.xml", one)]
        labels = re.findall(r"<a:t>([^<]*)</a:t>", file.read(name).decode())

    assert labels == ["12%", "&lt;1%", "–"]


def test_bars_that_diverge_lie_on_either_side_and_say_no_sign():
    poor, good = (
        Series("Poor", [30.0], ["30%"], "negative"),
        Series("Good", [60.0], ["60%"], "positive"),
    )
    between = Series("Mixed", [10.0], ["10%"])
    drawn = Chart("T", "D", SVG, Plotted.DIVERGING, ["A"], [poor, good, between])

    show = Presentation(io.BytesIO(as_pptx(document([drawn]))))

    [chart] = [shape.chart for slide in show.slides for shape in slide.shapes if shape.has_chart]
    assert [list(series.values) for series in chart.plots[0].series] == [[-30.0], [60.0], [10.0]]
    assert re.findall(r"<a:t>([^<]*)</a:t>", chart.part.blob.decode()) == ["30%", "60%", "10%"]


def test_a_drawn_chart_has_as_many_series_as_can_be_told_apart():
    many = [Series(f"No {number}", [1.0], ["1%"]) for number in range(12)]

    show = Presentation(
        io.BytesIO(as_pptx(document([Chart("T", "D", SVG, Plotted.BARS, ["A"], many)])))
    )

    [drawn] = [shape.chart for slide in show.slides for shape in slide.shapes if shape.has_chart]
    assert len(drawn.plots[0].series) == 8


def test_words_that_look_like_markup_are_words():
    harmful = document([Heading(HARM), Paragraph(HARM), Quote(HARM, HARM, "en")], title=HARM)

    assert as_pdf(harmful).startswith(b"%PDF")
    file = docx.Document(io.BytesIO(as_docx(harmful)))
    assert [line.text for line in file.paragraphs if line.text == HARM] == [HARM] * 5
    assert HARM in texts_of(Presentation(io.BytesIO(as_pptx(harmful))))


@pytest.mark.parametrize("write", [as_pdf, as_docx, as_pptx])
def test_words_from_right_to_left_and_none_at_all_are_written(write):
    parts = [Paragraph(""), Paragraph("שלום\x00"), Quote("مرحبا", "", "ar"), table(1, 0)]

    assert len(write(document(parts, title=""))) > 1000


def test_a_wide_table_lies_across_and_is_parted_with_a_word_about_it():
    wide = document([table(columns=20)])

    file = docx.Document(io.BytesIO(as_docx(wide)))
    assert [len(grid.columns) for grid in file.tables] == [12, 11]
    assert [line.text for line in file.paragraphs if line.text.startswith("Part")] == [
        "Part 1 of 2",
        "Part 2 of 2",
    ]
    assert [section.orientation for section in file.sections] == [0, 1, 0]


def test_a_long_table_goes_on_on_further_slides():
    show = Presentation(io.BytesIO(as_pptx(document([table(rows=20)]))))

    assert [shape.text_frame.text for slide in show.slides for shape in [slide.shapes.title]][
        1:
    ] == [
        "Table 1. Strategies by region (Part 1 of 2)",
        "Table 1. Strategies by region (Part 2 of 2)",
    ]
    assert sum(len(grid_of(slide).rows) - 1 for slide in list(show.slides)[1:]) == 21


def test_tables_and_figures_are_numbered_for_themselves():
    parts = [table(), chart(), Paragraph("x"), table()]

    assert [number for _part, number in numbered(document(parts))] == [
        "Table 1",
        "Figure 1",
        "",
        "Table 2",
    ]


@pytest.mark.parametrize("plotted", Plotted)
def test_each_kind_of_chart_is_drawn_with_what_may_be_shown(plotted):
    drawn = Chart("T", "D", SVG, plotted, ["A"], [Series("Hidden", [None], ["×"])])

    show = Presentation(io.BytesIO(as_pptx(document([drawn]))))
    assert [shape.has_chart for slide in show.slides for shape in slide.shapes].count(True) == 1
