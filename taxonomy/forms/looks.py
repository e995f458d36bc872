"""Looking early."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from taxonomy.actions.looking import MINUTES


class LookForm(forms.Form):
    """Why, and for how long."""

    reason = forms.CharField(
        label=_("Why you look"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("All study admins read it, and so does whoever reads the agreement report."),
    )
    minutes = forms.TypedChoiceField(label=_("For how long"), coerce=int, initial=MINUTES[0])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["minutes"].choices = [(each, time_of(each)) for each in MINUTES]  # type: ignore[attr-defined]


def time_of(minutes: int) -> str:
    """A time in minutes, or in hours where these are whole."""
    hours, rest = divmod(minutes, 60)
    if rest:
        words = ngettext("%(number)d minute", "%(number)d minutes", minutes)
        return words % {"number": minutes}
    return ngettext("%(number)d hour", "%(number)d hours", hours) % {"number": hours}
