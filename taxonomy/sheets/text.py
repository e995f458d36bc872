"""In which encoding and with which delimiter a text file was written."""

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from taxonomy.sheets.problems import SheetError

PIECE: Final = 1 << 20
SAMPLE_BYTES: Final = 1 << 16
SAMPLE_RECORDS: Final = 100
DELIMITERS: Final = (",", ";", "\t")
BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
MARKED: Final = "\ufeff"
CONTROLS: Final = bytes(set(range(32)) - set(b"\0\t\n\v\f\r\x1a\x1b"))
BINARY_SHARE: Final = 0.02
ZEROS_SHARE: Final = 0.02
FEWEST_ZEROS: Final = 2  # a header and a row have as many line ends; one is a fault of the file
ONE_SIDE: Final = 0.95
MOSTLY_GOOD: Final = 4


def detect_encoding(path: Path) -> str:
    """Return the Python name of the encoding in which the whole file can be read.

    UTF-8 and UTF-16 with or without their marks; what is not UTF-8 is taken for Windows-1252.
    Raises SheetError for binary files, NUL bytes and broken text.
    """
    with path.open("rb") as stream:
        sample = stream.read(SAMPLE_BYTES)
        encoding = _marked(sample) or _two_bytes(sample)
        if encoding is not None:
            _check(stream, encoding)
            return encoding
        if len(sample.translate(None, CONTROLS)) < len(sample) * (1 - BINARY_SHARE):
            raise SheetError("not_text")
        _refuse_zeros(stream)
        return _eight_bits(stream)


def _marked(sample: bytes) -> str | None:
    return next((name for mark, name in BYTE_ORDER_MARKS if sample.startswith(mark)), None)


def _two_bytes(sample: bytes) -> str | None:
    """UTF-16 without a mark shows by the zero bytes of its commas, digits and line ends."""
    zeros = sample.count(0)
    if zeros < max(len(sample) * ZEROS_SHARE, FEWEST_ZEROS):
        return None
    odd = sample[1::2].count(0)
    if odd >= zeros * ONE_SIDE:
        return "utf-16-le"
    return "utf-16-be" if zeros - odd >= zeros * ONE_SIDE else None


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(0)
    return iter(lambda: stream.read(PIECE), b"")


def _refuse_zeros(stream: BinaryIO) -> None:
    line = 1
    for piece in _pieces(stream):
        at = piece.find(0)
        if at >= 0:
            raise SheetError("nul_bytes", row=line + piece.count(b"\n", 0, at))
        line += piece.count(b"\n")


def _check(stream: BinaryIO, encoding: str) -> None:
    if not _decodes(stream, encoding):
        raise SheetError("broken_encoding", encoding=encoding)


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in _pieces(stream):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _eight_bits(stream: BinaryIO) -> str:
    if _decodes(stream, "utf-8"):
        return "utf-8"
    if _mostly_utf8(stream):  # reading it as Windows-1252 would garble every other accent
        raise SheetError("broken_encoding", encoding="utf-8")
    if _decodes(stream, "cp1252"):
        return "cp1252"
    raise SheetError("unknown_encoding")


def _mostly_utf8(stream: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    good = bad = 0
    for piece in _pieces(stream):
        text = decoder.decode(piece)
        beyond_ascii = sum(character > "\x7f" for character in text)
        bad += text.count("\ufffd")
        good += beyond_ascii - text.count("\ufffd")
    return good > bad * MOSTLY_GOOD


def sniff_delimiter(sample: str, *, whole: bool) -> str:
    """Return the delimiter under which the sample's records are most alike, and widest.

    `whole` says that the sample is the whole file, so that its last record is not cut.
    """
    return max(DELIMITERS, key=lambda delimiter: _likeness(sample, delimiter, whole=whole))


def _likeness(sample: str, delimiter: str, *, whole: bool) -> tuple[bool, float, int]:
    widths = _widths(sample, delimiter)
    if not whole and len(widths) > 1:
        widths = widths[:-1]
    if not widths:
        return (False, 0.0, 0)
    alike = sum(width == widths[0] for width in widths) / len(widths)
    return (widths[0] > 1, round(alike, 1), widths[0])


def _widths(sample: str, delimiter: str) -> list[int]:
    records = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    widths: list[int] = []
    with suppress(csv.Error):  # a field beyond the reader's limit: judge by what came before
        for record in islice(records, SAMPLE_RECORDS):
            widths += [len(record)] if record else []
    return widths
