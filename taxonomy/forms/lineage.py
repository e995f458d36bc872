"""What of a lineage is shown."""

from django import forms
from django.utils.translation import gettext_lazy as _


class UnderForm(forms.Form):
    """One category of the coarsest round, or everything."""

    under = forms.UUIDField(label=_("Only what is under"), required=False)
