"""What the page of saturation is asked for: which round, in which order, and which page."""

import dataclasses
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from taxonomy.tabulation.tree import Tree

MOST_PAGES = 10_000
SHARE, IN_THE_TREE = "share", "tree"


@dataclasses.dataclass(frozen=True)
class Asked:
    """A round by its position, the order of its categories, and the page of them."""

    round: int
    order: str
    page: int


class SaturationForm(forms.Form):
    """A round, at first the finest, and how its categories are listed."""

    round = forms.TypedChoiceField(label=_("Round"), coerce=int, required=False)
    order = forms.ChoiceField(
        label=_("Order of the categories"),
        choices=[(SHARE, _("Most interviews first")), (IN_THE_TREE, _("As in the scheme"))],
        required=False,
    )
    page = forms.IntegerField(
        min_value=1, max_value=MOST_PAGES, required=False, widget=forms.HiddenInput
    )

    def __init__(self, data: Any, *, tree: Tree) -> None:
        super().__init__(data)
        rounds: Any = self.fields["round"]
        rounds.choices = [(position, tree.rounds[position]) for position in sorted(tree.rounds)]
        self._finest = min(tree.rounds)

    @property
    def asked(self) -> Asked:
        """What is asked for; in the place of what is wrong stands what is not said."""
        self.is_valid()
        given = self.cleaned_data
        return Asked(
            round=given.get("round") or self._finest,
            order=given.get("order") or SHARE,
            page=given.get("page") or 1,
        )
