"""A small chart of values with their intervals, side by side on one scale."""

import dataclasses
import math
from collections.abc import Iterable, Sequence

WIDTH = 240
HEIGHT = 150
LEFT = 34  # room for the numbers of the scale
TOP = 10
BOTTOM = 26  # room for the numbers of the points
STEP = 0.25


@dataclasses.dataclass(frozen=True)
class Point:
    """A value from -1 to 1 with the ends of its interval; each None where there is none."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclasses.dataclass(frozen=True)
class Mark:
    """Where one point stands: `y` is None where it has no value, `low` and `high` are heights."""

    number: int
    x: float
    y: float | None
    low: float | None
    high: float | None

    @property
    def left(self) -> float:
        """Where the ends of its whisker begin."""
        return self.x - 4

    @property
    def right(self) -> float:
        """Where they end."""
        return self.x + 4


@dataclasses.dataclass(frozen=True)
class Line:
    """One line of the scale."""

    y: float
    value: float


@dataclasses.dataclass(frozen=True)
class Chart:
    """All of it, in a box of `width` by `height`."""

    marks: Sequence[Mark]
    lines: Sequence[Line]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT

    @property
    def foot(self) -> int:
        """Where the numbers of the points stand."""
        return self.height - 8

    @property
    def floor(self) -> int:
        """Where the scale ends below."""
        return self.height - BOTTOM


def whiskers(points: Sequence[Point], *, lowest: float = 0.0) -> Chart:
    """Place points from left to right; the scale reaches from `lowest` or below up to 1."""
    floor = floor_of(points, lowest=lowest)
    room = (WIDTH - LEFT) / max(len(points), 1)
    marks = [
        Mark(
            number=at + 1,
            x=round(LEFT + room * (at + 0.5), 1),
            y=_height(point.value, floor),
            low=_height(point.low, floor),
            high=_height(point.high, floor),
        )
        for at, point in enumerate(points)
    ]
    steps = round((1 - floor) / STEP)
    values = [1 - STEP * step for step in range(steps + 1)]
    lines = [Line(_height(value, floor) or 0.0, value) for value in values if value * 2 % 1 == 0]
    return Chart(marks, lines)


def floor_of(points: Iterable[Point], *, lowest: float = 0.0) -> float:
    """The least value that a scale has to reach, in steps of a half."""
    ends = [end for point in points for end in (point.value, point.low) if end is not None]
    return math.floor(min([lowest, *ends]) * 2) / 2


def _height(value: float | None, floor: float) -> float | None:
    if value is None:
        return None
    share = (value - floor) / (1 - floor)
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - share), 1)
