"""What an interviewer fills in: the header of an interview, and the incidents told in it."""

import dataclasses
import uuid
import zoneinfo
from collections.abc import Iterator, Mapping
from typing import Any, cast

from django import forms
from django.conf.locale import LANG_INFO
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from incidents import texts
from incidents.actions.fieldwork import Elsewhere, Told
from incidents.choices import AskedFor, Consent, Mode, Relation, ServedBy, ToldAs, Valence
from incidents.models import (
    Interview,
    Organization,
    Region,
    Respondent,
    Site,
    Study,
)
from incidents.models.fieldwork import ANSWERS, HEADLINE_LENGTH, TEXTS

DATE = {"type": "date"}
MISSING = {"required": gettext_lazy("Still missing.")}
WORDS_WANTED = ("jot", "headline", *ANSWERS)


@dataclasses.dataclass(frozen=True)
class Question:
    """One of the five questions: how to ask it, and what to ask when little comes."""

    name: str
    prompt: Any
    probes: tuple[Any, ...]


QUESTIONS = (
    Question(
        "situation",
        gettext_lazy("What led up to it?"),
        (
            gettext_lazy("Where was it, and on which occasion?"),
            gettext_lazy("What did the customer want or need?"),
            gettext_lazy("What had happened before?"),
        ),
    ),
    Question(
        "action",
        gettext_lazy("What exactly did the provider do or say?"),
        (
            gettext_lazy("Which words were used? Put them in quotation marks."),
            gettext_lazy("What would somebody standing by have seen?"),
            gettext_lazy("“Rude” or “helpful” is a judgement: what was done?"),
        ),
    ),
    Question(
        "result",
        gettext_lazy("What came of it?"),
        (
            gettext_lazy("How did it end for the customer?"),
            gettext_lazy("What did it cost or save, in time, money or goodwill?"),
        ),
    ),
    Question(
        "people",
        gettext_lazy("Who was involved?"),
        (
            gettext_lazy("Roles, no names: the guest, the clerk, the clerk's manager."),
            gettext_lazy("Did anybody else step in?"),
        ),
    ),
    Question(
        "reaction",
        gettext_lazy("How did the customer react?"),
        (
            gettext_lazy("What did the customer say or do, then and later?"),
            gettext_lazy("Did the customer come back?"),
        ),
    ),
)


@dataclasses.dataclass(frozen=True)
class TimeAgo:
    """How people say when it was, and the days before the interview that this may mean."""

    label: Any
    most: int
    fewest: int


TIMES = (
    TimeAgo(gettext_lazy("The same day"), 0, 0),
    TimeAgo(gettext_lazy("The day before"), 1, 1),
    TimeAgo(gettext_lazy("A few days ago"), 5, 2),
    TimeAgo(gettext_lazy("About a week ago"), 10, 5),
    TimeAgo(gettext_lazy("About two weeks ago"), 18, 11),
    TimeAgo(gettext_lazy("About a month ago"), 40, 21),
)


