"""A report as a Word document: headings, tables, captions and charts that can be edited."""

import io
from collections.abc import Sequence
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE as RELATION
from docx.opc.packuri import PackURI
from docx.opc.part import Part as FilePart
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor

from reports.documents import fitting
from reports.documents.model import (
    Chart,
    Document,
    Heading,
    Missing,
    Paragraph,
    Part,
    Quote,
    RowKind,
    Statements,
    Table,
    numbered,
)
from reports.documents.native_charts import native_chart
from reports.documents.zips import settled

UPRIGHT, ACROSS = Cm(17), Cm(25.7)  # between the margins of a page
FIRST, LEAST = Cm(5), Cm(1.45)
SOFT, MARK = RGBColor(0x5B, 0x64, 0x70), RGBColor(0x8A, 0x4B, 0x00)
CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HIGH = Cm(9)
LOOKS = (
    f"<w:tblBorders {nsdecls('w')}>"
    + "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="C9CED6"/>'
        for side in ("top", "bottom", "insideH")
    )
    + "</w:tblBorders>"
)
EDGES = (
    f"<w:tblCellMar {nsdecls('w')}>"
    '<w:left w:w="50" w:type="dxa"/><w:right w:w="50" w:type="dxa"/></w:tblCellMar>'
)


def as_docx(document: Document) -> bytes:
    """The document as DOCX, the same bytes for the same document."""
    file = docx.Document()
    _describe(file, document)
    _page(file.sections[0], across=False)
    _footer(file, document)
    _words(file.add_heading(level=0), document.title)
    for line in document.lines:
        _words(file.add_paragraph(), line, colour=SOFT)
    for part, number in numbered(document):
        _write(file, document, part, number)
    out = io.BytesIO()
    file.save(out)
    return settled(out.getvalue(), document.made_at)


def _describe(file: Any, document: Document) -> None:
    about = file.core_properties
    about.title = fitting.without_controls(document.title)[:255]
    about.author = fitting.without_controls(document.author)[:255]
    about.last_modified_by, about.comments = "", ""
    about.language = document.lang
    about.created = about.modified = document.made_at.replace(tzinfo=None)
    normal = file.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(10.5)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), document.lang)
    normal.element.get_or_add_rPr().append(language)


def _page(section: Any, *, across: bool) -> None:
    wide, high = (Cm(29.7), Cm(21)) if across else (Cm(21), Cm(29.7))
    section.orientation = WD_ORIENT.LANDSCAPE if across else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = wide, high
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin = section.bottom_margin = Cm(2)


def _footer(file: Any, document: Document) -> None:
    line = file.sections[0].footer.paragraphs[0]
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    before, between, after = document.words.page.split("{}")
    for words, field in ((before, "PAGE"), (between, "NUMPAGES"), (after, "")):
        line.add_run(words)
        if field:
            line._p.append(_field(field))  # noqa: SLF001  (python-docx has no fields)


def _field(name: str) -> Any:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    run, words = OxmlElement("w:r"), OxmlElement("w:t")
    words.text = "1"
    run.append(words)
    field.append(run)
    return field


# -- Parts --------------------------------------------------------------------------------------


def _write(file: Any, document: Document, part: Part, number: str) -> None:
    match part:
        case Heading():
            _words(file.add_heading(level=part.level), part.text)
        case Paragraph():
            _words(file.add_paragraph(), part.text)
        case Statements():
            for sentence in part.sentences:
                _words(file.add_paragraph(style="List Bullet"), sentence)
        case Missing():
            _missing(file, document, part)
        case Quote():
            _quote(file, part)
        case Chart(table=Table() as figures):
            _table(file, document, figures, number)
        case Chart():
            _chart(file, part, number)
        case Table():
            _table(file, document, part, number)


def _missing(file: Any, document: Document, part: Missing) -> None:
    if part.title:
        _words(file.add_paragraph(), part.title, bold=True, colour=MARK)
    for text in part.texts:
        line = file.add_paragraph(style="List Bullet")
        _words(line, f"{document.words.missing}: ", bold=True, colour=MARK)
        _words(line, text)


def _quote(file: Any, part: Quote) -> None:
    line = file.add_paragraph(style="Quote")
    _words(line, part.words, lang=part.lang)
    if part.attribution:
        _words(file.add_paragraph(), part.attribution, colour=SOFT, size=9)


def _caption(file: Any, number: str, title: str) -> None:
    line = file.add_paragraph(style="Caption")
    line.paragraph_format.keep_with_next = True
    _words(line, f"{number}. {title}")


def _small(file: Any, texts: Sequence[str], *, with_next: bool = False) -> None:
    for text in texts:
        line = file.add_paragraph()
        line.paragraph_format.keep_with_next = with_next
        line.paragraph_format.space_after = Pt(3)
        _words(line, text, colour=SOFT, size=8.5)


def _words(
    line: Any,
    text: str,
    *,
    bold: bool = False,
    colour: RGBColor | None = None,
    size: float | None = None,
    lang: str = "",
) -> None:
    """Add words to a paragraph, which runs the way they do."""
    run = line.add_run(fitting.without_controls(text))
    run.bold = bold or None
    if colour is not None:
        run.font.color.rgb = colour
    if size is not None:
        run.font.size = Pt(size)
    if lang:
        spoken = OxmlElement("w:lang")
        spoken.set(qn("w:val"), lang)
        run._r.get_or_add_rPr().append(spoken)  # noqa: SLF001
    if fitting.runs_right_to_left(text):
        run.font.rtl = True
        properties = line._p.get_or_add_pPr()  # noqa: SLF001
        if properties.find(qn("w:bidi")) is None:
            properties.insert_element_before(
                OxmlElement("w:bidi"), "w:spacing", "w:ind", "w:jc", "w:rPr"
            )


