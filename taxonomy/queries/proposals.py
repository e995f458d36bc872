"""What the pages of proposals show: whose, about what, with which example, and what is new."""

import dataclasses
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from django.db.models import (
    Case,
    Count,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.utils.translation import gettext as _

from incidents.choices import IncidentState
from incidents.models import Incident, Member
from taxonomy.choices import ProposalKind, ProposalState
from taxonomy.models import Assignment, Category, Proposal, Revision, Scheme
from taxonomy.queries.revisions import changes_of, texts_at
from taxonomy.tabulation.folding import ObjectChange

RECENT = 20  # moments to choose an example from
ADDED = ("name", "definition")  # the texts that a proposal of a new category has


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
    """A text as it is proposed, and as it stands in the category: None where it is not compared."""

    label: str
    now: str | None
    proposed: str


def words_of(proposal: Proposal) -> list[Word]:
    """The texts that a proposal is about; while it is open beside those that stand."""
    stands = proposal.kind == ProposalKind.DESCRIBE and not proposal.is_answered
    return [
        Word(_label(name), getattr(proposal.category, name) if stands else None, text)
        for name, text in proposal.words.items()
    ]


def _label(name: str) -> str:
    return str(cast("str", Category._meta.get_field(name).verbose_name)).capitalize()  # type: ignore[union-attr]


# -- What an admin made of it -----------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Otherwise:
    """A text or a place as it was proposed and as it was accepted; empty where there is none."""

    label: str
    proposed: str
    became: str


def accepted_otherwise(proposal: Proposal) -> list[Otherwise]:
    """What was accepted otherwise than it was proposed; nothing where all is as proposed."""
    revision = proposal.revision
    if revision is None or proposal.kind == ProposalKind.RETIRE:
        return []
    changes = changes_of(revision)
    if proposal.kind == ProposalKind.MERGE:
        return _merged_otherwise(proposal, revision, changes)
    [change] = changes
    if proposal.category is None:
        return _added_otherwise(proposal, change)
    texts = texts_at(proposal.category, revision.number)
    touched = {**proposal.words, **change.after}
    return _worded_otherwise(proposal.words, {name: texts[name] for name in touched})


def _added_otherwise(proposal: Proposal, change: ObjectChange) -> list[Otherwise]:
    parent = Category.objects.filter(uid=change.after["parent"]).first()
    return [
        *_worded_otherwise(proposal.words, {name: change.after[name] for name in ADDED}),
        *_placed_otherwise(_("Stands under"), proposal.other, parent),
    ]


def _merged_otherwise(
    proposal: Proposal, revision: Revision, changes: Sequence[ObjectChange]
) -> list[Otherwise]:
    """Into what, and under which name; without a new one that which it had."""
    merged, *renamed = changes
    into = Category.objects.get(uid=merged.after["merged_into"])
    name = texts_at(into, revision.number)["name"]
    if renamed:
        into.name = str(renamed[0].before["name"])
    return [
        *_placed_otherwise(_("Merge into"), proposal.other, into),
        *_worded_otherwise(proposal.words, {"name": name} if renamed or proposal.words else {}),
    ]


def _worded_otherwise(proposed: Mapping[str, str], became: Mapping[str, str]) -> list[Otherwise]:
    """The texts that differ by more than how their lines end."""
    return [
        Otherwise(_label(name), proposed.get(name, ""), text)
        for name, text in became.items()
        if text.splitlines() != proposed.get(name, "").splitlines()
    ]


def _placed_otherwise(
    label: str, proposed: Category | None, became: Category | None
) -> list[Otherwise]:
    if became == proposed:
        return []
    return [Otherwise(label, str(proposed or ""), str(became or ""))]


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
    theirs = Assignment.objects.filter(coder__in=admins, batch__scheme=OuterRef("scheme"))
    return Proposal.objects.to_answer().filter(
        Q(member__in=admins) | ~theirs.any_blinding(),
        scheme__study__in=studies,
    )


def open_by_study(admins: Sequence[Member]) -> Mapping[int, int]:
    """How many proposals wait for the admin of each study."""
    rows = to_answer_by(admins)
    return dict(rows.values_list("scheme__study").annotate(Count("pk")).order_by())
