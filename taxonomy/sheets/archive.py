"""Is a zipped workbook safe to open? Measured by unpacking it in pieces, trusting no header.

The reader behind `reading` allocates a sheet as a dense block up to its last cell and unpacks the
shared strings whole. A few hundred bytes can ask it for gigabytes, so both are measured here first.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from xml.parsers import expat

from taxonomy.sheets.limits import Limits
from taxonomy.sheets.problems import SheetError

PIECE: Final = 1 << 16
LOCAL_HEADER: Final = struct.Struct("<4s5H3L2H")
ENCRYPTED: Final = 0x1
WORKBOOK: Final = "xl/workbook.xml"
REFERENCE: Final = re.compile(r"\$?([A-Za-z]{1,8})\$?([0-9]{1,9})")
BLANK: Final = b"\xef\xbb\xbf \t\r\n"
XML_STARTS: Final = (b"<", b"\xff\xfe", b"\xfe\xff", b"\x00<")  # whatever the part is called
CONTENT: Final = frozenset({"v", "is"})


@dataclass(slots=True)
class Extent:
    """How far the filled cells of one part reach, and how many of them are formulas."""

    limits: Limits
    rows: int = 0
    columns: int = 0
    formulas: int = 0
    _row: int = 0
    _column: int = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take note of one opening element."""
        name = tag.rpartition(":")[2]
        if name == "c":
            self._place(attributes.get("r", ""))
        elif name in CONTENT:
            self._fill()
        elif name == "f":
            self.formulas += 1
            self._fill()
        elif name == "row":
            said = attributes.get("r", "")
            self._row = int(said) if said.isdecimal() else self._row + 1
            self._column = 0

    def _place(self, reference: str) -> None:
        match = REFERENCE.fullmatch(reference)
        if match is None:
            self._column += 1
            return
        self._column, self._row = _column_number(match[1]), int(match[2])

    def _fill(self) -> None:
        self.rows = max(self.rows, self._row)
        self.columns = max(self.columns, self._column)
        if self.columns > self.limits.columns:
            raise SheetError("too_many_columns", row=self._row, limit=self.limits.columns)
        if self.rows > self.limits.rows + 1:
            raise SheetError("too_many_rows", limit=self.limits.rows)
        if self.rows * self.columns > self.limits.cells:
            raise SheetError("workbook_too_big")


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def check_workbook(path: Path, *, limits: Limits) -> int:
    """Return how many formulas the workbook holds.

    Raises SheetError when the archive is damaged, is no XLSX workbook, or would unpack to more
    than `limits` allow.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SheetError("damaged_workbook") from error
    _check_names(members)
    _check_declared(members, limits)
    with path.open("rb") as stream:
        return _measure(stream, members, limits)


def _check_names(members: list[zipfile.ZipInfo]) -> None:
    if all(member.filename != WORKBOOK for member in members):
        raise SheetError("not_a_workbook")
    if any(member.flag_bits & ENCRYPTED for member in members):
        raise SheetError("old_or_protected_workbook")
    known = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
    if any(member.compress_type not in known for member in members):
        raise SheetError("damaged_workbook")


def _check_declared(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    too_dense = unpacked > limits.unpacked_small and unpacked > packed * limits.unpacked_ratio
    if len(members) > limits.members or unpacked > limits.unpacked_bytes or too_dense:
        raise SheetError("workbook_too_big")


def _measure(stream: BinaryIO, members: list[zipfile.ZipInfo], limits: Limits) -> int:
    formulas = 0
    for member in members:
        extent = Extent(limits)
        try:
            _measure_member(_unpack(stream, member), extent)
        except (zlib.error, struct.error, expat.ExpatError, OSError, ValueError) as error:
            raise SheetError("damaged_workbook") from error
        formulas += extent.formulas
    return formulas


def _measure_member(pieces: Iterator[bytes], extent: Extent) -> None:
    first = next((piece for piece in pieces if piece.strip(BLANK)), b"")
    if not first.lstrip(BLANK).startswith(XML_STARTS):
        for _ in pieces:  # unpacked all the same: its true size is what counts
            pass
        return
    parser = expat.ParserCreate()
    parser.StartElementHandler = extent.start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.Parse(first, False)  # noqa: FBT003 (expat takes it by position)
    for piece in pieces:
        parser.Parse(piece, False)  # noqa: FBT003
    parser.Parse(b"", True)  # noqa: FBT003


def _refuse_doctype(*_: object) -> None:
    raise SheetError("damaged_workbook")


def _unpack(stream: BinaryIO, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the member's bytes; never more than its header declares."""
    stream.seek(member.header_offset)
    fields = LOCAL_HEADER.unpack(stream.read(LOCAL_HEADER.size))
    stream.seek(fields[-2] + fields[-1], 1)
    left = member.file_size
    for piece in _inflate(stream, member):
        left -= len(piece)
        if left < 0:
            raise SheetError("workbook_too_big")
        yield piece
    if left:
        raise SheetError("damaged_workbook")


def _inflate(stream: BinaryIO, member: zipfile.ZipInfo) -> Iterator[bytes]:
    packed_left = member.compress_size
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    while packed_left > 0:
        packed = stream.read(min(PIECE, packed_left))
        if not packed:
            raise SheetError("damaged_workbook")
        packed_left -= len(packed)
        if member.compress_type == zipfile.ZIP_STORED:
            yield packed
            continue
        while packed and not inflate.eof:
            yield inflate.decompress(packed, PIECE)
            packed = inflate.unconsumed_tail
