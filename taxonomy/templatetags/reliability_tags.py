"""What figures of agreement are written with."""

from html import escape
from urllib.parse import urlencode

from django import template
from django.template.defaultfilters import floatformat
from django.utils.formats import localize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from taxonomy.queries.measured import Figure, Matrix
from taxonomy.queries.reliability import NO_CATEGORY

register = template.Library()

SHADES = 5


@register.filter
def decimals(value: float | None, places: int = 2) -> str:
    """Return a number with so many decimals as the language writes it; a dash for none."""
    return "–" if value is None else floatformat(value, places)


@register.filter
def interval(figure: Figure) -> str:
    """Return the ends of an interval, or nothing."""
    if not figure.has_interval:
        return ""
    ends = {"low": floatformat(figure.low, 2), "high": floatformat(figure.high, 2)}
    return _("%(low)s to %(high)s") % ends


@register.simple_tag
def confusion_rows(matrix: Matrix, base: str, position: int) -> SafeString:
    """Return the body of a confusion matrix; it has hundreds of cells.

    `base` is the address of what stands behind a cell, or empty where nothing is linked.
    """
    apart = [n for at, row in enumerate(matrix.rows) for to, n in enumerate(row) if at != to]
    most = max(apart, default=0)
    words = _("%(one)s and %(other)s: %(number)s moments")
    body = []
    for (uid, name), row in zip(matrix.labels, matrix.rows, strict=True):
        cells = [
            _cell(
                number,
                shade=-(-number * SHADES // most) if most else 0,
                same=uid == other,
                href=_address(base, position, uid, other) if base and number else "",
                said=words % {"one": name, "other": other_name, "number": localize(number)},
            )
            for (other, other_name), number in zip(matrix.labels, row, strict=True)
        ]
        body.append(f'<tr><th scope="row" dir="auto">{escape(name)}</th>{"".join(cells)}</tr>')
    return mark_safe("".join(body))  # noqa: S308  (each part is escaped)


def _cell(number: int, *, shade: int, same: bool, href: str, said: str) -> str:
    kind = "confusion-same" if same else f"confusion-{shade}"
    if not number:
        return f'<td class="{kind}"><span class="soft">–</span></td>'
    shown = localize(number)
    if not href:
        return f'<td class="{kind}">{shown}</td>'
    return (
        f'<td class="{kind}"><a href="{escape(href)}" aria-label="{escape(said)}">{shown}</a></td>'
    )


def _address(base: str, position: int, one: str, other: str) -> str:
    asked = {"round": position, "a": one or NO_CATEGORY, "b": other or NO_CATEGORY}
    return f"{base}?{urlencode(asked)}"


@register.simple_tag
def confusion_url(base: str, position: int, one: str, other: str) -> str:
    """Return the address of the moments behind two categories."""
    return _address(base, position, one, other)