# -- Tables -------------------------------------------------------------------------------------


def _table(file: Any, document: Document, part: Table, number: str) -> None:
    upright, across = (int((page - FIRST) / LEAST) for page in (UPRIGHT, ACROSS))
    wide = len(part.columns) > upright
    if wide:
        _page(file.add_section(), across=True)
    _caption(file, number, part.title)
    _small(file, part.about, with_next=True)
    pieces = fitting.bands(part, across if wide else upright)
    for place, piece in enumerate(pieces, start=1):
        if len(pieces) > 1:
            _small(file, [document.words.band.format(place, len(pieces))], with_next=True)
        _grid(file, piece, ACROSS if wide else UPRIGHT)
        file.add_paragraph().paragraph_format.space_after = Pt(0)
    _small(file, part.notes)
    if wide:
        _page(file.add_section(), across=False)


def _grid(file: Any, piece: Table, width: int) -> None:
    groups = fitting.groups(piece.columns)
    heads = 2 if groups else 1
    grid = file.add_table(heads + len(piece.rows), 1 + len(piece.columns))
    grid.alignment, grid.autofit = WD_TABLE_ALIGNMENT.LEFT, False
    layout = grid._tblPr.find(qn("w:tblLayout"))  # noqa: SLF001  (python-docx has no borders)
    layout.addprevious(parse_xml(LOOKS))
    layout.addnext(parse_xml(EDGES))
    each = int((width - FIRST) / max(1, len(piece.columns)))
    for place, column in enumerate(grid.columns):
        column.width = FIRST if place == 0 else each
    lines = _lines_of(grid)
    _heads(lines, piece, groups)
    for cells, row in zip(lines[heads:], piece.rows, strict=True):
        strong = row.kind in {RowKind.SUBTOTAL, RowKind.BASE}
        colour = SOFT if row.kind == RowKind.BESIDE else None
        for place, text in enumerate((row.label, *row.cells)):
            _cell(cells[place], text, number=place > 0, bold=strong, colour=colour)
            cells[place].width = FIRST if place == 0 else each
    for place, line in enumerate(grid.rows):
        _keep(line, is_head=place < heads)


def _lines_of(grid: Any) -> list[Sequence[Any]]:
    """The cells by line, read at once: python-docx looks for each cell anew."""
    cells, across = grid._cells, len(grid.columns)  # noqa: SLF001
    return [cells[start : start + across] for start in range(0, len(cells), across)]


def _heads(lines: Sequence[Sequence[Any]], piece: Table, groups: Sequence[fitting.Group]) -> None:
    names = lines[1 if groups else 0]
    if groups:
        corner = lines[0][0].merge(names[0])
        place = 1
        for group in groups:
            cell = lines[0][place].merge(lines[0][place + group.columns - 1])
            _cell(cell, group.name, bold=True)
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
            place += group.columns
    else:
        corner = names[0]
    _cell(corner, piece.corner, bold=True)
    for place, column in enumerate(piece.columns, start=1):
        _cell(names[place], column.name, number=True, bold=True)


def _cell(
    cell: Any, text: str, *, number: bool = False, bold: bool = False, colour: Any = None
) -> None:
    line = cell.paragraphs[0]
    line.paragraph_format.space_after = Pt(0)
    if number:
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _words(line, fitting.breakable(text), bold=bold, colour=colour, size=8)


def _keep(line: Any, *, is_head: bool) -> None:
    """Keep a line on one page; a head comes again on each."""
    properties = line._tr.get_or_add_trPr()  # noqa: SLF001
    properties.append(OxmlElement("w:cantSplit"))
    if is_head:
        properties.append(OxmlElement("w:tblHeader"))


# -- Charts -------------------------------------------------------------------------------------


def _chart(file: Any, part: Chart, number: str) -> None:
    _caption(file, number, part.title)
    drawn, package = native_chart(part), file.part.package
    charts = (one for one in package.iter_parts() if one.partname.startswith("/word/charts/"))
    place = 1 + sum(1 for _chart in charts)
    kept = FilePart(PackURI(f"/word/charts/chart{place}.xml"), CHART_TYPE, drawn.xml, package)
    book = PackURI(f"/word/embeddings/chart{place}.xlsx")
    kept.relate_to(FilePart(book, BOOK_TYPE, drawn.book, package), RELATION.PACKAGE)
    relation = file.part.relate_to(kept, RELATION.CHART)
    run = file.add_paragraph().add_run()
    run._r.append(_drawing(relation, place, part.description))  # noqa: SLF001
    _small(file, part.notes)


def _drawing(relation: str, number: int, description: str) -> Any:
    drawing = parse_xml(
        f"<w:drawing {nsdecls('w', 'wp', 'a', 'c', 'r')}>"
        '<wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{UPRIGHT}" cy="{HIGH}"/>'
        f'<wp:docPr id="{number}" name="Chart {number}"/><wp:cNvGraphicFramePr/>'
        '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">'
        f'<c:chart r:id="{relation}"/></a:graphicData></a:graphic></wp:inline></w:drawing>'
    )
    drawing[0].find(qn("wp:docPr")).set("descr", fitting.without_controls(description))
    return drawing
