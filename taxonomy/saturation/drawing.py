"""The curve of categories and the bars of new ones as coordinates; templates write the SVG."""

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Sequence

from taxonomy.saturation.order import Expected, Step

WIDTH, HEIGHT = 560, 300
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 14, 44
TICKS = 5
RULE = (2, 3)  # new categories per hundred at which the method stops
GAP = 0.15  # of a bar's place


@dataclasses.dataclass(frozen=True, slots=True)
class Tick:
    """A number beside an axis, and where it stands."""

    at: float
    label: str


@dataclasses.dataclass(frozen=True, slots=True)
class Bar:
    """What one step is drawn as; `part` says that it has fewer than a hundred moments."""

    x: float
    y: float
    width: float
    height: float
    part: bool
    step: Step


@dataclasses.dataclass(frozen=True)
class Axes:
    """The frame of a picture: its size, its corner and its ticks."""

    across: Sequence[Tick]
    up: Sequence[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM

    @property
    def middle(self) -> float:
        """Where the name of what runs across stands."""
        return (self.left + self.right) / 2


@dataclasses.dataclass(frozen=True)
class Curve:
    """Categories seen in order of entry, and the mean and band of a random order, as paths."""

    axes: Axes
    seen: str
    mean: str
    band: str


@dataclasses.dataclass(frozen=True)
class Bars:
    """New categories per hundred, and the lines between which the method stops."""

    axes: Axes
    bars: Sequence[Bar]
    rule: Sequence[float]

    @property
    def has_part(self) -> bool:
        """Whether the last bar has fewer than a hundred moments."""
        return any(bar.part for bar in self.bars)


def draw_curve(
    firsts: Sequence[int],
    moments: int,
    expected: Iterable[Expected],
    label: Callable[[int], str],
) -> Curve:
    """Draw at how many moments how many categories were seen.

    `firsts` are the places, ascending, at which they were seen first; `label` writes a number.
    """
    points = sorted(expected, key=lambda one: one.moments)
    most = max([len(firsts), *(one.high for one in points), 1])
    scale = _Scale(max(moments, 1), most)
    steps = "".join(
        f"H{scale.x(first)}V{scale.y(number)}" for number, first in enumerate(firsts, start=1)
    )
    band = [(one.moments, one.high) for one in points]
    band += [(one.moments, one.low) for one in reversed(points)]
    return Curve(
        axes=scale.axes(label),
        seen=f"M{scale.x(0)} {scale.y(0)}{steps}H{scale.x(moments)}",
        mean=scale.path((one.moments, one.mean) for one in points),
        band=f"{scale.path(band)}Z",
    )


def draw_bars(steps: Sequence[Step], label: Callable[[int], str]) -> Bars:
    """Draw the new categories per hundred of each step; of one with fewer moments those it has."""
    moments = steps[-1].last if steps else 1
    values = [step.new if step.per_hundred is None else step.per_hundred for step in steps]
    scale = _Scale(moments, max([*values, RULE[-1] + 1]))
    bars = [_bar(step, value, scale) for step, value in zip(steps, values, strict=True)]
    return Bars(scale.axes(label), bars, [scale.y(line) for line in RULE])


def _bar(step: Step, value: float, scale: "_Scale") -> Bar:
    left, right = scale.x(step.first - 1), scale.x(step.last)
    gap = (right - left) * GAP
    y = scale.y(value)
    return Bar(
        x=round(left + gap / 2, 1),
        y=y,
        width=round(max(right - left - gap, 0.5), 1),
        height=round(scale.y(0) - y, 1),
        part=step.per_hundred is None,
        step=step,
    )


class _Scale:
    """From numbers to places in the picture."""

    def __init__(self, across: int, up: float) -> None:
        self._across = across
        self._ticks = ticks_to(up)
        self._up = max(up, self._ticks[-1])

    def x(self, value: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * value / self._across, 1)

    def y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / self._up, 1)

    def path(self, points: Iterable[tuple[float, float]]) -> str:
        """A line through the points."""
        return "M" + "L".join(f"{self.x(across)} {self.y(up)}" for across, up in points)

    def axes(self, label: Callable[[int], str]) -> Axes:
        return Axes(
            across=[Tick(self.x(value), label(value)) for value in ticks_to(self._across)],
            up=[Tick(self.y(value), label(value)) for value in self._ticks],
        )


def ticks_to(most: float) -> list[int]:
    """Some round whole numbers from 0 up to the most there is, 1 at least."""
    sizes = (size * 10**power for power in itertools.count() for size in (1, 2, 5))
    size = next(size for size in sizes if most / size <= TICKS)
    return list(range(0, max(int(most), 1) + 1, size))
