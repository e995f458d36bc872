"""What interviewers bring home: respondents, interviews, incidents, their words, their moments."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from incidents.choices import (
    AskedFor,
    Consent,
    Criterion,
    IncidentState,
    Mode,
    Relation,
    ServedBy,
    ToldAs,
    Valence,
    Verdict,
    VersionKind,
    Viewpoint,
)
from incidents.models.studies import Site, Study
from incidents.querysets import IncidentQuerySet, InterviewQuerySet

HEADLINE_LENGTH = 200
HEADING_LENGTH = 110  # of words that stand for a headline in a list
ANSWERS = ("situation", "action", "result", "people", "reaction")
TEXTS = ("headline", *ANSWERS, "note")


class Respondent(models.Model):
    """The person who tells, known by a code and never by name.

    `implied` when an imported row named nobody: then nothing says which incidents share a teller.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey(Study, models.PROTECT, related_name="respondents")
    site = models.ForeignKey(Site, models.PROTECT, related_name="respondents")
    code = models.CharField(_("code"), max_length=80)
    relation = models.CharField(
        _("relation"), max_length=20, choices=Relation, default=Relation.NOT_STATED
    )
    job_role = models.CharField(_("job role"), max_length=120, blank=True)
    contact = models.CharField(_("kind of customer contact"), max_length=120, blank=True)
    implied = models.BooleanField(default=False, editable=False)
    row_version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "code"], name="respondent_code_once")
        ]

    def __str__(self) -> str:
        return self.code


class Interview(models.Model):
    """One conversation with one respondent; its uid is minted by the form that opens it.

    `implied` when an import had none. Only an imported one may be without interviewer and date.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey(Study, models.PROTECT, related_name="interviews")
    respondent = models.ForeignKey(Respondent, models.PROTECT, related_name="interviews")
    interviewer = models.ForeignKey(
        "incidents.Member", models.PROTECT, null=True, blank=True, related_name="interviews"
    )
    code = models.CharField(_("number in the source"), max_length=80, blank=True)
    held_on = models.DateField(_("date"), null=True, blank=True)
    mode = models.CharField(_("held"), max_length=20, choices=Mode, default=Mode.NOT_STATED)
    language = models.CharField(_("language"), max_length=20, blank=True)
    consent = models.CharField(_("consent"), max_length=20, choices=Consent, default=Consent.NOTES)
    may_call_back = models.BooleanField(_("may be called back"), default=False)
    implied = models.BooleanField(default=False, editable=False)
    imported_from = models.ForeignKey(
        "incidents.Import", models.PROTECT, null=True, blank=True, related_name="interviews"
    )
    row_version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = InterviewQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["study", "interviewer", "-id"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(implied=True)
                | Q(imported_from__isnull=False)
                | Q(interviewer__isnull=False, held_on__isnull=False),
                name="interview_has_interviewer_and_date",
            ),
            models.UniqueConstraint(
                fields=["imported_from", "code"],
                condition=~Q(code=""),
                name="interview_code_once_per_import",
            ),
        ]

    def __str__(self) -> str:
        return self.code or f"{self.respondent.code} {self.held_on or ''}".strip()


class Incident(models.Model):
    """What one person told of one occasion. The words are in its versions; this row is narrow.

    `site` repeats the respondent's site (for the speed of SQLite): `move_respondent` alone changes
    it, and `publish` follows; `check_facts` compares.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey(Study, models.PROTECT, related_name="incidents")
    interview = models.ForeignKey(Interview, models.PROTECT, related_name="incidents")
    site = models.ForeignKey(Site, models.PROTECT, related_name="incidents")
    position = models.PositiveSmallIntegerField(_("order told"), default=1)
    asked_for = models.CharField(
        _("asked for"), max_length=20, choices=AskedFor, default=AskedFor.NOT_STATED
    )
    told_as = models.CharField(
        _("told as"), max_length=20, choices=ToldAs, default=ToldAs.NOT_STATED
    )
    viewpoint = models.GeneratedField(
        expression=Case(
            When(told_as=ToldAs.CUSTOMER, then=Value(Viewpoint.CUSTOMER.value)),
            When(
                told_as__in=[ToldAs.OWN, ToldAs.COLLEAGUE, ToldAs.PROVIDER],
                then=Value(Viewpoint.PROVIDER.value),
            ),
            default=Value(Viewpoint.NOT_STATED.value),
        ),
        output_field=models.CharField(max_length=20, choices=Viewpoint),
        db_persist=True,
    )
    served_by = models.CharField(
        _("served by"), max_length=20, choices=ServedBy, default=ServedBy.NOT_STATED
    )
    happened_told = models.CharField(_("when, as told"), max_length=200, blank=True)
    happened_from = models.DateField(_("happened from"), null=True, blank=True)
    happened_to = models.DateField(_("happened to"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=20, choices=IncidentState, default=IncidentState.SUBMITTED
    )
    version = models.OneToOneField(
        "incidents.IncidentVersion",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="current_of",
    )
    source_id = models.CharField(_("number in the source"), max_length=200, blank=True)
    imported_from = models.ForeignKey(
        "incidents.Import", models.PROTECT, null=True, blank=True, related_name="incidents"
    )
    left_seq = models.PositiveBigIntegerField(null=True, editable=False)
    row_version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["study", "-id"], name="incident_study_newest"),
            models.Index(
                fields=[
                    *("study", "state", "-id"),  # newest first, and all that a filter looks at
                    *("site", "viewpoint", "happened_from", "happened_to"),
                ],
                name="incident_found",
            ),
            models.Index(fields=["study", "state", "site"], name="incident_counted"),
            models.Index(fields=["imported_from", "state"], name="incident_import_state"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=IncidentState.values), name="incident_state_known"
            ),
            models.CheckConstraint(
                condition=Q(told_as__in=ToldAs.values), name="incident_told_as_known"
            ),
            models.CheckConstraint(
                condition=Q(asked_for__in=AskedFor.values), name="incident_asked_for_known"
            ),
            models.CheckConstraint(
                condition=Q(happened_from__isnull=True)
                | Q(happened_to__isnull=True)
                | Q(happened_from__lte=F("happened_to")),
                name="incident_happened_in_order",
            ),
            models.UniqueConstraint(
                fields=["imported_from", "source_id"],
                condition=~Q(source_id=""),
                name="incident_source_id_once_per_import",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.interview_id}.{self.position}"


