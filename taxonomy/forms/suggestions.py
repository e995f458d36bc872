"""When suggestions are shown, and what was looked at."""

from django import forms
from django.utils.translation import gettext_lazy as _

from taxonomy.choices import Offered


class OfferedForm(forms.Form):
    """When coders see what the classifier would say."""

    offered = forms.ChoiceField(
        label=_("When coders see suggestions"),
        choices=Offered.choices,
        widget=forms.RadioSelect,
        help_text=_(
            "Never where several code the same moments, nor in training, for moments coded again "
            "or held out."
        ),
    )


class LookedForm(forms.Form):
    """Whether a doubt counts as looked at; nothing sent takes the tick away."""

    looked = forms.BooleanField(required=False, label=_("Looked at"))
