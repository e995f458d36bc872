"""The codebook of REFI-QDA 1.0 (`.qdc`), which other programs for qualitative data read and write.

It carries ids, names, nesting, order and one description for each code. Rounds travel as sets, and
what has no place of its own stands in the description under words in brackets. Merges, splits and
the freezing of rounds are not carried.
"""

import re
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from taxonomy.exchange.book import (
    MOST_CATEGORIES,
    MOST_ROUNDS,
    TEXT_LIMITS,
    Book,
    BookCategory,
    BookError,
    BookProblem,
    BookRound,
    checked,
)

NAMESPACE: Final = "urn:QDA-XML:codebook:1.0"
NAMESPACES: Final = frozenset({NAMESPACE, "urn:QDA-XML:codebook:0:4", ""})
SCHEMA: Final = "http://schema.qdasoftware.org/versions/Codebook/v1.0/Codebook.xsd"
ORIGIN: Final = "Candid"
SEPARATOR: Final = "\n"  # between namespace and name, as expat joins them
SECTIONS: Final = (*(name for name in TEXT_LIMITS if name not in {"name", "definition"}), "retired")
MARK: Final = re.compile(rf"^(\\*)\[({'|'.join(SECTIONS)})\]", re.MULTILINE)
SECTION: Final = re.compile(rf"^\[({'|'.join(SECTIONS)})\] ?", re.MULTILINE)
ESCAPED: Final = re.compile(rf"^\\(\\*\[(?:{'|'.join(SECTIONS)})\])", re.MULTILINE)
ROUND_SET: Final = re.compile(r"Round (\d{1,2}): (.*)", re.DOTALL)
NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
PIECE: Final = 1 << 16
MOST_NESTED: Final = 100  # elements, known or not: the parser keeps every open one
ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = {
    "CodeBook": frozenset({"origin"}),
    "Code": frozenset({"guid", "name", "isCodable", "color"}),
    "Set": frozenset({"guid", "name"}),
    "MemberCode": frozenset({"guid"}),
}
MAY_STAND_IN: Final[Mapping[str, frozenset[str]]] = {
    "CodeBook": frozenset({""}),
    "Codes": frozenset({"CodeBook"}),
    "Code": frozenset({"Codes", "Code"}),
    "Sets": frozenset({"CodeBook"}),
    "Set": frozenset({"Sets"}),
    "MemberCode": frozenset({"Set"}),
    "Description": frozenset({"Code", "Set"}),
}

# -- Writing ----------------------------------------------------------------------------------


def write_qdc(book: Book) -> bytes:
    """The standing categories of a book as a codebook that is valid against the standard.

    Raises BookError where there is none: the standard knows no codebook without a code.
    """
    rows = [row for row in book.categories if row.merged_into is None]
    if not rows:
        raise BookError("nothing_to_write")
    below: dict[str | None, list[BookCategory]] = defaultdict(list)
    for row in rows:
        below[row.parent].append(row)
    return "\n".join([*_head(), *_codes(None, below, "    "), *_tail(book, rows), ""]).encode()


def _head() -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield (
        f'<CodeBook xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:schemaLocation="{NAMESPACE} {SCHEMA}" origin="{ORIGIN}">'
    )
    yield "  <Codes>"


def _codes(
    above: str | None, below: Mapping[str | None, list[BookCategory]], indent: str
) -> Iterator[str]:
    for row in below.get(above, ()):
        codable = "false" if row.retired else "true"
        head = f"guid={_attribute(row.uid)} name={_attribute(row.texts['name'])}"
        yield f'{indent}<Code {head} isCodable="{codable}">'
        description = _description(row)
        if description:
            yield f"{indent}  <Description>{_content(description)}</Description>"
        yield from _codes(row.key, below, indent + "  ")
        yield f"{indent}</Code>"


def _tail(book: Book, rows: list[BookCategory]) -> Iterator[str]:
    yield "  </Codes>"
    yield "  <Sets>"
    for level in book.rounds:
        name = _attribute(f"Round {level.position}: {level.name}")
        yield f"    <Set guid={_attribute(level.uid)} name={name}>"
        for row in rows:
            if row.round == level.position:
                yield f"      <MemberCode guid={_attribute(row.uid)}/>"
        yield "    </Set>"
    yield "  </Sets>"
    yield "</CodeBook>"


def _description(row: BookCategory) -> str:
    """The definition, and below it what the standard has no place for."""
    parts = [_marked(row.texts.get("definition", ""))]
    parts += [f"[{name}] {_marked(text)}" for name in SECTIONS if (text := row.texts.get(name))]
    if row.retired:
        parts.append("[retired] yes")
    return "\n".join(parts if parts[0] or len(parts) > 1 else [])


