"""What people said, collected to be quoted."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Quote(models.Model):
    """A passage of a moment's words on the clipboard of the study.

    `words` is what would be quoted, with what must not be read replaced; nothing is quoted outside
    before a person has confirmed it. `version` is the number of the words it was taken from, and
    `taken_sha256` the checksum of the passage as it was taken, so that it is taken once. What was
    taken off the clipboard is kept, so that it can come back.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey("incidents.Study", models.PROTECT, related_name="quotes")
    moment = models.ForeignKey("incidents.Moment", models.CASCADE, related_name="quotes")
    version = models.PositiveSmallIntegerField()
    words = models.TextField(_("words"))
    taken_sha256 = models.CharField(max_length=64, editable=False)
    language = models.CharField(max_length=20, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    collected_by = models.ForeignKey("incidents.Member", models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(
        "incidents.Member", models.PROTECT, null=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)
    position = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    row_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        indexes: ClassVar = [models.Index(fields=["study", "position"], name="quote_of_study")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["moment", "taken_sha256"],
                condition=Q(removed_at__isnull=True),
                name="quote_taken_once",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="quote_confirmed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.moment_id}"
