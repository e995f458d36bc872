"""A run as its page draws it: what was kept, and the way to what stands behind a cell today."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from incidents.paging import shown_number
from incidents.templatetags.figure_tags import percent_in_words
from reports.queries.run_words import number, shown_count
from reports.queries.standing_out import standing_out
from reports.queries.table_words import MARKED, marks_of, names_in
from reports.views.figures import EXPLAINED, residual_name
from taxonomy.choices import Residual
from taxonomy.tabulation.display import HIDDEN

MOST_CELLS = 1_500  # of which every interval and residual stands on the page
STRIKING = 2  # an adjusted residual from here on is marked

Answer = Mapping[str, Any]
Address = Callable[[str, str], str]


@dataclasses.dataclass(frozen=True, slots=True)
class RunCell:
    """One figure of a run; `small` is the sign of a small base, with its words in `smallness`."""

    shown: str
    url: str = ""
    label: str = ""
    letters: str = ""
    small: str = ""
    smallness: str = ""
    mark: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class RunRow:
    """One line of figures."""

    label: str
    cells: list[RunCell]
    detail: str = ""
    subtotal: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Detail:
    """What is known of one cell: per cent with a decimal, its interval, its residual."""

    column: str
    percent: str
    interval: str
    residual: str
    striking: bool


def table_of(answer: Answer, address: Address, *, tested: bool) -> dict[str, Any]:
    """Headings and lines of the table; `tested` False leaves statistics out."""
    statistics = answer["statistics"] if tested else None
    rows = list(_rows(answer, address, statistics))
    cells = [cell for row in rows for cell in row.cells]
    return {
        "columns": names_in(answer),
        "letters": _column_letters(answer, statistics),
        "rows": rows,
        "is_lettered": any(cell.letters for cell in cells),
        "is_marked": any(cell.mark for cell in cells),
        "base": _line(answer, _("Base"), "base", answer["base"], address, is_base=True),
        "numbers": list(_numbers(answer)),
        "design": _design(statistics),
        "residuals": [
            _line(answer, residual_name(kind), kind, counts, address)
            for kind, counts in answer["residuals"].items()
            if any(counts) or any(answer["lines_hidden"][kind])
        ],
    }


def _rows(answer: Answer, address: Address, statistics: Answer | None) -> Iterator[RunRow]:
    names, place = names_in(answer), 0
    for row, shown, counts, hidden in zip(
        answer["rows"], answer["shown"], answer["counts"], answer["hidden"], strict=True
    ):
        of_row = None if row["subtotal"] or statistics is None else (statistics, place)
        cells = []
        for at, text in enumerate(shown):
            figure = HIDDEN if hidden[at] else percent_in_words(text)
            leads = counts[at] and not hidden[at]
            cells.append(
                RunCell(
                    shown=figure,
                    url=address(row["uid"], answer["columns"][at]["word"]) if leads else "",
                    label=f"{row['name']}, {names[at]}: {figure}",
                    letters=_letters(of_row, at),
                    mark=_mark(of_row, at),
                )
            )
        within = row.get("within", row["path"][-2] if len(row["path"]) > 1 else "")
        yield RunRow(row["name"], cells, within, row["subtotal"])
        place += 0 if row["subtotal"] else 1


def _letters(of_row: tuple[Answer, int] | None, at: int) -> str:
    """The letters of a cell: with clusters where these are known, else none."""
    if of_row is None or at == 0:
        return ""
    statistics, row = of_row
    lettered = statistics["letters"]["corrected"]
    return lettered[row][at - 1] if lettered else ""


def _mark(of_row: tuple[Answer, int] | None, at: int) -> str:
    """Whether a cell has strikingly more or less than independence would give it."""
    residual = _residual(of_row, at)
    if residual is None or abs(residual) < STRIKING:
        return ""
    return "more" if residual > 0 else "less"


def _residual(of_row: tuple[Answer, int] | None, at: int) -> float | None:
    if of_row is None or at == 0:
        return None
    statistics, row = of_row
    residuals = statistics["adjusted_residuals"]
    return None if residuals is None else residuals[row][at - 1]


def _column_letters(answer: Answer, statistics: Answer | None) -> list[str]:
    if statistics is None or not statistics["letters"]["corrected"]:
        return [""] * len(answer["columns"])
    return ["", *statistics["letters"]["columns"]]


def _line(
    answer: Answer,
    label: str,
    kind: str,
    counts: Sequence[float],
    address: Address,
    *,
    is_base: bool = False,
) -> RunRow:
    names = names_in(answer)
    marks = _marks(answer) if is_base else [""] * len(counts)
    cells = [
        RunCell(
            shown=(shown := HIDDEN if answer["lines_hidden"][kind][at] else shown_count(count)),
            url=address(kind, answer["columns"][at]["word"]) if count else "",
            label=f"{label}, {names[at]}: {shown}",
            small=marks[at],
            smallness=str(MARKED.get(marks[at], "")),
        )
        for at, count in enumerate(counts)
    ]
    return RunRow(label, cells, "" if is_base else str(EXPLAINED[Residual(kind)]))


def _marks(answer: Answer) -> list[str]:
    return marks_of(answer["unweighted"] or answer["base"], answer["shares"])


def _numbers(answer: Answer) -> Iterator[RunRow]:
    words = {
        "moments": _("Moments"),
        "incidents": _("Incidents"),
        "interviews": _("Interviews"),
        "respondents": _("Respondents"),
        "organizations": _("Organizations"),
    }
    for name, label in words.items():
        counts = answer["numbers"][name]
        if counts is not None and not answer["hides"]:
            yield RunRow(label, [RunCell(shown_number(count)) for count in counts])


def _design(statistics: Answer | None) -> RunRow | None:
    if statistics is None or statistics["design_effects"] is None:
        return None
    effects = statistics["design_effects"]["columns"]
    cells = [RunCell(""), *(RunCell(number(effect, 2)) for effect in effects)]
    return RunRow(_("Design effect"), cells, _("How many times the variance of independent units."))


def details_of(answer: Answer) -> list[tuple[str, list[Detail]]] | None:
    """Every cell's figures by row; None where they are too many for a page, or there are none."""
    statistics = answer["statistics"]
    rows = [row for row in answer["rows"] if not row["subtotal"]]
    if statistics is None or len(rows) * len(statistics["columns"]) > MOST_CELLS:
        return None
    names = names_in(answer)[1:]
    return [
        (row["name"], [_detail(statistics, place, at, name) for at, name in enumerate(names)])
        for place, row in enumerate(rows)
    ]


