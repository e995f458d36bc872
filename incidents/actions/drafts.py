"""Unsent words: kept as they are typed, and never the record."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from incidents import texts
from incidents.actions.history import record_change
from incidents.models import Draft, Interview, Member
from incidents.prepared import Act, Given, changing, insert, removing

DRAFT_VALUES = (
    "study_id",
    "interview_id",
    "position",
    "based_on",
    "seen",
    "parked",
    "body",
    "saved_at",
)


def unsent(
    *,
    interview: Interview,
    uid: uuid.UUID,
    tab: str,
    body: Mapping[str, str],
    by: Member,
    position: int = 1,
    based_on: int | None = None,
    seen: str = "",
    parked: bool = False,
    continues: str = "",
) -> Draft:
    """What one window of one member holds for an incident, not stored yet.

    `based_on` and `seen` are what the form showed of the incident; what is `parked` is not sent
    before it is taken up again. `continues` is the sha256 of the draft that the window started
    from: unless another window has written on since, that draft is now this one.
    """
    kept = {name: texts.tidy(text) for name, text in body.items()}
    draft = Draft(
        member=by,
        study_id=interview.study_id,
        interview=interview,
        object_uid=uid,
        tab=tab,
        position=position,
        based_on=based_on,
        seen=seen,
        parked=parked,
        body=kept,
        sha256=texts.fingerprint(kept),
    )
    draft.continues = continues
    return draft


@transaction.atomic
def keep(unstored: Draft) -> Draft:
    """Store unsent words in place of those they go on from; return the draft, the receipt.

    Drafts come every second and are no record, so the change log does not list them.
    """
    unstored.saved_at = timezone.now()
    if not _replace(unstored):
        try:
            with transaction.atomic():
                insert(unstored)
        except IntegrityError:  # the same window was quicker on another connection
            if not _replace(unstored):
                raise
    _forget_others.do(**_known_of(unstored), kept=unstored.pk)
    return unstored


def _replace(unstored: Draft) -> bool:
    """Write a draft over what its window kept before; False where it kept nothing."""
    values = {name: getattr(unstored, name) for name in DRAFT_VALUES}
    keys = _write_over.returned(**_known_of(unstored), **values)
    if keys:
        (unstored.pk,) = keys
        unstored._state.adding = False
    return bool(keys)


def forget(draft: Draft) -> None:
    """Remove the stored drafts that a draft which is not stored goes on from."""
    _forget.do(**_known_of(draft))


def _known_of(draft: Draft) -> dict[str, Any]:
    return {
        "member": draft.member_id,
        "uid": draft.object_uid,
        "tab": draft.tab,
        "sha256": draft.sha256,
        "continues": draft.continues,
    }


def _gone_on_from() -> QuerySet[Draft]:
    """The stored drafts of the incident that a draft goes on from (`Draft.goes_on_from`)."""
    of_the_incident = Draft.objects.filter(member=Given("member"), object_uid=Given("uid"))
    same_words = Q(sha256=Given("sha256")) | Q(sha256=Given("continues"))
    return of_the_incident.filter(Q(tab=Given("tab")) | same_words)


_forget = Act(lambda: removing(_gone_on_from()))
_forget_others = Act(lambda: removing(_gone_on_from().exclude(pk=Given("kept"))))
_write_over = Act(
    lambda: changing(
        Draft.objects.filter(member=Given("member"), object_uid=Given("uid"), tab=Given("tab")),
        sha256=Given("sha256"),
        **{name: Given(name) for name in DRAFT_VALUES},
    ),
    returning="id",
)


@transaction.atomic
def discard_draft(*, interview: Interview, uid: uuid.UUID, by: Member, sha256: str = "") -> int:
    """Throw away a member's unsent words for an incident; return how many drafts went.

    With `sha256` only the draft that says exactly this.
    """
    drafts = Draft.objects.filter(member=by, interview=interview, object_uid=uid)
    if sha256:
        drafts = drafts.filter(sha256=sha256)
    gone, _by_kind = drafts.delete()
    if gone:
        record_change(
            verb="discard_draft",
            on=interview,
            study=interview.study,
            by=by,
            incident=str(uid),
            drafts=gone,
        )
    return gone
