"""A report as PDF, set by Typst: tagged for screen readers, the same bytes for the same report."""

import datetime as dt
import functools
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from reports.documents import fitting
from reports.documents.model import (
    Chart,
    Document,
    Heading,
    Missing,
    Paragraph,
    Part,
    Quote,
    Statements,
    Table,
    numbered,
)

TEMPLATE = Path(__file__).with_name("report.typ")
UPRIGHT, ACROSS = 17.0, 25.7  # centimetres between the margins of a page
FIRST = 5.0  # centimetres of the column of words
LEAST = 1.45  # centimetres of a column of figures
SIZE = re.compile(r'<svg[^>]*?\bwidth="([\d.]+)(?:px)?"[^>]*?\bheight="([\d.]+)(?:px)?"', re.DOTALL)
LONG = 20  # rows that may be parted by the end of a page
HIGHEST = 20.0  # centimetres of a picture
OURS = ("Inter", "Libertinus Serif")
THEIRS = ("DejaVu Sans", "Noto Sans", "Noto Sans Arabic", "Noto Sans CJK SC")
BEYOND = re.compile("[\u0600-\u1cff\u2e80-\ufaff\ufe70-\ufeff\U00010000-\U0010ffff]")


def as_pdf(document: Document, *, faces: Sequence[Path] = ()) -> bytes:
    """The document as PDF on A4.

    `faces` are folders of fonts. Fonts of the machine are used only for letters that neither they
    nor Typst's own have, so that elsewhere a document looks the same everywhere.
    Raises RuntimeError where a picture is none.
    """
    typst = _typst()
    data = _data(document)
    beyond = BEYOND.search(json.dumps(data, ensure_ascii=False)) is not None
    fonts = _fonts(tuple(faces), beyond=beyond)
    known = set(fonts.families())
    inputs = {**data, "fonts": [name for name in (*OURS, *THEIRS) if name in known]}
    compiler = typst.Compiler(
        TEMPLATE.read_bytes(),
        root=TEMPLATE.parent,
        font_paths=fonts,
        sys_inputs={"data": json.dumps(inputs, ensure_ascii=False)},
    )
    written: bytes = compiler.compile(format="pdf", timestamp=_stamp(document.made_at))
    return written


def _stamp(moment: dt.datetime) -> int:
    return int(moment.timestamp())


@functools.cache
def _fonts(faces: tuple[Path, ...], *, beyond: bool) -> Any:
    there = [str(folder) for folder in faces if folder.is_dir()]
    return _typst().Fonts(include_system_fonts=beyond, font_paths=there)


def _typst() -> ModuleType:
    import typst  # noqa: PLC0415  (40 MB: only where documents are made)

    return typst


# -- What the template reads --------------------------------------------------------------------


def _data(document: Document) -> dict[str, Any]:
    return {
        "title": fitting.without_controls(document.title),
        "author": fitting.without_controls(document.author),
        "heading": _words(document.title),
        "lines": _all(document.lines),
        "lang": document.lang.partition("-")[0],
        "page": document.words.page.split("{}"),
        "missing": document.words.missing,
        "parts": [_part(document, part, number) for part, number in numbered(document)],
    }


def _part(document: Document, part: Part, number: str) -> dict[str, Any]:  # noqa: PLR0911
    match part:
        case Heading():
            return {"is": "heading", "level": part.level, "words": _words(part.text)}
        case Paragraph():
            return {"is": "paragraph", "words": _words(part.text)}
        case Statements():
            return {"is": "statements", "sentences": _all(part.sentences)}
        case Missing():
            return {"is": "missing", "title": _words(part.title), "texts": _all(part.texts)}
        case Quote():
            return _quote(part)
        case Chart():
            return _chart(part, number)
        case Table():
            return _table(document, part, number)


def _quote(part: Quote) -> dict[str, Any]:
    return {
        "is": "quote",
        "words": _words(part.words),
        "attribution": _words(part.attribution),
        "lang": part.lang.partition("-")[0] or "und",
    }


def _chart(part: Chart, number: str) -> dict[str, Any]:
    return {
        "is": "chart",
        "number": f"{number}.",
        "title": _words(part.title),
        "svg": part.svg,
        "alt": fitting.without_controls(part.description),
        "width": _width(part.svg),
    }


def _width(svg: str) -> float:
    """As wide as the page, unless it would be higher than one."""
    size = SIZE.search(svg)
    if size is None:
        return UPRIGHT
    width, height = float(size[1]), float(size[2])
    return min(UPRIGHT, HIGHEST * width / height) if height else UPRIGHT


def _table(document: Document, part: Table, number: str) -> dict[str, Any]:
    upright, across = (int((page - FIRST) / LEAST) for page in (UPRIGHT, ACROSS))
    wide = len(part.columns) > upright
    pieces = fitting.bands(part, across if wide else upright)
    return {
        "is": "table",
        "number": f"{number}.",
        "title": _words(part.title),
        "about": _all(part.about),
        "notes": _all(part.notes),
        "wide": wide,
        "long": len(part.rows) * len(pieces) > LONG,
        "first": FIRST,
        "bands": [
            {
                "name": document.words.band.format(place, len(pieces)),
                "corner": _cell(piece.corner),
                "groups": [
                    {"name": _cell(group.name), "columns": group.columns}
                    for group in fitting.groups(piece.columns)
                ],
                "columns": [_cell(column.name) for column in piece.columns],
                "rows": [
                    {"label": _cell(row.label), "cells": _all(row.cells), "kind": row.kind.value}
                    for row in piece.rows
                ],
            }
            for place, piece in enumerate(pieces, start=1)
        ],
    }


def _words(text: str) -> dict[str, Any]:
    """Words as the template sets them: by lines, and from which side."""
    clean = fitting.without_controls(text).strip()
    return {
        "lines": [line.strip() for line in clean.split("\n")] if clean else [],
        "right": fitting.runs_right_to_left(clean),
    }


def _cell(text: str) -> dict[str, Any]:
    return _words(fitting.breakable(text))


def _all(texts: Iterable[str]) -> list[dict[str, Any]]:
    return [_words(text) for text in texts]
