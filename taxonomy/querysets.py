"""Filters on assignments and codings in the words of coding."""

from typing import TYPE_CHECKING, Self

from django.db import models

from taxonomy.choices import AssignmentState

if TYPE_CHECKING:
    from incidents.models import Member
    from incidents.prepared import Given
    from taxonomy.models import Assignment, Coding


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Who is to code what."""

    def of(self, member: "Member | Given") -> Self:
        """Keep a coder's own."""
        return self.filter(coder=member)

    def to_do(self) -> Self:
        """Keep what has no answer yet; what was put aside comes last."""
        return self.exclude(state=AssignmentState.DONE).order_by("state", "pk")


class CodingQuerySet(models.QuerySet["Coding"]):
    """Answers."""

    def live(self) -> Self:
        """Keep what nothing supersedes and nobody took back."""
        return self.filter(superseded_by__isnull=True, taken_back=False)

    def visible_to(self, member: "Member") -> Self:
        """Keep a coder's own codings; what others coded is opened by `sees_results`."""
        return self.filter(scheme__study=member.study_id, coder=member)
