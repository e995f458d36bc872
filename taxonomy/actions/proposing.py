"""Proposals: made and withdrawn by coders, accepted or declined by admins, each answered once."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.actions.history import record_change
from incidents.actions.refusals import RefusedError
from incidents.models import Member, Moment
from incidents.texts import same_breaks
from taxonomy.actions.batching import merge_categories, retire_category
from taxonomy.actions.changes import as_they_are, refuse_merged
from taxonomy.actions.editing import add_category, describe_category
from taxonomy.choices import ProposalKind, ProposalState
from taxonomy.models import Category, Proposal, Revision, Round, Scheme


class ProposalRefused(RefusedError):
    """This cannot be proposed or answered so; the text says why."""


@transaction.atomic
def propose(
    *,
    scheme: Scheme,
    kind: ProposalKind,
    by: Member,
    reason: str,
    uid: uuid.UUID | None = None,
    category: Category | None = None,
    other: Category | None = None,
    words: Mapping[str, str] | None = None,
    example: Moment | None = None,
) -> Proposal:
    """Propose a change of a scheme; the same under the same uid again changes nothing.

    `words` are as `Proposal` says. Raises ProposalRefused where nothing would change, or something
    else was proposed under the uid.
    """
    wanted = _wanted(kind, category, words or {})
    fields = {
        "scheme": scheme,
        "member": by,
        "kind": kind,
        "category": category,
        "other": other,
        "words": wanted,
        "reason": same_breaks(reason).strip(),
        "example": example,
    }
    proposal, is_new = Proposal.objects.get_or_create(uid=uid or uuid.uuid4(), defaults=fields)
    if is_new:
        record_change(verb="propose", on=proposal, study=scheme.study, by=by, kind=str(kind))
    elif (proposal.member_id, proposal.scheme_id) != (by.pk, scheme.pk):
        raise ProposalRefused(_("Open the form anew, please."))
    elif any(getattr(proposal, name) != value for name, value in fields.items()):
        raise ProposalRefused(
            _("You have sent this form already, with other words. Open it anew to propose these.")
        )
    return proposal


def _wanted(
    kind: ProposalKind, category: Category | None, words: Mapping[str, str]
) -> dict[str, str]:
    """The words without spaces around them: of an existing category those that differ."""
    said = {name: same_breaks(text).strip() for name, text in words.items()}
    if kind != ProposalKind.DESCRIBE:
        return {name: text for name, text in said.items() if text}
    differing = {
        name: text for name, text in said.items() if text != same_breaks(getattr(category, name))
    }
    if not differing:
        raise ProposalRefused(_("Nothing would change."))
    return differing


@transaction.atomic
def withdraw_proposal(*, proposal: Proposal, by: Member) -> None:
    """Take back one's own proposal. Raises ProposalRefused where it is answered or withdrawn."""
    _take(proposal, ProposalState.WITHDRAWN)
    record_change(verb="withdraw_proposal", on=proposal, study=proposal.scheme.study, by=by)


@transaction.atomic
def decline_proposal(*, proposal: Proposal, by: Member, answer: str) -> None:
    """Say no, with a word of reason. Raises ProposalRefused as `accept_proposal` does."""
    if not answer.strip():
        raise ProposalRefused(_("Say why it is declined."))
    _take(proposal, ProposalState.DECLINED, by=by, answer=answer)
    record_change(verb="decline_proposal", on=proposal, study=proposal.scheme.study, by=by)


@transaction.atomic
def accept_proposal(
    *,
    proposal: Proposal,
    by: Member,
    answer: str = "",
    instead: Mapping[str, Any] | None = None,
    expected_revision: int | None = None,
) -> Revision | None:
    """Say yes: make the change as one revision, and return that; None for a split, which is made.

    `instead` has `words` and `other` where they are other ones than proposed. The answer, else who
    proposed it, is the reason of the revision: what the proposal says stays with its author and the
    admins. Raises ProposalRefused where it is answered or withdrawn, and what the act raises.
    """
    _take(proposal, ProposalState.ACCEPTED, by=by, answer=answer)
    given = {"words": proposal.words, "other": proposal.other, **(instead or {})}
    told = answer.strip() or _("Proposed by %(name)s.") % {"name": proposal.member}
    how = {"by": by, "rationale": told, "expected_revision": expected_revision}
    revision = _ACTS[ProposalKind(proposal.kind)](proposal, given, how)
    if revision is not None:
        Proposal.objects.filter(pk=proposal.pk).update(revision=revision)
    record_change(
        verb="accept_proposal",
        on=proposal,
        study=proposal.scheme.study,
        by=by,
        revision=revision.number if revision else None,
        changed=instead is not None,
    )
    return revision


def note_read(*, proposal: Proposal) -> None:
    """Remember that its author has read the answer."""
    unread = Proposal.objects.filter(pk=proposal.pk).unread()
    unread.update(read_at=timezone.now())


def _take(
    proposal: Proposal, state: ProposalState, *, by: Member | None = None, answer: str = ""
) -> None:
    """Let one answer a proposal: of two at once the other finds it answered."""
    answered = {
        "state": state,
        "answer": answer.strip(),
        "answered_by": by,
        "answered_at": timezone.now() if by else None,
    }
    if not Proposal.objects.to_answer().filter(pk=proposal.pk).update(**answered):
        raise ProposalRefused(_already(proposal))


def _already(proposal: Proposal) -> str:
    now = Proposal.objects.select_related("answered_by").get(pk=proposal.pk)
    if now.answered_by is None:
        return _("It has been withdrawn.")
    sentences = {
        ProposalState.ACCEPTED: _("%(name)s has accepted it already."),
        ProposalState.DECLINED: _("%(name)s has declined it already."),
    }
    return sentences[ProposalState(now.state)] % {"name": now.answered_by}


# -- What is done when a proposal is accepted -------------------------------------------------

Given = Mapping[str, Any]


def _add(proposal: Proposal, given: Given, how: Given) -> Revision:
    rounds = Round.objects.filter(scheme=proposal.scheme, exists=True).order_by("position")
    finest = rounds.first()
    if finest is None:
        raise ProposalRefused(_("The scheme has no round to add it to."))
    add_category(round=finest, parent=given["other"], **how, **given["words"])
    return _just_made(proposal.scheme)


def _just_made(scheme: Scheme) -> Revision:
    return Revision.objects.filter(scheme=scheme).latest("number")


def _describe(proposal: Proposal, given: Given, how: Given) -> Revision:
    return describe_category(category=_category(proposal), **how, **given["words"])


def _merge(proposal: Proposal, given: Given, how: Given) -> Revision:
    if given["other"] is None:
        raise ProposalRefused(_("Choose what to merge it into."))
    name = given["words"].get("name", "")
    return merge_categories(categories=[_category(proposal)], into=given["other"], name=name, **how)


def _retire(proposal: Proposal, _given: Given, how: Given) -> Revision:
    return retire_category(category=_category(proposal), **how)


def _split(proposal: Proposal, _given: Given, _how: Given) -> None:
    """What it falls into somebody has yet to say."""
    [now] = as_they_are([_category(proposal)])
    refuse_merged(now)


def _category(proposal: Proposal) -> Category:
    category = proposal.category
    if category is None or not category.exists:
        raise ProposalRefused(_("The category is not there any more."))
    return category


_ACTS: Mapping[ProposalKind, Callable[[Proposal, Given, Given], Revision | None]] = {
    ProposalKind.ADD: _add,
    ProposalKind.DESCRIBE: _describe,
    ProposalKind.MERGE: _merge,
    ProposalKind.RETIRE: _retire,
    ProposalKind.SPLIT: _split,
}
