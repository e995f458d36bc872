"""Saved questions, and the answers that were computed to them."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from reports.choices import ChartKind, Rhythm, Theme


class Table(models.Model):
    """A question under a name: its owner's, or everybody's where it is shared.

    `query` is the query of the address of its page, in which places and categories stand by uid.
    What was deleted is kept with its time, so that it can be brought back; its name is free.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scheme = models.ForeignKey("taxonomy.Scheme", models.PROTECT, related_name="tables")
    owner = models.ForeignKey("incidents.Member", models.PROTECT, related_name="tables")
    name = models.CharField(_("name"), max_length=120)
    query = models.TextField(blank=True, editable=False)
    shared = models.BooleanField(_("shown to everybody who may read tables"), default=False)
    position = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    row_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                condition=Q(deleted_at__isnull=True),
                name="table_name_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    """One question and what was computed; never changed once it was answered.

    `question` is resolved: uids and names as they were, rounding, limits, seed, method version.
    `answer` holds counts and statistics, empty until the job has found them. `members` names the
    file that says of each moment in which cell it stood; by it two runs are compared. `schedule` is
    the one that asked, where no person did.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scheme = models.ForeignKey("taxonomy.Scheme", models.PROTECT, related_name="runs")
    table = models.ForeignKey(Table, models.SET_NULL, null=True, related_name="runs")
    query = models.TextField(blank=True, editable=False)
    question = models.JSONField(default=dict)
    answer = models.JSONField(default=dict)
    members = models.OneToOneField(
        "incidents.StoredFile", models.PROTECT, null=True, related_name="+"
    )
    schedule = models.ForeignKey("Schedule", models.SET_NULL, null=True, related_name="runs")
    revision = models.PositiveIntegerField(null=True)
    data_seq = models.PositiveBigIntegerField(null=True)
    asked_by = models.ForeignKey("incidents.Member", models.PROTECT, null=True, related_name="+")
    job = models.OneToOneField("incidents.Job", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["scheme", "-id"], name="run_of_scheme"),
            models.Index(fields=["table", "-id"], name="run_of_table"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True)
                | Q(revision__isnull=False, data_seq__isnull=False),
                name="run_answered_as_of",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uid)


class RunChart(models.Model):
    """One picture of a run, drawn once: an SVG for a light or a dark page."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="charts")
    kind = models.CharField(max_length=20, choices=ChartKind)
    theme = models.CharField(max_length=10, choices=Theme)
    svg = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "kind", "theme"], name="run_chart_once"),
            models.CheckConstraint(
                condition=Q(kind__in=ChartKind.values, theme__in=Theme.values),
                name="run_chart_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.kind}"


class Schedule(models.Model):
    """When a saved table is computed again by itself; one for a table.

    Of the runs that it asked for, the newest `keep` are kept, and each that something else names.
    `owner` is told when a result changed, in the `language` in which it was set up. `due_at` is
    when it is looked at next.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    table = models.OneToOneField(Table, models.PROTECT, related_name="schedule")
    owner = models.ForeignKey("incidents.Member", models.PROTECT, related_name="schedules")
    rhythm = models.CharField(_("computed again"), max_length=10, choices=Rhythm)
    keep = models.PositiveSmallIntegerField(_("runs kept"), default=10)
    language = models.CharField(max_length=10, blank=True, default="", editable=False)
    due_at = models.DateTimeField(null=True, editable=False)
    row_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due_at"], name="schedule_due")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(rhythm__in=Rhythm.values, keep__gte=2), name="schedule_rhythm_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table_id}: {self.rhythm}"


class ChangedResult(models.Model):
    """That a result changed from one run of a schedule to the next by more than chance explains.

    `cells` are the differences beyond the interval of the paired difference, in per cent of the
    columns: names of row and column, before, after, and the interval's ends.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="changes")
    before = models.ForeignKey(Run, models.CASCADE, related_name="+")
    after = models.OneToOneField(Run, models.CASCADE, related_name="changed_result")
    cells = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["schedule", "-id"], name="change_of_schedule")]

    def __str__(self) -> str:
        return f"{self.schedule_id}: {self.after_id}"
