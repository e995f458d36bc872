"""Which two revisions of a scheme are to be compared."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from taxonomy.models import Scheme


class ComparisonForm(forms.Form):
    """Two numbers of revisions, in whatever order; 0 is before the first."""

    category = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, scheme: Scheme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (("from", gettext_lazy("From")), ("to", gettext_lazy("To"))):
            self.fields[name] = forms.IntegerField(
                label=label,
                min_value=0,
                max_value=scheme.revision,
                error_messages={
                    "required": gettext_lazy("Write the number of a revision."),
                    "invalid": gettext_lazy("Write the number of a revision."),
                    "max_value": _("The latest revision is %(number)d.")
                    % {"number": scheme.revision},
                },
            )

    @property
    def numbers(self) -> list[forms.BoundField]:
        """What is asked for in sight."""
        return [self["from"], self["to"]]

    def span(self) -> tuple[int, int]:
        """The earlier and the later number, of a valid form."""
        one, other = sorted((self.cleaned_data["from"], self.cleaned_data["to"]))
        return one, other
