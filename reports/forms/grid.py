"""How the grid is kept, and what is decided on many of its incidents at once."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.choices import BulkVerb
from reports.forms.decisions import WORDS

MOST_CHOSEN = 200
CHOSEN, MATCHING = "chosen", "matching"
SCOPES = [(CHOSEN, gettext_lazy("Those chosen")), (MATCHING, gettext_lazy("All that fit"))]
VERBS = [choice for choice in BulkVerb.choices if choice[0] != BulkVerb.UNDO]
LONGEST_QUERY = 4000


class QueryField(forms.CharField):
    """What the grid is asked, as the query of an address."""

    def __init__(self) -> None:
        super().__init__(max_length=LONGEST_QUERY, required=False, widget=forms.HiddenInput)


class SaveFilterForm(forms.Form):
    """What is asked now, under a name."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    query = QueryField()


class FilterForm(forms.Form):
    """The name of a saved filter, and who is offered it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    shared = forms.BooleanField(
        label=gettext_lazy("Show it to everybody in the study"), required=False
    )

    def __init__(self, *args: Any, may_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.fields["shared"]


class ColumnsForm(forms.Form):
    """The columns of the grid: the chosen ones, or the usual ones."""

    columns = forms.MultipleChoiceField(required=False)
    usual = forms.BooleanField(required=False)
    query = QueryField()

    def __init__(self, *args: Any, names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["columns"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]


class ChosenField(forms.Field):
    """Incidents as they were read: each by its uid, a point, and its row version."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> dict[uuid.UUID, int]:
        """Return the row versions by uid."""
        given = value or []
        if len(given) > MOST_CHOSEN:
            raise ValidationError(_("Choose fewer, or all that fit."))
        try:
            return {uuid.UUID(uid): int(number) for uid, number in map(_halves, given)}
        except ValueError as error:
            raise ValidationError(_("Choose them once more.")) from error


def _halves(text: str) -> tuple[str, str]:
    uid, _point, number = text.rpartition(".")
    if not number.isascii() or not number.isdigit() or len(number) > 9:  # noqa: PLR2004
        raise ValueError
    return uid, number


class BulkForm(forms.Form):
    """Which incidents, and what is done with them."""

    verb = forms.ChoiceField(choices=VERBS, widget=forms.HiddenInput)
    scope = forms.ChoiceField(choices=SCOPES, widget=forms.HiddenInput)
    query = QueryField()
    incident = ChosenField(required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for incidents where only the chosen ones are meant."""
        given = super().clean() or {}
        if given.get("scope") == CHOSEN and not given.get("incident") and not self.errors:
            raise ValidationError(_("Choose at least one incident first."))
        return given

    @property
    def is_of_all(self) -> bool:
        """Whether all that fit are meant."""
        return bool(self.cleaned_data["scope"] == MATCHING)

    @property
    def has_to_ask(self) -> bool:
        """Whether words are needed, or a second look."""
        return self.is_of_all or self.cleaned_data["verb"] in WORDS
