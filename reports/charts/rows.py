"""Pictures that go down the rows of a table: dots with intervals, bars by valence, residuals."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from reports.charts.figures import Cell, Column, Figures, Row, Words, called
from reports.charts.fitting import Part
from reports.charts.marks import (
    LINE,
    SMALL,
    WIDTH,
    Spec,
    boxes,
    cell_at,
    pixels,
    points,
    rules,
    scale,
    texts,
    ticks_to,
    view,
)
from reports.charts.palette import colour
from reports.charts.wording import cut, width_of, wrapped

LEFT, RIGHT = 126, 344  # where the scale of the dots begins and ends
GAP = 12
HEAD = 22  # room for the numbers of a scale
BAR = 20
MARGIN = 40  # room for the shares beside a bar
BETWEEN = "line"  # the colour of what is neither good nor poor
CELL = 26
WEAK, STRONG = 2, 3  # sizes of a residual at which a cell is shaded, and shaded darkly


def dots(figures: Figures, part: Part) -> list[Spec]:
    """A line for each column of each row: its share as a dot on the line of its interval."""
    names, labels, values, marks, whiskers = _lists(5)
    blocks: list[tuple[float, float]] = []
    y: float = HEAD
    for at, row in part.rows:
        y = _head(names, row.name, y)
        blocks.append((y, y + LINE * len(part.columns)))
        for place, column in part.columns:
            cell, middle = row.cells[place], y + LINE / 2
            name = cut(called(column, figures.words), LEFT - 10, SMALL)
            labels.append({"text": name, "y": middle})
            values.append({"text": cell.shown, "y": middle})
            if cell.share is not None:
                link = cell_at(at, place, said_of(row, column, cell, figures.words))
                marks.append(_dot(cell, column, middle, link))
            if cell.low is not None and cell.high is not None:
                whiskers.append({"x": cell.low, "x2": cell.high, "y": middle})
            y += LINE
        y += GAP
    ticks = ticks_to(max([1.0, *_reaches(part)]))
    layers = [
        *_axis(ticks, blocks, figures.words),
        texts(names, at=0, fontWeight=600),
        texts(labels, at=0, fontSize=SMALL, color=colour("ink-soft")),
        rules(whiskers, color=colour("ink-faint"), strokeWidth=2),
        points(marks),
        texts(values, at=WIDTH, align="right"),
    ]
    return [view(layers, height=y, across=scale(0, ticks[-1], LEFT, RIGHT))]


def diverging(figures: Figures, part: Part) -> list[Spec]:
    """A bar for each row: what is negative to the left, positive to the right of a line."""
    names, ends, between, marks, middles = _lists(5)
    y: float = HEAD
    for at, row in part.rows:
        y = _head(names, row.name, y)
        middle = y + BAR / 2
        for side in _sides(figures, row):
            said = said_of(row, figures.columns[side.column], side.cell, figures.words)
            box = {"x": side.begin, "x2": side.end, "y": y, "y2": y + BAR}
            marks.append({**box, "colour": colour(side.token), **cell_at(at, side.column, said)})
            if side.token == BETWEEN:
                room = side.end - side.begin
                between.append(
                    {"text": side.cell.shown, "x": side.middle, "y": middle, "room": room}
                )
        ends.extend(_ends(figures, row, middle))
        middles.extend({"x": 0, "y": at_y - 4, "y2": at_y} for at_y in (y, y + BAR + 4))
        y += BAR + GAP
    reach = max([1.0, *(abs(mark[end]) for mark in marks for end in ("x", "x2"))])
    pixels_each = (WIDTH / 2 - MARGIN) / reach
    fitting = [
        one for one in between if width_of(one["text"], SMALL) + 8 < one["room"] * pixels_each
    ]
    layers = [
        boxes(marks),
        rules(middles, color=colour("ink-soft")),
        *_poles(figures.words, reach),
        texts(names, at=0, fontWeight=600),
        texts(fitting, align="center", fontSize=SMALL),
        texts([end for end in ends if end["side"] < 0], align="right", dx=-5),
        texts([end for end in ends if end["side"] > 0], dx=5),
    ]
    return [view(layers, height=y, across=scale(-reach, reach, MARGIN, WIDTH - MARGIN))]


def residuals(figures: Figures, part: Part) -> list[Spec]:
    """A cell for each column of each row: the residual in figures, shaded by its size and sign."""
    width = WIDTH / max(len(part.columns), 1)
    called_so = [called(column, figures.words) for _place, column in part.columns]
    wrapped_so = [wrapped(name, width - 6, SMALL, lines=3) for name in called_so]
    heads = [
        {"text": lines, "x": width * (across + 0.5), "y": 8}
        for across, lines in enumerate(wrapped_so)
    ]
    names, marks, plain, strong = _lists(4)
    y: float = 16 + 14 * max((len(lines) for lines in wrapped_so), default=1)
    for at, row in part.rows:
        y = _head(names, row.name, y)
        for across, (place, _column) in enumerate(part.columns):
            cell = row.cells[place]
            token, is_strong = _shade(cell.residual or 0.0)
            text = {
                "text": cell.residual_shown or "·",
                "x": width * (across + 0.5),
                "y": y + CELL / 2,
            }
            (strong if is_strong else plain).append(text)
            if cell.residual is not None:
                box = {"x": width * across, "x2": width * (across + 1), "y": y, "y2": y + CELL}
                link = cell_at(at, place, f"{row.name}, {called_so[across]}: {cell.residual_shown}")
                marks.append({**box, "colour": colour(token), **link})
        y += CELL + GAP
    layers = [
        texts(heads, align="center", fontSize=SMALL, lineHeight=14, color=colour("ink-soft")),
        texts(names, at=0, fontWeight=600),
        boxes(marks, strokeWidth=2),
        texts(plain, align="center"),
        texts(strong, align="center", color=colour("surface"), fontWeight=600),
    ]
    return [view(layers, height=y, across=pixels())]


def _lists(number: int) -> Iterator[list[dict[str, Any]]]:
    return ([] for _ in range(number))


def _head(names: list[dict[str, Any]], name: str, y: float) -> float:
    """Write the name of a row from y on; return where its figures begin."""
    for line in wrapped(name, WIDTH, 13):
        names.append({"text": line, "y": y + LINE / 2})
        y += LINE
    return y


def _axis(ticks: list[int], blocks: list[tuple[float, float]], words: Words) -> list[Spec]:
    lines = [{"x": tick, "y": top, "y2": foot} for top, foot in blocks for tick in ticks]
    numbers = [{"text": words.per_cent % tick, "x": tick, "y": 6} for tick in ticks]
    return [
        rules(lines),
        texts(numbers, align="center", fontSize=SMALL, color=colour("ink-soft")),
    ]


def _dot(cell: Cell, column: Column, y: float, link: Spec) -> dict[str, Any]:
    shape, token = ("diamond", "ink") if column.is_all else ("circle", "series-0")
    return {"x": cell.share, "y": y, "shape": shape, "colour": colour(token), **link}


def _reaches(part: Part) -> Iterator[float]:
    cells = (row.cells[place] for _at, row in part.rows for place, _column in part.columns)
    for cell in cells:
        yield from (end for end in (cell.share, cell.high) if end is not None)


def said_of(row: Row, column: Column, cell: Cell, words: Words) -> str:
    """What a mark says of its cell."""
    interval = f" ({cell.interval})" if cell.interval else ""
    return f"{row.name}, {called(column, words)}: {cell.shown}{interval}"


def _shade(residual: float) -> tuple[str, bool]:
    """The colour of a residual's cell, and whether it is a dark one."""
    size = round(abs(residual), 1)  # as it is written
    if size < WEAK:
        return "sunken", False
    is_strong = size >= STRONG
    tokens = ("series-2", "info-soft") if residual > 0 else ("series-1", "warn-soft")
    return (tokens[0] if is_strong else tokens[1]), is_strong


