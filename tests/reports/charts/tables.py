"""Small tables to draw."""

from reports.charts.figures import Cell, Column, Figures, Row, Words
from reports.charts.fitting import KINDS

WORDS = Words(
    title="SERVE: strategies by region",
    subtitles=dict.fromkeys(KINDS, "Per cent of the base."),
    rows_left_out="The %(shown)s largest of %(all)s rows.",
    columns_left_out="%(shown)s of %(all)s columns.",
    notes=("Interviewees were chosen, not drawn.",),
)


def cell(share: float | None, shown: str = "", **more) -> Cell:
    return Cell(shown or (f"{share:.0f}%" if share else "–"), share, **more)


def columns(*names: str) -> tuple[Column, ...]:
    return (Column("All", "100", is_all=True), *(Column(name, "50") for name in names))


def table(shares: list[list[float | None]], names=("Asia", "Europe"), **more) -> Figures:
    """A table of column per cents, All first; rows are called R1, R2, …"""
    rows = tuple(
        Row(f"R{number}", tuple(map(cell, line)), weight=line[0] or 0)
        for number, line in enumerate(shares, start=1)
    )
    return Figures(**{"columns": columns(*names), "rows": rows, "words": WORDS, **more})


def layers_of(spec) -> list[dict]:
    """All layers of a picture, whatever panes they are in."""
    panes = [pane for view in spec["vconcat"] for pane in view.get("hconcat", [view])]
    return [layer for pane in panes for layer in pane["layer"]]


def values_of(spec, mark: str) -> list[dict]:
    """The values of all layers of one kind of mark."""
    layers = [layer for layer in layers_of(spec) if layer["mark"]["type"] == mark]
    return [value for layer in layers for value in layer["data"]["values"]]


def texts_of(spec) -> list:
    return [value["text"] for value in values_of(spec, "text")]
