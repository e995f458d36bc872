"""How members keep the grid of incidents, and what they did there to many incidents at once."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from incidents.choices import IncidentState
from reports.choices import BulkVerb


class SavedFilter(models.Model):
    """A question to the grid under a name: its owner's, or for everybody where it is shared."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey("incidents.Member", models.CASCADE, related_name="saved_filters")
    name = models.CharField(_("name"), max_length=80)
    query = models.TextField(blank=True, editable=False)
    shared = models.BooleanField(_("shown to everybody in the study"), default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "name"], name="saved_filter_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class GridChoice(models.Model):
    """How one member sees the grid: which columns, and with which filter it opens.

    `columns` is None until they choose.
    """

    member = models.OneToOneField(
        "incidents.Member", models.CASCADE, primary_key=True, related_name="grid_choice"
    )
    columns = models.JSONField(null=True)
    opens_with = models.ForeignKey(SavedFilter, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return str(self.member_id)


class BulkAct(models.Model):
    """One decision on many incidents, or the undoing of one.

    `asked` is what the grid was asked when all that matched were meant, else None; those that came
    after `up_to` are not among them. What is put on a batch is given to `coders`; the `words` are
    then the names of scheme and batch, which stay when the batch is gone.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey("incidents.Study", models.CASCADE, related_name="bulk_acts")
    by = models.ForeignKey("incidents.Member", models.PROTECT, related_name="bulk_acts")
    verb = models.CharField(max_length=20, choices=BulkVerb)
    words = models.TextField(_("question or reason"), blank=True)
    criterion = models.CharField(max_length=40, blank=True)
    batch = models.ForeignKey("taxonomy.Batch", models.SET_NULL, null=True, related_name="+")
    coders = models.JSONField(null=True)
    asked = models.JSONField(null=True)
    up_to = models.PositiveBigIntegerField(null=True)
    meant = models.PositiveIntegerField()
    undoes = models.OneToOneField("self", models.CASCADE, null=True, related_name="undone_by")
    job = models.OneToOneField("incidents.Job", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["by", "-id"], name="bulk_act_by_member")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(verb__in=BulkVerb.values), name="bulk_verb_known"),
            models.CheckConstraint(
                condition=Q(verb=BulkVerb.UNDO, undoes__isnull=False)
                | ~Q(verb=BulkVerb.UNDO) & Q(undoes__isnull=True),
                name="bulk_undo_names_its_act",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.meant}"


class BulkLine(models.Model):
    """What became of one incident of a bulk act: changed, or refused with a reason.

    `row_version` is the incident's after the act; while it has that, nobody has touched it since.
    `moments` are the keys of those that were put on a batch or taken off it: none where all of them
    were on it already.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    act = models.ForeignKey(BulkAct, models.CASCADE, related_name="lines")
    incident = models.ForeignKey("incidents.Incident", models.CASCADE, related_name="+")
    before = models.CharField(max_length=20, choices=IncidentState)
    row_version = models.PositiveIntegerField(null=True)
    refusal = models.CharField(max_length=500, blank=True)
    moments = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["act", "incident"], name="bulk_line_once"),
            models.CheckConstraint(
                condition=Q(row_version__isnull=False, refusal="")
                | Q(row_version__isnull=True) & ~Q(refusal=""),
                name="bulk_line_done_or_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act_id}: {self.incident_id}"
