"""Background work. The row is the truth; a message to the broker only rings the bell."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from incidents.choices import GOING_ON, JobState
from incidents.querysets import JobQuerySet


class Job(models.Model):
    """One piece of work; claimed by one conditional UPDATE, finished only by its claimant."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey("incidents.Study", models.PROTECT, null=True, related_name="jobs")
    requested_by = models.ForeignKey(
        "incidents.Member", models.PROTECT, null=True, related_name="+"
    )
    kind = models.CharField(max_length=60)
    args = models.JSONField(default=dict)
    unique_key = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    run_after = models.DateTimeField(db_default=Now())
    rung_at = models.DateTimeField(null=True)
    claim_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    done_units = models.PositiveIntegerField(default=0)
    all_units = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    result = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "run_after"]),
            models.Index(fields=["study", "-id"]),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["unique_key"],
                condition=Q(state=JobState.WAITING) & ~Q(unique_key=""),
                name="job_waits_once",
            ),
            models.CheckConstraint(
                condition=~Q(state=JobState.RUNNING)
                | Q(claim_token__isnull=False, lease_until__isnull=False),
                name="running_job_is_claimed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.state}"

    @property
    def goes_on(self) -> bool:
        """Whether it waits or runs."""
        return self.state in GOING_ON
