"""What a coder proposes, and what an admin answers."""

import uuid
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.forms.studies import LONG
from incidents.models import Member
from taxonomy.choices import ProposalKind
from taxonomy.forms.schemes import CategoryField, ParentField, SeenForm
from taxonomy.models import Assignment, Category, Proposal, Round, Scheme
from taxonomy.queries.proposals import examples_for
from taxonomy.queries.revisions import texts_at

WORDS = ("name", "definition", "includes", "excludes")
FIELDS = {
    ProposalKind.ADD: ("name", "definition", "parent"),
    ProposalKind.DESCRIBE: WORDS,
    ProposalKind.MERGE: ("into", "name"),
    ProposalKind.SPLIT: ("definition",),
    ProposalKind.RETIRE: (),
}


def texts_of(category: Category | None) -> dict[str, str]:
    """The words of a category as a form has them; none of none."""
    return {name: getattr(category, name) for name in WORDS} if category else {}


def _long(label: Any, *, rows: int = 2, **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=LONG, widget=widget, **options)


class ExampleField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the coder's own moments, said by what it is called."""

    def label_from_instance(self, obj: Assignment) -> str:
        """What it is called, and the part where the incident was divided."""
        version = obj.moment.incident.version
        words = (version.heading if version else "") or str(_("Without a headline"))
        return f"{words} · {obj.moment.label}" if obj.moment.label else words


class _Change(forms.Form):
    """The change itself, as its kind has it."""

    name = forms.CharField(label=_("Name"), max_length=300)
    definition = _long(_("Definition"), required=False)
    includes = _long(_("Includes"), required=False)
    excludes = _long(_("Not here"), required=False)
    parent = ParentField()
    into = CategoryField(_("Merge into"), nothing=_("Choose a category"))

    def __init__(
        self, *args: Any, kind: ProposalKind, scheme: Scheme, category: Category | None, **rest: Any
    ) -> None:
        super().__init__(*args, **rest)
        for name in {*WORDS, "parent", "into"} - set(FIELDS[kind]):
            del self.fields[name]
        if kind == ProposalKind.ADD:
            self._offer_parents(scheme)
        elif kind == ProposalKind.MERGE and category is not None:
            self._offer_others(scheme, category)
        elif kind == ProposalKind.SPLIT:
            self.fields["definition"].label = _("Into what")
            self.fields["definition"].required = True

    def _offer_parents(self, scheme: Scheme) -> None:
        finest = Round.objects.filter(scheme=scheme, exists=True).order_by("position").first()
        above = cast("ParentField", self.fields["parent"])
        if finest is not None:
            above.offer_above(finest)
        if not above.choices_stand():
            del self.fields["parent"]

    def _offer_others(self, scheme: Scheme, category: Category) -> None:
        others = Category.objects.filter(
            round=category.round_id, exists=True, merged_into__isnull=True, retired=False
        ).exclude(pk=category.pk)
        cast("CategoryField", self.fields["into"]).offer(scheme, others.values("pk"))
        self.fields["name"].label = _("New name")
        self.fields["name"].required = False

    def change(self) -> dict[str, Any]:
        """The words and the other category, as the actions name them."""
        cleaned = self.cleaned_data
        words = {name: cleaned[name] for name in WORDS if name in self.fields}
        return {"words": words, "other": cleaned.get("parent") or cleaned.get("into")}


class ProposalForm(_Change):
    """A change with the reason for it, and an example from one's own moments."""

    uid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    reason = _long(_("Why"))
    example = ExampleField(
        Assignment.objects.none(),
        label=_("Example"),
        to_field_name="uid",
        required=False,
        empty_label=_("None"),
        help_text=_("One of the moments that you have coded, or the one on the desk."),
    )

    def __init__(
        self,
        *args: Any,
        member: Member,
        scheme: Scheme,
        asked: uuid.UUID | None = None,
        **rest: Any,
    ) -> None:
        super().__init__(*args, scheme=scheme, **rest)
        example = cast("ExampleField", self.fields["example"])
        example.queryset = examples_for(member, scheme, asked)
        self.initial.setdefault("example", asked)

    def proposal(self) -> dict[str, Any]:
        """The fields as `propose` names them."""
        chosen = self.cleaned_data["example"]
        return {
            **self.change(),
            "uid": self.cleaned_data["uid"],
            "reason": self.cleaned_data["reason"],
            "example": chosen.moment if chosen else None,
        }


class AskedForm(forms.Form):
    """What an address asks to propose: the kind, the category, the coder's moment."""

    kind = forms.ChoiceField(choices=ProposalKind.choices, required=False)
    category = forms.UUIDField(required=False)
    example = forms.UUIDField(required=False)


class AnswerProposalForm(forms.Form):
    """A word of the admin, which the coder reads."""

    answer = _long(
        _("Answer"),
        required=False,
        help_text=_("The coder reads it; where you accept, it is the reason in the history."),
    )


class AcceptForm(SeenForm, AnswerProposalForm):
    """Yes, to what stood in the scheme when the admin looked."""

    def acceptance(self) -> dict[str, Any]:
        """The fields as `accept_proposal` names them."""
        cleaned = self.cleaned_data
        return {"answer": cleaned["answer"], "expected_revision": cleaned["revision"]}


class DeclineForm(AnswerProposalForm):
    """A word of reason."""

    answer = _long(
        _("Why it is declined"),
        help_text=_("The coder reads it."),
        error_messages={"required": _("Say why it is declined.")},
    )


class AcceptChangedForm(_Change, SeenForm):
    """The change as the admin wants it, at first as it was proposed."""

    answer = _long(
        _("Answer"),
        required=False,
        help_text=_("The coder reads it, and it is the reason in the history."),
    )

    def __init__(self, *args: Any, proposal: Proposal, answer: str = "", **rest: Any) -> None:
        self.category = about = proposal.category
        kind = ProposalKind(proposal.kind)
        self.describes = kind == ProposalKind.DESCRIBE
        standing = texts_of(about) if self.describes else {}
        other = proposal.other.uid if proposal.other else None
        words = {**standing, **proposal.words}
        initial = {**words, "parent": other, "into": other, "answer": answer}
        super().__init__(
            *args, kind=kind, scheme=proposal.scheme, category=about, initial=initial, **rest
        )

    def acceptance(self) -> dict[str, Any]:
        """The fields as `accept_proposal` names them."""
        seen = self.cleaned_data["revision"]
        instead = {**self.change(), "words": self._words(seen)}
        return {
            "answer": self.cleaned_data["answer"],
            "instead": instead,
            "expected_revision": seen,
        }

    def _words(self, seen: int | None) -> dict[str, str]:
        """The words to give; of those of an existing category what the admin wants otherwise."""
        words: dict[str, str] = self.change()["words"]
        if not self.describes or self.category is None:
            return words
        stood = texts_of(self.category) if seen is None else texts_at(self.category, seen)
        return {name: text for name, text in words.items() if not _reads_as(text, stood[name])}

    def take_up(self, category: Category | None) -> None:
        """Show the words of the category as they stand now where the admin left them alone."""
        if not self.describes or category is None:
            return
        left = self.change()["words"].keys() - self._words(self.cleaned_data["revision"]).keys()
        now = texts_of(category)
        typed = {name: self.data[name] for name in self.data}
        self.data = typed | {name: now[name] for name in left}


def _reads_as(text: str, other: str) -> bool:
    """Whether only the ends of lines differ, which browsers send as they like."""
    return text.strip().splitlines() == other.strip().splitlines()
