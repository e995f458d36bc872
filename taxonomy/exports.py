"""Files handed out: what they hold, cell by cell."""

import csv
import io
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from incidents.models import Import
from taxonomy.models import Scheme
from taxonomy.queries.import_words import KIND_TITLES
from taxonomy.queries.imports import refused_rows
from taxonomy.tabulation.against import Link
from taxonomy.tabulation.specification import PATH_SEPARATOR
from taxonomy.tabulation.tree import Node, Tree

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


def crosswalk_csv(
    here: Scheme,
    there: Scheme,
    trees: tuple[Tree, Tree],
    walk: Iterable[tuple[Node, list[Link]]],
) -> bytes:
    """A line for each pair of categories of two schemes that share moments; shares as decimals."""
    own, other = trees
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([plain(here.name), plain(there.name), *_CROSSWALK()])
    for node, links in walk:
        for link in links:
            writer.writerow(
                [
                    plain(PATH_SEPARATOR.join(own.path(node))),
                    plain(PATH_SEPARATOR.join(other.path(link.node))),
                    link.shared,
                    link.of_here,
                    link.of_there,
                    *(_share(link.shared, of) for of in (link.of_here, link.of_there, link.either)),
                ]
            )
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


def _CROSSWALK() -> list[str]:  # noqa: N802  (a header, in the reader's language)
    return [
        _("shared moments"),
        _("moments of the first"),
        _("moments of the second"),
        _("share of the first"),
        _("share of the second"),
        _("overlap"),
    ]


def _share(shared: int, of: int) -> str:
    return f"{shared / of:.4f}"
