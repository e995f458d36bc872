"""What figures of agreement are written with; rows at once, of which a scheme has hundreds."""

from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import urlencode

from django import template
from django.utils.formats import get_format, localize
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from taxonomy.queries.measured import (
    CategoryShown,
    Confused,
    Figure,
    Line,
    Matrix,
    PairShown,
    Panel,
)
from taxonomy.queries.reliability import NO_CATEGORY

register = template.Library()

SHADES = 5
CELL = '<td class="confusion-{kind}">{shown}</td>'
BEHIND = '<a href="{address}" aria-label="{said}">{shown}</a>'
NOTHING = '<span class="soft">–</span>'


class Hand:
    """Writes numbers in the language of the reader, which it asks for once."""

    def __init__(self) -> None:
        self._point = str(get_format("DECIMAL_SEPARATOR"))
        self._between = _("%(low)s to %(high)s")

    def decimals(self, value: float | None, places: int = 2) -> str:
        """Return a number with so many decimals; a dash for none."""
        if value is None:
            return "–"
        return f"{round(value, places) + 0:.{places}f}".replace(".", self._point)  # never minus 0

    def interval(self, figure: Figure) -> str:
        """Return the ends of an interval, or nothing."""
        if not figure.has_interval:
            return ""
        ends = {"low": self.decimals(figure.low), "high": self.decimals(figure.high)}
        return self._between % ends


@register.filter
def decimals(value: float | None, places: int = 2) -> str:
    """Return a number with so many decimals as the language writes it; a dash for none."""
    return Hand().decimals(value, places)


@register.filter
def interval(figure: Figure) -> str:
    """Return the ends of an interval, or nothing."""
    return Hand().interval(figure)


@register.simple_tag
def point_change(before: float | None, after: float | None) -> SafeString:
    """Return a figure before and after, to three decimals; one alone where both look the same."""
    former, later = decimals(before, 3), decimals(after, 3)
    if former == later:
        return format_html("{} {}", later, _("as before"))
    then = _("then")
    return format_html(
        '<span class="figure-before">{}</span><span aria-hidden="true"> → </span>'
        '<span class="visually-hidden">, {} </span>{}',
        former,
        then,
        later,
    )


def _together(parts: Iterable[str]) -> SafeString:
    return mark_safe("".join(parts))  # noqa: S308  (each part is escaped)


def _cells(cells: Iterable[str]) -> str:
    return "".join([f'<td class="num">{cell}</td>' for cell in cells])


# -- Rounds -----------------------------------------------------------------------------------


@register.simple_tag
def coefficient_rows(lines: Sequence[Line]) -> SafeString:
    """Return the body of the table of a round: its coefficients."""
    hand, undefined = Hand(), f'<span class="small">{escape(_("undefined"))}</span>'
    return _together(_coefficient(line, hand, undefined) for line in lines)


def _coefficient(line: Line, hand: Hand, undefined: str) -> str:
    figure, second = line.figure, line.second
    if figure.why:
        value = f'<td colspan="2" class="soft small">{escape(figure.why)}</td>'
    else:
        value = _cells([hand.decimals(figure.value, 4), escape(hand.interval(figure)) or "–"])
    head = f'<th scope="row">{escape(line.name)}</th>'
    if second.why and second.why != figure.why:
        return f'<tr>{head}{value}<td class="soft small">{escape(second.why)}</td></tr>'
    other = undefined if second.why else hand.decimals(second.value, 4)
    return f'<tr>{head}{value}<td class="num soft">{other}</td></tr>'


@register.simple_tag
def panel_rows(panels: Sequence[Panel]) -> SafeString:
    """Return the body of the table that says what small charts show, a line for each point."""
    hand, beside = Hand(), zip(*(panel.points for panel in panels), strict=True)
    return _together(_points(points, hand) for points in beside)


def _points(points: Sequence[tuple[int, str, Figure]], hand: Hand) -> str:
    number, name, _figure = points[0]
    head = f'<span class="soft num">{number}</span> <span dir="auto">{escape(name)}</span>'
    cells = _cells([_with_interval(figure, hand) for *_named, figure in points])
    return f'<tr><th scope="row">{head}</th>{cells}</tr>'


def _with_interval(figure: Figure, hand: Hand) -> str:
    ends = hand.interval(figure)
    also = f' <span class="soft small">{escape(ends)}</span>' if ends else ""
    return hand.decimals(figure.value) + also


@register.simple_tag
def pair_rows(pairs: Sequence[PairShown], weighted: object) -> SafeString:
    """Return the body of the table of pairs of coders; ten coders are 45 pairs."""
    hand = Hand()
    return _together(_pair(pair, hand, weighted=bool(weighted)) for pair in pairs)


def _pair(pair: PairShown, hand: Hand, *, weighted: bool) -> str:
    kept, two = pair.kept, (pair.first, pair.second)
    head = " · ".join([f'<span dir="auto">{escape(name)}</span>' for name in two])
    figures = ("agreement", "kappa", "standard_error", "kappa_max")
    cells = [localize(kept["units"]), *(hand.decimals(kept[name], 4) for name in figures)]
    if weighted:
        ends = hand.interval(pair.weighted)
        also = f' <span class="soft">({escape(ends)})</span>' if ends else ""
        cells.append(hand.decimals(pair.weighted.value, 4) + also)
    return f'<tr><th scope="row">{head}</th>{_cells(cells)}</tr>'


