"""Which two runs are compared, and which of the moments that moved are listed."""

from django import forms

from reports.runs.causes import Cause

MOST_PAGES = 100_000


class CompareForm(forms.Form):
    """Another run; of those that moved a cause, a cell, a page."""

    other = forms.UUIDField()
    cause = forms.ChoiceField(choices=[(one.value, one.value) for one in Cause], required=False)
    row = forms.CharField(max_length=80, required=False)
    column = forms.CharField(max_length=300, required=False)
    page = forms.IntegerField(min_value=1, max_value=MOST_PAGES, required=False)
