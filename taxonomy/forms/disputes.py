"""Which disputes to look at, and how they are decided."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.forms.addressed import AddressedForm, Choices
from incidents.models import Moment
from taxonomy.choices import Unclassifiable
from taxonomy.models import Category, Scheme
from taxonomy.queries.coding import Choice
from taxonomy.queries.disputes import NO_CATEGORY, Shown

REASON_LENGTH = 2000
OTHER = "other"
MOST_AT_ONCE = 50


class DisputeFilterForm(AddressedForm):
    """Which disputes are listed; carried on from one to the next."""

    shown = forms.ChoiceField(label=gettext_lazy("Which"), required=False)
    pair = forms.ChoiceField(label=gettext_lazy("Categories"), required=False)
    batch = forms.ChoiceField(label=gettext_lazy("Batch"), required=False)
    region = forms.ChoiceField(label=gettext_lazy("Region"), required=False)

    def __init__(
        self, *args: Any, pairs: Choices, batches: Choices, regions: Choices, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        others = [choice for choice in Shown.choices if choice[0] != Shown.OPEN]
        self.offer("shown", others, blank=str(Shown.OPEN.label))
        self.offer("pair", pairs, blank=_("All"))
        self.offer("batch", batches, blank=_("All"))
        if regions:
            self.offer("region", regions, blank=_("All"))
        else:
            del self.fields["region"]

    def chosen(self, name: str) -> str:
        """What a filter asks for; one that cannot be understood asks for nothing."""
        self.is_valid()
        return str(self.cleaned_data.get(name, ""))


class ReasonForm(forms.Form):
    """Why something is decided or reopened."""

    reason = forms.CharField(
        max_length=REASON_LENGTH,
        label=gettext_lazy("Why"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DecideForm(ReasonForm):
    """What counts from now on: a contested category, another, or none for a reason.

    Whether a category is still offered the action says, so that its sentence comes back.
    """

    choice = forms.CharField(required=False, max_length=40)
    other = forms.ModelChoiceField(
        Category.objects.none(),
        to_field_name="uid",
        required=False,
        label=gettext_lazy("Another category"),
    )
    unclassifiable = forms.ChoiceField(
        required=False, label=gettext_lazy("Why it cannot be classified")
    )
    field_order = ("choice", "other", "unclassifiable", "reason")

    def __init__(
        self, *args: Any, scheme: Scheme, others: Sequence[Choice] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **{"auto_id": "decide_%s", **kwargs})
        self._standing = Category.objects.filter(scheme=scheme, exists=True)
        other: Any = self.fields["other"]
        other.queryset = self._standing
        names = [(one.category.uid, _in_words(one)) for one in others]
        other.widget.choices = [("", ""), *names]
        other.widget.attrs["data-choose"] = _("No category matches. Try fewer letters.")
        why: Any = self.fields["unclassifiable"]
        why.choices = [("", ""), *Unclassifiable.choices]

    def clean(self) -> dict[str, Any]:
        """Want one answer."""
        cleaned = super().clean() or {}
        choice = cleaned.get("choice", "")
        chosen = cleaned.get("other") if choice == OTHER else self._named(choice)
        why = cleaned.get("unclassifiable", "") if choice == NO_CATEGORY else ""
        if not self.errors and not chosen and not why:
            raise forms.ValidationError(
                _("Choose a category, or say why none can be given."), code="nothing"
            )
        return {**cleaned, "category": chosen, "unclassifiable": why}

    def decision(self) -> dict[str, Any]:
        """What `adjudicate` wants to know."""
        return {name: self.cleaned_data[name] for name in ("category", "unclassifiable", "reason")}

    def _named(self, choice: str) -> Category | None:
        if choice in {"", NO_CATEGORY}:
            return None
        try:
            uid = forms.UUIDField().clean(choice)
        except forms.ValidationError:
            return None
        return self._standing.filter(uid=uid).first()


class AlikeForm(DecideForm):
    """Several disputes decided alike with one reason."""

    moment = forms.ModelMultipleChoiceField(
        Moment.objects.none(),
        to_field_name="uid",
        error_messages={"required": gettext_lazy("Tick the disputes that are decided alike.")},
    )

    def __init__(self, *args: Any, scheme: Scheme, **kwargs: Any) -> None:
        super().__init__(*args, scheme=scheme, **kwargs)
        moment: Any = self.fields["moment"]
        moment.queryset = Moment.objects.filter(incident__study=scheme.study_id)

    def clean_moment(self) -> list[int]:
        """The keys of what was ticked: no more than a page shows."""
        return [row.pk for row in self.cleaned_data["moment"][:MOST_AT_ONCE]]


def _in_words(choice: Choice) -> str:
    name = f"{choice.category.code} {choice.category.name}".strip()
    return f"{name} ({choice.path})" if choice.path else name
