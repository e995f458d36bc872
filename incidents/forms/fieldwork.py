"""What an interviewer fills in about the incidents told in an interview."""

import copy
import dataclasses
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self, cast

from django import forms
from django.conf.locale import LANG_INFO
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents import texts
from incidents.actions.answers import Answered
from incidents.actions.fieldwork import Told
from incidents.choices import AnswerSource, AskedFor, ServedBy, ToldAs, Valence
from incidents.models import Interview, Study
from incidents.models.fieldwork import ANSWERS, HEADLINE_LENGTH, TEXTS
from incidents.queries.guides import Saying

DATE = {"type": "date"}
MISSING = {"required": gettext_lazy("Still missing.")}
WORDS_WANTED = ("jot", "headline", *ANSWERS)
OF_A_QUESTION = ("answer", "answered_from", "answered_on")
FEW_LINES = forms.Textarea(attrs={"rows": 3})

PROMPTS = {
    "situation": gettext_lazy("What led up to it?"),
    "action": gettext_lazy("What exactly did the provider do or say?"),
    "result": gettext_lazy("What came of it?"),
    "people": gettext_lazy("Who was involved?"),
    "reaction": gettext_lazy("How did the customer react?"),
}


@dataclasses.dataclass(frozen=True)
class Question:
    """One of the five questions: how it is put, its field, and what to ask when little comes."""

    prompt: Any
    field: forms.BoundField
    probes: Saying


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


class SharedFields(dict[str, forms.Field]):
    """The fields of forms that are never drawn: all of them have the same, but for some to change.

    Copying its fields takes a form as long as checking them.
    """

    def __init__(self, fields: Mapping[str, forms.Field], *, changed: Iterable[str] = ()) -> None:
        super().__init__(fields)
        self._changed = tuple(changed)

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, forms.Field]:
        """Copy for a form what it may change."""
        return {**self, **{name: copy.deepcopy(self[name], memo) for name in self._changed}}


class WordField(forms.ChoiceField):
    """One of a few words. A form has the field for itself, but shares the words with all others."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Copy the field as Django copies one without choices."""
        return super(forms.ChoiceField, self).__deepcopy__(memo)


def language_choices(study: Study, *more: str) -> list[tuple[str, str]]:
    """The languages of a study by their own names, and those in use already."""
    codes = dict.fromkeys([*study.languages, *filter(None, more)])
    named = [(code, str(LANG_INFO.get(code, {}).get("name_local", code))) for code in codes]
    return [("", _("Not stated")), *named]


