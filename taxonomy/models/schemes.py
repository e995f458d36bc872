"""A way of classifying moments, and every step in which it was made."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from incidents.models import Member, Study
from taxonomy.choices import Offered, RevisionVerb


class Scheme(models.Model):
    """One way of classifying the moments of a study; `revision` is its compare-and-set.

    `offered` says when coders see what its classifier suggests, once one is trained.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey(Study, models.PROTECT, related_name="schemes")
    slug = models.SlugField(_("short name in addresses"), max_length=60)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    revision = models.PositiveIntegerField(default=0, editable=False)
    offered = models.CharField(
        _("suggestions"),
        max_length=10,
        choices=Offered,
        default=Offered.AFTER,
        db_default=Offered.AFTER,
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "slug"], name="scheme_slug_once_per_study")
        ]

    def __str__(self) -> str:
        return self.name


class Round(models.Model):
    """One level of a scheme; position 1 is the finest."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="rounds")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=120)
    exists = models.BooleanField(default=False)
    frozen = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["scheme", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scheme", "position"],
                condition=Q(exists=True),
                name="round_position_once_per_scheme",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A class of moments in one round. Names may repeat under different parents."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="categories")
    round = models.ForeignKey(Round, models.PROTECT, related_name="categories")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    split_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="split_off")
    position = models.PositiveIntegerField(default=0)
    code = models.CharField(_("code"), max_length=40, blank=True)
    name = models.CharField(_("name"), max_length=300)
    label = models.CharField(_("label in tables"), max_length=300, blank=True)
    definition = models.TextField(_("definition"), blank=True)
    includes = models.TextField(_("includes"), blank=True)
    excludes = models.TextField(_("excludes"), blank=True)
    positive_example = models.TextField(_("positive example"), blank=True)
    negative_example = models.TextField(_("negative example"), blank=True)
    exists = models.BooleanField(default=False)
    retired = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["round", "position", "pk"]
        verbose_name_plural = "categories"
        indexes: ClassVar = [models.Index(fields=["scheme", "round", "position"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["round", "parent", "name"],
                condition=Q(exists=True, merged_into__isnull=True, parent__isnull=False),
                name="category_name_once_under_parent",
            ),
            models.UniqueConstraint(
                fields=["round", "name"],
                condition=Q(exists=True, merged_into__isnull=True, parent__isnull=True),
                name="category_name_once_without_parent",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="category_not_own_parent",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="category_not_merged_into_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def heading(self) -> str:
        """The words that stand in a table."""
        return self.label or self.name


class Revision(models.Model):
    """One act that changed a scheme, with its reason and author."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    verb = models.CharField(max_length=20, choices=RevisionVerb)
    rationale = models.TextField(_("reason"), blank=True)
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["scheme", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scheme", "number"], name="revision_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.scheme_id} r{self.number}"


class RevisionChange(models.Model):
    """One object touched by a revision: its fields before and after; references are uids."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="changes")
    object_type = models.CharField(max_length=10)  # "round" or "category"
    object_uid = models.UUIDField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["revision", "pk"]
        indexes: ClassVar = [models.Index(fields=["object_uid"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["revision", "object_uid"], name="revision_touches_object_once"
            ),
            models.CheckConstraint(
                condition=Q(object_type__in=["round", "category"]), name="revision_object_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.object_type} {self.object_uid}"
