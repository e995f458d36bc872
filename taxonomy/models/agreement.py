"""What was computed about the agreement of coders."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from incidents.models import Job, Member
from taxonomy.models.schemes import Scheme


class AgreementReport(models.Model):
    """How far the coders of a scheme agree: a question, and its answer once it was computed.

    `question` is what was asked (batches, clusters, seed, samples), `answer` what its job found,
    empty until then. It is read as it stands: nothing is computed when it is shown. A question
    with an `about` is another that takes too long for a page: `recoding`, `saturation`.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scheme = models.ForeignKey(Scheme, models.CASCADE, related_name="agreement_reports")
    question = models.JSONField(default=dict)
    answer = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(null=True)
    data_seq = models.PositiveBigIntegerField(null=True)
    asked_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["scheme", "id"])]

    def __str__(self) -> str:
        return f"{self.scheme_id} at {self.data_seq}"
