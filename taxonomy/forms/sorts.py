"""Starting a sort, and one sorter's steps."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from incidents.choices import RoleName
from incidents.models import Member, Study
from taxonomy.actions.sorting import MOST, NAME_LENGTH, SEEDS
from taxonomy.choices import BatchKind
from taxonomy.forms.schemes import RevisionForm
from taxonomy.models import Batch, Pile, Round, Scheme, Sort, Sorter, SortItem
from taxonomy.queries.sorts import items_of
from taxonomy.sorting.linkage import Linkage

WHO_SORTS = (RoleName.CODER, RoleName.ANALYST, RoleName.ADMIN)


class MembersField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # at run time
    """Who is to sort."""

    def __init__(self) -> None:
        super().__init__(
            Member.objects.none(),
            to_field_name="uid",
            label=_("Who sorts"),
            help_text=_("Each on their own; nobody sees the others' piles before all are done."),
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("Choose who is to sort.")},
        )

    def offer(self, study: Study) -> None:
        """Let it be the active members who may read what is sorted."""
        people = Member.objects.active().filter(study=study).with_role(*WHO_SORTS)
        self.queryset = people.order_by("display_name", "pk")


class SortForm(forms.Form):
    """A sort of the categories of one round; the page gives it a uid, so that twice is once."""

    uid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    name = forms.CharField(label=_("Name"), max_length=120)
    round = forms.ModelChoiceField(
        Round.objects.none(),
        to_field_name="uid",
        label=_("Categories of the round"),
        empty_label=None,
    )
    members = MembersField()
    groups = forms.IntegerField(
        label=_("Number of groups asked for"),
        min_value=2,
        max_value=MOST,
        required=False,
        help_text=_("Sorters are told it as an aim. Leave it empty to let them decide."),
    )
    names_given = forms.BooleanField(
        label=_("Begin with the names of the round above"),
        required=False,
        help_text=_("Everybody finds a pile for each of its categories, and may make more."),
    )

    def __init__(self, *args: Any, scheme: Scheme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("MembersField", self.fields["members"]).offer(scheme.study)
        rounds = cast("forms.ModelChoiceField[Round]", self.fields["round"])
        rounds.queryset = Round.objects.filter(scheme=scheme, exists=True).order_by("position")

    def task(self) -> dict[str, Any]:
        """What `start_sort` wants to know."""
        return {**self.cleaned_data, "members": list(self.cleaned_data["members"])}


class MomentSortForm(forms.Form):
    """A sort of moments that are drawn; the page gives it a uid, so that twice is once."""

    uid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    name = forms.CharField(label=_("Name"), max_length=120)
    batch = forms.ModelChoiceField(
        Batch.objects.none(),
        to_field_name="uid",
        label=_("Drawn from"),
        empty_label=_("All accepted moments of the study"),
        required=False,
    )
    number = forms.IntegerField(
        label=_("How many moments"), min_value=2, max_value=MOST, initial=50
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=SEEDS - 1,
        required=False,
        help_text=_("The same seed draws the same moments. Leave it empty to have one drawn."),
    )
    members = MembersField()
    names_given = forms.BooleanField(
        label=_("Begin with the categories of the finest round"),
        required=False,
        help_text=_("To go on after an earlier sort. New piles can be made until it is frozen."),
    )

    def __init__(self, *args: Any, scheme: Scheme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("MembersField", self.fields["members"]).offer(scheme.study)
        batches = cast("forms.ModelChoiceField[Batch]", self.fields["batch"])
        batches.queryset = Batch.objects.filter(scheme=scheme, kind=BatchKind.PLAN).order_by("-pk")

    def task(self) -> dict[str, Any]:
        """What `start_sort_of_moments` wants to know."""
        return {**self.cleaned_data, "members": list(self.cleaned_data["members"])}


class PutForm(forms.Form):
    """A card, and where it goes: a pile pressed counts before what was typed.

    `was` is the pile that the page showed the card in. With neither the card is passed over.
    """

    item = forms.ModelChoiceField(
        SortItem.objects.none(),
        to_field_name="uid",
        error_messages={"invalid_choice": _("This card is no longer part of the sort.")},
    )
    pile = forms.ModelChoiceField(
        Pile.objects.none(),
        to_field_name="uid",
        required=False,
        error_messages={
            "invalid_choice": _("This pile was undone in another window. Choose another.")
        },
    )
    to = forms.CharField(max_length=300, required=False)
    was = forms.CharField(max_length=36, required=False)

    def __init__(self, *args: Any, sorter: Sorter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("item", items_of(sorter.sort)), ("pile", sorter.piles.all())):
            field = cast("forms.ModelChoiceField[Any]", self.fields[name])
            field.queryset = rows

    def goal(self) -> Pile | str:
        """The pile, or what was typed; empty where the card is passed over."""
        pile: Pile | None = self.cleaned_data["pile"]
        return pile or str(self.cleaned_data["to"])


class StepForm(forms.Form):
    """Which step is meant to be undone."""

    step = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class PileForm(forms.Form):
    """Another name for a pile."""

    name = forms.CharField(label=_("Name"), max_length=300)


# -- What several made -------------------------------------------------------------------------


class CutForm(forms.Form):
    """How the results are looked at; whatever is wrong counts as not said."""

    linkage = forms.ChoiceField(
        label=_("Linkage"),
        choices=[
            ("average", _("Average")),
            ("single", _("Single (nearest)")),
            ("complete", _("Complete (farthest)")),
        ],
        initial="average",
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    groups = forms.IntegerField(
        label=_("Groups"),
        min_value=1,
        max_value=MOST,
        required=False,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )

    def linkage_asked(self) -> Linkage:
        """The linkage; average where none is named."""
        asked = self.cleaned_data.get("linkage") if self.is_valid() else None
        return cast("Linkage", asked or "average")

    def groups_asked(self) -> int | None:
        """The number of groups, if it is named."""
        return self.cleaned_data.get("groups") if self.is_valid() else None


class SizesForm(forms.Form):
    """Into how many groups the machine is to sort, several numbers at once."""

    sizes = forms.CharField(
        label=_("Numbers of groups"),
        max_length=40,
        help_text=_("One or several, with commas: 53, 19, 5"),
        widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "numeric"}),
    )

    def clean_sizes(self) -> list[int]:
        """Read the numbers."""
        parts = [part.strip() for part in str(self.cleaned_data["sizes"]).split(",")]
        if not all(part.isdecimal() and len(part) < 6 for part in parts):  # noqa: PLR2004
            raise forms.ValidationError(_("Write whole numbers with commas between them."))
        return [int(part) for part in parts]


class SettleForm(forms.Form):
    """A pair, and whether it belongs together; nothing opens it again."""

    first = forms.ModelChoiceField(SortItem.objects.none(), to_field_name="uid")
    second = forms.ModelChoiceField(SortItem.objects.none(), to_field_name="uid")
    verdict = forms.ChoiceField(
        choices=[("together", "together"), ("apart", "apart"), ("open", "open")]
    )

    def __init__(self, *args: Any, sort: Sort, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first", "second"):
            field = cast("forms.ModelChoiceField[Any]", self.fields[name])
            field.queryset = sort.items.all()

    def settled(self) -> dict[str, Any]:
        """What `settle_pair` wants to know."""
        said = self.cleaned_data
        together = None if said["verdict"] == "open" else said["verdict"] == "together"
        return {"first": said["first"], "second": said["second"], "together": together}


class BesideForm(forms.Form):
    """Which two sorters are looked at beside each other; whatever is wrong counts as not said."""

    first = forms.ChoiceField(
        label=_("Rows"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    second = forms.ChoiceField(
        label=_("Columns"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )

    def __init__(self, *args: Any, sorters: Sequence[Sorter], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(row.uid), str(row.member.display_name)) for row in sorters if row.member]
        for name in ("first", "second"):
            cast("forms.ChoiceField", self.fields[name]).choices = choices

    def asked(self, name: str) -> str:
        """The uid of a sorter; empty where none is named."""
        self.full_clean()
        return str(self.cleaned_data.get(name, ""))


class PilesForm(RevisionForm):
    """Piles with the names that they are to have as categories; without a name they are left.

    Piles and names come as two lists side by side.
    """

    def __init__(self, *args: Any, sort: Sort, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sort = sort

    def clean(self) -> dict[str, Any]:
        """Find out which piles are taken, under which names."""
        cleaned = super().clean() or {}
        typed = self.typed()
        _check_names(typed.values())
        done = Pile.objects.filter(sorter__sort=self._sort, sorter__finished_at__isnull=False)
        cleaned["chosen"] = [
            (pile, typed[str(pile.uid)]) for pile in done if typed.get(str(pile.uid))
        ]
        return cleaned

    def typed(self) -> dict[str, str]:
        """The name that was typed for each pile, by uid."""
        names = [name.strip() for name in _list(self.data, "name")]
        return dict(zip(_list(self.data, "pile"), names, strict=False))


def _list(data: Any, name: str) -> list[str]:
    """What was sent for a field that comes as often as there are rows."""
    values: list[str] = data.getlist(name) if isinstance(data, QueryDict) else []
    return values


def _check_names(names: Iterable[str]) -> None:
    if any(len(name) > NAME_LENGTH or "\x00" in name for name in names):
        raise forms.ValidationError(
            _("A name is at most %(limit)d characters long.") % {"limit": NAME_LENGTH}
        )


class AgreeForm(RevisionForm):
    """Groups with their names: for each thing its number, for each number a name.

    Things and numbers come as two lists side by side; names in the order of their numbers.
    `offered` are the numbers as the page had them, with commas.
    """

    round_name = forms.CharField(label=_("Name of the new round"), max_length=120)
    field_order = ("round_name", "rationale", "revision")

    def __init__(self, *args: Any, sort: Sort, has_round: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sort = sort
        if has_round:
            del self.fields["round_name"]

    def clean(self) -> dict[str, Any]:
        """Find out which things come under which name."""
        cleaned = super().clean() or {}
        names = self.names()
        _check_names(names)
        items = {str(item.uid): item for item in self._sort.items.all()}
        gathered: dict[int, list[SortItem]] = {}
        for uid, number in self.numbers().items():
            if uid in items and number.strip():
                gathered.setdefault(_number(number, len(names)), []).append(items[uid])
        cleaned["gathered"] = [(names[at - 1], things) for at, things in gathered.items()]
        return cleaned

    def names(self) -> list[str]:
        """The names that were typed, in the order of their numbers."""
        return [name.strip() for name in _list(self.data, "name")]

    def numbers(self) -> dict[str, str]:
        """The number that was typed for each thing, by uid."""
        return dict(zip(_list(self.data, "item"), _list(self.data, "group"), strict=False))

    def by_hand(self) -> bool:
        """Whether a number was changed."""
        return ",".join(_list(self.data, "group")) not in _list(self.data, "offered")


def _number(typed: str, most: int) -> int:
    """The number of a group; its name may not be missing from the list."""
    number = int(typed) if typed.strip().isdecimal() and len(typed) < 10 else 0  # noqa: PLR2004
    if not 1 <= number <= most:
        raise forms.ValidationError(
            _("There is no group “%(number)s”: take one of 1 to %(most)d.")
            % {"number": typed[:20], "most": most}
        )
    return number
