"""The words of the guide, one field for each part."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents import texts
from incidents.choices import GuidePart
from incidents.queries.guides import SINCE

LONG = 2000
SINCE_HELP = gettext_lazy("{since} stands for the first day of the recall window.")
ONE_A_LINE = gettext_lazy("One question on each line.")
HELP = {
    GuidePart.ASK_GOOD: SINCE_HELP,
    GuidePart.ASK_POOR: SINCE_HELP,
    GuidePart.ASK_EITHER: SINCE_HELP,
    **dict.fromkeys(
        (
            GuidePart.SITUATION,
            GuidePart.ACTION,
            GuidePart.RESULT,
            GuidePart.PEOPLE,
            GuidePart.REACTION,
        ),
        ONE_A_LINE,
    ),
}


class GuideForm(forms.Form):
    """The guide in one language; a part left empty has the words Candid comes with."""

    row_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any], language: str
    ) -> None:
        super().__init__(data, initial=dict(initial))
        for part in GuidePart:
            self.fields[part.value] = forms.CharField(
                label=part.label,
                max_length=LONG,
                required=False,
                help_text=HELP.get(part, ""),
                widget=forms.Textarea(attrs={"rows": 3, "lang": language, "dir": "auto"}),
            )

    def clean(self) -> dict[str, Any]:
        """Ask for the recall window in every question that is asked."""
        given = super().clean() or {}
        for part in (GuidePart.ASK_GOOD, GuidePart.ASK_POOR, GuidePart.ASK_EITHER):
            text = given.get(part.value, "")
            if text and SINCE not in text:
                self.add_error(
                    part.value,
                    _("Say since when: put %(since)s where the date belongs.") % {"since": SINCE},
                )
        return given

    def words(self) -> dict[str, str]:
        """The words of each part of a valid form."""
        return {part.value: texts.tidy(self.cleaned_data[part.value]) for part in GuidePart}
