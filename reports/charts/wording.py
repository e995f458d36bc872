"""Texts that fit: lines broken by an estimate of their width, which needs no typeface."""

import re
import unicodedata
from collections.abc import Iterator

WIDE = 1.02  # ems of an ideogram
NARROW = 0.52  # ems of another letter, about what Inter takes on average
UNPRINTABLE = re.compile(r"[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")


def clean(text: str) -> str:
    """The text on one line, without what XML cannot hold."""
    return " ".join(UNPRINTABLE.sub(" ", text).split())


def width_of(text: str, size: float) -> float:
    """About how many pixels wide a text is in letters of that size."""
    ems = sum(_ems(letter) for letter in text)
    return ems * size


def cut(text: str, room: float, size: float) -> str:
    """The text, or as much of it as there is room for, in pixels, and an ellipsis."""
    text = clean(text)
    if width_of(text, size) <= room:
        return text
    while text and width_of(f"{text}…", size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def wrapped(text: str, room: float, size: float, *, lines: int = 2) -> list[str]:
    """The text in lines of that many pixels; where it needs more lines, the last one is cut."""
    words = clean(text).split(" ")
    done = list(_lines(words, room, size))
    if len(done) > lines:
        done = [*done[: lines - 1], " ".join(done[lines - 1 :])]
    return [cut(line, room, size) for line in done]


def _lines(words: list[str], room: float, size: float) -> Iterator[str]:
    line = ""
    for word in words:
        longer = f"{line} {word}".strip()
        if line and width_of(longer, size) > room:
            yield line
            line = word
        else:
            line = longer
    yield line


def _ems(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0
    return WIDE if unicodedata.east_asian_width(letter) in "WF" else NARROW
