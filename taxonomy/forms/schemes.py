"""Schemes, their rounds and their categories."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.forms.studies import LONG
from taxonomy.models import Category, Round, Scheme
from taxonomy.queries.codebooks import TEMPLATES
from taxonomy.queries.trees import neighbours_of, tree_of

BIGGEST = 2**31 - 1
NOWHERE = "none"  # under no category


def _words(label: Any, **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(label=label, max_length=LONG, required=False, widget=widget, **options)


class SchemeForm(forms.Form):
    """A new scheme: from a template, or with one round to fill."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    slug = forms.SlugField(
        label=gettext_lazy("Short name in addresses"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Small letters, digits and hyphens. Made from the name if empty."),
        error_messages={"invalid": gettext_lazy("Use only small letters, digits and hyphens.")},
    )
    description = _words(gettext_lazy("What it classifies, and by what"))
    finest = forms.CharField(
        label=gettext_lazy("Name of the finest round"),
        max_length=120,
        initial=gettext_lazy("Categories"),
        help_text=gettext_lazy("Coders choose among its categories. Coarser rounds can follow."),
    )

    def clean_slug(self) -> str:
        """Make it from the name where it is empty; refuse the word that means a new scheme."""
        name = str(self.cleaned_data.get("name", ""))
        slug = str(self.cleaned_data["slug"]) or slugify(name)[:60].strip("-_")
        if not slug and name:
            raise forms.ValidationError(_("Give a short name; the name has no plain letters."))
        if slug == "new":
            raise forms.ValidationError(_("Take another short name; this one is in use."))
        return slug


class TemplateForm(forms.Form):
    """The template that a new scheme is made from."""

    template = forms.ChoiceField(
        choices=[(template.name, template.label) for template in TEMPLATES],
        error_messages={"required": gettext_lazy("Choose a template.")},
    )


class SeenForm(forms.Form):
    """The revision that somebody looked at when they decided."""

    revision = forms.IntegerField(
        widget=forms.HiddenInput, min_value=0, max_value=BIGGEST, required=False
    )


class RevisionForm(SeenForm):
    """What every change of a scheme carries: the revision it started from, and why."""

    rationale = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONG,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Kept in the history of the scheme."),
    )

    def change(self) -> dict[str, Any]:
        """The fields as the actions name them."""
        given = dict(self.cleaned_data)
        given["expected_revision"] = given.pop("revision")
        return given


class RoundForm(RevisionForm):
    """A round that is added at either end."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    finest = forms.TypedChoiceField(
        label=gettext_lazy("Where"),
        choices=[
            ("", gettext_lazy("Above: coarser than all others")),
            ("1", gettext_lazy("Below: finer than all others")),
        ],
        coerce=bool,
        empty_value="",
        required=False,
        widget=forms.RadioSelect,
        initial="",
    )
    field_order = ("name", "finest", "rationale", "revision")

    def change(self) -> dict[str, Any]:
        """The fields as the action names them; whether it is the finest is yes or no."""
        return {**super().change(), "finest": bool(self.cleaned_data["finest"])}


class RoundNameForm(RevisionForm):
    """Another name for a round."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    field_order = ("name", "rationale", "revision")


class CategoryForm(RevisionForm):
    """The words of a category."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=300)
    code = forms.CharField(label=gettext_lazy("Code"), max_length=40, required=False)
    label = forms.CharField(
        label=gettext_lazy("Label in tables"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("The name stands there if this is empty."),
    )
    definition = _words(gettext_lazy("Definition"))
    includes = _words(gettext_lazy("Includes"))
    excludes = _words(gettext_lazy("Not here"))
    positive_example = _words(gettext_lazy("Example, done well"))
    negative_example = _words(gettext_lazy("Example, done badly"))
    field_order: tuple[str, ...] = (
        "name",
        "code",
        "label",
        "definition",
        "includes",
        "excludes",
        "positive_example",
        "negative_example",
        "rationale",
        "revision",
    )


class ParentField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A category of the next coarser round, or none."""

    def __init__(self) -> None:
        super().__init__(
            Category.objects.none(),
            label=gettext_lazy("Stands under"),
            to_field_name="uid",
            required=False,
            empty_label=gettext_lazy("Nothing yet (not batched)"),
        )

    def choices_stand(self) -> bool:
        """Whether there is anything to choose."""
        return self.queryset is not None and self.queryset.exists()

    def offer_above(self, lower: Round) -> None:
        """Let it be one of the categories that stand just above a round."""
        self.queryset = Category.objects.filter(
            scheme=lower.scheme_id,
            round__position=lower.position + 1,
            round__exists=True,
            exists=True,
            merged_into__isnull=True,
        )


