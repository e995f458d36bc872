"""What is typed and ticked when a report is composed."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.choices import ChartKind, DocumentForm

LONGEST_TITLE = 200
LONGEST_TEXT = 20_000
MOST_VERSIONS = 2**31 - 1


class ReportForm(forms.Form):
    """The title of a report, and whether it has the method section."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=LONGEST_TITLE)
    with_method = forms.BooleanField(
        label=gettext_lazy("With the method section, in which what is missing is marked"),
        required=False,
        initial=True,
    )


class EditReportForm(ReportForm):
    """The same of a report that stands."""

    row_version = forms.IntegerField(min_value=0, max_value=MOST_VERSIONS, widget=forms.HiddenInput)


class RunForm(forms.Form):
    """What is shown of a run."""

    table = forms.BooleanField(label=gettext_lazy("Table"), required=False, initial=True)
    findings = forms.BooleanField(
        label=gettext_lazy("Verdict and what stands out"), required=False, initial=True
    )
    charts = forms.MultipleChoiceField(
        label=gettext_lazy("Pictures"),
        choices=ChartKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean(self) -> dict[str, Any]:
        """Ask for something to show."""
        given: dict[str, Any] = super().clean() or {}
        if not self.errors and not any(given.get(name) for name in RUN_FIELDS):
            self.add_error(None, _("Tick something to be shown."))
        return given


RUN_FIELDS = ("table", "findings", "charts")


class EditRunForm(RunForm):
    """The same of a part that stands."""

    row_version = forms.IntegerField(min_value=0, max_value=MOST_VERSIONS, widget=forms.HiddenInput)


class AddRunForm(RunForm):
    """A run, and what is shown of it."""

    run = forms.UUIDField(label=gettext_lazy("Run"))


class AddQuoteForm(forms.Form):
    """A quote of the clipboard."""

    quote = forms.UUIDField(label=gettext_lazy("Quote"))


class WordsForm(forms.Form):
    """A heading and words of one's own; one of both."""

    heading = forms.CharField(
        label=gettext_lazy("Heading"), max_length=LONGEST_TITLE, required=False
    )
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text=gettext_lazy("An empty line begins a new paragraph."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for one of both."""
        given: dict[str, Any] = super().clean() or {}
        if not self.errors and not (given.get("heading") or given.get("text")):
            self.add_error(None, _("Write a heading or some words."))
        return given


class EditWordsForm(WordsForm):
    """The same of a part that stands."""

    row_version = forms.IntegerField(min_value=0, max_value=MOST_VERSIONS, widget=forms.HiddenInput)


class DocumentFormForm(forms.Form):
    """What a document is written as."""

    form = forms.ChoiceField(choices=DocumentForm.choices)


class MoveForm(forms.Form):
    """One place up or down."""

    way = forms.ChoiceField(choices=[("up", "up"), ("down", "down")])
