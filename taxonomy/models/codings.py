"""Who is to code what, and what they answered."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from incidents.models import Member, Moment
from taxonomy.choices import (
    AssignmentState,
    BatchKind,
    BatchState,
    Confidence,
    Purpose,
    Unclassifiable,
)
from taxonomy.models.schemes import Category, Scheme
from taxonomy.querysets import AssignmentQuerySet, CodingQuerySet


class Batch(models.Model):
    """A portion of the coding plan."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="batches")
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(max_length=10, choices=BatchKind, default=BatchKind.ONCE)
    state = models.CharField(max_length=10, choices=BatchState, default=BatchState.OPEN)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scheme"],
                condition=Q(kind=BatchKind.ONCE, state=BatchState.OPEN),
                name="batch_one_open_once_per_scheme",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Assignment(models.Model):
    """A member is to code a moment; `sole` where the batch gives each moment to one coder."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="assignments")
    moment = models.ForeignKey(Moment, models.CASCADE, related_name="assignments")
    coder = models.ForeignKey(Member, models.PROTECT, related_name="assignments")
    sole = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=AssignmentState, default=AssignmentState.OPEN)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    done_at = models.DateTimeField(null=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["coder", "batch", "state", "id"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["batch", "moment", "coder"], name="assignment_once_per_coder"
            ),
            models.UniqueConstraint(
                fields=["batch", "moment"],
                condition=Q(sole=True),
                name="assignment_sole_once_per_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.coder_id} codes {self.moment_id}"


class Coding(models.Model):
    """One member's answer for one moment in one scheme; never changed, only superseded.

    `seq` is the study's number when it was made, so codings can be read as they stood. `resorts` is
    the split category that this one sorts the moment out of.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="codings")
    moment = models.ForeignKey(Moment, models.CASCADE, related_name="codings")
    coder = models.ForeignKey(Member, models.PROTECT, related_name="codings")
    assignment = models.ForeignKey(Assignment, models.PROTECT, null=True, related_name="codings")
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.PLAN)
    category = models.ForeignKey(Category, models.PROTECT, null=True, related_name="codings")
    unclassifiable = models.CharField(
        _("why it cannot be classified"), max_length=20, choices=Unclassifiable, blank=True
    )
    resorts = models.ForeignKey(
        Category, models.PROTECT, null=True, related_name="+", db_index=False
    )
    taken_back = models.BooleanField(default=False)
    confidence = models.CharField(
        _("confidence"), max_length=10, choices=Confidence, default=Confidence.NOT_STATED
    )
    note = models.TextField(_("note"), blank=True)
    scheme_revision = models.PositiveIntegerField()
    seq = models.PositiveBigIntegerField()
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="superseded_by"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = CodingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scheme", "moment", "coder", "purpose"],
                condition=Q(supersedes__isnull=True),
                name="coding_first_once",
            ),
            models.CheckConstraint(
                condition=Q(category__isnull=False, unclassifiable="", taken_back=False)
                | (Q(category__isnull=True, taken_back=False) & ~Q(unclassifiable=""))
                | Q(
                    category__isnull=True,
                    unclassifiable="",
                    taken_back=True,
                    supersedes__isnull=False,
                ),
                name="coding_says_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.coder_id} on {self.moment_id}"
