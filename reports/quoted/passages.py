"""What stands in a quote was told; what was left out, replaced or added stands in brackets."""

import re
from collections.abc import Iterator
from typing import Final

BRACKETS: Final = re.compile(r"\[[^\[\]]*\]")
_GAPS = re.compile(r"\[[^\[\]]*\]|…|\.{3,}")
_EDGES = " \t\r\n.,;:!?-–—\"'“”„‟«»‹›‘’‚()¿¡"


def untold(words: str, told: str) -> str:
    """The first piece of a quote that was not told, in its order; empty where all was.

    Pieces lie between square brackets and dots of omission. They are whole words but where a
    bracket touches them, as in "[T]he". White space and the signs at their ends do not matter.
    """
    text, at = " ".join(told.split()), 0
    for piece, pattern in _pieces(words):
        found = re.compile(pattern).search(text, at)
        if found is None:
            return piece
        at = found.end()
    return ""


def says_something(words: str) -> bool:
    """Whether anything stands in a quote beside brackets, dots and signs."""
    return any(True for _piece in _pieces(words))


def whole(text: str, *, start: bool = True, end: bool = True) -> str:
    """A pattern for a text that is no part of a longer word, in scripts that part their words."""
    before = r"(?<!\w)" if start and _parts_words(text[0]) else ""
    after = r"(?!\w)" if end and _parts_words(text[-1]) else ""
    return f"{before}{re.escape(text)}{after}"


def _pieces(words: str) -> Iterator[tuple[str, str]]:
    """What somebody must have told, each piece with a pattern that finds it."""
    spaced = " ".join(words.split())
    gaps = [match.span() for match in _GAPS.finditer(spaced)]
    starts = [0, *(end for _start, end in gaps)]
    ends = [*(start for start, _end in gaps), len(spaced)]
    for start, end in zip(starts, ends, strict=True):
        text = spaced[start:end]
        piece = text.strip(_EDGES)
        if piece:
            free = {"start": not start or piece[0] != text[0], "end": piece[-1] != text[-1]}
            free["end"] |= end == len(spaced)
            yield piece, whole(piece, **free)


def _parts_words(letter: str) -> bool:
    return letter.lower() != letter.upper() or letter.isdigit()
