"""A scheme as JSON: everything that stands, with its ids."""

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

from taxonomy.exchange.book import (
    TEXT_LIMITS,
    Book,
    BookCategory,
    BookError,
    BookProblem,
    BookRound,
    checked,
    unstorable,
)

FORMAT: Final = "candid-scheme"
VERSION: Final = 1
SCHEME_FIELDS: Final = {"slug", "name", "description", "revision"}
ROUND_FIELDS: Final = {"id", "position", "name", "frozen"}
CATEGORY_FIELDS: Final = {
    "id",
    "round",
    "parent",
    "retired",
    "merged_into",
    "split_from",
    *TEXT_LIMITS,
}


def write_json(book: Book) -> bytes:
    """The book as JSON, in its order; `merged_into` is missing where merged ones stayed behind."""
    return (json.dumps(_whole(book), ensure_ascii=False, indent=1) + "\n").encode()


def _whole(book: Book) -> dict[str, Any]:
    scheme = {
        "slug": book.slug,
        "name": book.name,
        "description": book.description,
        "revision": book.revision,
    }
    return {
        "format": FORMAT,
        "version": VERSION,
        "scheme": scheme,
        "rounds": [
            {"id": row.uid, "position": row.position, "name": row.name, "frozen": row.frozen}
            for row in book.rounds
        ],
        "categories": [_entry(row) for row in book.categories],
    }


def _entry(row: BookCategory) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": row.uid,
        "round": row.round,
        "parent": row.parent,
        **row.texts,
        "retired": bool(row.retired),
        "split_from": row.split_from,
    }
    return {**entry, "merged_into": row.merged_into} if row.says_merged else entry


def read_json(content: bytes) -> Book:
    """The book that JSON says; raises BookError where it is none of ours, or does not hold."""
    try:
        whole = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise BookError("not_json", line=line) from None
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        raise BookError("other_json")
    _check_letters(whole)
    if whole.get("version") != VERSION:
        raise BookError("newer_json", version=str(whole.get("version"))[:20])
    scheme = _object(whole.get("scheme", {}), "scheme")
    revision = scheme.get("revision")
    book = Book(
        form="json",
        rounds=tuple(_round(entry) for entry in _list(whole, "rounds")),
        categories=tuple(
            _category(entry, number)
            for number, entry in enumerate(_list(whole, "categories"), start=1)
        ),
        name=_text(scheme, "name"),
        slug=_text(scheme, "slug"),
        description=_text(scheme, "description"),
        revision=revision if isinstance(revision, int) else None,
        notices=tuple(_unknown(whole, scheme)),
    )
    return checked(book)


def _check_letters(whole: Mapping[str, Any]) -> None:
    """Refuse what no page could show, before anything of it gets into a sentence."""
    rows = whole.get("categories")
    for number, row in enumerate(rows if isinstance(rows, list) else (), start=1):
        if any(map(unstorable, _texts_in(row))):
            raise BookError("nul", line=number)
    if any(map(unstorable, _texts_in(whole))):
        raise BookError("nul")


def _texts_in(value: Any) -> Iterator[str]:
    """Every key and every text, however deep."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one


def _unknown(whole: Mapping[str, Any], scheme: Mapping[str, Any]) -> list[BookProblem]:
    """The names that say nothing to us, each once."""
    found = set(whole) - {"format", "version", "scheme", "rounds", "categories"}
    found |= set(scheme) - SCHEME_FIELDS
    for name, known in (("rounds", ROUND_FIELDS), ("categories", CATEGORY_FIELDS)):
        for entry in whole.get(name, ()):
            found |= set(entry) - known
    return [BookProblem("unknown_name", None, {"name": name[:60]}) for name in sorted(found)[:20]]


def _list(whole: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    entries = whole.get(name)
    if not isinstance(entries, list):
        raise BookError("wrong_kind", name=name)
    return [_object(entry, name) for entry in entries]


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BookError("wrong_kind", name=name)
    return value


def _text(entry: Mapping[str, Any], name: str, line: int | None = None) -> str:
    value = entry.get(name, "")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BookError("wrong_kind", line=line, name=name)
    return value


def _number(entry: Mapping[str, Any], name: str, line: int | None = None) -> int:
    value = entry.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BookError("wrong_kind", line=line, name=name)
    return value


def _flag(entry: Mapping[str, Any], name: str, line: int | None = None) -> bool:
    value = entry.get(name, False)
    if not isinstance(value, bool):
        raise BookError("wrong_kind", line=line, name=name)
    return value


def _uid(entry: Mapping[str, Any], name: str, line: int | None = None) -> str:
    """A uuid in its usual writing; empty where there is none."""
    text = _text(entry, name, line)
    try:
        return str(uuid.UUID(text)) if text else ""
    except ValueError:
        raise BookError("bad_id", line=line, id=text[:60]) from None


def _round(entry: Mapping[str, Any]) -> BookRound:
    name = _text(entry, "name").strip()
    if not name:
        raise BookError("no_round_name")
    return BookRound(_number(entry, "position"), name, _uid(entry, "id"), _flag(entry, "frozen"))


def _category(entry: Mapping[str, Any], number: int) -> BookCategory:
    uid = _uid(entry, "id", number)
    return BookCategory(
        key=uid or f"entry {number}",
        uid=uid,
        line=number,
        round=_number(entry, "round", number),
        parent=_uid(entry, "parent", number) or None,
        texts={
            name: _text(entry, name, number).strip()
            for name in TEXT_LIMITS
            if name in entry or name == "name"
        },
        retired=_flag(entry, "retired", number) if "retired" in entry else None,
        merged_into=_uid(entry, "merged_into", number) or None,
        split_from=_uid(entry, "split_from", number) or None,
        says_parent="parent" in entry,
        says_merged="merged_into" in entry,
    )
