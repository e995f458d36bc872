"""Asking for a file of all moments."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.choices import OWN_FORMS, ExportForm

LONGEST_REASON = 300
DE_IDENTIFIED, FULL, OWN = "de_identified", "full", "own"
CONTENTS = [
    (DE_IDENTIFIED, gettext_lazy("De-identified: no names, no words, months for days")),
    (FULL, gettext_lazy("Full: with names, words, notes and numbers in the source")),
    (OWN, gettext_lazy("What I was told: with names and words, whatever became of it")),
]


class AskExportForm(forms.Form):
    """The format, and which of the `contents` that the member may have.

    For an admin also whether with names, why, and what was set aside.
    """

    form = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=ExportForm.choices,
        initial=ExportForm.XLSX,
        widget=forms.RadioSelect,
    )
    content = forms.ChoiceField(
        label=gettext_lazy("Content"),
        choices=CONTENTS,
        initial=DE_IDENTIFIED,
        widget=forms.RadioSelect,
    )
    set_aside = forms.BooleanField(
        label=gettext_lazy("Also what was not accepted, with its state and the reason (full only)"),
        required=False,
    )
    reason = forms.CharField(
        label=gettext_lazy("Why it has to be full"),
        max_length=LONGEST_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Stays with the file, for all study admins to read."),
    )

    def __init__(self, *args: Any, contents: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contents = contents
        if FULL not in contents:
            del self.fields["set_aside"], self.fields["reason"]
        if len(contents) == 1:
            del self.fields["content"]
        else:
            offered = [one for one in CONTENTS if one[0] in contents]
            cast("forms.ChoiceField", self.fields["content"]).choices = offered
        if list(contents) == [OWN]:
            forms_open = [(one.value, one.label) for one in OWN_FORMS]
            cast("forms.ChoiceField", self.fields["form"]).choices = forms_open

    def clean(self) -> dict[str, Any]:
        """Names leave for a reason; what was set aside leaves only with names."""
        cleaned: dict[str, Any] = super().clean() or {}
        if len(self.contents) == 1:
            cleaned["content"] = self.contents[0]
        is_other = cleaned.get("form") and cleaned["form"] not in OWN_FORMS
        if cleaned.get("content") == OWN and is_other:
            self.add_error("form", _("Your own incidents leave as CSV or Excel."))
        is_full = cleaned.get("content") == FULL
        if is_full and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Say why the file has to have names."))
        if cleaned.get("set_aside") and not is_full:
            self.add_error("set_aside", _("What was set aside leaves only with names."))
        return cleaned

    def asked(self) -> dict[str, Any]:
        """What `ask_export` is to be called with."""
        cleaned = self.cleaned_data
        return {
            "form": cleaned["form"],
            "full": cleaned.get("content") == FULL,
            "set_aside": bool(cleaned.get("set_aside")),
            "own": cleaned.get("content") == OWN,
            "reason": cleaned.get("reason", ""),
        }
