"""A coder's answer, as the page sends it."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from taxonomy.choices import Confidence, Unclassifiable
from taxonomy.models import Category, Coding, Scheme

NOTE_LENGTH = 2000
SIGNED_LENGTH = 1000


class AnswerForm(forms.Form):
    """One answer: a reason pressed counts before a recent category pressed, before one chosen.

    What is chosen in the list is sent along whichever button is pressed. Whether a category is
    still offered the action says, so that its sentence comes back and not "invalid choice".
    """

    uid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    category = forms.ModelChoiceField(
        Category.objects.none(), to_field_name="uid", required=False, label=_("Category")
    )
    recent = forms.ModelChoiceField(
        Category.objects.none(), to_field_name="uid", required=False, label=_("Category")
    )
    unclassifiable = forms.ChoiceField(
        choices=[("", ""), *Unclassifiable.choices],
        required=False,
        label=_("Why it cannot be classified"),
    )
    unsure = forms.BooleanField(required=False, label=_("I am unsure"))
    flagged = forms.BooleanField(required=False, label=_("To be discussed"))
    seen = forms.UUIDField(required=False)
    suggested = forms.CharField(required=False, max_length=SIGNED_LENGTH)
    note = forms.CharField(
        required=False,
        max_length=NOTE_LENGTH,
        label=_("Note"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self, *args: Any, scheme: Scheme, answered: Coding | None = None, **kwargs: Any
    ) -> None:
        if answered is not None:
            unsure = answered.confidence == Confidence.UNSURE
            said = {"note": answered.note, "unsure": unsure, "flagged": answered.flagged}
            kwargs["initial"] = said
        super().__init__(*args, **{"auto_id": "answer_%s", **kwargs})
        standing = Category.objects.filter(scheme=scheme, exists=True)
        for name in ("category", "recent"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  (for the types)
            field.queryset = standing

    def clean(self) -> dict[str, Any]:
        """Want one answer."""
        cleaned = super().clean() or {}
        if not self.errors and not any(self._choice(cleaned)):
            raise forms.ValidationError(
                _("Choose a category, or say why none can be given."), code="nothing"
            )
        return cleaned

    def answer(self) -> dict[str, Any]:
        """What `code_moment` wants to know."""
        category, unclassifiable = self._choice(self.cleaned_data)
        unsure = self.cleaned_data["unsure"]
        return {
            "uid": self.cleaned_data["uid"],
            "category": category,
            "unclassifiable": unclassifiable,
            "confidence": Confidence.UNSURE if unsure else Confidence.SURE,
            "note": self.cleaned_data["note"],
            "flagged": self.cleaned_data["flagged"],
            "seen": self._seen(),
            "suggested": self.cleaned_data["suggested"],
        }

    def _seen(self) -> str | None:
        """The answer that the page showed; None where it does not say."""
        seen = self.cleaned_data["seen"]
        return str(seen or "") if "seen" in self.data else None

    def _choice(self, cleaned: dict[str, Any]) -> tuple[Category | None, str]:
        if unclassifiable := cleaned.get("unclassifiable"):
            return None, unclassifiable
        return cleaned.get("recent") or cleaned.get("category"), ""
