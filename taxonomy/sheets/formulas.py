"""Cells that a spreadsheet would take for a formula, kept from it and read back."""

import re
from typing import Final

FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n]")


def harmless(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def as_written(cell: str) -> str:
    """The cell without the apostrophe that kept it from being a formula."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell
