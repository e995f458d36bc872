"""How agreement is to be measured."""

from django import forms
from django.utils.translation import gettext_lazy

from taxonomy.queries.reliability import INTERVIEW, ORGANIZATION

CLUSTERS = [
    (ORGANIZATION, gettext_lazy("Organization")),
    (INTERVIEW, gettext_lazy("Interview")),
]


class MeasureForm(forms.Form):
    """What keeps together when intervals are made."""

    clusters = forms.ChoiceField(label=gettext_lazy("Kept together"), choices=CLUSTERS)


class RoundForm(forms.Form):
    """The round of which single categories are shown; another than there is counts as none."""

    round = forms.IntegerField(required=False, min_value=1, max_value=32_767)

    def asked(self) -> int | None:
        """Return the round that was asked for."""
        found: int | None = self.cleaned_data["round"] if self.is_valid() else None
        return found


class ConfusionForm(forms.Form):
    """A cell of the confusion matrix, of the finest round unless another is named."""

    round = forms.IntegerField(min_value=1, max_value=32_767, required=False)
    a = forms.CharField(max_length=40)
    b = forms.CharField(max_length=40)

    def clean_round(self) -> int:
        """Give the finest round where none is named."""
        return self.cleaned_data["round"] or 1
