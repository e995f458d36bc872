"""The options of a list to choose from, written at once: a study has thousands of organizations."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
Option = Mapping[str, Any]


@register.filter
def options(groups: Iterable[tuple[str | None, list[Option], int]]) -> SafeString:
    """The groups of a select widget's context as HTML; a template for each takes ten times long."""
    written = [
        format_html('<optgroup label="{}">{}</optgroup>', name, _options(group))
        if name
        else _options(group)
        for name, group, _index in groups
    ]
    return mark_safe("\n".join(written))  # noqa: S308  (each part is escaped above)


def _options(group: Iterable[Option]) -> SafeString:
    rows = (
        (str(one["value"]), flatatt(one["attrs"]) if one["attrs"] else "", one["label"])
        for one in group
    )
    return format_html_join("\n", '<option value="{}"{}>{}</option>', rows)
