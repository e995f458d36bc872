"""A form that is an address: what it asks can be shared as a link."""

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _

Choices = list[Any]
WHOLE = "filters"  # in an address: write all choices out


class AddressedForm(forms.Form):
    """A GET form whose filled-in fields make the query of an address.

    `every` has the choices of those fields of which only the one chosen is written.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.every: dict[str, Callable[[], Choices]] = {}

    def filled(self) -> dict[str, str]:
        """The fields with something in them, in their order."""
        given = {name: self.data.get(name, "") for name in self.fields}
        return {name: value for name, value in given.items() if value}

    def query(self, changes: Mapping[str, str] | None = None) -> str:
        """The query that asks this again, with some values changed; an empty one is left out."""
        values = {**self.filled(), **(changes or {})}
        return urlencode({name: value for name, value in values.items() if value})

    def in_use(self, names: list[str]) -> list[dict[str, str]]:
        """Which of these fields are filled in, in words, each with the address without it."""
        return [
            {
                "label": _("%(filter)s: %(value)s")
                % {"filter": self.fields[name].label, "value": self._words(name, value)},
                "remove_url": f"?{self.query({name: ''})}",
            }
            for name, value in self.filled().items()
            if name in names and name not in self.errors
        ]

    def offer(
        self, name: str, choices: Choices | Callable[[], Choices], *, blank: str | None = None
    ) -> None:
        """Let a field be one of these, or blank under that word.

        What is given as a function is read when it is first shown or checked against: a study has
        thousands of organizations, and most questions name none.
        """
        first = [] if blank is None else [("", blank)]

        @functools.cache
        def all_choices() -> Choices:
            return [*first, *(choices() if callable(choices) else choices)]

        cast("forms.ChoiceField", self.fields[name]).choices = all_choices

    def offer_found(
        self,
        name: str,
        find: Callable[[str], str | None],
        every: Callable[[], Choices],
        *,
        source: str,
        blank: str,
    ) -> None:
        """Let a field be one of thousands: the chosen one is found, the others wait at `source`.

        `find` gives the words of a choice, None where there is none such. A page that is to be
        read without scripts asks for all of them.
        """
        self.every[name] = every
        if WHOLE in self.data:
            self.offer(name, every, blank=blank)
            return

        def chosen() -> Choices:
            value = self.data.get(name, "")
            words = find(value) if value else None
            return [] if words is None else [(value, words)]

        self.offer(name, chosen, blank=blank)
        waiting = {"data-choose": _("Nothing fits"), "data-choose-from": source}
        self.fields[name].widget.attrs |= waiting

    def _words(self, name: str, value: str) -> str:
        choices = getattr(self.fields[name], "choices", [])
        return {one: label for one, label, _group in grouped(choices)}.get(value, value)


def grouped(choices: Iterable[Any], group: str = "") -> list[tuple[str, str, str]]:
    """Choices, in groups or not, as rows of value, words and the group's name."""
    rows: list[tuple[str, str, str]] = []
    for value, label in choices:
        if isinstance(label, (list, tuple)):
            rows += grouped(label, str(value))
        else:
            rows.append((str(value), str(label), group))
    return rows
