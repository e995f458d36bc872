"""Files kept by Candid, and the imports made from them."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from incidents.choices import ImportState, RowOutcome


class StoredFile(models.Model):
    """A file in the private folder that web and worker share."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey("incidents.Study", models.PROTECT, related_name="files")
    member = models.ForeignKey("incidents.Member", models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=255)
    path = models.CharField(max_length=255, unique=True)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return self.name


class Import(models.Model):
    """The import of one file: what its columns and values mean, and what came of it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey("incidents.Study", models.PROTECT, related_name="imports")
    member = models.ForeignKey("incidents.Member", models.PROTECT, null=True, related_name="+")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="imports")
    scheme_uid = models.UUIDField(null=True)
    revision_number = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    options = models.JSONField(_("what columns and values mean"), default=dict)
    summary = models.JSONField(_("what came of it"), default=dict)
    created = models.JSONField(_("what it created beside incidents"), default=dict)
    row_version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    published_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["study", "-id"])]

    def __str__(self) -> str:
        return self.file.name


class ImportRow(models.Model):
    """What became of one row of the file, with the columns that have no field of their own."""

    source = models.ForeignKey(Import, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    incident = models.ForeignKey(
        "incidents.Incident", models.CASCADE, null=True, related_name="import_rows"
    )
    outcome = models.CharField(max_length=10, choices=RowOutcome)
    reason = models.CharField(max_length=60, blank=True)
    extra = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "number"], name="import_row_once")
        ]

    def __str__(self) -> str:
        return f"{self.source_id}:{self.number}"
