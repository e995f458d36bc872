"""What stands out in a table, in plain sentences; each is made from a finding and nothing else."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from incidents.paging import shown_decimal, shown_number
from incidents.templatetags.figure_tags import percent_in_words
from reports.queries.table_words import names_in
from reports.queries.times import times_in_words
from taxonomy.choices import Shares
from taxonomy.tabulation.display import percent_shown

LEAST_Q: Final = 0.001

ShareShown = Callable[[int, int | None, float], str]


@dataclasses.dataclass(frozen=True, slots=True)
class StandingOut:
    """One finding as people read it; `cells` are its places, (row, column) of the statistics."""

    sentence: str
    evidence: str
    cells: tuple[tuple[int, int], ...]


def standing_out(answer: Mapping[str, Any]) -> list[StandingOut]:
    """Say the findings of a run in the reader's language, with shares as its table shows them."""
    rows = [row["name"] for row in answer["rows"] if not row["subtotal"]]
    columns, shown = names_in(answer)[1:], _shares_of(answer)
    return [
        StandingOut(_sentence(one, rows, columns, shown), _evidence(one), _cells(one))
        for one in answer["findings"]
    ]


def _shares_of(answer: Mapping[str, Any]) -> ShareShown:
    """How a share is shown: as the cell has it, if it is one and a share of its column."""
    decimals, by_column = answer.get("decimals", 0), answer["shares"] == Shares.COLUMN
    rows = [
        cells
        for row, cells in zip(answer["rows"], answer["shown"], strict=True)
        if not row["subtotal"]
    ]

    def shown(row: int, column: int | None, percent: float) -> str:
        if by_column and column is not None:
            return percent_in_words(rows[row][column + 1])
        return percent_in_words(percent_shown(percent, 100, decimals=decimals))

    return shown


def _cells(one: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    places = [one["column"]] if one["against"] is None else [one["column"], one["against"]]
    return tuple((one["row"], place) for place in places)


def _sentence(
    one: Mapping[str, Any], rows: Sequence[str], columns: Sequence[str], shown: ShareShown
) -> str:
    told = {
        "row": rows[one["row"]],
        "column": columns[one["column"]],
        "percent": shown(one["row"], one["column"], one["percent"]),
        "other": shown(one["row"], one["against"], one["other_percent"]),
    }
    if one["against"] is None:
        return _beside_others(one) % told
    told["against"] = columns[one["against"]]
    if one["times"] is None:
        return _beside_another(one) % told
    return _(
        "Incidents told under “%(column)s” name “%(row)s” %(times)s as often as those under"
        " “%(against)s”: %(percent)s against %(other)s."
    ) % (told | {"times": times_in_words(one["times"])})


def _beside_others(one: Mapping[str, Any]) -> str:
    if one["kind"] == "more":
        return _(
            "Incidents told under “%(column)s” name “%(row)s” more often than those in the other"
            " columns together: %(percent)s against %(other)s."
        )
    return _(
        "Incidents told under “%(column)s” name “%(row)s” less often than those in the other"
        " columns together: %(percent)s against %(other)s."
    )


def _beside_another(one: Mapping[str, Any]) -> str:
    if one["other_percent"] == 0:
        return _(
            "Incidents told under “%(column)s” name “%(row)s” (%(percent)s), those under"
            " “%(against)s” never."
        )
    return _(
        "Incidents told under “%(column)s” name “%(row)s” more often than those under"
        " “%(against)s”: %(percent)s against %(other)s."
    )


def _evidence(one: Mapping[str, Any]) -> str:
    few = one["q"] < LEAST_Q
    q = ("q < " if few else "q = ") + shown_decimal(max(one["q"], LEAST_Q), 3)
    return _("%(q)s with clusters, false discovery rate; bases %(base)s and %(other)s") % {
        "q": q,
        "base": shown_number(one["base"]),
        "other": shown_number(one["other_base"]),
    }
