"""What the results of a sort are written with."""

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString, mark_safe

from incidents.templatetags.figure_tags import per_cent

register = template.Library()

SHADES = 5


@register.filter
def in_per_cent(share: float) -> str:
    """Return a share between 0 and 1 in whole per cent, as the language writes it."""
    return per_cent(round(share * 100))


@register.filter
def share_cells(shares: Iterable[int | None]) -> SafeString:
    """Return half a row of the similarity matrix: its cells, shaded; a page has thousands."""
    cells = (
        f'<td class="share-{-(-share * SHADES // 100)}">{int(share)}</td>' if share else "<td></td>"
        for share in shares
    )
    return mark_safe("".join(cells))  # noqa: S308  (numbers)
