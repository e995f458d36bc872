"""Who is to code what, and what they answered."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from incidents.models import Member, Moment
from taxonomy.choices import (
    AssignmentState,
    BatchKind,
    BatchState,
    Confidence,
    Hidden,
    Later,
    Purpose,
    Unclassifiable,
)
from taxonomy.models.schemes import Category, Scheme
from taxonomy.querysets import AssignmentQuerySet, CodingQuerySet


def hide_all() -> list[str]:
    """Everything that can be hidden from coders."""
    return list(Hidden.values)


class Plan(models.Model):
    """Who codes what in a scheme: how moments were drawn, and what their coders do not see.

    `drawing` is what was asked for and what was drawn, as `queries.drawing` writes it; with `seed`
    the same moments are drawn from the same ones again.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="plans")
    name = models.CharField(_("name"), max_length=120)
    seed = models.PositiveBigIntegerField()
    drawing = models.JSONField(default=dict)
    hides = models.JSONField(default=hide_all)
    later = models.CharField(max_length=10, choices=Later, default=Later.WAIT)
    made_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return self.name


class Batch(models.Model):
    """A portion of the coding plan, with the revision and the study's number when it was locked.

    A batch that is paused gives its coders nothing to do. `majority`: of three answers or more
    the one that more than half gave counts.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="batches")
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, related_name="batches")
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(max_length=10, choices=BatchKind, default=BatchKind.ONCE)
    state = models.CharField(max_length=10, choices=BatchState, default=BatchState.OPEN)
    majority = models.BooleanField(db_default=False, default=False)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    paused_at = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True)
    locked_seq = models.PositiveBigIntegerField(null=True)
    locked_revision = models.PositiveIntegerField(null=True)
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
    """A member is to code a moment; `sole` where the batch gives each moment to one coder.

    `late`: given in a batch that was locked already. Until the coder has answered for all such,
    they are blind, and their answers do not count.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="assignments")
    moment = models.ForeignKey(Moment, models.CASCADE, related_name="assignments")
    coder = models.ForeignKey(Member, models.PROTECT, related_name="assignments")
    sole = models.BooleanField(default=False)
    late = models.BooleanField(db_default=False, default=False)
    state = models.CharField(max_length=10, choices=AssignmentState, default=AssignmentState.OPEN)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    done_at = models.DateTimeField(null=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["coder", "batch", "state", "id"]),
            models.Index(fields=["coder"], condition=Q(late=True), name="assignment_late"),
        ]
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


def answer_in_words(answer: "Coding | Adjudication") -> str:
    """The category, or that it cannot be classified and why; empty where it was taken back."""
    if answer.category is not None:
        return answer.category.name
    why = answer.get_unclassifiable_display()
    return gettext("Cannot be classified: %(why)s") % {"why": why} if why else ""


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
    flagged = models.BooleanField(_("to be discussed"), db_default=False, default=False)
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

    @property
    def in_words(self) -> str:
        """What it says, as people read it."""
        return answer_in_words(self)


class Adjudication(models.Model):
    """What somebody decided for a disputed moment, from `from_seq` until `to_seq`: reopened.

    `by_coder`: decided by one of those who had coded it.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="adjudications")
    moment = models.ForeignKey(Moment, models.CASCADE, related_name="adjudications")
    member = models.ForeignKey(Member, models.PROTECT, related_name="adjudications")
    by_coder = models.BooleanField()
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, related_name="adjudications", db_index=False
    )
    unclassifiable = models.CharField(
        _("why it cannot be classified"), max_length=20, choices=Unclassifiable, blank=True
    )
    reason = models.TextField(_("reason"))
    scheme_revision = models.PositiveIntegerField()
    from_seq = models.PositiveBigIntegerField()
    to_seq = models.PositiveBigIntegerField(null=True)
    reopened_by = models.ForeignKey(
        Member, models.PROTECT, null=True, related_name="+", db_index=False
    )
    reopened_for = models.TextField(_("reason"), blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scheme", "moment"],
                condition=Q(to_seq__isnull=True),
                name="adjudication_one_open",
            ),
            models.CheckConstraint(
                condition=Q(category__isnull=False, unclassifiable="")
                | (Q(category__isnull=True) & ~Q(unclassifiable="")),
                name="adjudication_says_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(to_seq__isnull=True) | Q(to_seq__gt=F("from_seq")),
                name="adjudication_seqs_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.moment_id}, decided by {self.member_id}"

    @property
    def in_words(self) -> str:
        """What it says, as people read it."""
        return answer_in_words(self)


class EarlyLook(models.Model):
    """An admin may see what coders made before they are done, for a reason and a time."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="early_looks")
    member = models.ForeignKey(Member, models.PROTECT, related_name="early_looks")
    reason = models.TextField(_("reason"))
    until = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["member", "scheme", "until"])]

    def __str__(self) -> str:
        return f"{self.member_id} looks at {self.scheme_id} until {self.until}"
