"""Forms that change a row only as it was read."""

from django import forms


class VersionedForm(forms.Form):
    """A form that carries the version it started from; without one it started from the first."""

    row_version = forms.IntegerField(
        widget=forms.HiddenInput, min_value=0, required=False, max_value=2**31 - 1
    )

    def clean_row_version(self) -> int:
        """Take the first version where none was sent."""
        return self.cleaned_data["row_version"] or 0
