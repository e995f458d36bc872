"""The words of the method section that people write."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from reports.choices import MethodPart

LONG = 10_000
HELP = {
    MethodPart.SAMPLING: gettext_lazy(
        "Which organizations and why, how respondents were found, who declined."
    ),
    MethodPart.CODERS: gettext_lazy(
        "Their background, whether they knew the aim, how they practised."
    ),
    MethodPart.LIMITS: gettext_lazy(
        "What follows from the design is said already; add what else a reader should know."
    ),
}


class MethodForm(forms.Form):
    """One field for each part; an empty one says nothing."""

    row_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any]
    ) -> None:
        super().__init__(data, initial=dict(initial))
        for part in MethodPart:
            self.fields[part.value] = forms.CharField(
                label=part.label,
                help_text=HELP[part],
                max_length=LONG,
                required=False,
                widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
            )

    def words(self) -> dict[str, str]:
        """What was written, by part."""
        return {part.value: self.cleaned_data[part.value] for part in MethodPart}
