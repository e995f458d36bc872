"""Pictures that go down the columns of a table: stacked bars, small multiples, change over time."""

from collections.abc import Iterator
from typing import Any

from reports.charts.figures import Cell, Column, Figures, Row, called
from reports.charts.fitting import Part
from reports.charts.marks import (
    LINE,
    SMALL,
    WIDTH,
    Spec,
    bands,
    boxes,
    cell_at,
    lines,
    pixels,
    points,
    rules,
    scale,
    texts,
    ticks_to,
    view,
)
from reports.charts.palette import colour, series
from reports.charts.rows import said_of
from reports.charts.wording import cut, width_of, wrapped

STACK = 36
GAP = 12
PANEL = 190  # how wide one of two panels side by side is
ROOM = 44  # for the figure beside a bar
BAR = 9
HIGH = 64  # how high a panel of change over time is
EDGE = 32
FEW_PERIODS = 7

Values = list[dict[str, Any]]


def stacked(figures: Figures, part: Part) -> list[Spec]:
    """A bar for each column, cut into its rows; each piece has the number of its row.

    Pieces follow each other without gaps: what may not be shown leaves no hole to be measured.
    """
    heads: Values = []
    marks: Values = []
    numbers: Values = []
    shares: Values = []
    y = 0.0
    for place, column in part.columns:
        heads.append({"text": _headed(column, figures, WIDTH), "y": y + LINE / 2})
        y += LINE + 2
        begin = 0.0
        for number, (at, row) in enumerate(part.rows):
            cell = row.cells[place]
            if not cell.share:
                continue
            box = {"x": begin, "x2": begin + cell.share, "y": y, "y2": y + STACK}
            link = cell_at(at, place, said_of(row, column, cell, figures.words))
            marks.append({**box, "colour": series(number), **link})
            middle, room = begin + cell.share / 2, cell.share * WIDTH / 100
            numbers.extend(_inside(str(number + 1), middle, y + 11, room))
            shares.extend(_inside(cell.shown, middle, y + 25, room))
            begin += cell.share
        y += STACK + GAP
    on_colour: Spec = {"align": "center", "color": colour("surface"), "fontSize": SMALL}
    layers = [
        texts(heads, at=0, fontWeight=600),
        boxes(marks),
        texts(numbers, **on_colour, fontWeight=600),
        texts(shares, **on_colour),
    ]
    whole = view(layers, height=y, across=scale(0, 100, 0, WIDTH))
    return [whole, _key(part)]


def multiples(figures: Figures, part: Part) -> list[Spec]:
    """A panel for each column with a bar for each row, and a line where the share of all stands.

    Two panels stand side by side, so places are in pixels.
    """
    reach = ticks_to(max(_shares(figures, part), default=1.0))[-1]
    heads: Values = []
    names: Values = []
    marks: Values = []
    ticks: Values = []
    values: Values = []
    panels = [_Panel(figures, place, column, reach) for place, column in part.columns]
    y = 0.0
    for start in range(0, len(panels), 2):
        pair = panels[start : start + 2]
        begin = y + LINE * max(len(panel.head) for panel in pair) + 6
        for panel, left in zip(pair, (0, WIDTH - PANEL), strict=False):
            heads.append({"text": panel.head, "x": left, "y": y + LINE / 2})
            foot = begin
            for at, row in part.rows:
                name = cut(row.name, PANEL, SMALL)
                names.append({"text": name, "x": left, "y": foot + 7})
                shown = row.cells[panel.place].shown
                values.append({"text": shown, "x": left + PANEL, "y": foot + 16 + BAR / 2})
                marks.extend(panel.bar(at, row, left, foot + 16))
                ticks.extend(panel.tick(row, left, foot + 14))
                foot += BAR + 24
        y = begin + len(part.rows) * (BAR + 24) + GAP
    layers = [
        texts(heads, fontWeight=600),
        texts(names, fontSize=SMALL, color=colour("ink-soft")),
        boxes(marks, strokeWidth=0),
        rules(ticks, color=colour("ink"), strokeWidth=2),
        texts(values, align="right", fontSize=SMALL),
    ]
    return [view(layers, height=y, across=pixels())]


def over_time(figures: Figures, part: Part) -> list[Spec]:
    """A panel for each row: its share in each period, on the band of its intervals."""
    reach = max(max(_reaches(part), default=1.0), 1.0)
    panels = [_course(figures, part, at, row, reach) for at, row in part.rows]
    return [*panels, _periods(figures, part)]


class _Panel:
    """One column of the table among small multiples."""

    def __init__(self, figures: Figures, place: int, column: Column, reach: float) -> None:
        self.place = place
        self.head = wrapped(_headed(column, figures, 1000), PANEL, 13)
        self._words = figures.words
        self._column = column
        self._each = (PANEL - ROOM) / reach
        self._all = next((at for at, one in enumerate(figures.columns) if one.is_all), None)

    def bar(self, at: int, row: Row, left: float, y: float) -> Iterator[dict[str, Any]]:
        """The share of a row, where there is one to draw."""
        cell = row.cells[self.place]
        if cell.share:
            said = said_of(row, self._column, cell, self._words)
            box = {"x": left, "x2": left + cell.share * self._each, "y": y, "y2": y + BAR}
            yield {**box, "colour": colour("series-0"), **cell_at(at, self.place, said)}

    def tick(self, row: Row, left: float, y: float) -> Iterator[dict[str, Any]]:
        """Where the share of all stands."""
        share = None if self._all is None else row.cells[self._all].share
        if share is not None:
            yield {"x": left + share * self._each, "y": y, "y2": y + BAR + 4}


