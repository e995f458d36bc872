"""A scheme as it stands in a file, and what can be wrong with one: a code, never a sentence."""

import dataclasses
from collections.abc import Mapping
from typing import Final

MOST_BYTES: Final = 5_000_000
MOST_CATEGORIES: Final = 1_000  # each is two rows of one revision, which is one transaction
MOST_ROUNDS: Final = 20
TEXT_LIMITS: Final[Mapping[str, int]] = {
    "code": 40,
    "name": 300,
    "label": 300,
    "definition": 5000,
    "includes": 5000,
    "excludes": 5000,
    "positive_example": 5000,
    "negative_example": 5000,
}
ROUND_NAME_LIMIT: Final = 120
SCHEME_LIMITS: Final[Mapping[str, int]] = {"name": 120, "slug": 60, "description": 5000}
ABOVE_SEPARATOR: Final = " > "


@dataclasses.dataclass(frozen=True, slots=True)
class BookRound:
    """One round: position 1 is the finest; without a uid where the file has none."""

    position: int
    name: str
    uid: str = ""
    frozen: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class BookCategory:
    """One category; `key` names it inside the file, and references are keys.

    `texts` holds only what the file speaks of; `retired` likewise: None where it says nothing.
    `says_parent` and `says_merged` tell a reference to nothing from one that the file leaves open.
    `above` is a path that no row of the file has, for the scheme to know.
    """

    key: str
    round: int
    parent: str | None
    texts: Mapping[str, str]
    uid: str = ""
    line: int | None = None
    above: str = ""
    retired: bool | None = None
    merged_into: str | None = None
    split_from: str | None = None
    says_parent: bool = True
    says_merged: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class BookProblem:
    """One thing to say about a file; `line` is the row or line that shows it."""

    code: str
    line: int | None = None
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Book:
    """A whole scheme. `by_depth`: the file has no rounds, they were counted from its nesting."""

    form: str
    rounds: tuple[BookRound, ...]
    categories: tuple[BookCategory, ...]
    name: str = ""
    slug: str = ""
    description: str = ""
    revision: int | None = None
    by_depth: bool = False
    notices: tuple[BookProblem, ...] = ()


class BookError(Exception):
    """The file cannot be read as a scheme; carries the one problem that says why."""

    def __init__(self, code: str, *, line: int | None = None, **params: object) -> None:
        super().__init__(code)
        self.problem = BookProblem(code, line, params)


def checked(book: Book) -> Book:
    """The book, when it is no larger than one revision takes and its keys and references hold.

    Raises BookError for what is too much or too long, a key or a uid twice (be it once a round's),
    and a reference to what the file does not have.
    """
    if not book.categories and not book.rounds:
        raise BookError("no_categories")
    if len(book.categories) > MOST_CATEGORIES:
        raise BookError("too_many_categories", limit=MOST_CATEGORIES)
    if len(book.rounds) > MOST_ROUNDS:
        raise BookError("too_many_rounds", limit=MOST_ROUNDS)
    _check_scheme(book)
    rounds = {level.uid for level in book.rounds if level.uid}
    keys: set[str] = set()
    for row in book.categories:
        if row.key in keys or row.key in rounds:
            raise BookError("id_twice", line=row.line, id=row.key[:60])
        keys.add(row.key)
        check_texts(row.texts, row.line)
    for row in book.categories:
        for other in (row.parent, row.merged_into, row.split_from):
            if other is not None and other not in keys:
                raise BookError("dangling", line=row.line, id=other[:60])
    return book


def check_texts(texts: Mapping[str, str], line: int | None) -> None:
    """Refuse a text that is longer than a scheme keeps, or that has a zero byte."""
    for name, text in texts.items():
        if unstorable(text):
            raise BookError("nul", line=line)
        if len(text) > TEXT_LIMITS[name]:
            raise BookError(
                "text_too_long", line=line, field=name, start=text[:40], limit=TEXT_LIMITS[name]
            )
    if not texts.get("name", "").strip():
        raise BookError("no_name", line=line)


def unstorable(text: str) -> bool:
    """Whether it has zero bytes or halves of letters, which no database keeps and no page shows."""
    return "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


def _check_scheme(book: Book) -> None:
    for name, limit in SCHEME_LIMITS.items():
        text = str(getattr(book, name))
        if unstorable(text):
            raise BookError("nul")
        if len(text) > limit:
            raise BookError("text_too_long", field=name, start=text[:40], limit=limit)
    uids: set[str] = set()
    for level in book.rounds:
        if unstorable(level.name):
            raise BookError("nul")
        if len(level.name) > ROUND_NAME_LIMIT:
            start, limit = level.name[:40], ROUND_NAME_LIMIT
            raise BookError("text_too_long", field="name", start=start, limit=limit)
        if level.uid and level.uid in uids:
            raise BookError("id_twice", id=level.uid)
        uids.add(level.uid)
    if sorted(level.position for level in book.rounds) != list(range(1, len(book.rounds) + 1)):
        raise BookError("round_positions")
