"""What a screener fills in."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.actions.fieldwork import Part
from incidents.actions.screening import MOST_PARTS
from incidents.choices import Criterion, ToldAs, Valence, Verdict
from incidents.criteria import JUDGED_TWICE, Finding, Judgement, SettledFor
from incidents.forms.addressed import AddressedForm, Choices
from incidents.forms.fieldwork import NarrativeField
from incidents.models import Incident, Moment
from incidents.queries.criteria import Asked, reasons_open

FINDING = "finding-"


class ScreeningFilterForm(AddressedForm):
    """Which waiting incidents a screener works through; carried on from one to the next."""

    interviewer = forms.ChoiceField(label=gettext_lazy("Interviewer"), required=False)
    region = forms.ChoiceField(label=gettext_lazy("Region"), required=False)
    flag = forms.ChoiceField(label=gettext_lazy("Flag"), required=False)

    def __init__(
        self,
        *args: Any,
        interviewers: Choices,
        regions: Choices,
        asked: Sequence[Asked],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        flags = [(one.flag.value, one.flag.label) for one in asked if one.flag]
        self.offer("interviewer", interviewers, blank=_("All"))
        self.offer("region", regions, blank=_("All"))
        self.offer("flag", flags, blank=_("All"))

    @property
    def chosen(self) -> dict[str, str]:
        """The filters that can be understood; others have no effect."""
        return self.cleaned_data if self.is_valid() else {}

    def turn(self, way: str, uid: object) -> str:
        """The address of the page before or after, with the same filters; none without a uid."""
        return f"?{self.query({way: str(uid)})}" if uid else ""


class VerdictForm(forms.Form):
    """A decision on the incident as it was read, with what was found of each criterion."""

    row_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, asked: Sequence[Asked] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked
        for criterion in asked:
            self.fields[f"{FINDING}{criterion.code}"] = forms.ChoiceField(
                choices=Finding.choices, required=False
            )

    @property
    def verdict(self) -> dict[str, Any]:
        """What the verb is told."""
        given = self.cleaned_data
        told = {name: value for name, value in given.items() if not name.startswith(FINDING)}
        return {**told, "findings": self.findings} if self.asked else told

    @property
    def findings(self) -> dict[str, str]:
        """What was found, of the criteria on which anything was said, by their codes."""
        names = {one.code: f"{FINDING}{one.code}" for one in self.asked}
        said = {code: self.cleaned_data.get(name) for code, name in names.items()}
        return {code: value for code, value in said.items() if value}

    @property
    def sent(self) -> dict[str, str]:
        """What was sent about the criteria, valid or not, to be shown again."""
        names = {one.code: f"{FINDING}{one.code}" for one in self.asked}
        return {code: str(self.data.get(name, "")) for code, name in names.items()}


class QuestionForm(VerdictForm):
    """A question to the interviewer."""

    question = NarrativeField(label=gettext_lazy("Question to the interviewer"), max_length=2000)


class ExclusionForm(VerdictForm):
    """Why an incident does not count."""

    criterion = forms.ChoiceField(label=gettext_lazy("Criterion"), widget=forms.RadioSelect)
    reason = NarrativeField(label=gettext_lazy("Reason"), required=False, max_length=2000)

    def __init__(self, *args: Any, asked: Sequence[Asked] = (), **kwargs: Any) -> None:
        super().__init__(*args, asked=asked, **kwargs)
        cast("forms.ChoiceField", self.fields["criterion"]).choices = reasons_open(asked)

    def clean(self) -> dict[str, Any]:
        """Ask for the reason where no criterion says it."""
        given = super().clean() or {}
        if given.get("criterion") == Criterion.OTHER and not given.get("reason"):
            self.add_error("reason", _("Say why."))
        return given


class SecondVerdictForm(ExclusionForm):
    """A second verdict: which of the three, and what belongs to it."""

    row_version = None  # type: ignore[assignment]  # the words judged are fixed
    verdict_given = forms.ChoiceField(
        choices=[(one.value, one.label) for one in JUDGED_TWICE], widget=forms.HiddenInput
    )
    question = NarrativeField(
        label=gettext_lazy("Question to the interviewer"), required=False, max_length=2000
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["criterion"].required = False

    def clean(self) -> dict[str, Any]:
        """Ask for what the verdict needs."""
        given = super().clean() or {}
        verdict = given.get("verdict_given")
        if verdict == Verdict.RETURN and not given.get("question"):
            self.add_error("question", _("Say what you would ask."))
        if verdict == Verdict.EXCLUDE and not given.get("criterion"):
            self.add_error("criterion", _("Choose a criterion."))
        return given

    @property
    def verdict(self) -> dict[str, Any]:
        """What the action is told: only what belongs to the verdict."""
        given = self.cleaned_data
        chosen = given["verdict_given"]
        words = {Verdict.RETURN: given["question"], Verdict.EXCLUDE: given["reason"]}
        return {
            "verdict": chosen,
            "criterion": given["criterion"] if chosen == Verdict.EXCLUDE else "",
            "words": words.get(chosen, ""),
            "findings": self.findings,
        }


class SettlementForm(forms.Form):
    """Which of two verdicts stands."""

    row_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    settled_for = forms.ChoiceField(
        label=gettext_lazy("Which verdict stands?"), choices=SettledFor, widget=forms.RadioSelect
    )
    because = NarrativeField(label=gettext_lazy("Reason"), max_length=2000)


class JudgementForm(forms.Form):
    """Whether two incidents are one story."""

    judgement = forms.ChoiceField(choices=Judgement)


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
