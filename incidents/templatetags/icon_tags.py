"""Icons: symbols of one file, drawn by us."""

import functools

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
ICON = '<svg class="icon" {} focusable="false"><use href="{}#{}"></use></svg>\n'
HIDDEN = SafeString('aria-hidden="true"')  # words stand beside it


@register.simple_tag
def icon(name: str, alt: str = "") -> SafeString:
    """Return a symbol of static/img/icons.svg; with `alt` where it stands alone."""
    said = format_html('role="img" aria-label="{}"', alt) if alt else HIDDEN
    return format_html(ICON, said, _sprite(), name)


@functools.cache
def _sprite() -> str:
    return static("img/icons.svg")