class IncidentVersion(models.Model):
    """The words of an incident as one person wrote them at one time; never changed.

    `facts_sha256` is the checksum of the facts that were handed in with them.
    `folded` repeats the words without case and accents for searching; erasing empties both.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=VersionKind, default=VersionKind.ORIGINAL)
    based_on = models.PositiveSmallIntegerField(null=True)
    headline = models.CharField(_("headline"), max_length=HEADLINE_LENGTH, blank=True)
    situation = models.TextField(_("the situation"), blank=True)
    action = models.TextField(_("what the provider did"), blank=True)
    result = models.TextField(_("what resulted"), blank=True)
    people = models.TextField(_("who was involved"), blank=True)
    reaction = models.TextField(_("how the customer reacted"), blank=True)
    note = models.TextField(_("the interviewer's note"), blank=True)
    language = models.CharField(_("language"), max_length=20, blank=True)
    sha256 = models.CharField(max_length=64)
    facts_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    folded = models.TextField(editable=False, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    author = models.ForeignKey("incidents.Member", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["incident", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "number"], name="version_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} v{self.number}"

    @property
    def heading(self) -> str:
        """What it is called in a list: its headline, or else how its words begin."""
        answers = filter(None, (getattr(self, name) for name in ANSWERS))
        return self.headline or Truncator(next(answers, "")).chars(HEADING_LENGTH)


class Draft(models.Model):
    """Unsent words, kept as they are typed; one per member, object and browser tab.

    `based_on` and `seen` say what the form showed when it was opened: which version, and the
    checksum of the facts. What is parked is sent only after it was taken up again.
    """

    study = models.ForeignKey(Study, models.CASCADE, related_name="drafts")
    member = models.ForeignKey("incidents.Member", models.PROTECT, related_name="drafts")
    interview = models.ForeignKey(Interview, models.CASCADE, null=True, related_name="drafts")
    object_uid = models.UUIDField()
    tab = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(default=1)
    based_on = models.PositiveSmallIntegerField(null=True)
    seen = models.CharField(max_length=64, blank=True, default="", db_default="")
    parked = models.BooleanField(default=False, db_default=False)
    body = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)
    saved_at = models.DateTimeField()
    continues = ""  # not stored: the sha256 of the draft that its window started from

    class Meta:
        indexes: ClassVar = [models.Index(fields=["member", "interview"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member", "object_uid", "tab"], name="draft_once_per_tab"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.object_uid}"

    @property
    def stored(self) -> bool:
        """Say whether it is in the database already."""
        return not self._state.adding

    def goes_on_from(self, other: "Draft") -> bool:
        """Say whether another has these words, or older ones of the same window."""
        return self.tab == other.tab or other.sha256 in {self.sha256, self.continues}

    @property
    def title(self) -> str:
        """What tells it from others: the headline, else what was jotted down or told so far."""
        texts = (self.body.get(name, "") for name in ("headline", "jot", "situation"))
        return next((text for text in texts if text), "")


class Moment(models.Model):
    """The piece of an incident that is coded: one provider behaviour with its own valence."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="moments")
    position = models.PositiveSmallIntegerField(default=1)
    label = models.CharField(_("label"), max_length=120, blank=True)
    valence = models.CharField(
        _("valence"), max_length=20, choices=Valence, default=Valence.NOT_STATED
    )
    entered_seq = models.PositiveBigIntegerField(null=True, editable=False)
    row_version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering: ClassVar = ["incident", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "position"], name="moment_position_once"),
            models.CheckConstraint(
                condition=Q(valence__in=Valence.values), name="moment_valence_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id}/{self.position}"


class Stay(models.Model):
    """From which number of its study until which other a moment counted, before it came back.

    The latest stay is in `Moment.entered_seq` and `Incident.left_seq`.
    """

    moment = models.ForeignKey(Moment, models.CASCADE, related_name="stays")
    from_seq = models.PositiveBigIntegerField()
    to_seq = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["moment", "from_seq"], name="stay_begins_once"),
            models.CheckConstraint(
                condition=Q(to_seq__gt=F("from_seq")), name="stay_seqs_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.moment_id}: {self.from_seq} to {self.to_seq}"


class Screening(models.Model):
    """One member's verdict on an incident; the latest decides its state."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="screenings")
    member = models.ForeignKey("incidents.Member", models.PROTECT, related_name="screenings")
    verdict = models.CharField(max_length=20, choices=Verdict)
    criterion = models.CharField(max_length=20, choices=Criterion, blank=True)
    words = models.TextField(_("question or reason"), blank=True)
    findings = models.JSONField(null=True)  # of each criterion's code, what was found
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.EXCLUDE) | ~Q(criterion=""),
                name="exclusion_names_its_criterion",
            ),
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.RETURN) | ~Q(words=""), name="return_asks_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id}: {self.verdict}"
