"""Unsent words: kept as they are typed, and never the record."""

import uuid
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from incidents import texts
from incidents.actions.history import record_change
from incidents.models import Draft, Interview, Member


@transaction.atomic
def save_draft(
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
    """Keep what one window of one member holds for an incident; return the draft, the receipt.

    `based_on` and `seen` are what the form showed of the incident; what is `parked` is not sent
    before it is taken up again. `continues` is the sha256 of the draft that the window started
    from: unless another window has written on since, that draft is now this one. Drafts come every
    second and are no record, so the change log does not list them.
    """
    kept = {name: texts.tidy(text) for name, text in body.items()}
    sha256 = texts.fingerprint(kept)
    draft, _new = Draft.objects.update_or_create(
        member=by,
        object_uid=uid,
        tab=tab,
        defaults={
            "study": interview.study,
            "interview": interview,
            "position": position,
            "based_on": based_on,
            "seen": seen,
            "parked": parked,
            "body": kept,
            "sha256": sha256,
            "saved_at": timezone.now(),
        },
    )
    same = Draft.objects.filter(member=by, object_uid=uid, sha256__in={sha256, continues})
    same.exclude(pk=draft.pk).delete()
    return draft


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
