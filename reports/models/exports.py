"""Files of all moments, to be analysed elsewhere."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from reports.choices import ExportForm


class Export(models.Model):
    """One file that a member asked for; made by a job, and kept for a time.

    A full one names organizations and people, and has a reason. `question` is what was asked beside
    that, `made` what is in the file. `rows` is what the file says and what was counted when it was
    read again. Where there is no `file` any more, it was removed.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey("incidents.Study", models.PROTECT, related_name="exports")
    asked_by = models.ForeignKey("incidents.Member", models.PROTECT, related_name="+")
    form = models.CharField(_("format"), max_length=10, choices=ExportForm)
    full = models.BooleanField(_("with names"), default=False)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    question = models.JSONField(default=dict)
    file = models.OneToOneField(
        "incidents.StoredFile", models.SET_NULL, null=True, related_name="+"
    )
    made = models.JSONField(default=dict)
    rows = models.PositiveIntegerField(null=True)
    data_seq = models.PositiveBigIntegerField(null=True)
    job = models.OneToOneField("incidents.Job", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    made_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["study", "-id"], name="export_of_study")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(form__in=ExportForm.values), name="export_form_known"
            ),
            models.CheckConstraint(
                condition=Q(full=False) | ~Q(reason=""), name="full_export_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.uid}"

    @property
    def own(self) -> bool:
        """Whether it has what an interviewer was told, and nothing else."""
        return bool(self.question.get("own"))
