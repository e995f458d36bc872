"""A scheme as a table: one row for each category, with its whole path."""

import csv
import io
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import xlsxwriter

from taxonomy.exchange.book import (
    ABOVE_SEPARATOR,
    MOST_BYTES,
    MOST_CATEGORIES,
    TEXT_LIMITS,
    Book,
    BookCategory,
    BookError,
    BookProblem,
    BookRound,
    checked,
)
from taxonomy.sheets.formulas import as_written, harmless
from taxonomy.sheets.limits import Limits
from taxonomy.sheets.reading import Sheet, open_sheet

BOM: Final = "\ufeff"  # without it Excel reads UTF-8 as something else
SHEET_LIMITS: Final = Limits(
    file_bytes=MOST_BYTES, rows=MOST_CATEGORIES, columns=100, unpacked_bytes=30_000_000
)
COLUMNS: Final = (
    "id",
    "round",
    "round_name",
    "path",
    *("name", "code", "label", "definition", "includes", "excludes"),
    "positive_example",
    "negative_example",
    "retired",
    "merged_into",
    "split_from",
)
ALSO_CALLED: Final[Mapping[str, str]] = {
    "guid": "id",
    "uid": "id",
    "category": "name",
    "tag": "name",
    "description": "definition",
}
YES: Final = frozenset({"yes", "true", "1", "x"})
NO: Final = frozenset({"", "no", "false", "0"})
WIDE: Final = 60


# -- Writing ----------------------------------------------------------------------------------


def lines_of(book: Book) -> Iterator[list[str]]:
    """The header, and a line for each category; a path joins its names from the coarsest down."""
    names = {level.position: level.name for level in book.rounds}
    rows = {row.key: row for row in book.categories}
    with_merged = any(row.says_merged for row in book.categories)
    columns = [name for name in COLUMNS if with_merged or name != "merged_into"]
    yield columns
    for row in book.categories:
        cells = {
            "id": row.uid,
            "round": str(row.round),
            "round_name": names[row.round],
            "path": ABOVE_SEPARATOR.join(_path(row, rows)),
            **row.texts,
            "retired": "yes" if row.retired else "",
            "merged_into": row.merged_into or "",
            "split_from": row.split_from or "",
        }
        yield [cells[name] for name in columns]


def _path(row: BookCategory, rows: Mapping[str, BookCategory]) -> list[str]:
    """The names down to a category; a merged one gives its place to what it was merged into."""
    above = rows[row.parent] if row.parent else None
    while above is not None and above.merged_into:
        above = rows[above.merged_into]
    return [*(_path(above, rows) if above else ()), row.texts["name"]]


