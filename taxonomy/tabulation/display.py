"""The one place that turns counts into cells as shown, on screens, in files and in pictures.

Counts may be weights, so they may have a fraction; what is rounded is rounded half up, exactly.
"""

from collections.abc import Sequence
from fractions import Fraction

DASH = "–"
HIDDEN = "×"
SMALL_BASE = 50  # below it a base is marked
LEAST_BASE = 30  # below it counts stand instead of percentages
EXACT = 10**9  # weights are sums of fractions, kept as floating points

Number = int | float | Fraction


def percent_shown(count: Number, base: Number, *, decimals: int = 0) -> str | None:
    """A count as a share of its base, in per cent, half up; whole ones unless `decimals` says so.

    "–" for a true zero, "<1%" ("<0.1%") for what would round to nothing, None where there is no
    base.
    """
    if base == 0:
        return None
    if count == 0:
        return DASH
    return _share_written(_steps(count, base, decimals), decimals)


def count_shown(count: Number) -> str:
    """A count; one decimal, half up, where it is a sum of weights, "<0.1" for less than that."""
    if isinstance(count, int):
        return str(count)
    steps = _half_up(_exact(count) * 10)
    return _written(steps, 1) if steps or not count else "<0.1"


def count_or_dash(count: Number) -> str:
    """A count as the cell of a table: "–" for none."""
    return count_shown(count) if count else DASH


def whole_percent(count: Number, base: Number) -> int:
    """100 × count / base, rounded half up in whole numbers (no floating point)."""
    return _steps(count, base, 0)


def percent_number(count: Number, base: Number, *, decimals: int = 0) -> Fraction:
    """The share as it is shown, in per cent: a whole number, or one of tenths."""
    return Fraction(_steps(count, base, decimals), 10**decimals)


def adjusted_to_100(counts: Sequence[Number], *, decimals: int = 0) -> list[Fraction]:
    """Shares in per cent that add to 100, by the method of the largest remainder.

    Each share is cut off; what is missing to 100 goes, a step each, to the largest remainders, of
    equal ones to the first. For shares of one whole only; all zero where nothing is counted.
    """
    whole = sum(map(_exact, counts), Fraction())
    if not whole:
        return [Fraction()] * len(counts)
    exact = [100 * 10**decimals * _exact(count) / whole for count in counts]
    steps = [int(share) for share in exact]
    missing = 100 * 10**decimals - sum(steps)
    by_remainder = sorted(range(len(counts)), key=lambda place: steps[place] - exact[place])
    for place in by_remainder[:missing]:
        steps[place] += 1
    return [Fraction(step, 10**decimals) for step in steps]


def adjusted_shown(counts: Sequence[Number], *, decimals: int = 0) -> list[str]:
    """The percentages of one whole, made to add to 100; "<1%" for what is given nothing.

    "–" for a true zero. Whoever shows them looks to it that the whole is no small base.
    """
    shares = adjusted_to_100(counts, decimals=decimals)
    return [
        share_written(share, decimals=decimals) if count else DASH
        for share, count in zip(shares, counts, strict=True)
    ]


def share_written(share: Fraction, *, decimals: int = 0) -> str:
    """A share in per cent that has these decimals at most; "<1%" for one that is nothing."""
    return _share_written(int(share * 10**decimals), decimals)


def number_in(shown: str | None) -> Fraction | None:
    """The number that a percentage as shown is; None for “–”, “<1%” and all that is none."""
    number, sign, rest = (shown or "").partition("%")
    return Fraction(number) if sign and not rest and not number.startswith("<") else None


def is_small(base: Number) -> bool:
    """Whether a base is there and so small that it is marked."""
    return 0 < base < SMALL_BASE


def is_least(base: Number) -> bool:
    """Whether a base is there and so small that counts stand in its place."""
    return 0 < base < LEAST_BASE


def _exact(count: Number) -> Fraction:
    """A count without the noise of floating points."""
    return Fraction(round(count * EXACT), EXACT) if isinstance(count, float) else Fraction(count)


def _steps(count: Number, base: Number, decimals: int) -> int:
    if isinstance(count, int) and isinstance(base, int):
        scale: int = 10**decimals
        return (200 * scale * count + base) // (2 * base)
    return _half_up(100 * 10**decimals * _exact(count) / _exact(base))


def _half_up(number: Fraction) -> int:
    return (2 * number.numerator + number.denominator) // (2 * number.denominator)


def _share_written(steps: int, decimals: int) -> str:
    return f"{_written(steps, decimals)}%" if steps else f"<{_written(1, decimals)}%"


def _written(steps: int, decimals: int) -> str:
    if not decimals:
        return str(steps)
    whole, rest = divmod(steps, 10**decimals)
    return f"{whole}.{rest:0{decimals}d}"
