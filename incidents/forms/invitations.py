"""Inviting somebody to a study."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from incidents.choices import RoleName


class InvitationForm(forms.Form):
    """Whom to invite, and what they will do; a member's name and roles are known already."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        help_text=gettext_lazy("The account is made for this address, once the link is opened."),
    )
    display_name = forms.CharField(label=gettext_lazy("Name shown in the study"), max_length=120)
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"), choices=RoleName, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, known: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if known:
            del self.fields["display_name"], self.fields["roles"]
