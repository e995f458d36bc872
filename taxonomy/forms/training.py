"""Training sets: their names, what goes into them, the key of a moment, and who practises."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.forms.addressed import AddressedForm
from incidents.models import Moment
from taxonomy.choices import Unclassifiable
from taxonomy.forms.plans import CodersField, seed_field
from taxonomy.models import Category, Scheme, TrainingItem, TrainingSet
from taxonomy.queries.coding import STEP, Choice, choices_of
from taxonomy.queries.training import MOST_ITEMS, coders_to_give, key_node
from taxonomy.queries.trees import tree_of

NAME_LENGTH = 120
EXPLANATION_LENGTH = 5000
QUERY_LENGTH = 200


class TrainingSetForm(forms.Form):
    """The name of a set."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH)


class FindForm(AddressedForm):
    """Which moments are offered to be added."""

    q = forms.CharField(label=gettext_lazy("Words"), max_length=QUERY_LENGTH, required=False)
    category = forms.ChoiceField(label=gettext_lazy("Settled as"), required=False)

    def __init__(self, *args: Any, scheme: Scheme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scheme = scheme
        self.offer("category", lambda: _named(choices_of(scheme)), blank=_("All"))
        self.fields["category"].widget.attrs["data-choose"] = _(
            "No category matches. Try fewer letters."
        )

    def asked(self) -> dict[str, Any]:
        """What `moments_to_add` wants to know; what cannot be understood asks for nothing."""
        self.is_valid()
        said = self.cleaned_data
        uid = said.get("category")
        categories = Category.objects.filter(scheme=self.scheme, exists=True)
        category = categories.filter(uid=uid).first() if uid else None
        return {"words": said.get("q", ""), "category": category}


class DrawForm(forms.Form):
    """How many settled moments are drawn, and by which seed."""

    number = forms.IntegerField(
        label=gettext_lazy("How many moments"), min_value=1, max_value=MOST_ITEMS, initial=20
    )
    seed = seed_field(gettext_lazy("The same seed draws the same moments from the same ones."))


class AddForm(forms.Form):
    """Moments that were ticked."""

    moment = forms.ModelMultipleChoiceField(
        Moment.objects.none(),
        to_field_name="uid",
        error_messages={"required": gettext_lazy("Tick the moments that are to be added.")},
    )

    def __init__(self, *args: Any, scheme: Scheme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moment = cast("forms.ModelMultipleChoiceField[Moment]", self.fields["moment"])
        moment.queryset = Moment.objects.filter(incident__study=scheme.study_id)

    def ticked(self) -> list[Moment]:
        """No more than a set has."""
        return list(self.cleaned_data["moment"].order_by("pk")[: MOST_ITEMS + 1])


class KeyForm(forms.Form):
    """What is right for a moment, and why; a reason counts before a category.

    Whether the category is still offered the action says, so that its sentence comes back.
    """

    category = forms.ModelChoiceField(
        Category.objects.none(), to_field_name="uid", required=False, label=gettext_lazy("Category")
    )
    unclassifiable = forms.ChoiceField(
        required=False, label=gettext_lazy("Or why it cannot be classified")
    )
    explanation = forms.CharField(
        required=False,
        max_length=EXPLANATION_LENGTH,
        label=gettext_lazy("Explanation"),
        help_text=gettext_lazy("Newcomers read it when they have finished."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, item: TrainingItem, **kwargs: Any) -> None:
        scheme = item.training_set.scheme
        kwargs.setdefault("initial", _said(item, scheme))
        super().__init__(*args, **kwargs)
        category: Any = self.fields["category"]
        category.queryset = Category.objects.filter(scheme=scheme, exists=True)
        category.widget.choices = [("", ""), *_named(choices_of(scheme))]
        category.widget.attrs["data-choose"] = _("No category matches. Try fewer letters.")
        why: Any = self.fields["unclassifiable"]
        why.choices = [("", ""), *Unclassifiable.choices]

    def key(self) -> dict[str, Any]:
        """What `set_key` wants to know."""
        said = self.cleaned_data
        if said["unclassifiable"]:
            said = {**said, "category": None}
        return {name: said[name] for name in ("category", "unclassifiable", "explanation")}


class GiveForm(forms.Form):
    """Who practises on a set."""

    to = CodersField(
        label=gettext_lazy("Who practises"),
        error_messages={"required": gettext_lazy("Choose who practises.")},
    )

    def __init__(self, *args: Any, training_set: TrainingSet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("CodersField", self.fields["to"]).queryset = coders_to_give(training_set)


class MoveForm(forms.Form):
    """Where a moment goes."""

    way = forms.ChoiceField(choices=[("up", "up"), ("down", "down")])


def _said(item: TrainingItem, scheme: Scheme) -> dict[str, Any]:
    node = key_node(item, tree_of(scheme))
    return {
        "category": node.uid if node else None,
        "unclassifiable": item.unclassifiable,
        "explanation": item.explanation,
    }


def _named(choices: list[Choice]) -> list[tuple[str, str]]:
    return [
        (str(one.category.uid), STEP.join(part for part in (one.path, _name(one.category)) if part))
        for one in choices
    ]


def _name(category: Category) -> str:
    return f"{category.code} {category.name}".strip()