def write_csv(book: Book) -> bytes:
    """The book as CSV; what a spreadsheet would take for a formula gets an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in line] for line in lines_of(book))
    return (BOM + text.getvalue()).encode()


def write_xlsx(book: Book) -> bytes:
    """The book as a workbook in which every cell is text."""
    file = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as workbook:
        sheet = workbook.add_worksheet()
        bold = workbook.add_format({"bold": True})
        for number, line in enumerate(lines_of(book)):
            for place, cell in enumerate(line):
                if cell:
                    sheet.write_string(number, place, cell, bold if number == 0 else None)
        sheet.freeze_panes(1, 0)
        sheet.set_column(COLUMNS.index("path"), COLUMNS.index("path"), WIDE)
    return file.getvalue()


# -- Reading ----------------------------------------------------------------------------------


def read_sheet(path: Path) -> Book:
    """The book that a CSV file or a workbook says.

    Rounds are those of the columns `round` (1 is the finest) and `round_name`; where `round` is
    missing, or empty in every row, they are the levels of the paths. Raises BookError, also where
    only some rows say their round, and SheetError where the file is no table.
    """
    sheet = open_sheet(path, limits=SHEET_LIMITS)
    columns, notices = _columns(sheet.headers)
    if not {"name", "path"} & columns.keys():
        raise BookError("no_name_column")
    entries = [_Entry(number, cells, columns, sheet) for number, cells in sheet.rows()]
    rounds, by_depth = _rounds(entries)
    categories, differing = _categories(entries, rounds, by_depth=by_depth)
    kind = "xlsx" if sheet.kind == "xlsx" else "csv"
    book = Book(kind, rounds, categories, by_depth=by_depth, notices=(*notices, *differing))
    return checked(book)


def _columns(headers: Sequence[str]) -> tuple[dict[str, int], list[BookProblem]]:
    columns: dict[str, int] = {}
    notices = []
    for at, header in enumerate(headers):
        name = header.strip().casefold().replace(" ", "_")
        name = ALSO_CALLED.get(name, name)
        if name in COLUMNS and name not in columns:
            columns[name] = at
        else:
            notices.append(BookProblem("unknown_name", None, {"name": header[:60]}))
    return columns, notices


class _Entry:
    """One row: its cells by column, its name, and the path of what it stands under."""

    def __init__(
        self, line: int, cells: Sequence[str], columns: Mapping[str, int], sheet: Sheet
    ) -> None:
        plain = as_written if sheet.kind == "csv" else str
        self.line = line
        self.cells = {name: plain(cells[at]).strip() for name, at in columns.items()}
        path = self.cells.get("path", "")
        self.name = self.cells.get("name", "")
        said = self._last_of(path)
        self.above = path[: -len(said)].removesuffix(ABOVE_SEPARATOR).strip() if said else ""
        self.differs = bool(path and self.name and said != self.name)
        self.name = self.name or said
        self.said = said
        self.uid = self._uid("id")

    def _last_of(self, path: str) -> str:
        """The last name of a path; the name's own cell knows where it has a separator in it."""
        if self.name and (path == self.name or path.endswith(ABOVE_SEPARATOR + self.name)):
            return self.name
        return path.rpartition(ABOVE_SEPARATOR)[2]

    @property
    def depth(self) -> int:
        return 1 + (self.above.count(ABOVE_SEPARATOR) + 1 if self.above else 0)

    def _uid(self, column: str) -> str:
        text = self.cells.get(column, "").strip("{}")
        try:
            return str(uuid.UUID(text)) if text else ""
        except ValueError:
            raise BookError("bad_id", line=self.line, id=text[:60]) from None

    def reference(self, column: str) -> str | None:
        return self._uid(column) or None

    def flag(self, column: str) -> bool | None:
        if column not in self.cells:
            return None
        text = self.cells[column].casefold()
        if text not in YES | NO:
            raise BookError("not_yes", line=self.line, name=column, value=text[:40])
        return text in YES


def _rounds(entries: Sequence[_Entry]) -> tuple[tuple[BookRound, ...], bool]:
    if not any(entry.cells.get("round") for entry in entries):
        depth = max((entry.depth for entry in entries), default=0)
        return tuple(BookRound(at, "") for at in range(depth, 0, -1)), True
    names: dict[int, str] = {}
    for entry in entries:
        text = entry.cells["round"]
        if not text.isdecimal() or not 0 < len(text) < 4:  # noqa: PLR2004  (digits)
            raise BookError("bad_round", line=entry.line, value=text[:40])
        name = entry.cells.get("round_name", "")
        if names.setdefault(int(text), name) != name:
            raise BookError("round_named_twice", line=entry.line, value=text)
    last = max(names, default=0)
    return tuple(BookRound(at, names.get(at, "")) for at in range(last, 0, -1)), False


def _categories(
    entries: Sequence[_Entry], rounds: Sequence[BookRound], *, by_depth: bool
) -> tuple[tuple[BookCategory, ...], list[BookProblem]]:
    places = [
        len(rounds) - entry.depth + 1 if by_depth else int(entry.cells["round"])
        for entry in entries
    ]
    keys = [entry.uid or f"row {entry.line}" for entry in entries]
    known: dict[tuple[int, str], str] = {}
    for entry, place, key in zip(entries, places, keys, strict=True):
        above = f"{entry.above}{ABOVE_SEPARATOR}" if entry.above else ""
        for name in (entry.name, entry.said):  # its new name, and what the rows below may still say
            if name:
                known.setdefault((place, above + name), key)
    rows = []
    for entry, place, key in zip(entries, places, keys, strict=True):
        parent = known.get((place + 1, entry.above)) if entry.above else None
        rows.append(
            BookCategory(
                key=key,
                uid=entry.uid,
                line=entry.line,
                round=place,
                parent=parent,
                above="" if parent else entry.above,
                texts={
                    **{name: entry.cells[name] for name in TEXT_LIMITS if name in entry.cells},
                    "name": entry.name,
                },
                retired=entry.flag("retired"),
                merged_into=entry.reference("merged_into"),
                split_from=entry.reference("split_from"),
                says_parent=bool(entry.cells.get("path")),
                says_merged="merged_into" in entry.cells,
            )
        )
    differing = [
        BookProblem("path_differs", entry.line, {"name": entry.name, "said": entry.said})
        for entry in entries
        if entry.differs
    ]
    return tuple(rows), differing
