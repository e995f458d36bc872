"""What is asked when a holdout is drawn and released."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.forms.fieldwork import NarrativeField
from taxonomy.forms.plans import MOST_MOMENTS, seed_field
from taxonomy.queries.holdout import AskedToHold

LONGEST = 2000


class HoldoutForm(forms.Form):
    """How many incidents are held out: a share or a number of those that may be."""

    percent = forms.IntegerField(
        label=gettext_lazy("Share of the incidents in per cent"),
        min_value=1,
        max_value=90,
        required=False,
        initial=20,
        help_text=gettext_lazy("Drawn by region and valence, in proportion to what there is."),
    )
    number = forms.IntegerField(
        label=gettext_lazy("Or number of incidents"),
        min_value=1,
        max_value=MOST_MOMENTS,
        required=False,
        help_text=gettext_lazy("It counts before the share."),
    )
    seed = seed_field(gettext_lazy("The same seed draws the same incidents from the same ones."))

    def clean(self) -> dict[str, Any]:
        """Ask for the one or the other."""
        data: dict[str, Any] = super().clean() or {}
        missing = data.get("percent") is None and data.get("number") is None
        if missing and not {"percent", "number"} & self.errors.keys():
            self.add_error("percent", _("Say how many are held out."))
        return data

    def asked(self) -> AskedToHold:
        """What a drawing wants to know."""
        data = self.cleaned_data
        percent = None if data["number"] is not None else data["percent"]
        return AskedToHold(seed=data["seed"], percent=percent, number=data["number"])


class ReleaseForm(forms.Form):
    """Why a holdout is released now."""

    reason = NarrativeField(
        label=gettext_lazy("Why now"),
        max_length=LONGEST,
        help_text=gettext_lazy("Say, for instance, that no new category has come for a while."),
    )


class TakeBackForm(forms.Form):
    """Nothing is asked when a drawing is taken back."""
