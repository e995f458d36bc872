"""A report as slides: tables and charts that PowerPoint can edit, one to a slide."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Emu, Inches, Pt

from reports.documents import fitting
from reports.documents.model import (
    Chart,
    Document,
    Heading,
    Missing,
    Paragraph,
    Part,
    Quote,
    Row,
    RowKind,
    Statements,
    Table,
    numbered,
)
from reports.documents.native_charts import draw_on
from reports.documents.zips import settled

WIDE, HIGH = Inches(13.333), Inches(7.5)
EDGE = Inches(0.6)
ACROSS = WIDE - 2 * EDGE
TITLE_ONLY = 5  # of the layouts that python-pptx brings
MOST_COLUMNS = 12
MOST_LINES_OF_TABLE, LETTERS_A_LINE = 15, 34
MOST_LETTERS, MOST_LINES = 900, 9  # of running words
QUOTE_SIZES = ((24, 500), (18, 1000), (14, 1800))  # points, and how many letters they have room for
LEAST_SIZE = 10
FIRST = Inches(3.4)
LINE = Inches(0.3)
SOFT, MARK, INK = RGBColor(0x5B, 0x64, 0x70), RGBColor(0x8A, 0x4B, 0x00), RGBColor(0x1D, 0x23, 0x2B)
PAPER = RGBColor(0xF1, 0xF3, 0xF6)
Words = tuple[str, RGBColor, bool]  # one paragraph, its colour, whether it is bold


def as_pptx(document: Document) -> bytes:
    """The document as PPTX, the same bytes for the same document."""
    show = Presentation()
    show.slide_width, show.slide_height = WIDE, HIGH
    _describe(show, document)
    opening = _slide(show, document.title, top=Inches(2.4), size=36)
    _text(opening, [(line, SOFT, False) for line in document.lines], top=Inches(3.6), size=16)
    topic, said = document.title, list[Words]()
    for part, number in numbered(document):
        words = list(_running(document, part))
        if isinstance(part, Heading) and part.level == 1:
            _running_slides(show, topic, said)
            topic, said = part.text, []
        elif words:
            said += words
        else:
            _running_slides(show, topic, said)
            said = []
            _own_slides(show, document, topic, part, number)
    _running_slides(show, topic, said)
    out = io.BytesIO()
    show.save(out)
    return settled(out.getvalue(), document.made_at)


def _describe(show: Any, document: Document) -> None:
    about = show.core_properties
    about.title = fitting.without_controls(document.title)[:255]
    about.author = fitting.without_controls(document.author)[:255]
    about.last_modified_by, about.language = "", document.lang
    about.created = about.modified = document.made_at.replace(tzinfo=None)


# -- Running words ------------------------------------------------------------------------------


def _running(document: Document, part: Part) -> Iterator[Words]:
    """What a part says in running words; nothing where it has slides of its own."""
    match part:
        case Heading():
            yield part.text, INK, True
        case Paragraph():
            for line in part.text.split("\n"):
                yield line, INK, False
        case Statements():
            for sentence in part.sentences:
                yield f"• {sentence}", INK, False
        case Missing():
            yield part.title, MARK, True
            for text in part.texts:
                yield f"{document.words.missing}: {text}", MARK, False


def _running_slides(show: Any, topic: str, said: Sequence[Words]) -> None:
    """Slides of running words under their topic, as many as they need."""
    pages: list[list[Words]] = []
    room = 0
    for words in said:
        if not words[0].strip():
            continue
        if not pages or room < len(words[0]) or len(pages[-1]) >= MOST_LINES:
            heading = [pages[-1].pop()] if pages and _ends_in_heading(pages[-1]) else []
            pages.append(heading)
            room = MOST_LETTERS
        pages[-1].append(words)
        room -= len(words[0])
    for page in pages:
        _text(_slide(show, topic), page, top=Inches(1.3), size=16)


def _ends_in_heading(page: Sequence[Words]) -> bool:
    """Whether the last words of a page say what the next ones are about."""
    return len(page) > 1 and page[-1][2]


def _slide(show: Any, title: str, *, top: int = Inches(0.35), size: int = 24) -> Any:
    slide = show.slides.add_slide(show.slide_layouts[TITLE_ONLY])
    head = slide.shapes.title
    head.left, head.top, head.width, head.height = EDGE, top, ACROSS, Inches(0.8)
    head.text_frame.word_wrap = True
    head.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    _write(head.text_frame.paragraphs[0], title, size=size, bold=True, colour=INK)
    return slide


def _text(slide: Any, said: Sequence[Words], *, top: int, size: int) -> None:
    box = slide.shapes.add_textbox(EDGE, top, ACROSS, HIGH - top - Inches(0.4)).text_frame
    box.word_wrap = True
    for number, (words, colour, bold) in enumerate(said):
        line = box.paragraphs[0] if number == 0 else box.add_paragraph()
        line.space_after = Pt(6)
        _write(line, words, size=size, bold=bold, colour=colour)


def _write(line: Any, text: str, *, size: float, bold: bool = False, colour: Any = None) -> None:
    """Write words into a paragraph, which runs the way they do."""
    right = fitting.runs_right_to_left(text)
    run = line.add_run()
    run.text = fitting.without_controls(text)
    run.font.size, run.font.bold = Pt(size), bold
    if colour is not None:
        run.font.color.rgb = colour
    if line.alignment is None:
        line.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
    if right:
        line._p.get_or_add_pPr().set("rtl", "1")  # noqa: SLF001  (python-pptx has no other way)


# -- Slides of their own ------------------------------------------------------------------------


def _own_slides(show: Any, document: Document, topic: str, part: Part, number: str) -> None:
    match part:
        case Quote():
            slide = _slide(show, topic)
            said = [(part.words, INK, False), (part.attribution, SOFT, False)]
            _text(slide, said, top=Inches(1.8), size=_quote_size(part.words))
        case Chart(table=Table() as figures):
            _table(show, document, figures, number)
        case Chart():
            slide = _slide(show, f"{number}. {part.title}", size=20)
            draw_on(slide, part, (EDGE, Inches(1.2), ACROSS, Inches(5.4)))
            _below(slide, part.notes, Inches(6.65))
        case Table():
            _table(show, document, part, number)


def _quote_size(words: str) -> int:
    """Points in which the words fit on a slide."""
    return next((size for size, most in QUOTE_SIZES if len(words) <= most), LEAST_SIZE)


def _table(show: Any, document: Document, part: Table, number: str) -> None:
    pieces = [
        (band, rows)
        for band in fitting.bands(part, MOST_COLUMNS)
        for rows in fitting.portions(band.rows, MOST_LINES_OF_TABLE, LETTERS_A_LINE)
    ]
    for place, (band, rows) in enumerate(pieces, start=1):
        of = f" ({document.words.band.format(place, len(pieces))})" if len(pieces) > 1 else ""
        slide = _slide(show, f"{number}. {part.title}{of}", size=20)
        _grid(slide, band, rows)
        _below(slide, [*part.about, *part.notes], Inches(6.5))


def _below(slide: Any, texts: Sequence[str], top: int) -> None:
    if texts:
        said = [(" ".join(texts), SOFT, False)]
        _text(slide, said, top=top, size=10)


def _grid(slide: Any, band: Table, rows: Sequence[Row]) -> None:
    groups = fitting.groups(band.columns)
    heads = 2 if groups else 1
    count = 1 + len(band.columns)
    frame = slide.shapes.add_table(
        heads + len(rows), count, EDGE, Inches(1.25), ACROSS, LINE * (heads + len(rows))
    )
    grid = frame.table
    each = Emu(int((ACROSS - FIRST) / max(1, count - 1)))
    for place in range(count):
        grid.columns[place].width = FIRST if place == 0 else each
    _heads(grid, band, groups)
    for line, row in enumerate(rows, start=heads):
        strong = row.kind in {RowKind.SUBTOTAL, RowKind.BASE}
        colour = SOFT if row.kind == RowKind.BESIDE else INK
        for place, text in enumerate((row.label, *row.cells)):
            cell = grid.cell(line, place)
            cell.fill.solid()
            cell.fill.fore_color.rgb = PAPER if strong else RGBColor(0xFF, 0xFF, 0xFF)
            _cell(cell, text, number=place > 0, bold=strong, colour=colour)


def _heads(grid: Any, band: Table, groups: Sequence[fitting.Group]) -> None:
    names = 1 if groups else 0
    for line in range(names + 1):
        for place in range(1 + len(band.columns)):
            grid.cell(line, place).fill.solid()
            grid.cell(line, place).fill.fore_color.rgb = PAPER
    if groups:
        grid.cell(0, 0).merge(grid.cell(1, 0))
        place = 1
        for group in groups:
            cell, last = grid.cell(0, place), grid.cell(0, place + group.columns - 1)
            if group.columns > 1:
                cell.merge(last)
            _cell(cell, group.name, bold=True)
            place += group.columns
    _cell(grid.cell(0, 0), band.corner, bold=True)
    for place, column in enumerate(band.columns, start=1):
        _cell(grid.cell(names, place), column.name, number=True, bold=True)


def _cell(
    cell: Any, text: str, *, number: bool = False, bold: bool = False, colour: Any = INK
) -> None:
    cell.margin_top = cell.margin_bottom = Inches(0.03)
    cell.margin_left = cell.margin_right = Inches(0.06)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    line = cell.text_frame.paragraphs[0]
    if number:
        line.alignment = PP_ALIGN.RIGHT
    _write(line, fitting.breakable(text), size=11, bold=bold, colour=colour)
