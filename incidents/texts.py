"""Words as values: one fingerprint for what was typed, one form of it for searching."""

import abc
import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping

_ACCENTS = (  # marks that are left out when people search; those of other scripts make letters
    (0x0300, 0x036F),  # Latin, Greek, Cyrillic
    (0x0591, 0x05BD),  # Hebrew points
    (0x05BF, 0x05BF),
    (0x05C1, 0x05C2),
    (0x05C4, 0x05C5),
    (0x05C7, 0x05C7),
    (0x0610, 0x061A),  # Arabic vowels
    (0x0640, 0x0640),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06DC),
    (0x06DF, 0x06E4),
    (0x06E7, 0x06E8),
    (0x06EA, 0x06ED),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE00, 0xFE0F),  # variants of how a sign is drawn
    (0xFE20, 0xFE2F),
    (0xE0100, 0xE01EF),
)
_LETTERS = {
    **dict.fromkeys("‘’‚‛ʻʼ′", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict(zip("øđðħıłŧ", "oddhilt", strict=True)),
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
}
_WITHOUT_SPACES = (  # scripts that set no space between words
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff\u1980-\u19ff\u1a20-\u1aaf"  # Burmese, Khmer, Tai
    "\u1b00-\u1b7f\ua980-\ua9ff"  # Balinese, Javanese
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u312f\u31a0-\u31bf\u31f0-\u31ff"  # Kana
    "\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese, Yi
)
_SIGN = re.compile(f"[{_WITHOUT_SPACES}]")
_SIGN_BEFORE_LETTER = re.compile(rf"([{_WITHOUT_SPACES}][^\w\s]*)(?=\w)")
_FEW_SIGNS = 20  # as many are set apart sooner one by one than letter by letter
_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_TYPED = re.compile(r'"([^"]*)"|([^\s"]+)')


def fingerprint(texts: Mapping[str, str]) -> str:
    """The sha256 (hex) of the named texts, the same whatever their order."""
    canonical = _CANONICAL.encode(dict(sorted(texts.items())))
    return hashlib.sha256(canonical.encode()).hexdigest()


def fold(text: str) -> str:
    """The text without case and accents, white space made single, signs that look alike made one.

    Folding twice is folding once. Marks that make another letter of a letter (が, क्) stay.
    """
    return " ".join(_bare(text).split())


def _bare(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    bare = unicodedata.normalize("NFKD", plain).translate(_FOLDED)
    return unicodedata.normalize("NFC", bare)


def searchable(text: str) -> str:
    """The text as it is kept for searching: its words folded, one space before and after each.

    A sign of punctuation is a word, and so is each sign of a script that sets no spaces between
    words: there a whole word is found wherever its signs stand side by side.
    """
    words = " ".join(_set_apart(_bare(text)).split())
    return f" {words} " if words else ""


def _set_apart(text: str) -> str:
    signs = [letter for letter in set(text) if _SPACED[ord(letter)] != letter and letter != " "]
    if len(signs) > _FEW_SIGNS:
        spaced = text.translate(_SPACED)
    else:
        spaced = text
        for sign in signs:
            spaced = spaced.replace(sign, _SPACED[ord(sign)])
    return spaced if spaced.isascii() else _SIGN_BEFORE_LETTER.sub(r"\1 ", spaced)


def patterns_of(typed: str) -> tuple[str, ...]:
    """What must occur in the searchable text, all of it, for an incident to be found.

    Each word typed may be part of a longer one; what stands in quotation marks is whole words, in
    this order.
    """
    found = [
        searchable(whole) or searchable(part).strip() for whole, part in _TYPED.findall(fold(typed))
    ]
    return tuple(dict.fromkeys(pattern for pattern in found if pattern))


def is_found(text: str, typed: str) -> bool:
    """Whether a search for what was typed finds the text; the databases answer the same."""
    kept = searchable(text)
    return all(pattern in kept for pattern in patterns_of(typed))


def tidy(text: str) -> str:
    """The text as every database can keep it: no NUL, and one kind of line break."""
    return same_breaks(text.replace("\x00", ""))


def same_breaks(text: str) -> str:
    """The text with one kind of line break: browsers send another than files have."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class _Replacements(dict[int, str], abc.ABC):
    """What stands for each letter, worked out when the letter first comes."""

    def __missing__(self, code: int) -> str:
        self[code] = replaced = self.work_out(chr(code))
        return replaced

    @abc.abstractmethod
    def work_out(self, letter: str) -> str:
        """What stands for the letter."""


class _Folded(_Replacements):
    def work_out(self, letter: str) -> str:
        code = ord(letter)
        if any(first <= code <= last for first, last in _ACCENTS):
            return ""
        if letter.isspace():
            return " "
        if unicodedata.category(letter) in {"Cc", "Cf", "Cs"}:  # nothing that anybody sees
            return ""
        return _LETTERS.get(letter, letter)


class _Spaced(_Replacements):
    def work_out(self, letter: str) -> str:
        if unicodedata.category(letter).startswith("M"):
            return letter
        if _SIGN.match(letter):
            return f" {letter}"
        return letter if letter.isalnum() else f" {letter} "


_FOLDED = _Folded()
_SPACED = _Spaced()