def _course(figures: Figures, part: Part, at: int, row: Row, reach: float) -> Spec:
    marks: Values = []
    shown: Values = []
    path: Values = []
    band: Values = []
    piece = 0
    cells = [row.cells[place] for place, _column in part.columns]
    for across, (cell, (place, column)) in enumerate(zip(cells, part.columns, strict=True)):
        if cell.share is None:
            piece += 1  # a period without a figure interrupts the line
            continue
        spot = {"x": across, "y": cell.share, "piece": piece}
        path.append(spot)
        if cell.low is not None and cell.high is not None:
            band.append({**spot, "y": cell.low, "y2": cell.high})
        said = said_of(row, column, cell, figures.words)
        dot = {**spot, "shape": "circle", "colour": colour("series-0")}
        marks.append({**dot, **cell_at(at, place, said)})
        if across in _labelled(cells):
            shown.append({"text": cell.shown, "x": across, "y": cell.share})
    head = wrapped(row.name, WIDTH, 13)
    top = LINE * len(head) + 14
    last = max(len(cells) - 1, 1)
    layers = [
        texts(_fixed(head), at=0, fontWeight=600),
        bands(band, color=colour("series-0"), fillOpacity=0.2),
        rules([{"x": 0, "x2": last, "y": 0}]),
        lines(path, color=colour("series-0")),
        points(marks, size=50),
        texts(shown, align="center", dy=-11, fontSize=SMALL),
    ]
    up = scale(0, reach, top + HIGH, top)
    panel = view(layers, height=top + HIGH, across=scale(0, last, EDGE, WIDTH - EDGE), up=up)
    panel["layer"][0]["encoding"]["y"] = {"value": LINE / 2}
    return panel


def _fixed(head: list[str]) -> Values:
    return [{"text": head}]


def _periods(figures: Figures, part: Part) -> Spec:
    """The names of the periods, and their bases, below the last panel."""
    last = max(len(part.columns) - 1, 1)
    every = -(-len(part.columns) // FEW_PERIODS)
    room = min(2 * EDGE, every * (WIDTH - 2 * EDGE) / last) - 2
    names: Values = []
    bases: Values = []
    for across, (_place, column) in enumerate(part.columns):
        if across % every == 0:
            name = wrapped(called(column, figures.words), room, SMALL)
            names.append({"text": name, "x": across, "y": 8})
            bases.append({"text": column.base, "x": across, "y": 40})
    layers = [
        texts(names, align="center", fontSize=SMALL, lineHeight=14),
        texts(bases, align="center", fontSize=SMALL, color=colour("ink-soft")),
    ]
    return view(layers, height=50, across=scale(0, last, EDGE, WIDTH - EDGE))


def _key(part: Part) -> Spec:
    """The number of each row beside its name, in the colour of its pieces."""
    marks: Values = []
    numbers: Values = []
    names: Values = []
    y = 0.0
    for number, (_at, row) in enumerate(part.rows):
        marks.append({"x": 0, "x2": 18, "y": y, "y2": y + LINE, "colour": series(number)})
        numbers.append({"text": str(number + 1), "y": y + LINE / 2})
        head = wrapped(row.name, WIDTH - 28, 13)
        names.append({"text": head, "y": y + LINE / 2})
        y += LINE * len(head) + 4
    layers = [
        boxes([{**mark, "href": "", "said": ""} for mark in marks], strokeWidth=0),
        texts(
            numbers, at=9, align="center", color=colour("surface"), fontSize=SMALL, fontWeight=600
        ),
        texts(names, at=26),
    ]
    return view(layers, height=y, across=pixels())


def _headed(column: Column, figures: Figures, room: float) -> str:
    base = figures.words.base % column.base if column.base else ""
    name = called(column, figures.words)
    return cut(f"{name} · {base}" if base else name, room, 13)


def _inside(text: str, x: float, y: float, room: float) -> Iterator[dict[str, Any]]:
    """The text in the middle of a piece, where it has the room."""
    if width_of(text, SMALL) + 6 <= room:
        yield {"text": text, "x": x, "y": y}


def _labelled(cells: list[Cell]) -> set[int]:
    """The periods whose figures are written: all of a few, else the ends and the extremes."""
    drawn = [(cell.share, at) for at, cell in enumerate(cells) if cell.share is not None]
    if len(drawn) <= FEW_PERIODS:
        return {at for _share, at in drawn}
    return {min(drawn)[1], max(drawn)[1], drawn[0][1], drawn[-1][1]}


def _shares(figures: Figures, part: Part) -> Iterator[float]:
    """All shares drawn, those of the whole among them."""
    for _at, row in part.rows:
        cells = zip(figures.columns, row.cells, strict=True)
        yield from (cell.share for column, cell in cells if column.is_all and cell.share)
        drawn = (row.cells[place] for place, _column in part.columns)
        yield from (cell.share for cell in drawn if cell.share)


def _reaches(part: Part) -> Iterator[float]:
    for _at, row in part.rows:
        for place, _column in part.columns:
            cell = row.cells[place]
            yield from (end for end in (cell.share, cell.high) if end is not None)
