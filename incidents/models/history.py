"""The change log: who did what to which object, without the words anybody said."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class Change(models.Model):
    """One act. `details` holds field names and non-text values, never narratives."""

    study = models.ForeignKey("incidents.Study", models.PROTECT, null=True, related_name="changes")
    member = models.ForeignKey("incidents.Member", models.PROTECT, null=True, related_name="+")
    user = models.ForeignKey("incidents.User", models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_uid = models.UUIDField(null=True)
    details = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["study", "-id"]),
            models.Index(fields=["object_uid"]),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_uid}"


class DataNumber(models.Model):
    """When a study took a number: what makes a day of its past a state of its data."""

    study = models.ForeignKey(
        "incidents.Study", models.CASCADE, related_name="data_numbers", db_index=False
    )
    number = models.PositiveBigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "number"], name="data_number_once")
        ]
        indexes: ClassVar = [models.Index(fields=["study", "at"], name="data_number_at")]

    def __str__(self) -> str:
        return f"{self.study_id}: {self.number}"
