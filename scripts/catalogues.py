"""The catalogues of translations: python -m scripts.catalogues collect|compile.

`collect` brings locale/<language>/LC_MESSAGES/django.po in step with the code and the templates,
`compile` writes the .mo files that Django reads. Both do without GNU gettext, which a machine
that only installs Candid may lack.
"""

import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("fr", "de")
APPS = ("config", "incidents", "taxonomy", "reports")
WIDTH = 100
COMMENT = "# Written by `make messages`; the words by hand."
UNSTABLE = (
    '"Project-Id-Version',
    '"Report-Msgid-Bugs-To',
    '"POT-Creation-Date',
    '"PO-Revision-Date',
    '"Last-Translator',
    '"Language-Team',
    '"Generated-By',
)
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def main(arguments: list[str]) -> int:
    """Do what the first argument says; 2 when it says nothing known."""
    match arguments:
        case ["collect"]:
            act = collect
        case ["compile"]:
            act = compile_one
        case _:
            sys.stderr.write(__doc__)
            return 2
    for language in LANGUAGES:
        act(language)
    return 0


def path_of(language: str) -> Path:
    """Return the catalogue of a language, which need not exist yet."""
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """Return the catalogue of a language as it stands, empty when there is none."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8")


def collect(language: str) -> None:
    """Add what the product says now to a catalogue, and drop what it no longer says."""
    before = read(language)
    after = Catalog(locale=language, charset="utf-8", fuzzy=False, header_comment=COMMENT)
    for message in messages():
        if message.id:
            known = before.get(_key(message.id), message.context)
            after.add(
                message.id,
                known.string if known else None,
                context=message.context,
                auto_comments=message.auto_comments,
            )
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_written(after), encoding="utf-8")


def _written(catalog: Catalog) -> str:
    """Return a catalogue as text, without the lines that differ from one writing to the next."""
    file = io.BytesIO()
    write_po(file, catalog, width=WIDTH, sort_output=True)
    lines = file.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(UNSTABLE))


def compile_one(language: str) -> None:
    """Write the file that Django reads from a catalogue, if there is one."""
    path = path_of(language)
    if path.exists():
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, read(language))


def messages() -> Catalog:
    """Return everything that the code and the templates say through gettext."""
    catalog = Catalog(charset="utf-8")
    for path in sources():
        for found, context, comments in messages_in(path):
            catalog.add(found, context=context, auto_comments=comments)
    return catalog


def sources() -> Iterator[Path]:
    """Go through the files in which sentences stand, in a stable order."""
    for app in APPS:
        yield from sorted((ROOT / app).rglob("*.py"))
    yield from sorted((ROOT / "templates").rglob("*.*"))


def messages_in(path: Path) -> Iterator[tuple[str | tuple[str, str], str | None, list[str]]]:
    """Go through the messages of one file: a sentence or a pair, its context, its comments."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        text = "\n".join(line.strip() for line in templatize(text).splitlines())
    found: Any = extract_python(io.BytesIO(text.encode()), KEYWORDS, ["Translators:"], {})
    for _line, function, said, comments in found:
        message, context = _parted(function, said)
        if message:
            yield message, context, comments


def _parted(
    function: str, said: str | tuple[str | None, ...]
) -> tuple[str | tuple[str, str] | None, str | None]:
    """Part what a call says into its message and its context."""
    words = [said] if isinstance(said, str) else list(said)
    if any(word is None for word in words[: _needed(function)]):
        return None, None  # a variable: its words are marked where they stand
    strings = [word for word in words if word is not None]
    context = strings.pop(0) if "pgettext" in function else None
    if function.startswith("n"):
        return (strings[0], strings[1]), context
    return strings[0], context


def _needed(function: str) -> int:
    return 1 + ("pgettext" in function) + function.startswith("n")


def _key(message: str | Sequence[str]) -> str:
    return message if isinstance(message, str) else message[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
