"""Members of a study."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from incidents.choices import RoleName
from incidents.forms.versions import VersionedForm


class MemberForm(VersionedForm):
    """A person in a study, their roles and their account."""

    display_name = forms.CharField(label=gettext_lazy("Name shown"), max_length=120)
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        help_text=gettext_lazy("Short, and different for each member of the study."),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail address of the account"),
        max_length=254,
        required=False,
        help_text=gettext_lazy(
            "Of an account that exists already. Who has none is invited, or listed without access."
        ),
    )
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"),
        choices=RoleName,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    active = forms.BooleanField(
        label=gettext_lazy("Active in this study"), required=False, initial=True
    )

    def __init__(self, *args: Any, account: str = "", new: bool = False, **kwargs: Any) -> None:
        """Leave out what is settled: the account once linked, and what only a member has."""
        super().__init__(*args, **kwargs)
        if account:
            del self.fields["email"]
        if new:
            del self.fields["active"], self.fields["row_version"]
