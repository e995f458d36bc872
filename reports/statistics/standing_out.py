"""What stands out in a table: a few findings, each made from its statistics and nothing else."""

import dataclasses
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from reports.statistics.reasons import LEVEL

MOST = 7
SOUND_BASE = 50  # of either side
POINTS = 5  # per cent points apart, at least
SEVERAL = 2
TIMES = 1.75  # from here on a share is so many times the other


class Kind(StrEnum):
    """What a finding says of its cells."""

    PAIR = "pair"  # one column has more than another
    MORE = "more"  # one column has more than the others together
    LESS = "less"


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that stands out: per cents of two sides, and the evidence.

    `row`, `column` and `against` are places in the table; `against` None is all other columns of
    the group together. `base` and `other_base` are units.
    """

    kind: str
    row: int
    column: int
    against: int | None
    percent: float
    other_percent: float
    base: int
    other_base: int
    q: float

    @property
    def points(self) -> float:
        """How far apart the two sides are."""
        return round(abs(self.percent - self.other_percent), 9)

    @property
    def times(self) -> float | None:
        """How many times the smaller share goes into the larger, where that is worth saying."""
        low, high = sorted((self.percent, self.other_percent))
        return high / low if low > 0 and high / low >= TIMES else None


def findings_of(statistics: Mapping[str, Any]) -> list[dict[str, Any]]:
    """At most seven findings, those farthest apart first; none where nothing stands out.

    Each row is said once: by the two columns that differ most where there are only two, or where
    one has so many times the share of the other; else by the column farthest from all others. Each
    has a corrected q below 5 per cent (false discovery rate), sides that are at least five
    points apart, and at least 50 units on either. JSON can hold them: the fields of `Finding` and
    its `times`.
    """
    sound = [one for one in (*_besides(statistics), *_pairs(statistics)) if _is_sound(one)]
    of_rows = [_of_row([one for one in sound if one.row == row]) for row in {s.row for s in sound}]
    of_rows.sort(key=lambda one: (-one.points, one.q, one.row))
    return [dataclasses.asdict(one) | {"times": one.times} for one in of_rows[:MOST]]


def _of_row(sound: list[Finding]) -> Finding:
    """The finding that says most of a row."""
    pair = next((one for one in sound if one.kind == Kind.PAIR), None)
    besides = [one for one in sound if one.kind != Kind.PAIR]
    if pair and (pair.times or not besides):
        return pair
    return max(besides, key=lambda one: (one.points, -one.q, -one.column))


def _is_sound(one: Finding) -> bool:
    bases = min(one.base, one.other_base)
    return one.q < LEVEL and one.points >= POINTS and bases >= SOUND_BASE


def _pairs(statistics: Mapping[str, Any]) -> Iterator[Finding]:
    """The two columns that differ most in each row."""
    percent, bases = statistics["column_percent"], statistics["bases"]
    for one in statistics["contrasts"]:
        row, high, low = one["row"], one["column"], one["against"]
        yield Finding(
            kind=Kind.PAIR.value,
            row=row,
            column=high,
            against=low,
            percent=percent[row][high],
            other_percent=percent[row][low],
            base=bases[high],
            other_base=bases[low],
            q=one["q"],
        )


def _besides(statistics: Mapping[str, Any]) -> Iterator[Finding]:
    """Each column beside the others together, where these are several."""
    beside = statistics["corrected_residuals"]
    if "undefined" in beside:
        return
    percent, bases = statistics["column_percent"], statistics["bases"]
    for row, of_row in enumerate(beside["q"]):
        for column, q in enumerate(of_row):
            if q is None or beside["others"][column] < SEVERAL:
                continue
            here, others = percent[row][column], beside["others_percent"][row][column]
            yield Finding(
                kind=(Kind.MORE if here > others else Kind.LESS).value,
                row=row,
                column=column,
                against=None,
                percent=here,
                other_percent=others,
                base=bases[column],
                other_base=beside["others_bases"][column],
                q=q,
            )
