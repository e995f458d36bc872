"""What a study says of itself."""

import zoneinfo
from typing import Any, ClassVar

from django import forms
from django.conf.locale import LANG_INFO
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.models import Study

LONG = 5000
START_BLANK = "blank"
START_FILE = "file"


def named_languages() -> list[tuple[str, str]]:
    """The languages a study may be held in, by their own names."""
    names = {code: info["name_local"] for code, info in LANG_INFO.items() if "name_local" in info}
    return sorted(names.items(), key=lambda item: item[1].casefold())


def named_time_zones() -> list[tuple[str, str]]:
    """Every time zone of the machine, by name."""
    return [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones())]


class NewStudyForm(forms.Form):
    """The least that a study needs; everything else has a default and can be set later."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=160)
    slug = forms.SlugField(
        label=gettext_lazy("Short name in addresses"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Small letters, digits and hyphens. Made from the name if empty."),
        error_messages={"invalid": gettext_lazy("Use only small letters, digits and hyphens.")},
    )
    start = forms.ChoiceField(
        label=gettext_lazy("Start with"), widget=forms.RadioSelect, initial=START_BLANK
    )

    further = forms.MultipleChoiceField(
        label=gettext_lazy("Further schemes, from templates"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "Each sorts the same moments in its own way. They can be added later, too."
        ),
    )

    def __init__(
        self,
        *args: Any,
        starts: list[tuple[str, str]],
        further: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["start"].choices = starts  # type: ignore[attr-defined]
        self.fields["further"].choices = further  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Make the short name from the name where it is empty."""
        given = super().clean() or {}
        if not given.get("slug") and "slug" not in self.errors:
            given["slug"] = slugify(given.get("name", ""))[:60].strip("-_")
            if not given["slug"] and "name" in given:
                self.add_error("slug", _("Give a short name; the name has no plain letters."))
        return given


class StudyForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """The settings of a study."""

    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages of the interviews"),
        choices=named_languages,
        widget=forms.SelectMultiple(attrs={"size": 6, "data-choose": gettext_lazy("Nothing fits")}),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=named_time_zones,
        widget=forms.Select(attrs={"data-choose": gettext_lazy("Nothing fits")}),
    )
    aim = forms.CharField(
        label=gettext_lazy("Aim"),
        max_length=LONG,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What the study is to find out, in a sentence or two."),
    )
    row_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    class Meta:
        model = Study
        fields: ClassVar = [
            "name",
            "slug",
            "aim",
            "note",
            "languages",
            "time_zone",
            "recall_window_days",
            "elicitation",
            "quota_good",
            "quota_poor",
            "poor_first",
            "confidentiality_threshold",
            "names_shown_to_analysts",
            "reconstruction",
        ]
        help_texts: ClassVar = {
            "slug": gettext_lazy("Links to the study change with it."),
            "note": gettext_lazy(
                "A short sentence that every page of the study shows, and every file taken from it."
            ),
            "recall_window_days": gettext_lazy("How long ago a told incident may have happened."),
            "reconstruction": gettext_lazy(
                "Its pages then say what is published and what is invented."
            ),
        }
