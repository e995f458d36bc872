"""What the pages of proposals show: whose, about what, with which example, and what is new."""

import dataclasses
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from incidents.choices import IncidentState
from incidents.models import Incident, Member
from taxonomy.choices import ProposalKind, ProposalState
from taxonomy.models import Assignment, Category, Proposal, Scheme

RECENT = 20  # moments to choose an example from


def listed(proposals: QuerySet[Proposal]) -> QuerySet[Proposal]:
    """Everything that a row of a list shows; `waiting` is 1 of those that are open."""
    return proposals.select_related(
        "scheme", "member", "category", "other", "answered_by", "revision__undone_by"
    ).annotate(
        waiting=Case(
            When(state=ProposalState.OPEN, then=Value(1)),
            default=Value(0),
            output_field=IntegerField(),
        )
    )


@dataclasses.dataclass(frozen=True)
class Word:
    """A text as it stands in the category and as it is proposed; `now` is None of a new one."""

    label: str
    now: str | None
    proposed: str


def words_of(proposal: Proposal) -> list[Word]:
    """The texts that a proposal is about, beside those that stand."""
    is_new = proposal.kind != ProposalKind.DESCRIBE
    return [
        Word(_label(name), None if is_new else getattr(proposal.category, name), text)
        for name, text in proposal.words.items()
    ]


def _label(name: str) -> str:
    return str(cast("str", Category._meta.get_field(name).verbose_name)).capitalize()  # type: ignore[union-attr]


def example_shown(proposal: Proposal, member: Member) -> Incident | None:
    """The incident of the example, where the member may read it."""
    if proposal.example_id is None:
        return None
    incidents = Incident.objects.visible_to(member).select_related("version")
    return incidents.filter(moments=proposal.example_id).first()


def examples_for(
    member: Member, scheme: Scheme, asked: uuid.UUID | None = None
) -> QuerySet[Assignment]:
    """The moments that a coder may give as an example: the last answered, and the one asked for."""
    own = Assignment.objects.of(member).filter(
        batch__scheme=scheme, moment__incident__state=IncidentState.ACCEPTED
    )
    last = own.filter(done_at__isnull=False).order_by("-done_at")[:RECENT]
    keys = [*last.values_list("pk", flat=True)]
    if asked:
        keys += own.filter(uid=asked).values_list("pk", flat=True)
    rows = Assignment.objects.filter(pk__in=keys).order_by("-pk")
    return rows.select_related("moment__incident__version")


def unread_answers(member: Member) -> int:
    """How many of a member's proposals were answered since they looked."""
    return Proposal.objects.of(member).unread().count()


def unread_by_member(members: Iterable[Member]) -> Mapping[int, int]:
    """The same of each of these members."""
    rows = Proposal.objects.filter(member__in=members).unread()
    return dict(rows.values_list("member").annotate(Count("pk")).order_by())


def to_answer_by(admins: Sequence[Member]) -> QuerySet[Proposal]:
    """What waits for these admins, each of another study, of what `proposals_shown` lets them read.

    That others proposed something, and how much, is not told either to whom it is not shown.
    """
    studies = [admin.study_id for admin in admins]
    blinded = Assignment.objects.blinding().filter(coder__in=admins)
    return Proposal.objects.to_answer().filter(
        Q(member__in=admins) | ~Exists(blinded.filter(batch__scheme=OuterRef("scheme"))),
        scheme__study__in=studies,
    )


def open_by_study(admins: Sequence[Member]) -> Mapping[int, int]:
    """How many proposals wait for the admin of each study."""
    rows = to_answer_by(admins)
    return dict(rows.values_list("scheme__study").annotate(Count("pk")).order_by())
