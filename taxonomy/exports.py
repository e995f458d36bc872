"""Files handed out: what they hold, cell by cell."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from incidents.models import Import
from taxonomy.models import Scheme
from taxonomy.queries.answers import Answer, Cell
from taxonomy.queries.import_words import KIND_TITLES
from taxonomy.queries.imports import refused_rows
from taxonomy.queries.recoding_shown import RoundAgain
from taxonomy.reliability.results import WEIGHTED_KAPPA
from taxonomy.sheets.formulas import harmless
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
    """A line for each pair of categories of two schemes that share moments; shares as decimals.

    Categories by their names: the file maps codebooks, not what tables call them.
    """
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


def answers_csv(rows: Iterable[Answer], columns: Sequence[str]) -> Iterator[str]:
    """Answers of coders as CSV, a line at a time; yes and nothing for true and false."""
    writer = csv.writer(_Line(), lineterminator="\r\n")
    yield BYTE_ORDER_MARK
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([_cell(row[name]) for name in columns])


def _cell(value: Cell) -> str | int:
    if isinstance(value, bool):
        return "yes" if value else ""
    return value if isinstance(value, int) else harmless(value or "")


def answers_json(rows: Iterable[Answer], columns: Sequence[str]) -> Iterator[str]:
    """Answers of coders as one JSON list, an object on each line."""
    before = "[\n"
    for row in rows:
        yield before + json.dumps({name: row[name] for name in columns}, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def reliability_csv(
    answer: Mapping[str, Any], names: Mapping[str, str], again: Iterable[RoundAgain] = ()
) -> bytes:
    """A line for each figure of a report on agreement; `names` are those of coders by uid.

    `again`: how steady coders are, where some coded earlier work again.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_RELIABILITY)
    for kept in answer["rounds"]:
        writer.writerows(_figures_of_round(kept, answer, names))
    for round_again in again:
        writer.writerows(_figures_again(round_again))
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


_RELIABILITY = (  # the same in every language, for programs
    *("round", "of", "name", "coefficient", "value", "low", "high", "undefined"),
    *("moments", "coders", "codings", "categories", "missing"),
)
_COUNTED = ("units", "coders", "ratings", "k", "missing")


def _figures_of_round(
    kept: Mapping[str, Any], answer: Mapping[str, Any], names: Mapping[str, str]
) -> Iterator[list[Any]]:
    name, counts = plain(kept["name"]), [kept[one] for one in _COUNTED]
    second, batches = kept["second"], {one["uid"]: one["name"] for one in answer["batches"]}
    yield from _lines([name, "all", ""], kept["overall"], counts)
    without = [second[one] for one in _COUNTED]
    yield from _lines([name, "unclassifiable missing", ""], second["overall"], without)
    for one in kept["categories"]:
        category = plain(PATH_SEPARATOR.join(one["path"]) or _("Cannot be classified"))
        own = [*counts[:2], one["ratings"], "", ""]
        yield from _lines([name, "category", category], one["figures"], own)
    for one in kept["batches"]:
        own = [one[number] for number in _COUNTED]
        yield from _lines([name, "batch", plain(batches[one["uid"]])], one["overall"], own)
    for pair in kept["pairs"]:
        two = plain(" / ".join(names.get(pair[who], "") for who in ("first", "second")))
        for figure in ("agreement", "kappa", "standard_error", "kappa_max"):
            value = "" if pair[figure] is None else pair[figure]
            yield [name, "pair", two, figure, value, "", "", "", pair["units"], 2, "", "", ""]
        if pair.get("weighted"):
            counts = [pair["units"], 2, "", "", ""]
            yield from _lines([name, "pair", two], {WEIGHTED_KAPPA: pair["weighted"]}, counts)


def _figures_again(shown: RoundAgain) -> Iterator[list[Any]]:
    """All coders first, without a name, then one by one; each answered its moments twice."""
    coders = len(shown.rows) - 1
    for row in shown.rows:
        head = [plain(shown.name), "same coder again", plain(row.name) if row.uid else ""]
        counts = [row.moments, 1 if row.uid else coders, 2 * row.moments, row.kept["k"], ""]
        yield from _lines(head, row.kept["overall"], counts)
        for figure, number in (("answered_otherwise", row.apart), ("days_between", row.days)):
            yield [*head, figure, "" if number is None else number, "", "", "", *counts]


def _lines(
    head: list[str], figures: Mapping[str, Mapping[str, Any]], counts: list[Any]
) -> Iterator[list[Any]]:
    for coefficient, figure in figures.items():
        numbers = [figure.get(end) for end in ("value", "low", "high")]
        shown = ["" if number is None else number for number in numbers]
        yield [*head, coefficient, *shown, figure.get("undefined", ""), *counts]
