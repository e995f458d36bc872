"""Where something stands, as a badge."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()
BADGE = '<span class="state state-{}">{}</span>'


@register.filter
def badge(state: str, label: object) -> SafeString:
    """Return one state as a badge: its value sets the colour, the words stand in it."""
    return format_html(BADGE, state, label)


@register.filter
def badges(states: Iterable[tuple[str, object]]) -> SafeString:
    """Return states as badges, each a value with its words; a list has a hundred of them."""
    return format_html_join(" ", BADGE, states)
