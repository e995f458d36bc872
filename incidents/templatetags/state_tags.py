"""Where something stands, as a badge; and the cells of a list, written at once."""

from collections.abc import Iterable
from typing import Protocol

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()
CELL = '<td data-label="{}" dir="auto">{}</td>'
NOTHING = "–"
BADGE = '<span class="state state-{}">{}</span>'


@register.filter
def badge(state: str, label: object) -> SafeString:
    """Return one state as a badge: its value sets the colour, the words stand in it."""
    return format_html(BADGE, state, label)


@register.filter
def badges(states: Iterable[tuple[str, object]]) -> SafeString:
    """Return states as badges, each a value with its words; a list has a hundred of them."""
    return format_html_join(" ", BADGE, states)


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
    """Return the cells of a row; a page has hundreds, and a template takes ten times long."""
    return format_html_join(
        "\n",
        CELL,
        (
            (cell.label, badges(cell.badges) if cell.badges else cell.text or NOTHING)
            for cell in row
        ),
    )
