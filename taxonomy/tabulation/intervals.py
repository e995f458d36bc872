"""Intervals of a share."""

import math

Z95 = 1.959963984540054  # leaves out 2.5 per cent on either side


def wilson(number: float, base: float, *, z: float = Z95) -> tuple[float, float]:
    """The interval of the share `number` of `base` by Wilson (1927), by default of 95 per cent.

    Returns both ends as shares from 0 to 1. The things counted are taken as independent.

    Raises ValueError where there is no base, or the number is not of it.
    """
    if not 0 <= number <= base or base == 0:
        msg = f"{number} of {base} is no share."
        raise ValueError(msg)
    share, square = number / base, z * z
    middle = share + square / (2 * base)
    half = z * math.sqrt(share * (1 - share) / base + square / (4 * base * base))
    low, high = ((middle + way * half) / (1 + square / base) for way in (-1, 1))
    return (0.0 if number == 0 else low, 1.0 if number == base else high)
