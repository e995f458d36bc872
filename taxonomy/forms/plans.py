"""A coding plan, and what is done with its batches."""

import datetime as dt
import secrets
from typing import Any, cast

from django import forms
from django.core.validators import MaxValueValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.models import Member
from taxonomy.choices import Hidden, Later
from taxonomy.models import Batch, Plan, Scheme
from taxonomy.queries.drawing import MOST_PORTIONS, NAME_LENGTH, Asked
from taxonomy.queries.holdout import holdout_of
from taxonomy.queries.planning import coders_of
from taxonomy.queries.progress import coders_left

MOST_EACH = 20
MOST_MOMENTS = 10_000_000
MAJORITY_FROM = 3
SEEDS = 10**9
FARTHEST = dt.timedelta(days=3653)
WHOLE = "whole"
OVERLAP = "overlap"


def day_field(label: Any, **options: Any) -> forms.DateField:
    """A day that may be left open; within ten years, so that there are days after it."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    soon = MaxValueValidator(
        lambda: timezone.localdate() + FARTHEST, gettext_lazy("Choose a day within ten years.")
    )
    return forms.DateField(label=label, required=False, widget=widget, validators=[soon], **options)


def seed_field(help_text: Any) -> forms.IntegerField:
    """The number from which a drawing follows; another for each form that opens."""
    return forms.IntegerField(
        label=gettext_lazy("Seed"),
        min_value=0,
        max_value=SEEDS - 1,
        initial=lambda: secrets.randbelow(1_000_000),
        help_text=help_text,
    )


class CodersField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # at run time
    """Active coders of the study."""

    def __init__(self, **options: Any) -> None:
        widget = forms.CheckboxSelectMultiple
        none = Member.objects.none()
        super().__init__(none, to_field_name="uid", widget=widget, **options)


class PlanForm(forms.Form):
    """Who codes what: everything by several, or a sample of it and the rest by one coder each."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH)
    only_holdout = forms.BooleanField(
        label=gettext_lazy("Only what was held out"),
        required=False,
        help_text=gettext_lazy("To see whether the categories fit what nobody had seen."),
    )
    coders = CodersField(
        label=gettext_lazy("Who codes"),
        error_messages={"required": gettext_lazy("Choose who codes.")},
    )
    way = forms.ChoiceField(
        label=gettext_lazy("What several code"),
        choices=[
            (WHOLE, gettext_lazy("Every moment")),
            (OVERLAP, gettext_lazy("A random sample; the rest is shared out, one coder each")),
        ],
        widget=forms.RadioSelect,
        initial=OVERLAP,
    )
    percent = forms.IntegerField(
        label=gettext_lazy("Sample in per cent of the moments"),
        min_value=0,
        max_value=100,
        required=False,
        initial=20,
        help_text=gettext_lazy("Drawn by region and valence, in proportion to what there is."),
    )
    number = forms.IntegerField(
        label=gettext_lazy("Or number of moments in the sample"),
        min_value=0,
        max_value=MOST_MOMENTS,
        required=False,
    )
    each = forms.IntegerField(
        label=gettext_lazy("Coders for each of these moments"),
        min_value=1,
        max_value=MOST_EACH,
        initial=2,
    )
    majority = forms.BooleanField(
        label=gettext_lazy("What more than half of three or more coders say counts"),
        required=False,
        help_text=gettext_lazy("Otherwise whatever they differ on is in dispute."),
    )
    portions = forms.IntegerField(
        label=gettext_lazy("Number of portions"),
        min_value=1,
        max_value=MOST_PORTIONS,
        required=False,
        help_text=gettext_lazy("Each is locked by itself when all have coded it."),
    )
    size = forms.IntegerField(
        label=gettext_lazy("Or moments in a portion"),
        min_value=1,
        max_value=MOST_MOMENTS,
        required=False,
        help_text=gettext_lazy("More where it would make more than a hundred portions."),
    )
    first_due = day_field(gettext_lazy("First portion due on"))
    every = forms.IntegerField(
        label=gettext_lazy("Days to the next portion"), min_value=1, max_value=366, initial=7
    )
    hides = forms.MultipleChoiceField(
        label=gettext_lazy("What coders do not see"),
        choices=Hidden.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        initial=list(Hidden.values),
    )
    later = forms.ChoiceField(
        label=gettext_lazy("Moments that are accepted later"),
        choices=Later.choices,
        widget=forms.RadioSelect,
        initial=Later.WAIT,
    )
    seed = seed_field(gettext_lazy("The same seed draws the same sample from the same moments."))

    def __init__(self, *args: Any, scheme: Scheme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("CodersField", self.fields["coders"]).queryset = coders_of(scheme.study)
        self.holdout = holdout_of(scheme.study)
        if self.holdout is None or self.holdout.released_at is None:
            del self.fields["only_holdout"]

    def clean(self) -> dict[str, Any]:
        """Look at what belongs together."""
        data: dict[str, Any] = super().clean() or {}
        self._check_sample(data)
        self._check_each(data)
        if data.get("portions") is not None and data.get("size") is not None:
            self.add_error("size", _("Give the number of portions or their size, not both."))
        return data

    def _check_sample(self, data: dict[str, Any]) -> None:
        if data.get("way") != OVERLAP or {"percent", "number"} & self.errors.keys():
            return
        given = [name for name in ("percent", "number") if data.get(name) is not None]
        if not given:
            self.add_error("percent", _("Say how large the sample is."))

    def _check_each(self, data: dict[str, Any]) -> None:
        each, coders = data.get("each"), data.get("coders")
        if each is None or coders is None:
            return
        if each > len(coders):
            self.add_error("each", _("Choose as many coders as are to code a moment, or more."))
        elif each == 1 and data.get("way") == OVERLAP:
            self.add_error("each", _("A sample is coded by two or more."))
        if data.get("majority") and each < MAJORITY_FROM:
            self.add_error("majority", _("A majority takes three coders or more."))

    def asked(self) -> Asked:
        """What a drawing wants to know; a number counts before a percentage."""
        data = self.cleaned_data
        whole = data["way"] == WHOLE
        number = None if whole else data["number"]
        return Asked(
            name=data["name"],
            coders=list(data["coders"]),
            each=data["each"],
            whole=whole,
            percent=None if whole or number is not None else data["percent"],
            number=number,
            portions=data["portions"],
            size=data["size"],
            first_due=data["first_due"],
            every=data["every"],
            seed=data["seed"],
            majority=data["majority"],
            holdout=str(self.holdout.uid) if self.holdout and data.get("only_holdout") else "",
        )

    def plan(self) -> dict[str, Any]:
        """What `make_plan` wants to know."""
        data = self.cleaned_data
        return {"asked": self.asked(), "hides": data["hides"], "later": data["later"]}


class AgainForm(forms.Form):
    """What is asked beside the plan when what came later is given out."""

    first_due = day_field(gettext_lazy("First portion due on"))
    portions = forms.IntegerField(
        label=gettext_lazy("Number of portions"),
        min_value=1,
        max_value=MOST_PORTIONS,
        required=False,
        help_text=gettext_lazy("Empty: as the plan says."),
    )

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if plan.drawing["asked"]["size"] is None:
            self.fields["portions"].help_text = _("Empty: one.")


class BatchForm(forms.Form):
    """The name and the day of a portion."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    due_on = day_field(gettext_lazy("Due on"))


class HandOnForm(forms.Form):
    """Who takes over a coder's open moments."""

    to = CodersField(label=gettext_lazy("Who takes them over"))

    def __init__(self, *args: Any, batch: Batch, coder: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = coders_of(batch.scheme.study).exclude(pk=coder.pk)
        cast("CodersField", self.fields["to"]).queryset = others


class AddCoderForm(forms.Form):
    """A coder who is added to a batch."""

    coder = forms.ModelChoiceField(
        Member.objects.none(),
        to_field_name="uid",
        label=gettext_lazy("Coder"),
        empty_label=None,
    )

    def __init__(self, *args: Any, batch: Batch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[Member]", self.fields["coder"])
        field.queryset = coders_left(batch)
