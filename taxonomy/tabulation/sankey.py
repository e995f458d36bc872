"""The picture of a lineage: where each box, ribbon and label stands. No database, no colours.

Every category flows into one other, so that what belongs together gets a band of its own from left
to right. Bands do not overlap, hence neither do ribbons, boxes and labels.
"""

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence

from taxonomy.tabulation.lineage import Stream, Way

LINE = 20  # the height of a label, and the least of a band
GAP = 2
HEAD = 30
BOX = 9
STEP = 290  # from one column to the next
LAST = 280  # room for the labels of the last column
LETTERS = 34  # of a label
THINNEST = 1.5
SERIES = 6  # colours before they repeat

Place = tuple[int, bool]  # a round, and whether the categories standing in it


@dataclasses.dataclass(frozen=True)
class Head:
    """What stands above a column: the round, or those merged in it."""

    x: int
    round: str
    merged: bool


@dataclasses.dataclass(frozen=True)
class Box:
    """One category: its bar, with the label beside it, in a band that ends at `bottom`."""

    stream: Stream
    x: int
    y: float
    height: float
    bottom: float
    label: str
    series: int

    @property
    def middle(self) -> float:
        """How high the label stands."""
        return round(self.y + self.height / 2, 1)


@dataclasses.dataclass(frozen=True)
class Ribbon:
    """From one category to what it flowed into, as the path of an outline."""

    stream: Stream
    into: Stream
    path: str
    series: int


@dataclasses.dataclass(frozen=True)
class Picture:
    """Everything that is drawn, and the room it takes."""

    width: int
    height: int
    heads: tuple[Head, ...]
    boxes: tuple[Box, ...]
    ribbons: tuple[Ribbon, ...]


def draw(roots: Sequence[Stream], rounds: Mapping[int, str]) -> Picture:
    """Lay out streams from the finest round on the left to the coarsest on the right.

    Ribbons come in the order of the list, which is that of the tabulator key.
    """
    last = max(rounds, default=0)
    columns = _columns(roots, last)
    drawer = _Drawer(columns, last, _scale(roots))
    top = float(HEAD)
    for number, root in enumerate(roots):
        top = drawer.band(root, top, number % SERIES).bottom + 2 * GAP
    order = {id(stream): number for number, stream in enumerate(_everything(roots))}
    heads = (Head(x, rounds.get(at, ""), not stands) for (at, stands), x in columns.items())
    return Picture(
        width=max(columns.values(), default=0) + LAST,
        height=round(top) + GAP,
        heads=tuple(heads),
        boxes=tuple(drawer.boxes),
        ribbons=tuple(sorted(drawer.ribbons, key=lambda ribbon: order[id(ribbon.stream)])),
    )


def _everything(roots: Sequence[Stream]) -> Iterator[Stream]:
    return itertools.chain.from_iterable(root.all() for root in roots)


def shortened(words: str, letters: int = LETTERS) -> str:
    """The beginning of the words, where all are too many."""
    return words if len(words) <= letters else words[: letters - 1].rstrip() + "…"


def _columns(roots: Sequence[Stream], last: int) -> dict[Place, int]:
    """How far to the right the categories of each place stand."""
    used = {_place(stream, last) for stream in _everything(roots)}
    return {place: number * STEP for number, place in enumerate(sorted(used))}


def _place(stream: Stream, last: int) -> Place:
    """Those merged stand before those that they flowed into; what is not batched at the end."""
    if stream.node is None:
        return last, True
    return stream.node.round, stream.way != Way.MERGED


def _scale(roots: Sequence[Stream]) -> float:
    """Pixels for one of a weight: half of the picture for ribbons, half for what is thin."""
    ends = sum(1 for stream in _everything(roots) if not stream.sources)
    return LINE * ends / max(1, sum(root.weight for root in roots))


class _Drawer:
    def __init__(self, columns: Mapping[Place, int], last: int, scale: float) -> None:
        self.columns, self.last, self.scale = columns, last, scale
        self.boxes: list[Box] = []
        self.ribbons: list[Ribbon] = []

    def band(self, stream: Stream, top: float, series: int) -> Box:
        """Draw what flowed into a category below each other, then itself in their middle."""
        bottom, begun = top, []
        for source in stream.sources:
            begun.append(self.band(source, bottom, series))
            bottom = begun[-1].bottom
        thick = max(THINNEST, stream.weight * self.scale, sum(box.height for box in begun))
        bottom = max(bottom, top + LINE, top + thick + 2 * GAP)
        box = Box(
            stream=stream,
            x=self.columns[_place(stream, self.last)],
            y=round((top + bottom - thick) / 2, 1),
            height=round(thick, 1),
            bottom=bottom,
            label=shortened(stream.node.heading) if stream.node else "",
            series=series,
        )
        self.boxes.append(box)
        self.ribbons.extend(_ribbons(begun, box))
        return box


def _ribbons(begun: Sequence[Box], target: Box) -> Iterator[Ribbon]:
    end = target.y
    for box in begun:
        path = _outline(box.x + BOX, box.y, target.x, end, box.height)
        yield Ribbon(box.stream, target.stream, path, target.series)
        end += box.height


def _outline(left: int, top: float, right: int, end: float, thick: float) -> str:
    """Two curves that leave and arrive level."""
    half = (left + right) / 2
    a, b, c, d = (f"{number:.1f}" for number in (top, end, end + thick, top + thick))
    middle = f"{half:.0f}"
    return (
        f"M{left} {a}C{middle} {a} {middle} {b} {right} {b}"
        f"V{c}C{middle} {c} {middle} {d} {left} {d}Z"
    )
