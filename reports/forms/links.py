"""For whom a link is made, and how long it opens."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.models import Study
from reports.forms.incidents import DayInput

LONGEST_RECIPIENT = 120
LONGEST_DAYS = 365
DATE = "date"
TERMS = (
    ("7", gettext_lazy("7 days")),
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    (DATE, gettext_lazy("Until a day")),
)


class LinkForm(forms.Form):
    """Somebody outside, and until when they may read; `expires_at` is worked out."""

    recipient = forms.CharField(
        label=gettext_lazy("For whom"),
        help_text=gettext_lazy("Stands on the page that they read, and in your list of links."),
        max_length=LONGEST_RECIPIENT,
    )
    term = forms.ChoiceField(
        label=gettext_lazy("Opens for"), choices=TERMS, widget=forms.RadioSelect, initial="30"
    )
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("Only for “Until a day”; a year from now at most."),
        required=False,
        widget=DayInput,
    )

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.study = study

    def clean(self) -> dict[str, Any]:
        """Work out when the link stops opening: after so many days, or at the end of a day."""
        given: dict[str, Any] = super().clean() or {}
        term, until = given.pop("term", ""), given.pop("until", None)
        if term and term != DATE:
            given["expires_at"] = timezone.now() + dt.timedelta(days=int(term))
        elif term and not self.errors:
            given["expires_at"] = self._end_of(until)
        return given

    def _end_of(self, day: dt.date | None) -> dt.datetime | None:
        """The midnight after a day where the study is; says what is wrong with the day."""
        zone = ZoneInfo(self.study.time_zone)
        today = timezone.localdate(timezone=zone)
        if day is None:
            self.add_error("until", _("Say until which day."))
        elif day < today:
            self.add_error("until", _("This day is over."))
        elif day > today + dt.timedelta(days=LONGEST_DAYS):
            self.add_error("until", _("A link opens for a year at most."))
        else:
            return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=zone)
        return None
