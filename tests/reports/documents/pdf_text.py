"""What a screen reader finds in a tagged PDF as Typst writes it: its texts, and its tables."""

import re
import zlib

OBJECT = re.compile(rb"\n(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
STREAM = re.compile(rb"stream\r?\n(.*)\r?\nendstream", re.DOTALL)
TOKEN = re.compile(rb"/(f\d+) |/MCID (\d+)>>BDC|(BDC|BMC)|(EMC)|/ActualText([(<])|(\()")
PIECE = re.compile(rb"\\.|[^()\\]+|[()]", re.DOTALL)
ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
BREAKS = dict.fromkeys(map(ord, "\N{ZERO WIDTH SPACE}\N{SOFT HYPHEN}"))  # where lines may break
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def tables_in(pdf: bytes) -> list[list[list[str]]]:
    """Return each table as rows of cells, in the order of the document."""
    return _Pdf(pdf).tables()


def text_in(pdf: bytes) -> str:
    """Return all text that is tagged, a line for each marked piece."""
    return "\n".join(_Pdf(pdf).texts.values())


class _Pdf:
    """The objects of a file, and the text of each marked piece by page and number."""

    def __init__(self, pdf):
        self.objects = {int(found[1]): found[2] for found in OBJECT.finditer(pdf)}
        self.texts = {}
        for number, body in self.objects.items():
            if b"/Type/Page/" in body:
                self._read_page(number, body)

    def tables(self):
        found = [body for body in self.objects.values() if b"/S/Table/" in body]
        return [self._rows(table) for table in found]

    def _rows(self, body):
        kids = self._kids(body)
        if _kind(body) == "TR":
            return [[self._said(cell) for cell in kids]]
        return [row for kid in kids for row in self._rows(kid)]

    def _said(self, body):
        """The text of an element and of what is in it."""
        page = re.search(rb"/Pg (\d+) 0 R", body)
        kids = re.search(rb"/K\[([^\]]*)\]", body)
        pieces = re.findall(rb"(\d+) 0 R|(\d+)", kids[1] if kids else b"")
        return "".join(
            self._said(self.objects[int(element)])
            if element
            else self.texts.get((int(page[1]), int(marked)), "")
            for element, marked in pieces
        ).strip()

    def _kids(self, body):
        found = re.search(rb"/K\[([^\]]*)\]", body)
        kids = (self.objects[int(kid)] for kid in re.findall(rb"(\d+) 0 R", found[1]))
        return [kid for kid in kids if b"/Type/StructElem" in kid]

    def _read_page(self, number, body):
        fonts = self._fonts(self._named(body, rb"Resources"))
        content = _inflated(self._named(body, rb"Contents"))
        for marked, text in _marked_texts(content, fonts):
            known = self.texts.get((number, marked), "")
            self.texts[number, marked] = known + text.translate(BREAKS)

    def _fonts(self, resources):
        fonts = re.search(rb"/Font<<(.*?)>>", resources, re.DOTALL)
        named = re.findall(rb"/(f\d+) (\d+) 0 R", fonts[1] if fonts else b"")
        return {name: _letters(self._unicode(int(at))) for name, at in named}

    def _unicode(self, font):
        return _inflated(self._named(self.objects[font], rb"ToUnicode"))

    def _named(self, body, name):
        return self.objects[int(re.search(rb"/" + name + rb" (\d+) 0 R", body)[1])]


def _kind(body):
    return re.search(rb"/S/(\w+)", body)[1].decode()


def _inflated(body):
    return zlib.decompress(STREAM.search(body)[1])


def _letters(table):
    """The letters of each glyph, from a font's table of characters."""
    pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>\n", table)
    return {
        int(glyph, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for glyph, text in pairs
    }


def _marked_texts(content, fonts):
    """Yield each text with the number of the piece it is in; what is no piece is left out."""
    font, instead, inside, at = {}, None, [], 0
    while token := TOKEN.search(content, at):
        at = token.end()
        name, marked, begins, ends, actual, string = token.groups()
        if name:
            font = fonts[name]
        elif marked:
            inside.append(int(marked))
        elif begins:  # what has another text has said it; any other is decoration
            if instead is not None and inside:
                yield inside[-1], instead
            inside.append(inside[-1] if inside and instead is None else None)
            instead = None
        elif ends:
            inside.pop()
        elif actual:
            instead, at = _actual(content, at - 1)
        elif string:
            glyphs, at = _string(content, at)
            if inside and inside[-1] is not None:
                yield inside[-1], _letters_of(ESCAPED.sub(_byte, glyphs), font)


def _letters_of(glyphs, font):
    pairs = zip(glyphs[::2], glyphs[1::2], strict=True)
    return "".join(font.get(high * 256 + low, UNKNOWN) for high, low in pairs)


def _actual(content, at):
    """The text that stands for glyphs, and where it ends."""
    if content[at : at + 1] == b"<":
        end = content.index(b">", at)
        said = bytes.fromhex(content[at + 1 : end].decode())
    else:
        said, end = _string(content, at + 1)
        said = ESCAPED.sub(_byte, said)
    return said.removeprefix(b"\xfe\xff").decode(
        "utf-16-be" if said[:1] == b"\xfe" else "latin-1"
    ), end


def _string(content, start):
    """The string that begins here and where it ends; brackets in pairs belong to it."""
    at, depth = start, 1
    while depth:
        piece = PIECE.match(content, at)
        depth += {b"(": 1, b")": -1}.get(piece[0], 0)
        at = piece.end()
    return content[start : at - 1], at


def _byte(escaped):
    said = escaped[1]
    return bytes([int(said, 8)]) if said.isdigit() else LETTERS.get(said, said)
