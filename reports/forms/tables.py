"""The question of a table: rows, columns, what is counted and what is kept."""

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from incidents.choices import AskedFor, Mode, ServedBy, ToldAs, Valence, Viewpoint
from incidents.forms.addressed import AddressedForm
from incidents.forms.fieldwork import language_choices
from incidents.models import Study
from reports.forms.incidents import DayInput
from reports.queries.filters import (
    NOT_STATED,
    Groups,
    categories_of,
    category_choices,
    country_choices,
    interviewer_choices,
    organization_choices,
    region_choices,
    round_choices,
    sector_choices,
)
from taxonomy.choices import Dimension, Origin, Recall, Shares, Unit, Weight
from taxonomy.models import Scheme
from taxonomy.tabulation.specification import (
    FILTER_FIELDS,
    Across,
    Specification,
    Variable,
    read_variable,
)
from taxonomy.tabulation.tree import Tree

FIGURES = ("shares", "decimals", "adjusted", "counts")
SHAPE = ("round", "subtotals", "by", "then", "origin", "unit", "weight", *FIGURES)
ONLY_OF_TODAY = ("subtotals", "weight", *FIGURES)  # not in the time machine
PEOPLE = (Dimension.INTERVIEWER.value,)
BOTH_LABELS = '<span class="of-respondent">{}</span><span class="of-event">{}</span>'
PLACES = {
    "region": (gettext_lazy("Region of the respondent"), gettext_lazy("Region of the event")),
    "country": (gettext_lazy("Country of the respondent"), gettext_lazy("Country of the event")),
    "organization": (
        gettext_lazy("Organization of the respondent"),
        gettext_lazy("Organization of the event"),
    ),
    "sector": (gettext_lazy("Sector of the respondent"), gettext_lazy("Sector of the event")),
}


