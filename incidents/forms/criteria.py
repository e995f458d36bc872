"""What an admin fills in about screening."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.actions.criteria import SEEDS, Wanted
from incidents.criteria import BY_CODE, Effect, TemplateName
from incidents.models import Study, StudyCriterion
from incidents.queries.criteria import Asked

MOST_LETTERS = 5000


class TemplateForm(forms.Form):
    """Which list of criteria to start from."""

    row_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    template = forms.ChoiceField(label=gettext_lazy("Template"), choices=TemplateName)


class PlanForm(forms.Form):
    """How much is screened by two."""

    row_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    share = forms.IntegerField(
        label=gettext_lazy("Screened by two, in per cent"),
        min_value=0,
        max_value=100,
        help_text=gettext_lazy(
            "Of the incidents screened from now on. A second admin judges them without seeing the "
            "first verdict. 0 means none."
        ),
    )
    seed = forms.IntegerField(
        label=gettext_lazy("Seed of the draw"),
        min_value=0,
        max_value=SEEDS,
        help_text=gettext_lazy("Any number. With the same seed the same incidents are drawn."),
    )


class CriterionForm(forms.Form):
    """What one criterion does, and its words."""

    effect = forms.ChoiceField(label=gettext_lazy("What it does"), choices=Effect)
    name = forms.CharField(label=gettext_lazy("What must hold"), max_length=160, required=False)
    unmet = forms.CharField(
        label=gettext_lazy("Reason when it does not"), max_length=120, required=False
    )
    limit = forms.IntegerField(
        label=gettext_lazy("Short means fewer letters than"),
        min_value=1,
        max_value=MOST_LETTERS,
        required=False,
    )

    def __init__(self, data: Any, *, criterion: Asked) -> None:
        """Leave the limit out where there is none; an own criterion must have words."""
        initial = {
            "effect": criterion.effect,
            "name": criterion.name,
            "unmet": criterion.unmet,
            "limit": criterion.limit,
        }
        super().__init__(data, initial=initial, prefix=criterion.code)
        self.criterion = criterion
        if criterion.limit is None:
            del self.fields["limit"]
        if criterion.is_own:
            self.fields["name"].required = self.fields["unmet"].required = True

    @property
    def wanted(self) -> Wanted:
        """What is asked for; words as every study knows them are not repeated."""
        given = self.cleaned_data
        known = BY_CODE.get(self.criterion.code)
        return Wanted(
            code=self.criterion.code,
            effect=given["effect"],
            name="" if known and given["name"] == str(known.name) else given["name"],
            unmet="" if known and given["unmet"] == str(known.unmet) else given["unmet"],
            limit=given.get("limit"),
        )


class NewCriterionForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A criterion that only this study has."""

    class Meta:
        model = StudyCriterion
        fields = ("name", "unmet", "effect")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = self.fields["unmet"].required = True
        self.fields["name"].help_text = _("For example: it happened in a branch.")


def criterion_forms(data: Any, criteria: Sequence[Asked]) -> list[CriterionForm]:
    """One form for each criterion."""
    return [CriterionForm(data, criterion=criterion) for criterion in criteria]


def flags_explained(study: Study) -> dict[str, str]:
    """What the house looks at by itself for each criterion that has a flag, in a sentence."""
    return {
        "second_hand": _("Flags when it is not said whose service it was."),
        "habitual": _("Flags when no time is given at all."),
        "too_little": _("Flags very short accounts."),
        "no_action": _("Flags when what the provider did is empty."),
        "no_result": _("Flags when what resulted is empty."),
        "incomplete": _("Flags when situation, people or reaction are empty."),
        "too_old": _("Flags what happened more than %(days)s days before the interview.")
        % {"days": study.recall_window_days},
        "neither": _("Flags when no moment is positive, negative or mixed."),
        "no_consent": _("Flags quotation marks where consent is for notes only."),
        "duplicate": _("Flags what is like another incident of the study."),
    }
