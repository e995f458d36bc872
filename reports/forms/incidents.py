"""The filters of the grid of incidents."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.choices import IncidentState, Valence, Viewpoint
from incidents.forms.addressed import AddressedForm
from incidents.models import Study
from incidents.queries.criteria import reasons_of
from incidents.queries.screening import NO_REASON
from reports.queries.filters import (
    Groups,
    category_choices,
    organization_choices,
    organization_words,
    path_of,
    region_choices,
    sector_choices,
)
from reports.queries.incidents import ANY_STATE, Sight, category_open_to
from taxonomy.models import Scheme
from taxonomy.queries.trees import tree_of

PLACES = ("region", "sector", "organization")


class DayInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class IncidentFilterForm(AddressedForm):
    """What the grid shows; a field that the member may not ask by does not exist."""

    q = forms.CharField(
        label=gettext_lazy("Words told"),
        max_length=200,
        required=False,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": gettext_lazy("part, or “whole words”")}
        ),
    )
    region = forms.ChoiceField(label=gettext_lazy("Region"), required=False)
    sector = forms.ChoiceField(label=gettext_lazy("Sector"), required=False)
    organization = forms.ChoiceField(label=gettext_lazy("Organization"), required=False)
    viewpoint = forms.ChoiceField(label=gettext_lazy("Viewpoint"), required=False)
    valence = forms.ChoiceField(label=gettext_lazy("Valence"), required=False)
    category = forms.ChoiceField(label=gettext_lazy("Category"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    reason = forms.ChoiceField(label=gettext_lazy("Excluded because"), required=False)
    since = forms.DateField(label=gettext_lazy("Happened from"), required=False, widget=DayInput)
    until = forms.DateField(label=gettext_lazy("Happened until"), required=False, widget=DayInput)
    sort = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, study: Study, sight: Sight, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("viewpoint", Viewpoint.choices, blank=_("All"))
        self.offer("valence", Valence.choices, blank=_("All"))
        self._offer_places(study, sight)
        self._offer_categories(study, sight)
        self._offer_states(study, sight)

    def _offer_places(self, study: Study, sight: Sight) -> None:
        if not sight.places:
            for name in PLACES:
                del self.fields[name]
            return
        self.offer("region", partial(region_choices, study), blank=_("All"))
        self.offer("sector", partial(sector_choices, study), blank=_("All"))
        self.offer_found(
            "organization",
            partial(organization_words, study, names=sight.names),
            partial(organization_choices, study, names=sight.names),
            source=_source(study, "organization"),
            blank=_("All"),
        )

    def _offer_categories(self, study: Study, sight: Sight) -> None:
        if not sight.schemes:
            del self.fields["category"]
            return
        self.offer_found(
            "category",
            partial(_category_words, sight),
            partial(_categories, sight.schemes),
            source=_source(study, "category"),
            blank=_("All"),
        )

    def _offer_states(self, study: Study, sight: Sight) -> None:
        if not sight.states:
            del self.fields["state"], self.fields["reason"]
            return
        hidden = (IncidentState.IMPORTING, IncidentState.HELD_OUT)
        states = [choice for choice in IncidentState.choices if choice[0] not in hidden]
        every = (ANY_STATE, _("All, whatever their state"))
        self.offer("state", [*states, every], blank=_("All but excluded and withdrawn"))
        unsaid = (NO_REASON, _("No reason is recorded"))
        self.offer("reason", [*reasons_of(study).items(), unsaid], blank=_("Whatever the reason"))

    @property
    def active(self) -> list[dict[str, str]]:
        """The filters in use, in words."""
        return self.in_use([name for name in self.fields if name != "sort"])


def _source(study: Study, name: str) -> str:
    return reverse("reports:filter_choices", args=[study.slug, name])


def _category_words(sight: Sight, uid: str) -> str | None:
    found = category_open_to(sight, uid)
    return path_of(found.tree, found.node) if found else None


def _categories(schemes: Iterable[Scheme]) -> Groups:
    return [
        (f"{scheme.name}: {name}", choices)
        for scheme in schemes
        for name, choices in category_choices(tree_of(scheme))
    ]
