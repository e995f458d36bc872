"""What in a quote may name an organization, a place or a person: proposals, never decisions."""

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Final

from reports.quoted.passages import BRACKETS, whole


class Kind(StrEnum):
    """What a passage may name."""

    ORGANIZATION = "organization"
    PLACE = "place"
    NAME = "name"
    CONTACT = "contact"


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """A passage from `start` to `end` that may name somebody; `known`: the study has this name."""

    start: int
    end: int
    text: str
    kind: Kind
    known: bool = False


Names = Mapping[Kind, Sequence[str]]

HIDDEN: Final = "\0"
SHORT: Final = 3  # letters; so short a name counts only as it is written
_WORD = re.compile(r"[^\W\d_](?:[\w’'&-]*\w)?")
_CONTACTS = (
    re.compile(r"[^\s@<>\[\]()]{1,64}@[^\s@<>\[\]()]{1,190}\.\w{2,}"),
    re.compile(r"(?:https?://|www\.)[^\s<>\[\]]+", re.IGNORECASE),
    re.compile(r"(?<![\w+])\+?\d(?:[ ()./-]{0,3}\d){6,17}(?!\w)"),
)
_OPENING = " \t\xa0\"'“”„‟«»‹›‘’‚(¿¡"
_ENDS = ".!?…:;\n\r。！？"
_SMALL = "de del della der di da du la le of van von zu y e al el bin"
_BETWEEN = frozenset(_SMALL.split())
_COMMON = (
    "a after all also an and as at because before but by did do even every finally for from he her"
    " here his how i if in it its just my never no not now on once one only or our she since so"
    " some still that the their then there they this to we well what when where which while who why"
    " with you your"
    " als an auch auf da dann das der die ein eine er es ich ihr im in mein sie und unser weil wenn"
    " wir zu aber nach alors au aussi avec ce ces dans de des elle en et il ils j je la le les leur"
    " ma mais mon nous on puis quand sa si son un une vous con cuando el ella en eso la lo los mi"
    " no pero se si su un una y yo"
)
_DAYS = (
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May"
    " June July August September October November December Christmas Easter"
)
_NO_NAMES = frozenset(_DAYS.split())
_FIRST = frozenset(_COMMON.split())


def proposals(words: str, names: Names, *, nouns_capitalized: bool = False) -> list[Found]:
    """What a person should look at before the words are read by others, in its order.

    Found are the study's names, parts of them as they are written there, addresses and numbers,
    and capitalized words within sentences (in a language that writes all nouns so, only several in
    a row). What stands in square brackets was replaced already.
    """
    kept: list[Found] = []
    rest = BRACKETS.sub(lambda match: HIDDEN * len(match.group()), words)
    looks: tuple[Callable[[str], Iterator[Found]], ...] = (
        partial(_known, names=names),
        _contacts,
        partial(_parts, names=names),
        partial(_capitalized, fewest=2 if nouns_capitalized else 1),
    )
    for look in looks:
        for one in list(look(rest)):
            if HIDDEN not in rest[one.start : one.end]:
                kept.append(one)
                rest = _hide(rest, one)
    return sorted(kept, key=lambda one: one.start)


def _hide(words: str, found: Found) -> str:
    """The words with a passage made unreadable, so that nothing else is found in it."""
    return words[: found.start] + HIDDEN * (found.end - found.start) + words[found.end :]


def replaced(words: str, text: str, by: str) -> str:
    """The words with every occurrence of a text, outside brackets, replaced."""
    if not text:
        return words
    pattern = re.compile(rf"{BRACKETS.pattern}|({whole(text)})", re.IGNORECASE)
    return pattern.sub(lambda match: by if match.group(1) else match.group(), words)


def _known(words: str, names: Names) -> Iterator[Found]:
    """Names of the study in full, the longest first."""
    lowered = words.casefold()
    present = {
        (kind, name)
        for kind, each in names.items()
        for name in each
        if _tells(name) and name.casefold() in lowered
    }
    for kind, name in sorted(present, key=lambda one: (-len(one[1]), one)):
        flags = re.IGNORECASE if len(name) > SHORT else re.NOFLAG
        for match in re.finditer(whole(name), words, flags):
            yield Found(match.start(), match.end(), match.group(), kind, known=True)


def _tells(name: str) -> bool:
    """Whether a name is more than a letter or a small number, as codes may be."""
    return len(name) > SHORT or (len(name) > 1 and not name.isdigit())


def _contacts(words: str) -> Iterator[Found]:
    for pattern in _CONTACTS:
        for match in pattern.finditer(words):
            text = match.group().rstrip(".,;")
            yield Found(match.start(), match.start() + len(text), text, Kind.CONTACT)


def _parts(words: str, names: Names) -> Iterator[Found]:
    """Single words of organizations' and people's names, written with a capital."""
    wanted = {
        part: kind
        for kind in (Kind.ORGANIZATION, Kind.NAME)
        for name in names.get(kind, ())
        for part in _WORD.findall(name)
        if part[0].isupper() and len(part) > SHORT - (kind == Kind.NAME)
    }
    for match in _WORD.finditer(words):
        kind_of = wanted.get(match.group().removesuffix("’s").removesuffix("'s"))
        if kind_of is not None and not _is_common(match.group()):
            yield Found(match.start(), match.end(), match.group(), kind_of)


def _capitalized(words: str, *, fewest: int) -> Iterator[Found]:
    """Words in a row that begin with a capital, but for the common first word of a sentence."""
    if words.upper() == words:  # nothing can be told from it
        return
    for row in _rows(words):
        kept = row[1:] if _begins(words, row[0].start()) and _may_begin(row) else row
        if len(kept) >= fewest:
            start, end = kept[0].start(), kept[-1].end()
            yield Found(start, end, words[start:end], Kind.NAME)


def _may_begin(row: Sequence[re.Match[str]]) -> bool:
    """Whether a first word says nothing: it is common, or alone."""
    return len(row) == 1 or _is_common(row[0].group())


def _rows(words: str) -> Iterator[list[re.Match[str]]]:
    """Runs of capitalized words with a space, or a small word of names, between them."""
    row: list[re.Match[str]] = []
    small: list[re.Match[str]] = []
    end = 0
    for word in _WORD.finditer(words):
        follows = not row or words[end : word.start()] in {" ", "\xa0"}
        if row and not follows:
            yield row
            row, small = [], []
        if _is_capitalized(word.group()):
            row, small = [*row, *small, word], []
        elif row and word.group() in _BETWEEN and not small:
            small = [word]
        elif row:
            yield row
            row, small = [], []
        end = word.end()
    if row:
        yield row


def _is_capitalized(word: str) -> bool:
    if word in _NO_NAMES:
        return False
    return word[0].isupper() and word != "I" and not word.startswith(("I'", "I’"))


def _is_common(word: str) -> bool:
    return re.split(r"['’]", word.lower(), maxsplit=1)[0] in _FIRST


def _begins(words: str, at: int) -> bool:
    """Whether a sentence begins at a place."""
    before = words[:at].rstrip(_OPENING)
    return not before or before[-1] in _ENDS


def known_names(found: Iterable[Found]) -> list[str]:
    """The names of the study that still stand in the words, each once."""
    return list(dict.fromkeys(one.text for one in found if one.known))