class TableForm(AddressedForm):
    """What a table is asked; everything may be left out.

    `others` are further schemes whose results the reader may see; `people` says whether the reader
    may know who wrote things down.
    """

    only_of_today = ONLY_OF_TODAY
    round = forms.ChoiceField(label=gettext_lazy("Round"), required=False)
    subtotals = forms.BooleanField(
        label=gettext_lazy("With subtotals of the coarser round"), required=False
    )
    by = forms.ChoiceField(label=gettext_lazy("Columns by"), required=False)
    then = forms.ChoiceField(label=gettext_lazy("Within each, by"), required=False)
    origin = forms.ChoiceField(
        label=gettext_lazy("Whose places"), required=False, choices=Origin.choices
    )
    unit = forms.ChoiceField(label=gettext_lazy("Counting"), required=False, choices=Unit.choices)
    weight = forms.ChoiceField(
        label=gettext_lazy("Weights"), required=False, choices=Weight.choices
    )
    shares = forms.ChoiceField(
        label=gettext_lazy("Figures"), required=False, choices=Shares.choices
    )
    decimals = forms.ChoiceField(
        label=gettext_lazy("Decimals"),
        required=False,
        choices=[("", gettext_lazy("Whole")), ("1", gettext_lazy("One decimal"))],
    )
    adjusted = forms.BooleanField(label=gettext_lazy("Adjust to 100"), required=False)
    counts = forms.BooleanField(label=gettext_lazy("Show counts"), required=False)
    region = forms.ChoiceField(label=gettext_lazy("Region"), required=False)
    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False)
    organization = forms.ChoiceField(label=gettext_lazy("Organization"), required=False)
    sector = forms.ChoiceField(label=gettext_lazy("Sector"), required=False)
    viewpoint = forms.ChoiceField(label=gettext_lazy("Viewpoint"), required=False)
    valence = forms.ChoiceField(label=gettext_lazy("Valence"), required=False)
    told_as = forms.ChoiceField(label=gettext_lazy("Told as"), required=False)
    asked_for = forms.ChoiceField(label=gettext_lazy("Asked for"), required=False)
    served_by = forms.ChoiceField(label=gettext_lazy("Served by"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    category = forms.ChoiceField(label=gettext_lazy("Category"), required=False)
    other_category = forms.ChoiceField(
        label=gettext_lazy("Category of another scheme"), required=False
    )
    q = forms.CharField(
        label=gettext_lazy("Words told"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    since = forms.DateField(label=gettext_lazy("Happened from"), required=False, widget=DayInput)
    until = forms.DateField(label=gettext_lazy("Happened until"), required=False, widget=DayInput)
    held_since = forms.DateField(
        label=gettext_lazy("Interview from"), required=False, widget=DayInput
    )
    held_until = forms.DateField(
        label=gettext_lazy("Interview until"), required=False, widget=DayInput
    )
    mode = forms.ChoiceField(label=gettext_lazy("Interview held"), required=False)
    interviewer = forms.ChoiceField(label=gettext_lazy("Interviewer"), required=False)
    recall = forms.ChoiceField(label=gettext_lazy("Recall window"), required=False)
    first_told = forms.ChoiceField(
        label=gettext_lazy("Told first in the interview"), required=False
    )

    def __init__(
        self,
        *args: Any,
        study: Study,
        tree: Tree,
        names: bool,
        people: bool = False,
        others: Sequence[Scheme] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.tree = tree
        for name, words in PLACES.items():
            self.fields[name].label = words[self.data.get("origin") == Origin.EVENT]
        self.fields["recall"].label = _recall_window(study)
        rounds = sorted(tree.rounds.items(), reverse=True)
        self.offer("round", [(str(position), name) for position, name in rounds])
        variables = partial(_variables, others, people=people)
        self.offer("by", variables)
        self.offer("then", variables, blank=_("Nothing more"))
        if not people:
            del self.fields["interviewer"]
        if not others:
            del self.fields["other_category"]
        for name, choices in self._filters(study, tree, others, names=names).items():
            if name in self.fields:
                self.offer(name, choices, blank=_("All"))

    @staticmethod
    def _filters(
        study: Study, tree: Tree, others: Sequence[Scheme], *, names: bool
    ) -> dict[str, list[Any] | Callable[[], list[Any]]]:
        return {
            "region": partial(region_choices, study),
            "country": partial(country_choices, study),
            "sector": partial(sector_choices, study),
            "organization": partial(organization_choices, study, names=names),
            "viewpoint": Viewpoint.choices,
            "valence": Valence.choices,
            "told_as": ToldAs.choices,
            "asked_for": AskedFor.choices,
            "served_by": ServedBy.choices,
            "language": partial(_languages, study),
            "category": partial(category_choices, tree),
            "other_category": partial(categories_of, others),
            "mode": Mode.choices,
            "interviewer": partial(interviewer_choices, study),
            "recall": Recall.choices,
            "first_told": [("yes", _("Yes")), ("no", _("No"))],
        }

    @property
    def filter_names(self) -> list[str]:
        """The fields by which is filtered."""
        return [name for name in FILTER_FIELDS if name in self.fields]

    @property
    def controls(self) -> list[forms.BoundField]:
        """What shapes the table."""
        return [self[name] for name in SHAPE]

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """What shapes the table, under what it shapes."""
        return [
            (label, [self[name] for name in names])
            for label, names in (
                (_("Rows"), SHAPE[:2]),
                (_("Columns"), SHAPE[2:5]),
                (_("What is counted"), SHAPE[5:]),
            )
        ]

    @property
    def filters(self) -> list[forms.BoundField]:
        """What is kept; whose places are meant follows the choice on the page."""
        kept = [self[name] for name in self.filter_names]
        for field in kept:
            if field.name in PLACES:
                field.label = format_html(BOTH_LABELS, *PLACES[field.name])
        return kept

    @property
    def active(self) -> list[dict[str, str]]:
        """The filters in use, in words."""
        return self.in_use(self.filter_names)

    @property
    def is_filtered(self) -> bool:
        """Whether anything is filled in to filter by, known or not."""
        return not self.filled().keys().isdisjoint(FILTER_FIELDS)

    @property
    def shows_counts(self) -> bool:
        """Whether counts stand beside the percentages."""
        return bool(self.cleaned_data.get("counts"))

    def clean(self) -> dict[str, Any]:
        """Refuse what cannot be asked together."""
        given = super().clean() or {}
        if given.get("then") and given["then"] == (given.get("by") or Dimension.REGION):
            self.add_error("then", _("Choose another variable than for the columns."))
        weighted = given.get("weight") not in {None, "", Weight.NONE}
        if weighted and given.get("unit") not in {None, "", Unit.MOMENTS}:
            self.add_error("weight", _("Weights are for moments: choose moments, or no weights."))
        if given.get("adjusted") and not self._may_be_adjusted(given):
            self.add_error(
                "adjusted",
                _("Only the shares of moments in columns or in rows can be made to add to 100."),
            )
        return given

    @staticmethod
    def _may_be_adjusted(given: dict[str, Any]) -> bool:
        return Specification(
            round=0,
            unit=Unit(given.get("unit") or Unit.MOMENTS),
            shares=Shares(given.get("shares") or Shares.COLUMN),
        ).may_be_adjusted

    def specification(self) -> Specification:
        """The question; for a valid form of a scheme with rounds."""
        given = self.cleaned_data
        return Specification(
            round=int(given["round"] or max(self.tree.rounds)),
            by=self._variable("by") or Dimension.REGION,
            where=tuple((name, (str(given[name]),)) for name in self.filter_names if given[name]),
            unit=Unit(given["unit"] or Unit.MOMENTS),
            then=self._variable("then"),
            weight=Weight(given["weight"] or Weight.NONE),
            shares=Shares(given["shares"] or Shares.COLUMN),
            origin=Origin(given["origin"] or Origin.RESPONDENT),
            subtotals=given["subtotals"],
            decimals=int(given["decimals"] or 0),
            adjusted=given["adjusted"],
        )

    def _variable(self, name: str) -> Variable | None:
        value = self.cleaned_data[name]
        if not value:
            return None
        variable = read_variable(value)
        if isinstance(variable, Across):
            return dataclasses.replace(variable, label=self._words(name, value))
        return variable


def _variables(others: Sequence[Scheme], *, people: bool) -> Groups:
    """The column variables, then the rounds of other schemes."""
    own = [
        (value, str(label)) for value, label in Dimension.choices if people or value not in PEOPLE
    ]
    rounds = round_choices(others) if others else []
    return [(_("By"), own), *([(_("By another scheme"), rounds)] if rounds else [])]


def _recall_window(study: Study) -> str:
    days = study.recall_window_days
    return ngettext("Recall window (%(days)d day)", "Recall window (%(days)d days)", days) % {
        "days": days
    }


def _languages(study: Study) -> list[tuple[str, str]]:
    """The languages that interviews were held in or were to be held in, *not stated* last."""
    held = study.interviews.order_by().values_list("language", flat=True).distinct()
    not_stated, *named = language_choices(study, *sorted(held))
    return [*named, (NOT_STATED, not_stated[1])]
