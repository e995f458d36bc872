"""What coders propose to change in a scheme, and what admins answered."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from incidents.models import Member, Moment
from taxonomy.choices import ProposalKind, ProposalState
from taxonomy.models.schemes import Category, Revision, Scheme
from taxonomy.querysets import ProposalQuerySet

ANSWERED = (ProposalState.ACCEPTED, ProposalState.DECLINED)


class Proposal(models.Model):
    """A change that a member proposes, with a reason and perhaps an example, until it is answered.

    `words` are texts of a category by the names of its fields: those of a new one, those that
    differ of an existing one, the new name of what is merged; for a split what it falls into.
    `other` is the parent proposed, or what to merge into. `read_at` is when its author read the
    answer.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="proposals")
    member = models.ForeignKey(Member, models.PROTECT, related_name="proposals")
    kind = models.CharField(_("what"), max_length=10, choices=ProposalKind)
    category = models.ForeignKey(Category, models.PROTECT, null=True, related_name="+")
    other = models.ForeignKey(Category, models.PROTECT, null=True, related_name="+")
    words = models.JSONField(default=dict)
    reason = models.TextField(_("reason"))
    example = models.ForeignKey(Moment, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(
        _("state"), max_length=10, choices=ProposalState, default=ProposalState.OPEN
    )
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    revision = models.ForeignKey(Revision, models.SET_NULL, null=True, related_name="proposals")
    read_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["scheme", "state", "id"]),
            models.Index(fields=["member", "state", "id"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind=ProposalKind.ADD, category__isnull=True)
                | (~Q(kind=ProposalKind.ADD) & Q(category__isnull=False)),
                name="proposal_about_a_category",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ProposalKind.values) & Q(state__in=ProposalState.values),
                name="proposal_kind_and_state_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=ANSWERED, answered_by__isnull=False, answered_at__isnull=False
                )
                | (~Q(state__in=ANSWERED) & Q(answered_by__isnull=True, answered_at__isnull=True)),
                name="proposal_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state=ProposalState.DECLINED) | ~Q(answer=""),
                name="proposal_declined_with_a_word",
            ),
            models.CheckConstraint(
                condition=Q(revision__isnull=True) | Q(state=ProposalState.ACCEPTED),
                name="proposal_revision_when_accepted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.about}"

    @property
    def about(self) -> str:
        """The name of the category that it is about, or of the one it would add."""
        return self.category.name if self.category else str(self.words.get("name", ""))

    @property
    def is_answered(self) -> bool:
        """Whether an admin has said yes or no."""
        return self.state in ANSWERED
