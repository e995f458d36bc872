"""What is put aside before coding starts, to confirm the categories with in the end."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from incidents.models import Incident, Member, Study


class Holdout(models.Model):
    """Incidents of a study drawn before they were coded, locked everywhere until released.

    `drawing` is what was asked for and what was drawn, by region and valence; with `seed` the same
    incidents are drawn from the same ones again. `revisions` are those of the study's schemes when
    it was released, by the uid of the scheme: what came later is new. One that was taken back was
    never used.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey(Study, models.PROTECT, related_name="holdouts")
    seed = models.PositiveBigIntegerField()
    drawing = models.JSONField(default=dict)
    drawn_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    taken_back_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(_("reason"), blank=True)
    revisions = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["study"],
                condition=Q(taken_back_at__isnull=True),
                name="holdout_once_per_study",
            ),
            models.CheckConstraint(
                condition=Q(taken_back_at__isnull=True) | Q(released_at__isnull=True),
                name="holdout_released_or_taken_back",
            ),
        ]

    def __str__(self) -> str:
        return f"holdout of {self.study_id}"


class HeldIncident(models.Model):
    """An incident that was drawn for a holdout; it stays on record after the release."""

    holdout = models.ForeignKey(Holdout, models.CASCADE, related_name="held")
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="held_out_for")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["holdout", "incident"], name="held_incident_once")
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} for {self.holdout_id}"
