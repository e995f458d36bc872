"""A small report with one of each part."""

import datetime as dt
from collections.abc import Sequence

from reports.documents.model import (
    Chart,
    Column,
    Document,
    Heading,
    Missing,
    Paragraph,
    Part,
    Plotted,
    Quote,
    Row,
    RowKind,
    Series,
    Statements,
    Table,
)

MADE = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="9" height="9"/>'
    "</svg>"
)


def table(columns: int = 3, rows: int = 2) -> Table:
    return Table(
        title="Strategies by region",
        corner="Strategy",
        columns=[Column("All"), *(Column(f"Region {number}") for number in range(1, columns))],
        rows=[
            *(
                Row(f"Strategy {line}", [f"{line}{at}%" for at in range(columns)])
                for line in range(rows)
            ),
            Row("Base", ["100"] * columns, RowKind.BASE),
        ],
        about=["Unit: moments."],
        notes=["Asia does not add to 100."],
    )


def chart() -> Chart:
    return Chart(
        title="The same drawn",
        description="A bar for each strategy.",
        svg=SVG,
        plotted=Plotted.BARS,
        categories=["Listen", "Mend"],
        series=[
            Series("All", [26.0, None], ["26%", "×"]),
            Series("Asia", [8.0, 92.0], ["8%", "92%"]),
        ],
    )


def document(parts: Sequence[Part] | None = None, title: str = "What was told") -> Document:
    usual = [
        Heading("Results"),
        Paragraph("First line\nsecond line"),
        table(),
        chart(),
        Statements(["More is told as a customer."]),
        Quote("“She stayed.”", "a cashier in Finland", "en"),
        Heading("Aim", 2),
        Missing("Missing for a complete report", ["Who coded is not stated."]),
    ]
    return Document(
        title=title,
        author="Ann Analyst",
        lines=["Service 2026", "As of 23 November 2026"],
        lang="en",
        made_at=MADE,
        parts=usual if parts is None else parts,
    )
