"""What is typed and ticked when a dashboard is composed."""

from django import forms
from django.utils.translation import gettext_lazy

from reports.forms.reports import LONGEST_TITLE, MOST_VERSIONS, RunForm


class DashboardForm(forms.Form):
    """The title of a dashboard, and whether the study opens with it."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=LONGEST_TITLE)
    is_front = forms.BooleanField(
        label=gettext_lazy("Make this the front page of the study"),
        required=False,
    )


class EditDashboardForm(DashboardForm):
    """The same of a dashboard that stands."""

    row_version = forms.IntegerField(min_value=0, max_value=MOST_VERSIONS, widget=forms.HiddenInput)


class AddTableForm(RunForm):
    """A saved table, and what is shown of it."""

    saved = forms.UUIDField(label=gettext_lazy("Saved table"))
