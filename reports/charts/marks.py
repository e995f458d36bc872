"""The pieces of a picture as Vega-Lite has them: views, marks and the words around them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from reports.charts.figures import Words
from reports.charts.palette import colour
from reports.charts.wording import clean, wrapped

WIDTH: Final = 400
PADDING: Final = 12
SIZE = 13
SMALL = 11.5
LINE = 18
FACE = "Inter"
LINKED = "https://cell.invalid/"  # taken for #cell-… by markup.py; Vega keeps whole addresses only

Spec = dict[str, Any]
Values = Sequence[Mapping[str, Any]]


def view(layers: Iterable[Spec], *, height: float, across: Spec, up: Spec | None = None) -> Spec:
    """One pane: x by the scale `across`, y in pixels from above, or by the scale `up`."""
    pixels = {"domain": [0, height], "range": [0, height]}
    return {
        "width": across.get("width", WIDTH),
        "height": height,
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "scale": _scale(across), "axis": None},
            "y": {
                "field": "y",
                "type": "quantitative",
                "scale": _scale(up or pixels),
                "axis": None,
            },
        },
        "layer": [layer for layer in layers if layer["data"]["values"]],
    }


def scale(first: float, last: float, left: float, right: float, **more: Any) -> Spec:
    """From values to pixels; `width` is that of the pane."""
    return {"domain": [first, last], "range": [left, right], **more}


def pixels(width: float = WIDTH) -> Spec:
    """A scale on which values are pixels."""
    return scale(0, width, 0, width, width=width)


def texts(values: Values, *, at: float | None = None, **style: Any) -> Spec:
    """Words at `x` and `y`, or at a fixed number of pixels from the left."""
    mark = {"type": "text", "align": "left", "baseline": "middle", "fontSize": SIZE}
    mark |= {"lineHeight": LINE, "color": colour("ink"), "aria": False, **style}
    encoding: Spec = {"text": {"field": "text"}}
    if at is not None:
        encoding["x"] = {"value": at}
    return _layer(values, mark, encoding)


def rules(values: Values, **style: Any) -> Spec:
    """Lines from x, y to x2, y2 (a field that is missing repeats the first)."""
    mark = {"type": "rule", "color": colour("line"), "strokeWidth": 1, "aria": False, **style}
    return _layer(values, mark, _second(values))


def boxes(values: Values, **style: Any) -> Spec:
    """Linked rectangles from x, y to x2, y2 in the `colour` of each value."""
    mark = {"type": "rect", "stroke": colour("surface"), "strokeWidth": 1, **style}
    return _layer(values, mark, {**_second(values), **_painted(), **_linked()})


def points(values: Values, **style: Any) -> Spec:
    """Linked dots at x, y in the `colour` and `shape` of each value."""
    mark = {"type": "point", "filled": True, "size": 70, "opacity": 1, **style}
    shape = {"shape": {"field": "shape", "type": "nominal", "scale": None}}
    return _layer(values, mark, {**_painted(), **shape, **_linked()})


def lines(values: Values, **style: Any) -> Spec:
    """A line through x, y; a piece for each `piece` of the values."""
    mark = {"type": "line", "strokeWidth": 2, "aria": False, **style}
    order = {"detail": {"field": "piece", "type": "nominal"}, "order": {"field": "x"}}
    return _layer(values, mark, order)


def bands(values: Values, **style: Any) -> Spec:
    """The room between y and y2 along x."""
    mark = {"type": "area", "aria": False, **style}
    return _layer(
        values, mark, {**_second(values), "detail": {"field": "piece", "type": "nominal"}}
    )


def cell_at(row: int, column: int, said: str) -> Spec:
    """What a mark of a cell carries: the way to it, by its place in the table, and its words."""
    return {"href": f"{LINKED}{row}-{column}", "said": clean(said)}


def picture(words: Words, kind: str, views: Sequence[Spec], *, left_out: Sequence[str]) -> Spec:
    """The whole picture: its title, its panes one below the other, and its notes."""
    notes = [
        line for note in (*left_out, *words.notes) for line in wrapped(note, WIDTH, SMALL, lines=6)
    ]
    title = {
        "text": wrapped(words.title, WIDTH, 15, lines=4),
        "subtitle": wrapped(words.subtitles.get(kind, ""), WIDTH, SIZE, lines=4),
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": title,
        "vconcat": [*views, *([_notes(notes)] if notes else [])],
        "spacing": 8,
        "bounds": "flush",  # room for words is part of each pane, whatever the faces installed
        "config": CONFIG,
    }


def ticks_to(most: float) -> list[int]:
    """Round per cents from 0 up, five steps at most, the last at or above the most there is."""
    step = next(step for step in (1, 2, 5, 10, 20, 25) if most <= 5 * step or step == 25)  # noqa: PLR2004
    ticks = [0]
    while ticks[-1] < min(most, 100):
        ticks.append(ticks[-1] + step)
    return ticks if len(ticks) > 1 else [0, step]


def _notes(notes: Sequence[str]) -> Spec:
    values = [{"text": note, "y": LINE * (at + 0.5)} for at, note in enumerate(notes)]
    layer = texts(values, at=0, fontSize=SMALL, color=colour("ink-soft"))
    return view([layer], height=LINE * len(notes), across=pixels())


def _scale(given: Spec) -> Spec:
    return {"zero": False, "nice": False, **{key: given[key] for key in ("domain", "range")}}


def _second(values: Values) -> Spec:
    first = values[0] if values else {}
    return {field: {"field": field} for field in ("x2", "y2") if field in first}


def _painted() -> Spec:
    return {"color": {"field": "colour", "type": "nominal", "scale": None, "legend": None}}


def _linked() -> Spec:
    return {"href": {"field": "href"}, "description": {"field": "said"}}


def _layer(values: Values, mark: Spec, encoding: Spec) -> Spec:
    return {"data": {"values": list(values)}, "mark": mark, "encoding": encoding}


CONFIG: Final[Spec] = {
    "font": FACE,
    "background": colour("surface"),
    "padding": PADDING,
    "view": {"stroke": None},
    "concat": {"spacing": 12},
    "title": {
        "anchor": "start",
        "fontSize": 15,
        "fontWeight": 600,
        "lineHeight": 20,
        "color": colour("ink"),
        "subtitleFontSize": SIZE,
        "subtitleLineHeight": LINE,
        "subtitleColor": colour("ink-soft"),
        "subtitlePadding": 4,
        "offset": 12,
    },
}
