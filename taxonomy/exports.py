"""Files handed out: what they hold, cell by cell."""

import csv
from collections.abc import Iterator

from incidents.models import Import
from taxonomy.queries.import_words import KIND_TITLES
from taxonomy.queries.imports import refused_rows

BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
BYTE_ORDER_MARK = "\ufeff"  # or a spreadsheet takes the letters for another encoding


class _Line:
    """Takes what a csv writer writes and gives it back."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line


def refused_csv(source: Import) -> Iterator[str]:
    """The rows of an import that were left out, each with its number and the reason."""
    headers = source.options["headers"]
    writer = csv.writer(_Line())
    yield BYTE_ORDER_MARK
    yield writer.writerow(["row", "reason", *(plain(header) for header in headers)])
    for row in refused_rows(source):
        cells = row.extra.get("columns", {})
        reason = str(KIND_TITLES.get(row.reason, row.reason))
        yield writer.writerow(
            [row.number, reason, *(plain(cells.get(header, "")) for header in headers)]
        )


def plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(BEGINS_FORMULA) else cell
