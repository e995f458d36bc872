"""Fields as they are written: a form has a dozen, a study thousands of organizations to choose."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

Option = Mapping[str, Any]


class Renderer(TemplatesSetting):
    """Writes inputs and lists at once; a template, as all else has, takes several times as long."""

    def render(
        self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None
    ) -> str:
        """Return a widget, or whatever else of a form has this template, as HTML."""
        write = WRITTEN.get(template_name)
        if write is None:
            return super().render(template_name, context, request)
        return write(context["widget"])


def _input(widget: Mapping[str, Any]) -> SafeString:
    own = {"type": widget["type"], "name": widget["name"], "value": widget["value"]}
    return format_html("<input{}>", _attributes(own | widget["attrs"]))


def _select(widget: Mapping[str, Any]) -> SafeString:
    attributes = _attributes({"name": widget["name"]} | widget["attrs"])
    groups = _groups(widget["optgroups"])
    return format_html("<select{}>\n{}\n</select>\n", attributes, groups)


def _attributes(values: Mapping[str, Any]) -> SafeString:
    """In their order, without those that are None or False; only the name of what is True."""
    stated = (item for item in values.items() if item[1] is not None and item[1] is not False)
    written = (_attribute(name, value) for name, value in stated)
    return mark_safe("".join(written))  # noqa: S308  (each part is escaped below)


def _attribute(name: str, value: Any) -> str:
    return f" {name}" if value is True else f' {name}="{conditional_escape(value)}"'


def _groups(groups: Iterable[tuple[str | None, list[Option], int]]) -> SafeString:
    written = [
        format_html('<optgroup label="{}">{}</optgroup>', name, _options(group))
        if name
        else _options(group)
        for name, group, _index in groups
    ]
    return mark_safe("\n".join(written))  # noqa: S308  (each part is escaped above)


def _options(group: Iterable[Option]) -> SafeString:
    rows = ((str(one["value"]), _attributes(one["attrs"]), one["label"]) for one in group)
    return format_html_join("\n", '<option value="{}"{}>{}</option>', rows)


INPUTS = ("text", "search", "date", "number", "email", "password", "hidden", "checkbox")
WRITTEN: dict[str, Callable[[Mapping[str, Any]], SafeString]] = {
    **{f"django/forms/widgets/{name}.html": _input for name in INPUTS},
    "django/forms/widgets/select.html": _select,
}
