"""The colours of pictures, by the names that static/css/tokens.css gives them."""

from collections.abc import Mapping
from typing import Final

LIGHT: Final[Mapping[str, str]] = {
    "surface": "#ffffff",
    "ink": "#1c2321",
    "ink-soft": "#4e5853",
    "line": "#e4dfd6",
    "sunken": "#f2efe9",
    "good": "#1f6b42",
    "poor": "#a33824",
    "ink-faint": "#636c67",
    "info-soft": "#e8eef7",
    "warn-soft": "#f9efd7",
    "series-0": "#11605b",
    "series-1": "#8a5a00",
    "series-2": "#38578a",
    "series-3": "#8a3b5e",
    "series-4": "#5b5f1f",
    "series-5": "#5f4a8c",
}
DARK: Final[Mapping[str, str]] = {
    "surface": "#1a1e1d",
    "ink": "#e9e8e3",
    "ink-soft": "#aeb6b1",
    "line": "#2e3532",
    "sunken": "#232927",
    "good": "#7fcb9d",
    "poor": "#f29b86",
    "ink-faint": "#97a09b",
    "info-soft": "#1c2739",
    "warn-soft": "#302713",
    "series-0": "#74cabd",
    "series-1": "#e0b25c",
    "series-2": "#9fbbe8",
    "series-3": "#e79cbb",
    "series-4": "#c3c86a",
    "series-5": "#bda9ea",
}
PALETTES: Final[Mapping[str, Mapping[str, str]]] = {"light": LIGHT, "dark": DARK}
SERIES: Final = 6


def colour(token: str) -> str:
    """The colour a picture is made with; `paint` of markup.py gives it the one of a theme."""
    return LIGHT[token]


def series(number: int) -> str:
    """The colour of the nth of several things side by side; after six they begin again."""
    return colour(f"series-{number % SERIES}")
