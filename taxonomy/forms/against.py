"""What is asked of two schemes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from taxonomy.tabulation.tree import Tree

SHARES = [
    ("row", gettext_lazy("Per cent of the row")),
    ("column", gettext_lazy("Per cent of the column")),
    ("none", gettext_lazy("Moments")),
]


class AgainstForm(forms.Form):
    """A round of each scheme, at first the coarsest, and what the figures are shares of."""

    round = forms.TypedChoiceField(coerce=int, required=False)
    other_round = forms.TypedChoiceField(coerce=int, required=False)
    share = forms.ChoiceField(label=gettext_lazy("Figures"), choices=SHARES, required=False)

    def __init__(
        self, *args: Any, here: tuple[str, Tree], there: tuple[str, Tree], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, tree) in (("round", here), ("other_round", there)):
            field: Any = self.fields[name]
            field.label = label
            field.choices = [(at, tree.rounds[at]) for at in sorted(tree.rounds, reverse=True)]
            field.empty_value = max(tree.rounds)
            self.initial[name] = max(tree.rounds)
