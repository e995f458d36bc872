"""A form that is an address: what it asks can be shared as a link."""

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast
from urllib.parse import urlencode

from django import forms

Choices = list[Any]


class AddressedForm(forms.Form):
    """A GET form whose filled-in fields make the query of an address."""

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
                "label": f"{self.fields[name].label}: {self._words(name, value)}",
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

    def _words(self, name: str, value: str) -> str:
        choices = getattr(self.fields[name], "choices", [])
        return dict(_flat(choices)).get(value, value)


def _flat(choices: Iterable[Any]) -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for value, label in choices:
        flat += _flat(label) if isinstance(label, (list, tuple)) else [(str(value), str(label))]
    return flat
