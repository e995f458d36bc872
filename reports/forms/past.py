"""Which of the questions about the past is asked, and as of when."""

import datetime as dt
import zoneinfo
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.forms.incidents import DayInput
from taxonomy.models import Scheme

YEARS = range(1970, 2200)
WHEN = ("revision", "day", "time", "number")
LAST = dt.time(23, 59, 59, 999_999)
TO_COME = gettext_lazy("This is yet to come.")


class Ask(TextChoices):
    """The questions about a past moment."""

    REROLLED = "rerolled", gettext_lazy("Re-rolled: today's data under an earlier tree")
    AS_WAS = "as_was", gettext_lazy("As it was: data and tree of a past moment")


class MomentForm(forms.Form):
    """One question, and one way to say when.

    A revision, a day or, for the data as they were, their number; a number goes with a revision.
    """

    ask = forms.ChoiceField(
        label=gettext_lazy("Question"),
        choices=Ask.choices,
        required=False,
        widget=forms.RadioSelect,
        initial=Ask.REROLLED,
    )
    revision = forms.IntegerField(label=gettext_lazy("Revision"), required=False, min_value=1)
    number = forms.IntegerField(label=gettext_lazy("or data number"), required=False, min_value=0)
    day = forms.DateField(label=gettext_lazy("or day"), required=False, widget=DayInput)
    time = forms.TimeField(
        label=gettext_lazy("Time (end of day if empty)"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )

    def __init__(self, *args: Any, scheme: Scheme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scheme = scheme
        if self.is_bound and not self.data.get("ask"):
            self.data = {**dict(self.data.items()), "ask": Ask.REROLLED.value}

    @property
    def moments(self) -> list[forms.BoundField]:
        """The ways to say when."""
        return [self[name] for name in WHEN]

    @property
    def is_asked(self) -> bool:
        """Whether anything says when."""
        return any(self.data.get(name) for name in WHEN)

    def when(self) -> dt.datetime | None:
        """The time that a valid form names, on the clock of the study; of a minute its end."""
        given = self.cleaned_data
        if not given["day"]:
            return None
        time = given["time"] or LAST
        if not time.second:  # as pages show it, and as it is copied from them
            time = time.replace(second=LAST.second, microsecond=LAST.microsecond)
        return dt.datetime.combine(given["day"], time, tzinfo=self._zone)

    @property
    def _zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.scheme.study.time_zone)

    def clean_revision(self) -> int | None:
        """Refuse a revision that is not there yet."""
        number: int | None = self.cleaned_data["revision"]
        if number is not None and number > self.scheme.revision:
            raise forms.ValidationError(
                _("The latest revision is %(number)d.") % {"number": self.scheme.revision}
            )
        return number

    def clean_number(self) -> int | None:
        """Refuse a number that the data have not reached."""
        number: int | None = self.cleaned_data["number"]
        latest = self.scheme.study.data_seq
        if number is not None and number > latest:
            raise forms.ValidationError(
                _("The latest data number is %(number)d.") % {"number": latest}
            )
        return number

    def clean_day(self) -> dt.date | None:
        """Refuse a day far from any that was, which some clocks cannot write."""
        day: dt.date | None = self.cleaned_data["day"]
        if day is not None and day.year not in YEARS:
            raise forms.ValidationError(_("There is nothing of that day."))
        if day is not None and day > timezone.localdate(timezone=self._zone):
            raise forms.ValidationError(TO_COME)
        return day

    def clean(self) -> dict[str, Any]:
        """Take one way to say when."""
        given = super().clean() or self.cleaned_data
        numbered = given.get("number") is not None
        if given.get("day") and (given.get("revision") or numbered):
            self.add_error("day", _("Give a number or a day, not both."))
        elif given.get("time") and not given.get("day") and "day" not in self.errors:
            self.add_error("day", _("Give the day, too."))
        if numbered and given.get("ask") != Ask.AS_WAS:
            self.add_error("number", _("Re-rolled are today's data; leave their number empty."))
        if given.get("day") and given.get("time") and self._is_to_come(given["day"], given["time"]):
            self.add_error("time", TO_COME)
        return given

    def _is_to_come(self, day: dt.date, time: dt.time) -> bool:
        return dt.datetime.combine(day, time, tzinfo=self._zone) > timezone.now()
