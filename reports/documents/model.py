"""What stands in a report document, whatever it is written as: texts are words, never markup."""

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterator, Sequence


class RowKind(enum.StrEnum):
    """What a line of a table is."""

    BODY = "body"
    SUBTOTAL = "subtotal"
    BASE = "base"
    BESIDE = "beside"  # what is counted beside the base


class Plotted(enum.StrEnum):
    """How the figures of a chart are drawn where a program draws them itself."""

    BARS = "bars"
    STACKED = "stacked"
    DIVERGING = "diverging"
    LINES = "lines"


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """The heading of a column, under that of its group where it has one."""

    name: str
    group: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One line: its words and its cells as they are shown, one for each column."""

    label: str
    cells: Sequence[str]
    kind: RowKind = RowKind.BODY


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """A table as it is shown; `about` says what it counts, `notes` what a reader should know."""

    title: str
    corner: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    about: Sequence[str] = ()
    notes: Sequence[str] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Series:
    """One set of figures of a chart: in per cent, None where none may be drawn, and as shown.

    `pole`: "negative" and "positive" lie on either side where bars diverge.
    """

    name: str
    values: Sequence[float | None]
    shown: Sequence[str]
    pole: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Chart:
    """A picture: an SVG, and its figures with `notes` for programs that draw it themselves.

    Where they cannot, `plotted` is None and `table` has the figures. `description` says to those
    who do not see it what it shows.
    """

    title: str
    description: str
    svg: str
    plotted: Plotted | None
    categories: Sequence[str]
    series: Sequence[Series]
    table: Table | None = None
    notes: Sequence[str] = ()
    corner: str = ""  # what its categories are
    label: str = ""  # its kind, where its picture has the title already


@dataclasses.dataclass(frozen=True, slots=True)
class Quote:
    """What somebody said, in which language, and as much of who it was as may be said."""

    words: str
    attribution: str = ""
    lang: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Heading:
    """A heading: 1 for a part of the document, 2 within one."""

    text: str
    level: int = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Paragraph:
    """Running words."""

    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Statements:
    """Sentences in a list."""

    sentences: Sequence[str]


@dataclasses.dataclass(frozen=True, slots=True)
class Missing:
    """What a complete report would have and this one has not: marked, not to be overlooked.

    Under a title, or in its place where that is "".
    """

    title: str
    texts: Sequence[str]


Part = Heading | Paragraph | Statements | Table | Chart | Quote | Missing


@dataclasses.dataclass(frozen=True, slots=True)
class Words:
    """The words of the frame, in the language of the document; {} stand for numbers."""

    table: str = "Table {}"
    figure: str = "Figure {}"
    page: str = "Page {} of {}"
    band: str = "Part {} of {}"
    missing: str = "Missing"


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """A report: a title page's words and parts in their order.

    `lines` stand below the title: the study, who made it, as of when. `made_at` is all in a file
    that differs from one making to the next.
    """

    title: str
    author: str
    lines: Sequence[str]
    lang: str
    made_at: dt.datetime
    parts: Sequence[Part]
    words: Words = dataclasses.field(default_factory=Words)


def numbered(document: Document) -> Iterator[tuple[Part, str]]:
    """Each part with its number in words, "Table 2", and "" where it has none."""
    tables = figures = 0
    for part in document.parts:
        if isinstance(part, Table):
            tables += 1
            yield part, document.words.table.format(tables)
        elif isinstance(part, Chart):
            figures += 1
            yield part, document.words.figure.format(figures)
        else:
            yield part, ""
