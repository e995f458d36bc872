"""Filters on assignments and codings in the words of coding."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.lookups import IsNull

from incidents.choices import RoleName
from taxonomy.choices import BLINDING, AssignmentState, BatchState, ProposalState

if TYPE_CHECKING:
    from incidents.models import Member
    from incidents.prepared import Given
    from taxonomy.models import Assignment, Coding, Sort
    from taxonomy.models.proposals import Proposal


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Who is to code what."""

    def of(self, member: "Member | Given") -> Self:
        """Keep a coder's own."""
        return self.filter(coder=member)

    def to_do(self) -> Self:
        """Keep what has no answer yet; what was put aside comes last."""
        return self.exclude(state=AssignmentState.DONE).order_by("state", "pk")

    def unlocked(self) -> Self:
        """Keep what lies in an open batch where several code, or one codes again."""
        return self.filter(batch__kind__in=BLINDING, batch__state=BatchState.OPEN)

    def late(self) -> Self:
        """Keep what was given when its batch was locked, and does not count yet."""
        return self.filter(late=True)

    def blinding(self) -> Self:
        """Keep what makes a coder blind: in a batch that is not locked, see BLINDING, or late."""
        return self.unlocked() | self.late()

    def any_blinding(self) -> Q:
        """Whether any of these makes its coder blind.

        Two questions, each with an index of its own. The first is asked in the order of its index:
        PostgreSQL expects an answer soon whoever asks, and reads every assignment of the study to
        find that there is none.
        """
        first = self.unlocked().order_by("coder", "batch", "state", "pk").values("pk")[:1]
        return Q(IsNull(Subquery(first), rhs=False)) | Q(Exists(self.late()))


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """What was proposed."""

    def of(self, member: "Member") -> Self:
        """Keep a member's own; what others propose may tell how they code."""
        return self.filter(scheme__study=member.study_id, member=member)

    def to_answer(self) -> Self:
        """Keep what no admin has answered."""
        return self.filter(state=ProposalState.OPEN)

    def unread(self) -> Self:
        """Keep what was answered and whose author has not read it."""
        answered = [ProposalState.ACCEPTED, ProposalState.DECLINED]
        return self.filter(state__in=answered, read_at__isnull=True)


class CodingQuerySet(models.QuerySet["Coding"]):
    """Answers."""

    def live(self) -> Self:
        """Keep what nothing supersedes and nobody took back."""
        return self.filter(superseded_by__isnull=True, taken_back=False)

    def visible_to(self, member: "Member") -> Self:
        """Keep a coder's own codings; what others coded is opened by `sees_results`."""
        return self.filter(scheme__study=member.study_id, coder=member)


class SortQuerySet(models.QuerySet["Sort"]):
    """Sorts."""

    def visible_to(self, member: "Member") -> Self:
        """All of the study for admins and analysts; for coders those that they sort in."""
        sorts = self.filter(scheme__study=member.study_id)
        if member.has_role(RoleName.ADMIN, RoleName.ANALYST):
            return sorts
        if not member.has_role(RoleName.CODER):
            return sorts.none()
        sorters = self.model.sorters.rel.related_model._default_manager
        return sorts.filter(Exists(sorters.filter(sort=OuterRef("pk"), member=member)))
