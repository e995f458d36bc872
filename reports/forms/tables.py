"""The question of a table: round, columns, unit and what is kept."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.choices import AskedFor, ToldAs, Valence, Viewpoint
from incidents.forms.addressed import AddressedForm
from incidents.forms.fieldwork import language_choices
from incidents.models import Study
from reports.queries.filters import (
    NOT_STATED,
    category_choices,
    country_choices,
    organization_choices,
    region_choices,
    sector_choices,
)
from taxonomy.choices import Dimension, Unit
from taxonomy.tabulation.specification import FILTER_FIELDS, Specification
from taxonomy.tabulation.tree import Tree


class TableForm(AddressedForm):
    """What a table is asked; everything may be left out."""

    round = forms.ChoiceField(label=gettext_lazy("Round"), required=False)
    by = forms.ChoiceField(label=gettext_lazy("Columns"), required=False, choices=Dimension.choices)
    unit = forms.ChoiceField(label=gettext_lazy("Counting"), required=False, choices=Unit.choices)
    counts = forms.BooleanField(label=gettext_lazy("Show counts"), required=False)
    region = forms.ChoiceField(label=gettext_lazy("Region"), required=False)
    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False)
    sector = forms.ChoiceField(label=gettext_lazy("Sector"), required=False)
    organization = forms.ChoiceField(label=gettext_lazy("Organization"), required=False)
    viewpoint = forms.ChoiceField(label=gettext_lazy("Viewpoint"), required=False)
    valence = forms.ChoiceField(label=gettext_lazy("Valence"), required=False)
    told_as = forms.ChoiceField(label=gettext_lazy("Told as"), required=False)
    asked_for = forms.ChoiceField(label=gettext_lazy("Asked for"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    category = forms.ChoiceField(label=gettext_lazy("Category"), required=False)

    def __init__(self, *args: Any, study: Study, tree: Tree, names: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tree = tree
        rounds = sorted(tree.rounds.items(), reverse=True)
        self.offer("round", [(str(position), name) for position, name in rounds])
        for name, choices in self._filters(study, tree, names=names).items():
            self.offer(name, choices, blank=_("All"))

    @staticmethod
    def _filters(
        study: Study, tree: Tree, *, names: bool
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
            "language": partial(_languages, study),
            "category": partial(category_choices, tree),
        }

    @property
    def controls(self) -> list[forms.BoundField]:
        """What shapes the table."""
        return [self[name] for name in ("round", "by", "unit", "counts")]

    @property
    def filters(self) -> list[forms.BoundField]:
        """What is kept."""
        return [self[name] for name in FILTER_FIELDS]

    @property
    def active(self) -> list[dict[str, str]]:
        """The filters in use, in words."""
        return self.in_use(list(FILTER_FIELDS))

    @property
    def is_filtered(self) -> bool:
        """Whether anything is filled in to filter by, known or not."""
        return not self.filled().keys().isdisjoint(FILTER_FIELDS)

    @property
    def shows_counts(self) -> bool:
        """Whether counts stand beside the percentages."""
        return bool(self.cleaned_data.get("counts"))

    def specification(self) -> Specification:
        """The question; for a valid form of a scheme with rounds."""
        given = self.cleaned_data
        return Specification(
            round=int(given["round"] or max(self.tree.rounds)),
            by=Dimension(given["by"] or Dimension.REGION),
            where=tuple((name, (given[name],)) for name in FILTER_FIELDS if given[name]),
            unit=Unit(given["unit"] or Unit.MOMENTS),
        )


def _languages(study: Study) -> list[tuple[str, str]]:
    """The languages that interviews were held in or were to be held in, *not stated* last."""
    held = study.interviews.order_by().values_list("language", flat=True).distinct()
    not_stated, *named = language_choices(study, *sorted(held))
    return [*named, (NOT_STATED, not_stated[1])]
