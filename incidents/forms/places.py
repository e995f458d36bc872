"""Regions, sectors, organizations and sites."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from incidents.forms.versions import VersionedForm
from incidents.models import Region, Sector, Site, Study


class RegionForm(VersionedForm):
    """A region and the countries that default to it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    countries = forms.MultipleChoiceField(
        label=gettext_lazy("Countries"),
        choices=lambda: list(countries),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8, "data-choose": gettext_lazy("Nothing fits")}),
        help_text=gettext_lazy("Sites in these countries fall to the region unless they say else."),
    )


class SectorForm(VersionedForm):
    """A line of business."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)


class OrganizationForm(VersionedForm):
    """An organization."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=160,
        help_text=gettext_lazy("Confidential: shown to admins and interviewers."),
    )
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Shown where the name may not be. Made up if empty."),
    )
    sector = forms.ModelChoiceField(
        Sector.objects.none(), label=gettext_lazy("Sector"), to_field_name="uid", empty_label=None
    )

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sector"].queryset = Sector.objects.filter(study=study)  # type: ignore[attr-defined]


class SiteForm(forms.Form):
    """One place of an organization."""

    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        required=False,
        choices=lambda: [("", _("Not stated")), *countries],
    )
    place = forms.CharField(label=gettext_lazy("Place"), max_length=120, required=False)
    region = forms.ModelChoiceField(
        Region.objects.none(),
        label=gettext_lazy("Region"),
        to_field_name="uid",
        required=False,
        empty_label=gettext_lazy("The country's region"),
    )

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].queryset = Region.objects.filter(study=study)  # type: ignore[attr-defined]


class RespondentMoveForm(VersionedForm):
    """Where a respondent belongs after all."""

    site = forms.ModelChoiceField(
        Site.objects.none(),
        label=gettext_lazy("Site"),
        to_field_name="uid",
        empty_label=None,
        widget=forms.Select(attrs={"data-choose": gettext_lazy("Nothing fits")}),
        help_text=gettext_lazy("A site that is missing is added on its organization's page first."),
    )

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sites = Site.objects.filter(organization__study=study).select_related("organization")
        order = ("organization__name", "country", "place", "pk")
        self.fields["site"].queryset = sites.order_by(*order)  # type: ignore[attr-defined]


class OrganizationFilterForm(forms.Form):
    """What organizations to list."""

    q = forms.CharField(label=gettext_lazy("Name or code"), max_length=160, required=False)
    sector = forms.ModelChoiceField(
        Sector.objects.none(),
        label=gettext_lazy("Sector"),
        to_field_name="uid",
        required=False,
        empty_label=gettext_lazy("All"),
    )

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sector"].queryset = Sector.objects.filter(study=study)  # type: ignore[attr-defined]

    @property
    def given(self) -> dict[str, Any]:
        """What was asked for and made sense."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