def offer(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    """Let a field of a form be one of these."""
    cast("forms.ChoiceField", form.fields[name]).choices = choices


class IncidentForm(forms.Form):
    """One incident as told. Any of it may be kept as a draft; only the complete is submitted."""

    jot = NarrativeField(
        label=gettext_lazy("Jot it down"),
        required=False,
        help_text=gettext_lazy(
            "The story as it comes, in any order. Sort it into the questions below when there is "
            "time; what you leave here goes to the situation."
        ),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    headline = NarrativeField(
        label=gettext_lazy("Headline"),
        required=False,
        max_length=HEADLINE_LENGTH,
        widget=forms.TextInput,
    )
    situation = NarrativeField(
        label=gettext_lazy("The situation"), required=False, widget=FEW_LINES
    )
    action = NarrativeField(
        label=gettext_lazy("What the provider did"), required=False, widget=FEW_LINES
    )
    result = NarrativeField(label=gettext_lazy("What resulted"), required=False, widget=FEW_LINES)
    people = NarrativeField(
        label=gettext_lazy("Who was involved"), required=False, widget=FEW_LINES
    )
    reaction = NarrativeField(
        label=gettext_lazy("How the customer reacted"), required=False, widget=FEW_LINES
    )
    told_as = WordField(
        label=gettext_lazy("Told as"),
        choices=ToldAs,
        widget=forms.RadioSelect,
        error_messages=MISSING,
    )
    served_by = WordField(
        label=gettext_lazy("Served by"),
        choices=ServedBy,
        required=False,
        widget=forms.RadioSelect,
    )
    asked_for = WordField(
        label=gettext_lazy("Asked for"),
        choices=AskedFor,
        required=False,
        widget=forms.RadioSelect,
    )
    valence = WordField(
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
    language = WordField(label=gettext_lazy("Language"), required=False)
    note = NarrativeField(
        label=gettext_lazy("Your own note"),
        required=False,
        help_text=gettext_lazy("Yours, not the teller's: doubts, context, how it was said."),
        widget=FEW_LINES,
    )
    reason = NarrativeField(
        label=gettext_lazy("Why you changed it"),
        required=False,
        max_length=300,
        widget=forms.TextInput,
    )
    answer = NarrativeField(
        label=gettext_lazy("Your answer"),
        required=False,
        max_length=2000,
        error_messages=MISSING,
        help_text=gettext_lazy("Kept beside the question; what was told is put right below."),
        widget=FEW_LINES,
    )
    answered_from = WordField(
        label=gettext_lazy("Where the answer comes from"),
        choices=AnswerSource,
        required=False,
        widget=forms.RadioSelect,
        error_messages=MISSING,
    )
    answered_on = forms.DateField(
        label=gettext_lazy("On"),
        required=False,
        widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"),
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
        self.today = timezone.localdate(timezone=study_zone(interview.study))
        super().__init__(data, initial=dict(initial or {}), use_required_attribute=False)
        languages = language_choices(
            interview.study, interview.language, str(held.get("language") or "")
        )
        offer(self, "language", languages)
        self.fields["valence"].required = not divided
        for name in OF_A_QUESTION:
            self.fields[name].required = bool(question)

    def clean(self) -> dict[str, Any]:
        """Ask for words of some kind, and for dates in order."""
        given = super().clean() or {}
        if not any(given.get(name) for name in WORDS_WANTED) and not self.errors.get("headline"):
            self.add_error("headline", _("Write a headline, or some words of what happened."))
        first, last = given.get("happened_from"), given.get("happened_to")
        if first and last and first > last:
            self.add_error("happened_to", _("The last possible day is before the first."))
        if given.get("answered_on") and given["answered_on"] > self.today:
            self.add_error("answered_on", _("This day has not come yet."))
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

    def answered(self) -> Answered | None:
        """What a complete form answers to the question that was asked; None if it says nothing."""
        given = self.cleaned_data
        if not given["answer"]:
            return None
        return Answered(
            words=given["answer"],
            on=given["answered_on"] or self.today,
            source=given["answered_from"] or AnswerSource.NOTES,
        )

    times = TIMES

    def questions(self, probes: Iterable[Saying]) -> Iterator[Question]:
        """The five questions, each with its field and what the guide asks when little comes."""
        for saying in probes:
            name = saying.part.value
            yield Question(PROMPTS[name], self[name], saying)


class CheckedIncidentForm(IncidentForm):
    """One incident as told, to find out whether it is complete; it is never drawn."""


CheckedIncidentForm.base_fields = SharedFields(
    IncidentForm.base_fields, changed=("language", "valence", *OF_A_QUESTION)
)
BODY = tuple(IncidentForm.base_fields)


def body_of(posted: Mapping[str, Any]) -> dict[str, str]:
    """All fields of an incident as they were typed, complete or not; what a draft keeps."""
    return {name: texts.tidy(str(posted.get(name) or "")) for name in BODY}


class WindowForm(forms.Form):
    """What a window says about itself beside the words it holds."""

    tab = forms.CharField(max_length=40)
    position = forms.IntegerField(min_value=1, max_value=999, required=False)
    based_on = forms.IntegerField(min_value=1, max_value=9999, required=False)
    seen = forms.RegexField(r"^[0-9a-f]{64}$", required=False)
    parked = forms.BooleanField(required=False)
    continues = forms.RegexField(r"^[0-9a-f]{64}$", required=False)
    member = forms.UUIDField()


WindowForm.base_fields = SharedFields(WindowForm.base_fields)


def study_zone(study: Study) -> zoneinfo.ZoneInfo:
    """The time zone of a study; a name that is no zone counts as UTC."""
    try:
        return zoneinfo.ZoneInfo(study.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
