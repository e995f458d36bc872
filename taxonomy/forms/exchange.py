"""A scheme taken away as a file, and one that comes as a file."""

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from taxonomy.exchange.book import MOST_BYTES
from taxonomy.forms.schemes import RevisionForm, SchemeForm

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

MEGABYTE = 1_000_000


class SchemeExportForm(forms.Form):
    """Which form the file has, and what goes along."""

    form = forms.ChoiceField(
        label=gettext_lazy("Form"),
        choices=[
            ("json", gettext_lazy("JSON: everything, to bring back into Candid")),
            ("xlsx", gettext_lazy("Excel (.xlsx): one row for each category")),
            ("csv", gettext_lazy("CSV: one row for each category")),
            (
                "qdc",
                gettext_lazy("REFI-QDA codebook (.qdc): for ATLAS.ti, MAXQDA, NVivo, QualCoder"),
            ),
        ],
        initial="json",
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the forms.")},
    )
    merged = forms.BooleanField(
        label=gettext_lazy("Merged categories too (a .qdc file never has them)"),
        required=False,
        initial=True,
    )
    retired = forms.BooleanField(
        label=gettext_lazy("Retired categories too"), required=False, initial=True
    )


class SchemeFileForm(forms.Form):
    """One file."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,  # the reader has a better sentence for it
        help_text=gettext_lazy("JSON, CSV, Excel (.xlsx) or a REFI-QDA codebook (.qdc)."),
        widget=forms.ClearableFileInput(attrs={"accept": ".json,.csv,.txt,.xlsx,.qdc,.xml"}),
        error_messages={"required": gettext_lazy("Choose a file.")},
    )

    def clean_file(self) -> "UploadedFile[bytes]":
        """Refuse what is too large before anybody reads it."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(limit)s MB, which no scheme of categories needs.")
                % {"limit": MOST_BYTES // MEGABYTE}
            )
        return file


class BringInForm(RevisionForm):
    """The revision that the preview was made of, and why the file comes in."""


class SchemeFromFileForm(SchemeForm):
    """A new scheme of a file: what it is called; its rounds are in the file."""

    finest = None  # type: ignore[assignment]
