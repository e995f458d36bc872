"""What is typed on the clipboard of quotes."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.forms.addressed import AddressedForm
from reports.actions.quoting import DOWN, UP
from reports.forms.grid import LONGEST_QUERY
from reports.queries.filters import categories_of
from taxonomy.models import Scheme

LONGEST = 20_000
MOST_VERSIONS = 32_767


class _WordsForm(forms.Form):
    """Words of a quote."""

    words = forms.CharField(
        label=gettext_lazy("Words"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}),
        help_text=gettext_lazy(
            "Only what was told. What you leave out, add or replace stands in square brackets: […]."
        ),
    )


class CollectForm(_WordsForm):
    """A passage, from which version it is taken, and the page to go back to."""

    version = forms.IntegerField(min_value=1, max_value=MOST_VERSIONS, widget=forms.HiddenInput)
    back = forms.CharField(max_length=LONGEST_QUERY, required=False, widget=forms.HiddenInput)


class QuoteForm(_WordsForm):
    """The words of a quote, and a note that is not quoted."""

    note = forms.CharField(label=gettext_lazy("Note, not quoted"), max_length=300, required=False)
    row_version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, sees_note: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not sees_note:
            del self.fields["note"]

    @property
    def typed(self) -> dict[str, Any]:
        """What an action is given."""
        return {"note": None, **self.cleaned_data}


class ConfirmForm(QuoteForm):
    """Those, and what a person vouches for: that names may stay, that the source allows it."""

    names_stay = forms.BooleanField(required=False)
    source_allows = forms.BooleanField(required=False)

    def __init__(self, *args: Any, names: list[str], by_source: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names, self.by_source = names, by_source

    def clean(self) -> dict[str, Any]:
        """Ask for the ticks that are needed here."""
        given = super().clean() or {}
        if self.names and not given.get("names_stay"):
            told = ", ".join(self.names[:5])
            self.add_error(
                None,
                _("The words still name %(names)s. Replace it, or say below that it may stay.")
                % {"names": told},
            )
        if self.by_source and not given.get("source_allows"):
            self.add_error(None, _("Say below that the source of the file allows quoting."))
        return given

    @property
    def typed(self) -> dict[str, Any]:
        """What the action is given: the ticks are for the form alone."""
        ticks = ("names_stay", "source_allows")
        return {name: value for name, value in super().typed.items() if name not in ticks}


class MoveForm(forms.Form):
    """Where to."""

    way = forms.ChoiceField(choices=[(UP, UP), (DOWN, DOWN)])


class SearchForm(AddressedForm):
    """What to find on the clipboard: words, and where the moments count.

    `schemes` are those whose results the reader may see.
    """

    q = forms.CharField(
        label=gettext_lazy("Find words"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    category = forms.ChoiceField(label=gettext_lazy("Category"), required=False)

    def __init__(self, *args: Any, schemes: Sequence[Scheme], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("category", partial(categories_of, schemes), blank=_("All"))
