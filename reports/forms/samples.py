"""A form of samples, for the page that shows all components."""

from django import forms

LEVELS = (("notes", "Notes only"), ("quotes", "Quotes"), ("named", "Quotes with attribution"))


class SampleForm(forms.Form):
    """One field of each kind."""

    headline = forms.CharField(help_text="A help text says what is wanted.")
    region = forms.ChoiceField(choices=[("", "All"), ("n", "North"), ("s", "South")])
    story = forms.CharField(widget=forms.Textarea, required=False)
    consent = forms.ChoiceField(choices=LEVELS, widget=forms.RadioSelect)
    callback = forms.BooleanField(label="May be called back", required=False)
