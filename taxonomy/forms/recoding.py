"""A sample of earlier work to be coded again, and the list of what was answered otherwise."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from taxonomy.forms.plans import CodersField, day_field, seed_field
from taxonomy.models import Scheme
from taxonomy.queries.planning import coders_of
from taxonomy.queries.recoding import DAYS, MOST, Asked

NAME_LENGTH = 100
MOST_DAYS = 3650


class RecodingForm(forms.Form):
    """Who codes again, how much, and how old it is."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=NAME_LENGTH,
        help_text=gettext_lazy("Coders see it. Each of several coders has a batch of their own."),
    )
    coders = CodersField(
        label=gettext_lazy("Who codes again"),
        error_messages={"required": gettext_lazy("Choose who codes again.")},
    )
    days = forms.IntegerField(
        label=gettext_lazy("Only answers at least so many days old"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=DAYS,
        help_text=gettext_lazy("Long enough that nobody remembers what they said."),
    )
    percent = forms.IntegerField(
        label=gettext_lazy("Sample in per cent of these, for each coder"),
        min_value=1,
        max_value=100,
        required=False,
        initial=10,
        help_text=gettext_lazy("Rounded up, and never more than 1,000 moments."),
    )
    number = forms.IntegerField(
        label=gettext_lazy("Or number of moments for each coder"),
        min_value=1,
        max_value=MOST,
        required=False,
    )
    spread = forms.BooleanField(
        label=gettext_lazy("Spread evenly over the categories"),
        required=False,
        help_text=gettext_lazy(
            "So that rare ones are in it. Otherwise every moment has the same chance, and the "
            "figures hold for a coder's work as it is."
        ),
    )
    due_on = day_field(gettext_lazy("Due on"))
    seed = seed_field(gettext_lazy("The same seed draws the same sample from the same moments."))

    def __init__(self, *args: Any, scheme: Scheme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("CodersField", self.fields["coders"]).queryset = coders_of(scheme.study)

    def clean(self) -> dict[str, Any]:
        """Look whether it is said how large the sample is."""
        data: dict[str, Any] = super().clean() or {}
        if not {"percent", "number"} & self.errors.keys():
            given = [name for name in ("percent", "number") if data.get(name) is not None]
            if not given:
                self.add_error("percent", _("Say how large the sample is."))
        return data

    def asked(self) -> Asked:
        """What a drawing wants to know; a number counts before a percentage."""
        data = self.cleaned_data
        return Asked(
            name=data["name"],
            coders=list(data["coders"]),
            days=data["days"],
            number=data["number"],
            percent=None if data["number"] is not None else data["percent"],
            spread=data["spread"],
            due_on=data["due_on"],
            seed=data["seed"],
        )


class ApartForm(forms.Form):
    """At which round answers are compared, and whose; the finest and everybody's if not said."""

    round = forms.IntegerField(min_value=1, max_value=100, required=False)
    coder = forms.UUIDField(required=False)