def has_plain_intervals(details: Sequence[tuple[str, list[Detail]]] | None) -> bool:
    """Whether an interval stands in brackets, for it knows no clusters."""
    return any(cell.interval.startswith("(") for _name, cells in details or () for cell in cells)


def _detail(statistics: Answer, row: int, at: int, name: str) -> Detail:
    residual = _residual((statistics, row), at + 1)
    percent = statistics["column_percent"][row][at]
    return Detail(
        column=name,
        percent="–" if percent is None else percent_in_words(f"{number(percent, 1)}%"),
        interval=_interval(statistics, row, at),
        residual=number(residual, 1),
        striking=residual is not None and abs(residual) >= STRIKING,
    )


def _interval(statistics: Answer, row: int, at: int) -> str:
    """With clusters where these are known, else Wilson's, in brackets."""
    corrected = statistics["intervals"]["corrected"]
    if corrected and corrected[row][at][0] is not None:
        return _ends(corrected[row][at])
    plain = statistics["intervals"]["wilson"][row][at]
    return f"({_ends(plain)})" if plain[0] is not None else "–"


def _ends(interval: Sequence[float]) -> str:
    low, high = interval
    return f"{number(100 * low, 1)} – {number(100 * high, 1)}"


@dataclasses.dataclass(frozen=True, slots=True)
class FindingShown:
    """What stands out: a sentence, its evidence, and the way to its cells."""

    sentence: str
    evidence: str
    links: list[tuple[str, str]]


def findings_shown(answer: Answer, address: Address) -> list[FindingShown]:
    """What stands out, each linked to its cells."""
    rows = [row for row in answer["rows"] if not row["subtotal"]]
    names, columns = names_in(answer)[1:], answer["columns"][1:]
    return [
        FindingShown(
            one.sentence,
            one.evidence,
            [(names[at], address(rows[row]["uid"], columns[at]["word"])) for row, at in one.cells],
        )
        for one in standing_out(answer)
    ]


def address_of(start: str, query: str, *, back: str) -> Address:
    """Where a cell of the run leads: what stands behind the same question today, and `back`."""

    def address(row: str, column: str) -> str:
        behind = urlencode({"row": row, "column": column, "back": back})
        return f"{start}?{query}&{behind}" if query else f"{start}?{behind}"

    return address
