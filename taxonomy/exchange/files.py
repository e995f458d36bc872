"""Which form a file has, read and written: the one way in and out."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from taxonomy.exchange.book import MOST_BYTES, Book, BookError
from taxonomy.exchange.json_books import read_json, write_json
from taxonomy.exchange.qdc import read_qdc, write_qdc
from taxonomy.exchange.sheet_books import read_sheet, write_csv, write_xlsx

FORMS: Final[Mapping[str, tuple[Callable[[Book], bytes], str]]] = {
    "json": (write_json, "application/json"),
    "csv": (write_csv, "text/csv; charset=utf-8"),
    "xlsx": (write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "qdc": (write_qdc, "application/xml"),
}
XML: Final = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<\x00", b"\xfe\xff\x00<")
JSON: Final = (b"{", b"\xef\xbb\xbf{")
LOOKED_AT: Final = 1 << 10


def write_book(book: Book, form: str) -> bytes:
    """A book in one of FORMS. Raises BookError where the form cannot hold it."""
    return FORMS[form][0](book)


def read_book(path: Path, form: str = "") -> Book:
    """The book of a file; its form shows by its first bytes where it is not said.

    Raises BookError, and SheetError where a table cannot be read.
    """
    size = path.stat().st_size
    if not size:
        raise BookError("empty_file")
    if size > MOST_BYTES:
        raise BookError("file_too_big", limit=MOST_BYTES // 1_000_000)
    form = form or form_of(path)
    if form == "qdc":
        return read_qdc(path.read_bytes())
    return read_json(path.read_bytes()) if form == "json" else read_sheet(path)


def form_of(path: Path) -> str:
    """`qdc`, `json`, or `csv` for a table of any kind."""
    with path.open("rb") as stream:
        start = stream.read(LOOKED_AT)
    bare = start.lstrip(b" \t\r\n")
    if bare.startswith(XML):
        return "qdc"
    after_mark = bare.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    return "json" if bare.startswith(JSON) or after_mark.startswith(b"{") else "csv"
