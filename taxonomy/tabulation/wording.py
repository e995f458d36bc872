"""Two wordings of a text side by side, word by word: no database."""

import collections
import dataclasses
import difflib
import re

COMPARED = 1_000  # words; a longer text is shown as it was and as it is
COMMON = 8  # a word that is there more often, a comma say, stays only beside another that stays

_WORD = re.compile(r"\s*\w+|\s*[^\w\s]|\s+")


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """A piece of two wordings: in both, taken out of the former, or put into the later."""

    text: str
    gone: bool = False
    new: bool = False


def pieces(before: str, after: str) -> list[Piece]:
    """What stayed, went and came, in reading order.

    What did not go is the later text, what did not come the former one.
    """
    former, later = _WORD.findall(before), _WORD.findall(after)
    if max(len(former), len(later)) > COMPARED:
        return _neither_empty([Piece(before, gone=True), Piece(after, new=True)])
    found: list[Piece] = []
    often = collections.Counter(later)
    matcher = difflib.SequenceMatcher(
        lambda word: often[word] > COMMON, former, later, autojunk=False
    )
    for tag, start, end, later_start, later_end in matcher.get_opcodes():
        if tag == "equal":
            found.append(Piece("".join(former[start:end])))
        else:
            found.append(Piece("".join(former[start:end]), gone=True))
            found.append(Piece("".join(later[later_start:later_end]), new=True))
    return _neither_empty(found)


def _neither_empty(found: list[Piece]) -> list[Piece]:
    return [piece for piece in found if piece.text]
