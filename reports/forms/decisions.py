"""What is asked before one decision on many incidents."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from incidents.choices import Criterion
from incidents.forms.fieldwork import NarrativeField
from incidents.models import Study
from incidents.paging import shown_number
from incidents.queries.criteria import asked_in, reasons_open
from reports.actions.bulk import Plan
from reports.choices import BulkVerb
from taxonomy.queries.planning import OpenBatch, coders_of, open_batches, schemes_to_code

NEW = "new:"


class NoWordsForm(forms.Form):
    """Nothing but a second look."""

    sure = forms.BooleanField(widget=forms.HiddenInput, initial=True, required=False)
    consequence = gettext_lazy(
        "Those that cannot be decided on so are left as they are and named. You can undo it: "
        "whatever nobody has touched since then stands again where it stood."
    )

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.study = study

    @property
    def missing(self) -> dict[str, Any]:
        """What has to be there before it can be asked, and where it is made."""
        return {}

    @property
    def told(self) -> dict[str, Any]:
        """What the action is told."""
        return {}


class BulkQuestionForm(NoWordsForm):
    """One question to the interviewers of all."""

    question = NarrativeField(label=gettext_lazy("Question to the interviewers"), max_length=2000)

    @property
    def told(self) -> dict[str, Any]:
        """What the action is told."""
        return {"words": self.cleaned_data["question"]}


class BulkExclusionForm(NoWordsForm):
    """One reason for all."""

    criterion = forms.ChoiceField(label=gettext_lazy("Criterion"))
    reason = NarrativeField(label=gettext_lazy("Reason"), required=False, max_length=2000)

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, study=study, **kwargs)
        reasons = reasons_open(asked_in(study))
        self.fields["criterion"].choices = [("", _("Choose…")), *reasons]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for the reason where no criterion says it."""
        given = super().clean() or {}
        if given.get("criterion") == Criterion.OTHER and not given.get("reason"):
            self.add_error("reason", _("Say why."))
        return given

    @property
    def told(self) -> dict[str, Any]:
        """What the action is told."""
        return {"criterion": self.cleaned_data["criterion"], "words": self.cleaned_data["reason"]}


class BulkBatchForm(NoWordsForm):
    """The batch that all are put on: an open one of a scheme, or a new one for some coders."""

    batch = forms.ChoiceField(label=gettext_lazy("Batch"))
    name = forms.CharField(label=gettext_lazy("Name of the new batch"), max_length=120)
    coders = forms.MultipleChoiceField(
        label=gettext_lazy("Coders of the new batch"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "Each of them gets all of it, and sees nothing of what others coded in the scheme "
            "until all of theirs is answered."
        ),
    )
    consequence = gettext_lazy(
        "What a coder of the scheme has already, and what is not accepted, is left as it is and "
        "named. You can undo it: what nobody has coded by then is taken off the batch."
    )

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, study=study, **kwargs)
        self._open = {str(one.batch.uid): one for one in open_batches(study)}
        self._schemes = {f"{NEW}{one.slug}": one for one in schemes_to_code(study)}
        self._coders = {str(one.uid): one for one in coders_of(study)}
        self.fields["batch"].choices = self._batches()  # type: ignore[attr-defined]
        self.fields["coders"].choices = [  # type: ignore[attr-defined]
            (uid, coder.display_name) for uid, coder in self._coders.items()
        ]
        if self.data.get("batch") in self._open:
            self.fields["name"].required = self.fields["coders"].required = False

    def _batches(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """For each scheme its open batches, and a new one."""
        return [
            (
                scheme.name,
                [
                    *(
                        (uid, _named(one))
                        for uid, one in self._open.items()
                        if one.batch.scheme_id == scheme.pk
                    ),
                    (new, _("A new batch in %(scheme)s") % {"scheme": scheme.name}),
                ],
            )
            for new, scheme in self._schemes.items()
        ]

    @property
    def missing(self) -> dict[str, Any]:
        """What has to be there first, and where it is made."""
        if not self._schemes:
            words = _("There is no scheme to code in yet. Make one first.")
            return {"text": words, "page": "taxonomy:scheme_list", "action": _("To the schemes")}
        if not self._coders:
            words = _("Nobody codes in this study yet. Give somebody the role of a coder first.")
            return {"text": words, "page": "incidents:member_list", "action": _("To the people")}
        return {}

    def clean_name(self) -> str:
        """Ask for a name that tells the new batch from the open ones of its scheme."""
        name: str = self.cleaned_data["name"]
        scheme = self._schemes.get(self.data.get("batch", ""))
        taken = [one.batch for one in self._open.values() if one.batch.name == name]
        if scheme and any(batch.scheme_id == scheme.pk for batch in taken):
            raise ValidationError(_("An open batch has this name already: choose it above."))
        return name

    @property
    def told(self) -> dict[str, Any]:
        """What the action is told."""
        chosen = self.cleaned_data["batch"]
        if chosen in self._open:
            one = self._open[chosen]
            return {"plan": Plan(one.batch.scheme, one.coders, batch=one.batch)}
        coders = [self._coders[uid] for uid in self.cleaned_data["coders"]]
        return {"plan": Plan(self._schemes[chosen], coders, name=self.cleaned_data["name"])}


def _named(one: OpenBatch) -> str:
    """An open batch with what tells it from others."""
    return ngettext(
        "%(batch)s (%(number)s moment; %(coders)s)",
        "%(batch)s (%(number)s moments; %(coders)s)",
        one.moments,
    ) % {
        "batch": one.batch.name,
        "coders": ", ".join(coder.display_name for coder in one.coders),
        "number": shown_number(one.moments),
    }


WORDS: dict[str, type[NoWordsForm]] = {
    BulkVerb.RETURN: BulkQuestionForm,
    BulkVerb.EXCLUDE: BulkExclusionForm,
    BulkVerb.BATCH: BulkBatchForm,
}


def words_form(verb: str, data: Any, study: Study) -> NoWordsForm:
    """The form that asks what a verb needs, filled in where it was sent."""
    form = WORDS.get(verb, NoWordsForm)
    return form(data if "sure" in data else None, study=study)
