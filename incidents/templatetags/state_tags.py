"""Where something stands, as a badge; and the cells of a list, written at once."""

from collections.abc import Iterable
from html import escape
from typing import Protocol

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
CELL = '<td data-label="{}" dir="auto">{}</td>'
NOTHING = "–"
BADGE = '<span class="state state-{}">{}</span>'


@register.filter
def badge(state: str, label: object) -> SafeString:
    """Return one state as a badge: its value sets the colour, the words stand in it."""
    return format_html(BADGE, state, label)


class Cell(Protocol):
    """What stands in one column of one row: badges, or text."""

    @property
    def label(self) -> str:
        """The column."""

    @property
    def text(self) -> str:
        """What stands there, unless badges do."""

    @property
    def badges(self) -> list[tuple[str, str]]:
        """States with their words."""


@register.filter
def cells(row: Iterable[Cell]) -> SafeString:
    """Return the cells of a row; a page has hundreds, which `format_html` would take long for."""
    written = (CELL.format(escape(cell.label), _content(cell)) for cell in row)
    return mark_safe("\n".join(written))  # noqa: S308  (each part is escaped)


def _content(cell: Cell) -> str:
    states = (BADGE.format(escape(state), escape(words)) for state, words in cell.badges)
    return " ".join(states) or escape(cell.text) or NOTHING
