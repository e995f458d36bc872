"""What the server received on a day, and what waits for an interviewer."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Count, Exists, OuterRef

from incidents.choices import IncidentState
from incidents.models import Change, Draft, Incident, Interview, Member, NoneRecalled

SUBMITTED = "submitted"
UNSENT = "unsent"
DISCARDED = "discarded"
MOST_WAITING = 50


@dataclasses.dataclass(frozen=True)
class Day:
    """How many incidents of a member the server received on a day."""

    submitted: int
    unsent: int

    @property
    def received(self) -> int:
        """All of them."""
        return self.submitted + self.unsent


def day_of(member: Member, *, begin: dt.datetime, end: dt.datetime) -> Day:
    """What the server received from a member between two times."""
    told = Incident.objects.published().filter(study=member.study_id).told_to(member)
    drafts = Draft.objects.filter(member=member, saved_at__gte=begin, saved_at__lt=end)
    known = told.filter(uid__in=drafts.values("object_uid")).values("uid")
    return Day(
        submitted=told.filter(created_at__gte=begin, created_at__lt=end).count(),
        unsent=drafts.exclude(object_uid__in=known).values("object_uid").distinct().count(),
    )


def received_from(member: Member, uids: Collection[uuid.UUID]) -> dict[str, str]:
    """Where each of the incidents stands that the server has from a member; others are left out."""
    discarded = Change.objects.filter(
        study=member.study_id, member=member, verb="discard_draft"
    ).filter(details__incident__in=[str(uid) for uid in uids])
    drafts = Draft.objects.filter(member=member, object_uid__in=uids)
    mine = Interview.objects.visible_to(member)
    told = Incident.objects.published().filter(interview__in=mine, uid__in=uids)
    return {
        **{str(gone): DISCARDED for gone in discarded.values_list("details__incident", flat=True)},
        **{str(uid): UNSENT for uid in drafts.values_list("object_uid", flat=True)},
        **{str(uid): SUBMITTED for uid in told.values_list("uid", flat=True)},
    }


def waiting_drafts(member: Member) -> list[Draft]:
    """A member's unsent incidents, what was parked first; one for each, none that is held out."""
    held_out = Incident.objects.filter(
        uid=OuterRef("object_uid"), state=IncidentState.HELD_OUT, study=OuterRef("study")
    )
    drafts = Draft.objects.filter(member=member, interview__isnull=False)
    rows = (
        drafts.exclude(Exists(held_out))
        .select_related("interview__respondent")
        .order_by("-parked", "-saved_at")
    )
    latest: dict[uuid.UUID, Draft] = {}
    for draft in rows[: 2 * MOST_WAITING]:
        latest.setdefault(draft.object_uid, draft)
    return list(latest.values())[:MOST_WAITING]


def none_recalled_counts(member: Member) -> Sequence[Mapping[str, Any]]:
    """How often each kind was asked for in vain, in the interviews that a member may read."""
    records = NoneRecalled.objects.filter(interview__in=Interview.objects.visible_to(member))
    counted = records.order_by().values("asked_for", "told_as").annotate(count=Count("pk"))
    return [dict(row) for row in counted.order_by("asked_for", "told_as")]


def last_interview_of(member: Member) -> Interview | None:
    """The interview that a member opened last."""
    mine = Interview.objects.filter(study=member.study_id, interviewer=member, implied=False)
    return mine.for_list().first()
