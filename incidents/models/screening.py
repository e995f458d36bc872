"""What screening needs beside the verdicts: criteria, who has what, second verdicts, likeness."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from incidents.choices import Verdict
from incidents.criteria import JUDGED_TWICE, Effect, Judgement, SettledFor, TemplateName
from incidents.models.fieldwork import Incident, IncidentVersion, Screening
from incidents.models.studies import Study

NOT_GIVEN = Q(member__isnull=True, verdict="", given_at__isnull=True)
GIVEN = Q(
    member__isnull=False,
    verdict__in=[*JUDGED_TWICE],
    given_at__isnull=False,
)


class ScreeningPlan(models.Model):
    """How a study screens: its template, and which share is screened by two, drawn by `seed`."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.OneToOneField(Study, models.PROTECT, related_name="screening_plan")
    template = models.CharField(
        _("template"), max_length=20, choices=TemplateName, default=TemplateName.SERVE
    )
    share = models.PositiveSmallIntegerField(_("share screened twice, in per cent"), default=0)
    seed = models.PositiveIntegerField(_("seed of the draw"), default=0)
    row_version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(share__lte=100), name="screening_share_is_a_percentage"
            )
        ]

    def __str__(self) -> str:
        return f"{self.study_id}: {self.share} %"


class StudyCriterion(models.Model):
    """What a study makes of a criterion. Blank words mean the words that every study knows.

    Verdicts name a criterion by its code, so none is ever removed; it is switched off.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey(Study, models.PROTECT, related_name="criteria")
    code = models.CharField(max_length=20)
    name = models.CharField(_("what must hold"), max_length=160, blank=True)
    unmet = models.CharField(_("reason when it does not"), max_length=120, blank=True)
    effect = models.CharField(_("effect"), max_length=10, choices=Effect, default=Effect.FLAGS)
    limit = models.PositiveSmallIntegerField(_("fewest letters"), null=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "code"], name="criterion_once_per_study"),
            models.CheckConstraint(
                condition=Q(effect__in=Effect.values), name="criterion_effect_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study_id}: {self.code}"


class ScreeningHold(models.Model):
    """An incident on a screener's desk, until when; others are given another one meanwhile."""

    incident = models.OneToOneField(Incident, models.CASCADE, related_name="hold")
    member = models.OneToOneField("incidents.Member", models.CASCADE, related_name="screening_hold")
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.incident_id} with {self.member_id}"


class SecondScreening(models.Model):
    """A second member's verdict on the words the first one judged, for agreement only.

    Drawn with the first verdict; given without seeing it. Where the two differ an admin settles it.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    incident = models.OneToOneField(Incident, models.CASCADE, related_name="second_screening")
    first = models.OneToOneField(Screening, models.CASCADE, related_name="second")
    version = models.ForeignKey(IncidentVersion, models.CASCADE, related_name="+")
    member = models.ForeignKey("incidents.Member", models.PROTECT, null=True, related_name="+")
    verdict = models.CharField(max_length=20, choices=Verdict, blank=True)
    criterion = models.CharField(max_length=20, blank=True)
    words = models.TextField(_("question or reason"), blank=True)
    findings = models.JSONField(default=dict)
    given_at = models.DateTimeField(null=True)
    settled_for = models.CharField(max_length=10, choices=SettledFor, blank=True)
    settled_by = models.ForeignKey("incidents.Member", models.PROTECT, null=True, related_name="+")
    settled_because = models.TextField(_("reason"), blank=True)
    settled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=NOT_GIVEN | GIVEN, name="second_verdict_is_somebodys"),
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.EXCLUDE) | ~Q(criterion=""),
                name="second_exclusion_names_its_criterion",
            ),
            models.CheckConstraint(
                condition=Q(settled_for="", settled_by__isnull=True, settled_at__isnull=True)
                | Q(
                    settled_for__in=SettledFor.values,
                    settled_by__isnull=False,
                    settled_at__isnull=False,
                    given_at__isnull=False,
                ),
                name="disagreement_is_settled_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id}: {self.verdict or 'waiting'}"


class Sketch(models.Model):
    """What the words of an incident look like: hashes, from which nobody can read them.

    Made by a job for each version; `compared` once it was looked for among the others.
    """

    incident = models.OneToOneField(Incident, models.CASCADE, related_name="sketch")
    version = models.ForeignKey(IncidentVersion, models.CASCADE, related_name="+")
    stems = models.BinaryField()
    bins = models.BinaryField()
    compared = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.incident_id}"


class Likeness(models.Model):
    """Two incidents that may be one story told twice. People judge; nothing is merged."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey(Study, models.PROTECT, related_name="likenesses")
    first = models.ForeignKey(Incident, models.CASCADE, related_name="likenesses")
    second = models.ForeignKey(Incident, models.CASCADE, related_name="likenesses_later")
    words = models.PositiveSmallIntegerField(_("same words, in per cent"))
    story = models.PositiveSmallIntegerField(_("same story, in per cent"))
    judgement = models.CharField(max_length=10, choices=Judgement, default=Judgement.OPEN)
    judged_by = models.ForeignKey("incidents.Member", models.PROTECT, null=True, related_name="+")
    judged_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["study", "judgement", "-id"], name="likeness_study_judgement")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["first", "second"], name="likeness_once_per_pair"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="likeness_in_order"),
            models.CheckConstraint(
                condition=Q(judgement=Judgement.OPEN, judged_by__isnull=True)
                | Q(judgement__in=[Judgement.SAME, Judgement.OTHER], judged_by__isnull=False),
                name="likeness_is_judged_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ~ {self.second_id}"
