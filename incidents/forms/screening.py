"""What a screener fills in."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.actions.fieldwork import Part
from incidents.actions.screening import MOST_PARTS
from incidents.choices import Criterion, ToldAs, Valence
from incidents.forms.fieldwork import NarrativeField
from incidents.models import Incident, Moment


class VerdictForm(forms.Form):
    """A decision on the incident as it was read."""

    row_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class QuestionForm(VerdictForm):
    """A question to the interviewer."""

    question = NarrativeField(label=gettext_lazy("Question to the interviewer"), max_length=2000)


class ExclusionForm(VerdictForm):
    """Why an incident does not count."""

    criterion = forms.ChoiceField(
        label=gettext_lazy("Criterion"), choices=Criterion, widget=forms.RadioSelect
    )
    reason = NarrativeField(label=gettext_lazy("Reason"), required=False, max_length=2000)

    def clean(self) -> dict[str, Any]:
        """Ask for the reason where no criterion says it."""
        given = super().clean() or {}
        if given.get("criterion") == Criterion.OTHER and not given.get("reason"):
            self.add_error("reason", _("Say why."))
        return given


class WithdrawalForm(VerdictForm):
    """Why an incident is taken out of everything."""

    reason = NarrativeField(label=gettext_lazy("Reason"), max_length=2000)


class ToldAsForm(VerdictForm):
    """From which side an incident is told."""

    told_as = forms.ChoiceField(label=gettext_lazy("Told as"), choices=ToldAs)


class ValenceForm(VerdictForm):
    """The valence of a moment."""

    valence = forms.ChoiceField(label=gettext_lazy("How it was experienced"), choices=Valence)


class PartForm(forms.Form):
    """One part of a divided incident; left empty it is none."""

    label = forms.CharField(label=gettext_lazy("Short label"), max_length=120, required=False)
    valence = forms.ChoiceField(
        label=gettext_lazy("How it was experienced"),
        choices=[("", "–"), *Valence.choices],
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the other half where only one is given."""
        given = super().clean() or {}
        if given.get("label") and not given.get("valence"):
            self.add_error("valence", _("Say how this part was experienced."))
        if given.get("valence") and not given.get("label"):
            self.add_error("label", _("Give this part a short label."))
        return given


PartFormSet = forms.formset_factory(
    PartForm, extra=0, max_num=MOST_PARTS, absolute_max=MOST_PARTS, validate_max=True
)
LEAST_ROWS = 4


def part_rows(incident: Incident) -> list[dict[str, str]]:
    """The parts there are, and room for more."""
    parts = [{"label": moment.label, "valence": moment.valence} for moment in _moments(incident)]
    if len(parts) == 1:
        parts[0]["label"] = incident.version.headline[:120] if incident.version else ""
    room = max(LEAST_ROWS - len(parts), 1)
    return [*parts, *({"label": "", "valence": ""} for _row in range(room))][:MOST_PARTS]


def parts_of(formset: Any) -> list[Part]:
    """The parts that a valid formset names."""
    return [
        Part(label=row["label"], valence=row["valence"])
        for row in formset.cleaned_data
        if row.get("label")
    ]


def _moments(incident: Incident) -> list[Moment]:
    return list(incident.moments.order_by("position"))
