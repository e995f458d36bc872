"""Moments with an expert's answer, on which newcomers practise."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from incidents.models import Member, Moment
from taxonomy.choices import Unclassifiable
from taxonomy.models.codings import Batch
from taxonomy.models.schemes import Category, Scheme


class TrainingSet(models.Model):
    """Moments of a study that newcomers to a scheme code for practice."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="training_sets")
    name = models.CharField(_("name"), max_length=120)
    made_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["scheme", "id"])]

    def __str__(self) -> str:
        return self.name


class TrainingItem(models.Model):
    """A moment of a training set, with the expert's answer and why: the key.

    One that was taken out stays for those who have coded it.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    training_set = models.ForeignKey(TrainingSet, models.CASCADE, related_name="items")
    moment = models.ForeignKey(Moment, models.CASCADE, related_name="training_items")
    position = models.PositiveIntegerField()
    expert = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, related_name="+", db_index=False
    )
    unclassifiable = models.CharField(
        _("why it cannot be classified"), max_length=20, choices=Unclassifiable, blank=True
    )
    explanation = models.TextField(_("explanation"), blank=True)
    taken_out_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["training_set", "moment"],
                condition=Q(taken_out_at__isnull=True),
                name="training_item_once",
            ),
            models.CheckConstraint(
                condition=Q(category__isnull=True) | Q(unclassifiable=""),
                name="training_item_says_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.moment_id} in {self.training_set_id}"


class Training(models.Model):
    """A member practises on a training set: its assignments are those of the batch."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    training_set = models.ForeignKey(TrainingSet, models.PROTECT, related_name="trainings")
    batch = models.OneToOneField(Batch, models.PROTECT, related_name="training")
    member = models.ForeignKey(Member, models.PROTECT, related_name="trainings")
    given_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["training_set", "member"], name="training_once_per_member"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} on {self.training_set_id}"
