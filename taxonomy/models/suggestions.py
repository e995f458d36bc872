"""What a classifier of texts suggests, and what became of it; it is never one of the coders."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from incidents.models import Job, Member, Moment
from taxonomy.choices import Offered
from taxonomy.models.codings import Coding
from taxonomy.models.schemes import Category, Scheme


class Classifier(models.Model):
    """A classifier of one scheme, trained on what was settled at a number of the study.

    `report` is its agreement with people on moments that it was not trained on; `file` holds its
    weights, below the folder of files. Until its job is done it has neither.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="classifiers")
    asked_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+", db_index=False)
    file = models.CharField(max_length=200, blank=True)
    report = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(null=True)
    data_seq = models.PositiveBigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    trained_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["scheme", "trained_at", "id"])]

    def __str__(self) -> str:
        return f"classifier of {self.scheme_id}"


class Suggestion(models.Model):
    """What a coder was offered beside one coding: where the answer may come from.

    `categories` are the ids of those suggested, the likeliest first; `chosen` is the place among
    them of the category that the coder gave, from 1.
    """

    coding = models.OneToOneField(Coding, models.CASCADE, related_name="suggestion")
    classifier = models.ForeignKey(Classifier, models.PROTECT, related_name="suggestions")
    offered = models.CharField(max_length=10, choices=Offered)
    categories = models.JSONField(default=list)
    chosen = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"beside {self.coding_id}"


class Doubt(models.Model):
    """A settled moment that the classifier, trained without it, would put elsewhere."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    classifier = models.ForeignKey(Classifier, models.CASCADE, related_name="doubts")
    moment = models.ForeignKey(Moment, models.CASCADE, related_name="doubts")
    stands = models.ForeignKey(Category, models.PROTECT, related_name="+", db_index=False)
    suggested = models.ForeignKey(Category, models.PROTECT, related_name="+", db_index=False)
    margin = models.FloatField()
    looked_by = models.ForeignKey(
        Member, models.PROTECT, null=True, related_name="+", db_index=False
    )
    looked_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["classifier", "-margin", "id"])]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["classifier", "moment"], name="doubt_once"),
            models.CheckConstraint(
                condition=Q(looked_at__isnull=True) | Q(looked_by__isnull=False),
                name="doubt_looked_at_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.moment_id} by {self.classifier_id}"
