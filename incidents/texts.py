"""Words as values: one fingerprint for what was typed, one folding for searching it."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping


def fingerprint(texts: Mapping[str, str]) -> str:
    """The sha256 (hex) of the named texts, the same whatever their order."""
    canonical = json.dumps(dict(sorted(texts.items())), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def fold(text: str) -> str:
    """The text without case and accents, white space made single; both sides of a search use it."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(bare.split())


def tidy(text: str) -> str:
    """The text as every database can keep it: no NUL, and one kind of line break."""
    return text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
