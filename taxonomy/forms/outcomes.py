"""Which of a coder's own answers are looked at."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.forms.addressed import AddressedForm
from taxonomy.models import Scheme

DIFFERS = "yes"


class OutcomeFilterForm(AddressedForm):
    """A scheme, at first the first one, and whether only what differs is listed."""

    scheme = forms.ChoiceField(label=gettext_lazy("Scheme"), required=False)
    differs = forms.ChoiceField(label=gettext_lazy("Which"), required=False)

    def __init__(self, *args: Any, schemes: Sequence[Scheme], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._schemes = {scheme.slug: scheme for scheme in schemes}
        self.offer("scheme", [(slug, one.name) for slug, one in self._schemes.items()])
        self.offer("differs", [(DIFFERS, _("Something else counts"))], blank=_("All"))

    def chosen_scheme(self) -> Scheme | None:
        """The scheme asked for, else the first; none where none is open."""
        self.is_valid()
        first = next(iter(self._schemes), "")
        return self._schemes.get(self.cleaned_data.get("scheme") or first)

    def only_differing(self) -> bool:
        """Whether what is the same is left out."""
        self.is_valid()
        return self.cleaned_data.get("differs") == DIFFERS
