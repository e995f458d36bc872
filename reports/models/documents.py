"""Reports and dashboards composed of tables, charts and quotes, and what is made of them."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from reports.choices import DocumentForm


class Composition(models.Model):
    """What is put together of parts in an order; the study's own, for all who read tables.

    `items` name tables, runs and quotes by uid, or are words. `removed` are those that were taken
    out last, each with its place, so that they can be put back.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey("incidents.Study", models.PROTECT, related_name="%(class)ss")
    author = models.ForeignKey("incidents.Member", models.PROTECT, related_name="+")
    title = models.CharField(_("title"), max_length=200)
    items = models.JSONField(default=list)
    removed = models.JSONField(default=list)
    row_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True
        indexes: ClassVar = [models.Index(fields=["study", "-id"], name="%(class)s_of_study")]

    def __str__(self) -> str:
        return self.title


class Report(Composition):
    """What is to stand in a document, in its order: runs, quotes and words."""

    with_method = models.BooleanField(_("with the method section"), default=True)


class Dashboard(Composition):
    """What is shown on one page, in its order: saved tables as of today, quotes and words.

    One of a study may be its front page.
    """

    is_front = models.BooleanField(_("front page of the study"), default=False)

    class Meta(Composition.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["study"],
                condition=Q(is_front=True, deleted_at__isnull=True),
                name="dashboard_front_once",
            ),
        ]


class ClientLink(models.Model):
    """An address under which somebody outside reads what a dashboard showed, until it expires.

    Of the address only a digest is kept. `asked` is the title and the items of then. `content` is
    what is shown, made once by a job: parts as in a report, masked, without a word that was told.
    `made_of` names the runs behind it by uid.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    dashboard = models.ForeignKey(Dashboard, models.PROTECT, related_name="links")
    recipient = models.CharField(_("for whom"), max_length=120)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    asked = models.JSONField(default=dict)
    content = models.JSONField(default=dict)
    made_of = models.JSONField(default=list)
    made_by = models.ForeignKey("incidents.Member", models.PROTECT, related_name="+")
    job = models.OneToOneField("incidents.Job", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    made_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(_("valid until"))
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["dashboard", "-id"], name="link_of_dashboard"),
        ]

    def __str__(self) -> str:
        return self.recipient


class LinkOpening(models.Model):
    """One time that what a link shows was read."""

    link = models.ForeignKey(ClientLink, models.CASCADE, related_name="openings")
    opened_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["link", "-id"], name="opening_of_link")]

    def __str__(self) -> str:
        return f"{self.link_id}: {self.opened_at}"


class ReportFile(models.Model):
    """A document of a report, made once by a job of what was in it when it was asked for.

    `asked` is the title and the items of then. `made` keeps what else is in the file: the method
    section as it was, what was missing, and the runs and quotes that it shows.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    report = models.ForeignKey(Report, models.PROTECT, related_name="files")
    asked_by = models.ForeignKey("incidents.Member", models.PROTECT, related_name="+")
    form = models.CharField(_("format"), max_length=10, choices=DocumentForm)
    asked = models.JSONField(default=dict)
    made = models.JSONField(default=dict)
    file = models.OneToOneField(
        "incidents.StoredFile", models.SET_NULL, null=True, related_name="+"
    )
    job = models.OneToOneField("incidents.Job", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    made_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["report", "-id"], name="file_of_report")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(form__in=DocumentForm.values), name="document_form_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.uid}"
