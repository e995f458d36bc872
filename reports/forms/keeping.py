"""What is asked when a question is kept as a table, and when that is changed."""

from django import forms
from django.utils.translation import gettext_lazy

from reports.actions.tables import LONGEST_NAME
from reports.forms.grid import QueryField
from reports.models import Table


class KeepForm(forms.Form):
    """A question under a name. `replace`: a table of that name is to ask this from now on."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=LONGEST_NAME)
    query = QueryField()
    replace = forms.BooleanField(
        label=gettext_lazy("Let that table ask this from now on"), required=False
    )
    taken: Table | None = None


class TableNameForm(forms.Form):
    """The name of a saved table, and who is shown it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=LONGEST_NAME)
    shared = forms.BooleanField(
        label=gettext_lazy("Show it to everybody who may read tables"), required=False
    )
    row_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class AskForm(forms.Form):
    """A question as the query of an address."""

    query = QueryField()


class MoveForm(forms.Form):
    """One place up or down."""

    way = forms.ChoiceField(choices=[("up", "up"), ("down", "down")])
    row_version = forms.IntegerField(min_value=0)
