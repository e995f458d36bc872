"""What is filled in about an interview: its header, its consent, and what nobody recalled."""

import uuid
from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from incidents.actions.fieldwork import Elsewhere
from incidents.actions.interviews import contradictions
from incidents.choices import AskedFor, Consent, Mode, Relation, ToldAs
from incidents.forms.fieldwork import DATE, language_choices, offer, study_zone
from incidents.models import Interview, Organization, Region, Respondent, Site, Study

MOST_RECORDED = 500
ABOUT_THE_RESPONDENT = ("relation", "job_role", "contact")
CONSENTS = [choice for choice in Consent.choices if choice[0] != Consent.BY_SOURCE]


class InterviewForm(forms.Form):
    """The header of an interview, filled in once."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    respondent = forms.CharField(
        label=gettext_lazy("Respondent's code"),
        max_length=80,
        widget=forms.TextInput(attrs={"autofocus": True}),
        help_text=gettext_lazy(
            "A code you can recognise, never a name. A code used before is the same person."
        ),
    )
    site = forms.ModelChoiceField(
        Site.objects.none(),
        label=gettext_lazy("Organization and site"),
        to_field_name="uid",
        required=False,
        empty_label=gettext_lazy("Another site (fill in below)"),
    )
    organization = forms.ModelChoiceField(
        Organization.objects.none(),
        label=gettext_lazy("Organization"),
        to_field_name="uid",
        required=False,
        help_text=gettext_lazy(
            "If it is not listed choose one that is not stated, and tell an admin of the study."
        ),
    )
    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False)
    place = forms.CharField(label=gettext_lazy("Place"), max_length=120, required=False)
    region = forms.ModelChoiceField(
        Region.objects.none(),
        label=gettext_lazy("Region"),
        to_field_name="uid",
        required=False,
        empty_label=gettext_lazy("The country's region"),
    )
    relation = forms.ChoiceField(
        label=gettext_lazy("The respondent is"),
        choices=Relation,
        initial=Relation.NOT_STATED,
        widget=forms.RadioSelect,
    )
    job_role = forms.CharField(label=gettext_lazy("Job role"), max_length=120, required=False)
    contact = forms.CharField(
        label=gettext_lazy("Kind of customer contact"), max_length=120, required=False
    )
    held_on = forms.DateField(
        label=gettext_lazy("Date"), widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d")
    )
    mode = forms.ChoiceField(
        label=gettext_lazy("Held"), choices=Mode, initial=Mode.NOT_STATED, widget=forms.RadioSelect
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    consent = forms.ChoiceField(
        label=gettext_lazy("The respondent agreed to"),
        choices=CONSENTS,
        widget=forms.RadioSelect,
    )
    may_call_back = forms.BooleanField(label=gettext_lazy("May be called back"), required=False)
    replace = forms.BooleanField(
        label=gettext_lazy("It is the same person, and this has changed"), required=False
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        study: Study,
        like: Interview | None = None,
    ) -> None:
        self.study = study
        self.contradicted = False
        initial = {
            "uid": uuid.uuid4(),
            "held_on": timezone.localdate(timezone=study_zone(study)),
            "language": next(iter(study.languages), ""),
            **(copied_from(like) if like else {}),
        }
        super().__init__(data, initial=initial)
        sites = Site.objects.filter(organization__study=study).select_related("organization")
        offered = {
            "site": sites.order_by("organization__name", "country", "place"),
            "organization": Organization.objects.filter(study=study),
            "region": Region.objects.filter(study=study),
        }
        for name, rows in offered.items():
            cast("forms.ModelChoiceField[Any]", self.fields[name]).queryset = rows
        offer(self, "country", [("", _("Not stated")), *countries])
        offer(self, "language", language_choices(study))

    def has_sites(self) -> bool:
        """Say whether there is a site to choose."""
        return Site.objects.filter(organization__study=self.study).exists()

    def clean(self) -> dict[str, Any]:
        """Find where the respondent is from: the one known by this code, a site, or another."""
        given = super().clean() or {}
        known = Respondent.objects.filter(study=self.study, code=given.get("respondent", ""))
        self.known = known.select_related("site").first()
        if self.known is None and not given.get("site") and not given.get("organization"):
            self.add_error("site", _("Choose a site, or fill in the organization of another one."))
        elif self.known is not None and given.get("site") not in (None, self.known.site):
            self.add_error(
                "site",
                _(
                    "The respondent with this code is at another site. Leave the site empty, or "
                    "use another code."
                ),
            )
        if self.known is not None and not given.get("replace"):
            self._ask_about(self.known, given)
        return given

    def _ask_about(self, known: Respondent, given: Mapping[str, Any]) -> None:
        """Ask what holds where something else is known of the respondent; it is not said what."""
        typed = {name: str(given.get(name, "")) for name in ABOUT_THE_RESPONDENT}
        for name in contradictions(known, typed):
            self.contradicted = True
            self.add_error(
                name,
                _(
                    "Something else is known of the respondent with this code. Leave it out to "
                    "keep that, say below that it has changed, or use another code."
                ),
            )

    def chosen_site(self) -> Site | Elsewhere:
        """Where the respondent of a valid form is from; perhaps a site nobody came from before."""
        given = self.cleaned_data
        if self.known is not None:
            return self.known.site
        if given["site"] is not None:
            return given["site"]  # type: ignore[no-any-return]
        return Elsewhere(
            organization=given["organization"],
            country=given["country"],
            place=given["place"],
            region=given["region"],
        )

    def header(self) -> dict[str, Any]:
        """What is kept of the person and the conversation."""
        more = ("held_on", "mode", "language", "consent", "may_call_back", "replace")
        return {name: self.cleaned_data[name] for name in (*ABOUT_THE_RESPONDENT, *more)}


def copied_from(interview: Interview) -> dict[str, Any]:
    """What the next conversation of a day shares with the last: never the person, nor consent."""
    respondent = interview.respondent
    return {
        "site": respondent.site.uid,
        "relation": respondent.relation,
        "contact": respondent.contact,
        "mode": interview.mode,
        "language": interview.language,
    }


class ConsentForm(forms.Form):
    """What the respondent agrees to, one tap each."""

    row_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    consent = forms.ChoiceField(choices=CONSENTS, required=False)
    may_call_back = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")], required=False)

    def agreed(self) -> dict[str, Any]:
        """What a valid form changes."""
        given = self.cleaned_data
        agreed: dict[str, Any] = {}
        if given["consent"]:
            agreed["consent"] = given["consent"]
        if given["may_call_back"]:
            agreed["may_call_back"] = given["may_call_back"] == "yes"
        return agreed


class NoneRecalledForm(forms.Form):
    """A kind that was asked for in vain."""

    told_as = forms.ChoiceField(
        label=gettext_lazy("Asked as"),
        choices=ToldAs,
        initial=ToldAs.NOT_STATED,
        required=False,
        widget=forms.RadioSelect,
    )
    asked_for = forms.ChoiceField(
        choices=[choice for choice in AskedFor.choices if choice[0] != AskedFor.NOT_STATED]
    )


class UidsField(forms.Field):
    """Up to some hundred uids, with spaces between."""

    def to_python(self, value: Any) -> list[uuid.UUID]:
        """Return the uids; raise ValidationError where one is none."""
        named = str(value or "").split()[:MOST_RECORDED]
        try:
            return [uuid.UUID(name) for name in named]
        except ValueError:
            raise forms.ValidationError(_("This is no list of incidents.")) from None


class RecordedForm(forms.Form):
    """Which incidents a browser recorded."""

    uids = UidsField()