def _marked(text: str) -> str:
    """The text with a backslash before what would read as one of our words in brackets."""
    return MARK.sub(r"\\\g<0>", text)


def _attribute(text: str) -> str:
    return quoteattr(NOT_IN_XML.sub("", text))


def _content(text: str) -> str:
    return escape(NOT_IN_XML.sub("", text), {"\r": "&#13;"})


# -- Reading ----------------------------------------------------------------------------------


def read_qdc(content: bytes) -> Book:
    """The book that a codebook says; both namespaces, with or without a byte order mark.

    Rounds are the sets that Candid writes, where they name every code, else the depths of nesting.
    Raises BookError for a document type or an entity, a guid that is missing, malformed or there
    twice, a member that is no code, and for more codes or longer names than a scheme takes.
    """
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=SEPARATOR)
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    reader.line = lambda: int(parser.CurrentLineNumber)
    try:
        for at in range(0, len(content), PIECE):
            parser.Parse(content[at : at + PIECE], False)  # noqa: FBT003  (expat takes it so)
        parser.Parse(b"", True)  # noqa: FBT003
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise BookError("not_xml", line=getattr(error, "lineno", None)) from None
    return checked(reader.book())


def _refuse_doctype(*_: object) -> None:
    raise BookError("doctype")


def _guid(attributes: Mapping[str, str], line: int) -> str:
    """An id as we write it: lower case, without braces."""
    text = attributes.get("guid", "").strip()
    bare = text[1:-1] if text.startswith("{") and text.endswith("}") else text
    try:
        known = str(uuid.UUID(bare))
    except ValueError:
        raise BookError("bad_id", line=line, id=text[:60]) from None
    if known != bare.lower():
        raise BookError("bad_id", line=line, id=text[:60])
    return known


class _Code:
    """One code as it is read."""

    def __init__(
        self, uid: str, name: str, parent: str | None, depth: int, line: int, *, codable: bool
    ) -> None:
        self.uid, self.name, self.parent = uid, name, parent
        self.depth, self.line, self.codable = depth, line, codable
        self.description: list[str] = []


class _Set:
    """One set as it is read."""

    def __init__(self, uid: str, name: str) -> None:
        self.uid, self.name = uid, name
        self.members: list[str] = []


