"""Quotes as a file: as text to paste into a document, or a line for each."""

import csv
import io
from collections.abc import Sequence

from django.utils.translation import gettext as _

from reports.exports.tables import BOM, FORMULA_STARTS
from reports.queries.quotes import Quotable


def as_text(quotes: Sequence[Quotable]) -> bytes:
    """Each quote with who told it, and an empty line between them."""
    return (BOM + "\r\n\r\n".join(_lines(quote.line) for quote in quotes) + "\r\n").encode()


def as_csv(quotes: Sequence[Quotable]) -> bytes:
    """Words, who told them, and their language; what a spreadsheet would run has an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_("Words"), _("Told by"), _("Language")])
    for quote in quotes:
        writer.writerow(map(_harmless, (quote.words, quote.attribution, quote.language)))
    return (BOM + text.getvalue()).encode()


def _lines(text: str) -> str:
    return "\r\n".join(text.splitlines())


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