@dataclasses.dataclass(frozen=True, slots=True)
class _Side:
    """One piece of a bar by valence, from `begin` to `end` in per cent; left is negative."""

    column: int
    cell: Cell
    begin: float
    end: float
    token: str

    @property
    def middle(self) -> float:
        return (self.begin + self.end) / 2


def _sides(figures: Figures, row: Row) -> Iterator[_Side]:
    """The pieces of a row's bar: what is neither pole lies half on each side of the line."""
    found = {
        figures.columns[place].valence: (place, cell, cell.share)
        for place, cell in enumerate(row.across)
        if cell.share
    }
    between = [found[valence] for valence in ("neutral", "mixed") if valence in found]
    edge = sum(share for _place, _cell, share in between) / 2
    begin = -edge
    for place, cell, share in between:
        yield _Side(place, cell, begin, begin + share, BETWEEN)
        begin += share
    if "negative" in found:
        place, cell, share = found["negative"]
        yield _Side(place, cell, -edge - share, -edge, "poor")
    if "positive" in found:
        place, cell, share = found["positive"]
        yield _Side(place, cell, edge, edge + share, "good")


def _ends(figures: Figures, row: Row, y: float) -> Iterator[dict[str, Any]]:
    """The two shares as they are shown, outside the ends of the bar."""
    sides = list(_sides(figures, row))
    spots = {"negative": (-1, min([0.0, *(side.begin for side in sides)]))}
    spots["positive"] = (1, max([0.0, *(side.end for side in sides)]))
    for column, cell in zip(figures.columns, row.across, strict=True):
        if column.valence in spots:
            side, x = spots[column.valence]
            yield {"text": cell.shown, "x": x, "y": y, "side": side}


def _poles(words: Words, reach: float) -> list[Spec]:
    lean = {"fontWeight": 600, "fontSize": SMALL}
    left = {"text": f"◀ {words.negative}", "x": -reach * 0.04, "y": 8}
    right = {"text": f"{words.positive} ▶", "x": reach * 0.04, "y": 8}
    return [
        texts([left], align="right", color=colour("poor"), **lean),
        texts([right], color=colour("good"), **lean),
    ]
