"""What figures of agreement are written with."""

from collections.abc import Sequence
from html import escape

from django import template
from django.utils.formats import get_format, localize
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from taxonomy.queries.measured import CategoryShown, Figure, Matrix
from taxonomy.queries.reliability import NO_CATEGORY

register = template.Library()

SHADES = 5


@register.filter
def decimals(value: float | None, places: int = 2) -> str:
    """Return a number with so many decimals as the language writes it; a dash for none."""
    if value is None:
        return "–"
    written = f"{round(value, places) + 0:.{places}f}"  # no minus before zero
    return written.replace(".", str(get_format("DECIMAL_SEPARATOR")))


@register.filter
def interval(figure: Figure) -> str:
    """Return the ends of an interval, or nothing."""
    if not figure.has_interval:
        return ""
    return _("%(low)s to %(high)s") % {"low": decimals(figure.low), "high": decimals(figure.high)}


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


@register.simple_tag
def category_rows(categories: Sequence[CategoryShown]) -> SafeString:
    """Return the body of the table of categories; a scheme may have hundreds."""
    few = escape(_("fewer than ten codings"))
    return mark_safe("".join(_category(one, few) for one in categories))  # noqa: S308  (escaped)


def _category(one: CategoryShown, few: str) -> str:
    above = f' <span class="soft small" dir="auto">{escape(one.above)}</span>' if one.above else ""
    head = f'<th scope="row"><span dir="auto">{escape(one.name)}</span>{above}</th>'
    codings = f'<td class="num">{localize(one.ratings)}</td>'
    if one.alpha.why and one.agreement.why:
        why = f'<td colspan="4" class="soft small">{escape(one.alpha.why)}</td>'
        return f"<tr>{head}{codings}{why}</tr>"
    ends = interval(one.alpha) or (f'<span class="soft small">{few}</span>' if one.few else "–")
    agreement, alpha, ac1 = (
        decimals(figure.value, 3) for figure in (one.agreement, one.alpha, one.ac1)
    )
    cells = "".join(f'<td class="num">{cell}</td>' for cell in (agreement, alpha, ends, ac1))
    return f"<tr>{head}{codings}{cells}</tr>"


@register.simple_tag
def confusion_rows(matrix: Matrix, base: str, position: int) -> SafeString:
    """Return the body of a confusion matrix; it has hundreds of cells.

    `base` is the address of what stands behind a cell, or empty where nothing is linked.
    """
    apart = [n for at, row in enumerate(matrix.rows) for to, n in enumerate(row) if at != to]
    most, words = max(apart, default=0), _("%(one)s and %(other)s: %(number)s moments")
    body = []
    for (uid, name), row in zip(matrix.labels, matrix.rows, strict=True):
        cells = []
        for (other, other_name), number in zip(matrix.labels, row, strict=True):
            kind = "same" if uid == other else -(-number * SHADES // most) if most else 0
            shown = localize(number)
            if not number:
                shown = '<span class="soft">–</span>'
            elif base:
                href = escape(_address(base, position, uid, other))
                said = escape(words % {"one": name, "other": other_name, "number": shown})
                shown = f'<a href="{href}" aria-label="{said}">{shown}</a>'
            cells.append(f'<td class="confusion-{kind}">{shown}</td>')
        body.append(f'<tr><th scope="row" dir="auto">{escape(name)}</th>{"".join(cells)}</tr>')
    return mark_safe("".join(body))  # noqa: S308  (each part is escaped)


def _address(base: str, position: int, one: str, other: str) -> str:
    return f"{base}?round={position}&a={one or NO_CATEGORY}&b={other or NO_CATEGORY}"


@register.simple_tag
def confusion_url(base: str, position: int, one: str, other: str) -> str:
    """Return the address of the moments behind two categories."""
    return _address(base, position, one, other)