class NarrativeField(forms.CharField):
    """Words as people type them; what a database cannot keep is left out, not refused."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        """Return the text without NUL and with one kind of line break."""
        return texts.tidy(super().to_python(value) or "").strip()


def language_choices(study: Study, *more: str) -> list[tuple[str, str]]:
    """The languages of a study by their own names, and those in use already."""
    codes = dict.fromkeys([*study.languages, *filter(None, more)])
    named = [(code, str(LANG_INFO.get(code, {}).get("name_local", code))) for code in codes]
    return [("", _("Not stated")), *named]


def offer(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    """Let a field of a form be one of these."""
    cast("forms.ChoiceField", form.fields[name]).choices = choices


class InterviewForm(forms.Form):
    """The header of an interview, filled in once."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    respondent = forms.CharField(
        label=gettext_lazy("Respondent's code"),
        max_length=80,
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
        choices=[choice for choice in Consent.choices if choice[0] != Consent.BY_SOURCE],
        widget=forms.RadioSelect,
    )
    may_call_back = forms.BooleanField(label=gettext_lazy("May be called back"), required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, study: Study) -> None:
        self.study = study
        initial = {
            "uid": uuid.uuid4(),
            "held_on": timezone.localdate(timezone=study_zone(study)),
            "language": next(iter(study.languages), ""),
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
        return given

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
        names = ("relation", "job_role", "contact", "held_on", "mode")
        more = ("language", "consent", "may_call_back")
        return {name: self.cleaned_data[name] for name in (*names, *more)}


class IncidentForm(forms.Form):
    """One incident as told. Any of it may be kept as a draft; only the complete is submitted."""

    jot = NarrativeField(
        label=gettext_lazy("Jot it down"),
        required=False,
        help_text=gettext_lazy(
            "The story as it comes, in any order. Sort it into the questions below when there is "
            "time; what you leave here goes to the situation."
        ),
    )
    headline = NarrativeField(
        label=gettext_lazy("Headline"),
        required=False,
        max_length=HEADLINE_LENGTH,
        widget=forms.TextInput,
    )
    situation = NarrativeField(label=gettext_lazy("The situation"), required=False)
    action = NarrativeField(label=gettext_lazy("What the provider did"), required=False)
    result = NarrativeField(label=gettext_lazy("What resulted"), required=False)
    people = NarrativeField(label=gettext_lazy("Who was involved"), required=False)
    reaction = NarrativeField(label=gettext_lazy("How the customer reacted"), required=False)
    told_as = forms.ChoiceField(
        label=gettext_lazy("Told as"),
        choices=ToldAs,
        widget=forms.RadioSelect,
        error_messages=MISSING,
    )
    served_by = forms.ChoiceField(
        label=gettext_lazy("Served by"),
        choices=ServedBy,
        required=False,
        widget=forms.RadioSelect,
    )
    asked_for = forms.ChoiceField(
        label=gettext_lazy("Asked for"),
        choices=AskedFor,
        required=False,
        widget=forms.RadioSelect,
    )
    valence = forms.ChoiceField(
        label=gettext_lazy("How it was experienced"),
        choices=Valence,
        widget=forms.RadioSelect,
        error_messages=MISSING,
    )
    happened_told = forms.CharField(
        label=gettext_lazy("When, as told"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("In the teller's words: “about two weeks ago”."),
    )
    happened_from = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"),
    )
    happened_to = forms.DateField(
        label=gettext_lazy("To"),
        required=False,
        widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    note = NarrativeField(
        label=gettext_lazy("Your own note"),
        required=False,
        help_text=gettext_lazy("Yours, not the teller's: doubts, context, how it was said."),
    )
    reason = NarrativeField(
        label=gettext_lazy("Your answer, or why you changed it"),
        required=False,
        max_length=300,
        widget=forms.TextInput,
        error_messages=MISSING,
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        interview: Interview,
        initial: Mapping[str, Any] | None = None,
        divided: bool = False,
        question: str = "",
    ) -> None:
        held = data or initial or {}
        super().__init__(data, initial=dict(initial or {}), use_required_attribute=False)
        languages = language_choices(
            interview.study, interview.language, str(held.get("language") or "")
        )
        offer(self, "language", languages)
        self.fields["valence"].required = not divided
        self.fields["reason"].required = bool(question)
        for name in ("jot", *ANSWERS, "note"):
            self.fields[name].widget.attrs["rows"] = 5 if name == "jot" else 3

    def clean(self) -> dict[str, Any]:
        """Ask for words of some kind, and for dates in order."""
        given = super().clean() or {}
        if not any(given.get(name) for name in WORDS_WANTED) and not self.errors.get("headline"):
            self.add_error("headline", _("Write a headline, or some words of what happened."))
        first, last = given.get("happened_from"), given.get("happened_to")
        if first and last and first > last:
            self.add_error("happened_to", _("The last possible day is before the first."))
        return given

    def missing(self) -> list[str]:
        """What has to be given before the incident can be submitted, each named."""
        return [
            f"{self.fields[name].label}: {' '.join(str(error) for error in errors)}"
            for name, errors in self.errors.items()
        ]

    def told(self) -> Told:
        """The incident of a complete form; what is left in the jot box opens the situation."""
        given = self.cleaned_data
        words = {name: given[name] for name in TEXTS}
        parts = (given["jot"].strip(), given["situation"].strip())
        words["situation"] = "\n\n".join(part for part in parts if part)
        return Told(
            words=words,
            language=given["language"],
            told_as=given["told_as"],
            served_by=given["served_by"] or ServedBy.NOT_STATED,
            asked_for=given["asked_for"] or AskedFor.NOT_STATED,
            valence=given["valence"] or Valence.NOT_STATED,
            happened_told=given["happened_told"],
            happened_from=given["happened_from"],
            happened_to=given["happened_to"],
        )

    times = TIMES

    def questions(self) -> Iterator[tuple[Question, forms.BoundField]]:
        """The five questions, each with its field."""
        for question in QUESTIONS:
            yield question, self[question.name]


BODY = tuple(IncidentForm.base_fields)


def body_of(posted: Mapping[str, Any]) -> dict[str, str]:
    """All fields of an incident as they were typed, complete or not; what a draft keeps."""
    return {name: texts.tidy(str(posted.get(name) or "")) for name in BODY}


class WindowForm(forms.Form):
    """What a window says about itself beside the words it holds."""

    tab = forms.CharField(max_length=40)
    position = forms.IntegerField(min_value=1, max_value=999, required=False)
    based_on = forms.IntegerField(min_value=1, max_value=9999, required=False)
    continues = forms.RegexField(r"^[0-9a-f]{64}$", required=False)
    member = forms.UUIDField()


def study_zone(study: Study) -> zoneinfo.ZoneInfo:
    """The time zone of a study; a name that is no zone counts as UTC."""
    try:
        return zoneinfo.ZoneInfo(study.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