@register.simple_tag
def kappa_matrix(pairs: Sequence[PairShown]) -> SafeString:
    """Return head and body of a matrix of coders, with Cohen's kappa of each two."""
    hand = Hand()
    names: dict[str, str] = {}
    kappas: dict[frozenset[str], float | None] = {}
    for pair in pairs:
        first, second = pair.kept["first"], pair.kept["second"]
        names |= {first: pair.first, second: pair.second}
        kappas[frozenset((first, second))] = pair.kept["kappa"]
    heads = [
        f'<th scope="col" class="num" dir="auto">{escape(name)}</th>' for name in names.values()
    ]
    rows = [
        f'<tr><th scope="row" dir="auto">{escape(name)}</th>'
        + _cells([hand.decimals(kappas.get(frozenset((one, other)))) for other in names])
        + "</tr>"
        for one, name in names.items()
    ]
    return _together(["<thead><tr><td></td>", *heads, "</tr></thead><tbody>", *rows, "</tbody>"])


# -- Categories -------------------------------------------------------------------------------


@register.simple_tag
def category_rows(categories: Sequence[CategoryShown]) -> SafeString:
    """Return the body of the table of categories."""
    hand, few = Hand(), f'<span class="soft small">{escape(_("fewer than ten codings"))}</span>'
    return _together(_category(one, hand, few) for one in categories)


def _category(one: CategoryShown, hand: Hand, few: str) -> str:
    above = f' <span class="soft small" dir="auto">{escape(one.above)}</span>' if one.above else ""
    head = f'<th scope="row"><span dir="auto">{escape(one.name)}</span>{above}</th>'
    codings = localize(one.ratings)
    if one.alpha.why and one.agreement.why:
        why = f'<td colspan="5" class="soft small">{escape(one.alpha.why)}</td>'
        return f"<tr>{head}{_cells([codings])}{why}</tr>"
    ends = escape(hand.interval(one.alpha)) or (few if one.few else "–")
    agreement, alpha, kappa, ac1 = (
        hand.decimals(figure.value, 3) for figure in (one.agreement, one.alpha, one.kappa, one.ac1)
    )
    return f"<tr>{head}{_cells([codings, agreement, alpha, ends, kappa, ac1])}</tr>"


# -- Confusion --------------------------------------------------------------------------------


@register.simple_tag
def confusion_rows(matrix: Matrix, base: str, position: int) -> SafeString:
    """Return the body of a confusion matrix; it has hundreds of cells.

    `base` is the address of what stands behind a cell, or empty where nothing is linked.
    """
    labels = [(escape(uid or NO_CATEGORY), escape(name)) for uid, name in matrix.labels]
    write = _Cells(matrix, asked=f"{escape(base)}?round={position}" if base else "")
    return _together(
        part
        for one, row in zip(labels, matrix.rows, strict=True)
        for part in (
            f'<tr><th scope="row" dir="auto">{one[1]}</th>',
            *(write.cell(one, other, number) for other, number in zip(labels, row, strict=True)),
            "</tr>",
        )
    )


class _Cells:
    """Writes the cells of a matrix, darker where two categories were confused more often."""

    def __init__(self, matrix: Matrix, *, asked: str) -> None:
        numbers = {number for row in matrix.rows for number in row if number}
        apart = (n for at, row in enumerate(matrix.rows) for to, n in enumerate(row) if at != to)
        self._asked = asked
        self._written = {number: localize(number) for number in numbers}
        self._most = max(apart, default=0) or 1
        self._said = escape(_("%(one)s and %(other)s: %(number)s moments"))

    def cell(self, one: tuple[str, str], other: tuple[str, str], number: int) -> str:
        """Return a cell between two categories, each the uid and the name, escaped."""
        shown = self._written.get(number, NOTHING)
        if number and self._asked:
            shown = BEHIND.format(
                address=f"{self._asked}&amp;a={one[0]}&amp;b={other[0]}",
                said=self._said % {"one": one[1], "other": other[1], "number": shown},
                shown=shown,
            )
        kind = "same" if one == other else -(-number * SHADES // self._most)
        return CELL.format(kind=kind, shown=shown)


@register.simple_tag
def confused_items(confused: Sequence[Confused], base: str, position: int) -> SafeString:
    """Return the pairs of categories taken for each other as items of a list."""
    return _together(_confused(one, base, position) for one in confused)


def _confused(one: Confused, base: str, position: int) -> str:
    first, second = (
        f'<span dir="auto">{escape(name)}</span>' for name in (one.first_name, one.second_name)
    )
    words = ngettext("%(number)s moment", "%(number)s moments", one.number)
    shown = escape(words % {"number": localize(one.number)})
    if base:
        asked = {"round": position, "a": one.first or NO_CATEGORY, "b": one.second or NO_CATEGORY}
        shown = f'<a href="{escape(base)}?{escape(urlencode(asked))}">{shown}</a>'
    return f"<li>{first} – {second}: {shown}</li>"
