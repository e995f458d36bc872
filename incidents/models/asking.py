"""What was asked: the guide of an interview, what brought nothing, and what was asked again."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from incidents.choices import AnswerSource, AskedFor, ToldAs


class Guide(models.Model):
    """What interviewers of a study say in one language, as its admin worded it.

    `words` holds the changed parts by name; the others have the words Candid comes with.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey("incidents.Study", models.CASCADE, related_name="guides")
    language = models.CharField(_("language"), max_length=20)
    words = models.JSONField(default=dict)
    row_version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "language"], name="guide_once_per_language")
        ]

    def __str__(self) -> str:
        return f"{self.study_id} {self.language}"


class NoneRecalled(models.Model):
    """A kind of incident that was asked for in an interview, and none came to mind."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    interview = models.ForeignKey(
        "incidents.Interview", models.CASCADE, related_name="none_recalled"
    )
    asked_for = models.CharField(_("asked for"), max_length=20, choices=AskedFor)
    told_as = models.CharField(
        _("told as"), max_length=20, choices=ToldAs, default=ToldAs.NOT_STATED
    )
    recorded_by = models.ForeignKey("incidents.Member", models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["interview", "asked_for", "told_as"], name="none_recalled_once"
            ),
            models.CheckConstraint(
                condition=Q(asked_for__in=AskedFor.values, told_as__in=ToldAs.values),
                name="none_recalled_of_a_known_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.interview_id}: {self.asked_for}, {self.told_as}"


class Answer(models.Model):
    """What an interviewer answered to a screener's question, and when it was found out."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    screening = models.ForeignKey("incidents.Screening", models.CASCADE, related_name="answers")
    words = models.TextField(_("answer"))
    sha256 = models.CharField(max_length=64)
    answered_on = models.DateField(_("answered on"))
    source = models.CharField(_("answered from"), max_length=20, choices=AnswerSource)
    author = models.ForeignKey("incidents.Member", models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["screening", "sha256"], name="answer_given_once"),
            models.CheckConstraint(condition=~Q(words=""), name="answer_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.screening_id}: {self.answered_on}"