class _Reader:
    """Takes what the parser meets; refuses at once what is too much."""

    def __init__(self) -> None:
        self.codes: dict[str, _Code] = {}
        self.sets: list[_Set] = []
        self.origin = ""
        self.line: Any = None
        self._open: list[str] = []
        self._nested: list[_Code] = []
        self._skipped = 0
        self._unknown: dict[str, int] = {}
        self._coloured: int | None = None
        self._length = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        space, _, name = tag.rpartition(SEPARATOR)
        within = self._open[-1] if self._open else ""
        if not self._open and (name != "CodeBook" or space not in NAMESPACES):
            raise BookError("other_root", name=name[:40])
        if len(self._open) + self._skipped > MOST_NESTED:
            raise BookError("too_many_rounds", line=self.line(), limit=MOST_ROUNDS)
        if self._skipped or within not in MAY_STAND_IN.get(name, frozenset()):
            self._note(name, within)
            self._skipped += 1
            return
        self._open.append(name)
        for extra in attributes.keys() - ATTRIBUTES.get(name, frozenset()):
            if SEPARATOR not in extra:  # what belongs to XML itself
                self._note(f"{name}/@{extra}", name)
        self._begin(name, attributes)

    def _note(self, name: str, _within: str) -> None:
        if not self._skipped and len(self._unknown) < 20:  # noqa: PLR2004  (enough to see)
            self._unknown.setdefault(name[:60], self.line())

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "CodeBook":
            self.origin = attributes.get("origin", "")
        elif name == "Code":
            self._begin_code(attributes)
        elif name == "Set":
            label = attributes.get("name", "")
            self.sets.append(_Set(_guid(attributes, self.line()), label))
        elif name == "MemberCode":
            self.sets[-1].members.append(_guid(attributes, self.line()))
        elif name == "Description":
            self._length = 0

    def _begin_code(self, attributes: dict[str, str]) -> None:
        line, name = self.line(), attributes.get("name", "").strip()
        if len(name) > TEXT_LIMITS["name"]:
            limit = TEXT_LIMITS["name"]
            raise BookError("text_too_long", line=line, field="name", start=name[:40], limit=limit)
        if len(self.codes) >= MOST_CATEGORIES:
            raise BookError("too_many_categories", limit=MOST_CATEGORIES)
        if len(self._nested) >= MOST_ROUNDS:
            raise BookError("too_many_rounds", limit=MOST_ROUNDS)
        uid = _guid(attributes, line)
        if uid in self.codes:
            raise BookError("id_twice", line=line, id=uid)
        parent = self._nested[-1].uid if self._nested else None
        codable = attributes.get("isCodable", "").strip() not in {"false", "0"}
        code = _Code(uid, name, parent, len(self._nested) + 1, line, codable=codable)
        if self._coloured is None and "color" in attributes:
            self._coloured = line
        self.codes[uid] = code
        self._nested.append(code)

    def end(self, _tag: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        if self._open.pop() == "Code":
            self._nested.pop()

    def text(self, text: str) -> None:
        if self._skipped or self._open[-2:] != ["Code", "Description"]:
            return
        self._length += len(text)
        if self._length > sum(TEXT_LIMITS.values()) + 1000:
            limit = TEXT_LIMITS["definition"]
            raise BookError(
                "text_too_long", line=self.line(), field="definition", start=text[:40], limit=limit
            )
        self._nested[-1].description.append(text)

    def book(self) -> Book:
        if not self.codes:
            raise BookError("no_categories")
        for group in self.sets:
            stranger = next((uid for uid in group.members if uid not in self.codes), None)
            if stranger is not None:
                raise BookError("dangling", id=stranger)
        rounds, places, left_out = self._rounds()
        depths = self._depths()
        unknown = [
            BookProblem("unknown_element", line, {"name": name})
            for name, line in self._unknown.items()
        ]
        left = [BookProblem("set_left_out", None, {"name": name[:60]}) for name in left_out[:20]]
        categories = tuple(
            self._category(code, places.get(code.uid) or len(depths) - code.depth + 1)
            for code in self._in_order(places)
        )
        return Book(
            form="qdc",
            rounds=rounds or depths,
            categories=categories,
            by_depth=not rounds,
            notices=(*unknown, *left, *self._not_kept(categories)),
        )

    def _not_kept(self, categories: Sequence[BookCategory]) -> list[BookProblem]:
        """What the standard says of codes and a scheme does not keep."""
        colours = [] if self._coloured is None else [BookProblem("colours", self._coloured)]
        folders = [
            BookProblem("not_codable", row.line, {"name": row.texts["name"][:60]})
            for row in categories
            if not row.retired and not self.codes[row.key].codable
        ]
        return [*colours, *folders[:20]]

    def _rounds(self) -> tuple[tuple[BookRound, ...], dict[str, int], list[str]]:
        """The sets that are rounds and where each code stands; nothing where they do not fit."""
        levels, places, others = [], {}, []
        for group in self.sets:
            match = ROUND_SET.fullmatch(group.name)
            if match is None:
                others.append(group.name)
                continue
            levels.append(BookRound(int(match[1]), match[2], group.uid))
            places.update(dict.fromkeys(group.members, int(match[1])))
        whole = sorted(level.position for level in levels) == list(range(1, len(levels) + 1))
        nested = all(
            code.parent is None or places.get(code.parent) == places.get(uid, 0) + 1
            for uid, code in self.codes.items()
        )
        if not levels or not whole or not nested or places.keys() != self.codes.keys():
            return (), {}, [group.name for group in self.sets]
        return tuple(sorted(levels, key=lambda level: -level.position)), places, others

    def _in_order(self, places: Mapping[str, int]) -> list[_Code]:
        """The codes as the sets that are rounds have them, else as they stand in the file."""
        if not places:
            return list(self.codes.values())
        return [self.codes[uid] for uid in sorted(places, key=lambda uid: -places[uid])]

    def _depths(self) -> tuple[BookRound, ...]:
        deepest = max(code.depth for code in self.codes.values())
        return tuple(BookRound(position, "") for position in range(deepest, 0, -1))

    def _category(self, code: _Code, place: int) -> BookCategory:
        texts = _texts("".join(code.description)) if code.description else {}
        retired = texts.pop("retired", None)
        return BookCategory(
            key=code.uid,
            uid=code.uid,
            line=code.line,
            round=place,
            parent=code.parent,
            texts={"name": code.name, **texts},
            retired=True if retired else None,
        )


def _texts(description: str) -> dict[str, str]:
    """The definition, and what stands under words in brackets."""
    pieces = SECTION.split(description)
    texts = {"definition": ESCAPED.sub(r"\1", pieces[0].removesuffix("\n")).strip()}
    for name, text in zip(pieces[1::2], pieces[2::2], strict=True):
        texts[name] = ESCAPED.sub(r"\1", text.removesuffix("\n")).strip()
    return texts