class CategoryField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A category of the same round, said with what it stands under: names may repeat."""

    def __init__(self, label: Any, *, nothing: Any, **options: Any) -> None:
        super().__init__(
            Category.objects.none(),
            label=label,
            to_field_name="uid",
            empty_label=nothing,
            **options,
        )

    def label_from_instance(self, obj: Category) -> str:
        """Its name, and its parent's, whatever that was merged into."""
        node = self._tree.nodes.get(obj.pk)
        above = self._tree.parent_of(node) if node else None
        return f"{obj.name} · {above.heading}" if above else obj.name

    def offer(self, scheme: Scheme, keys: Any) -> None:
        """Let it be one of these of a scheme: keys, or a queryset of them."""
        self._tree = tree_of(scheme)
        self.queryset = Category.objects.filter(pk__in=keys).order_by("name", "pk")


class PlaceField(ParentField):
    """A category of the next coarser round, or none, which is said and not left open."""

    def __init__(self) -> None:
        super().__init__()
        self.empty_label = gettext_lazy("Choose a category")

    def offer_above(self, lower: Round) -> None:
        """Offer to take out as well."""
        super().offer_above(lower)
        first, *others = cast("Iterable[Any]", self.choices)
        nothing = (NOWHERE, gettext_lazy("Nothing yet (not batched)"))
        self.widget.choices = [first, nothing, *others]

    def to_python(self, value: Any) -> Any:
        """Read none as none."""
        return None if value == NOWHERE else super().to_python(value)


class PlaceForm(RevisionForm):
    """The parent of categories: one that stands, a new one, or none."""

    parent = PlaceField()
    name = forms.CharField(
        label=gettext_lazy("Or a new category, named"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("It is added to the round above, in the same step."),
    )
    field_order = ("parent", "name", "rationale", "revision")

    def __init__(self, *args: Any, lower: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("PlaceField", self.fields["parent"]).offer_above(lower)

    def clean(self) -> dict[str, Any]:
        """Refuse what says nothing; a new name counts before what was chosen."""
        given = super().clean() or self.cleaned_data
        if given.get("name", "").strip():
            given["parent"] = None
        elif not self.data.get("parent") and "name" in given:
            self.add_error("parent", _("Choose a category, or name a new one."))
        return given


class NewCategoryForm(CategoryForm):
    """A new category, which may be placed at once."""

    parent = ParentField()
    field_order = ("name", "parent", *CategoryForm.field_order[1:])

    def __init__(self, *args: Any, lower: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        above = cast("ParentField", self.fields["parent"])
        above.offer_above(lower)
        if not above.choices_stand():
            del self.fields["parent"]


class ReopenForm(RevisionForm):
    """Why a frozen round is reopened."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["rationale"]
        reason.required = True
        reason.error_messages["required"] = _("Say why the round is reopened.")


class MergeForm(RevisionForm):
    """The category that others of its round are merged into, and what it is called then."""

    into = CategoryField(gettext_lazy("Merge into"), nothing=gettext_lazy("Choose a category"))
    name = forms.CharField(
        label=gettext_lazy("New name"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Of what all are together. It keeps its name if this is empty."),
    )
    field_order = ("into", "name", "rationale", "revision")

    def __init__(self, *args: Any, merged: Sequence[Category], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standing = Category.objects.filter(
            round=merged[0].round_id, exists=True, merged_into__isnull=True, retired=False
        )
        if len(merged) == 1:
            standing = standing.exclude(pk=merged[0].pk)
        else:
            self.initial.setdefault("into", merged[0].uid)
        cast("CategoryField", self.fields["into"]).offer(merged[0].scheme, standing.values("pk"))


class SplitForm(RevisionForm):
    """The names of the categories that one is split into."""

    names = forms.CharField(
        label=gettext_lazy("New categories"),
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One name in each line, two or more."),
    )
    field_order = ("names", "rationale", "revision")

    def change(self) -> dict[str, Any]:
        """The fields as the action names them."""
        given = super().change()
        return given | {"names": str(given["names"]).splitlines()}


class ResortForm(forms.Form):
    """Into which category a moment is sorted again."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    moment = forms.UUIDField(widget=forms.HiddenInput)
    into = forms.UUIDField()


class MoveForm(RevisionForm):
    """Before which of its neighbours a category stands; at first where it stands now."""

    before = CategoryField(
        gettext_lazy("Stands before"),
        nothing=gettext_lazy("None of them: at the end"),
        required=False,
    )
    field_order = ("before", "rationale", "revision")

    def __init__(self, *args: Any, moved: Category, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = neighbours_of(moved)
        others = [row for row in rows if row != moved]
        following = rows[rows.index(moved) + 1 :] if moved in rows else []
        self.initial["before"] = following[0].uid if following else None
        cast("CategoryField", self.fields["before"]).offer(moved.scheme, [row.pk for row in others])
