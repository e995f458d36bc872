"""The one function that turns counts into cells as shown."""

DASH = "–"


def percent_shown(count: int, base: int) -> str | None:
    """A count as a share of its base, in whole per cent, half up.

    "–" for a true zero, "<1%" for what would round to nothing, None where there is no base.
    """
    if base == 0:
        return None
    if count == 0:
        return DASH
    whole = whole_percent(count, base)
    return f"{whole}%" if whole else "<1%"


def whole_percent(count: int, base: int) -> int:
    """100 × count / base, rounded half up in whole numbers (no floating point)."""
    return (200 * count + base) // (2 * base)
