"""A study and the places its incidents come from."""

import uuid
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from incidents.choices import Elicitation


def default_languages() -> list[str]:
    """A new study is in English until its admin says otherwise."""
    return ["en"]


class Study(models.Model):
    """One project. `data_seq` numbers every change of a fact; its row is the lock of the study."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(_("short name in addresses"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=160)
    aim = models.TextField(_("aim"), blank=True)
    note = models.CharField(
        _("note on its pages"), max_length=200, blank=True, default="", db_default=""
    )
    recall_window_days = models.PositiveSmallIntegerField(
        _("recall window in days"),
        default=31,
        validators=[MinValueValidator(1), MaxValueValidator(3660)],
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    languages = models.JSONField(_("languages"), default=default_languages)
    elicitation = models.CharField(
        _("elicitation"), max_length=20, choices=Elicitation, default=Elicitation.FREE
    )
    quota_good = models.PositiveSmallIntegerField(
        _("good incidents per interview"), default=0, validators=[MaxValueValidator(999)]
    )
    quota_poor = models.PositiveSmallIntegerField(
        _("poor incidents per interview"), default=0, validators=[MaxValueValidator(999)]
    )
    poor_first = models.BooleanField(_("ask for poor service first"), default=False)
    confidentiality_threshold = models.PositiveSmallIntegerField(
        _("smallest number of moments shown outside"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
    )
    names_shown_to_analysts = models.BooleanField(
        _("analysts see organization names"), default=False
    )
    reconstruction = models.BooleanField(_("rebuilt from published figures"), default=False)
    data_seq = models.PositiveBigIntegerField(default=0, editable=False)
    row_version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "studies"

    def __str__(self) -> str:
        return self.name


def shown_name(name: str, *, not_stated: bool) -> str:
    """Return the name of a place; a row of what was not said is named in the reader's language."""
    return str(_("Not stated")) if not_stated else name


class PlacesModel(models.Model):
    """What regions and sectors share: a name in a study, an order, and one row *not stated*."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    not_stated = models.BooleanField(default=False, editable=False)
    row_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        abstract = True
        ordering: ClassVar = ["not_stated", "position", "pk"]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """The name as people read it."""
        return shown_name(self.name, not_stated=self.not_stated)


class Region(PlacesModel):
    """A reporting region of a study."""

    study = models.ForeignKey(Study, models.PROTECT, related_name="regions")

    class Meta(PlacesModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "name"], name="region_name_once_per_study"),
            models.UniqueConstraint(
                fields=["study"], condition=Q(not_stated=True), name="region_one_not_stated"
            ),
        ]


class RegionCountry(models.Model):
    """A country whose sites fall to a region unless they say otherwise."""

    study = models.ForeignKey(Study, models.PROTECT, related_name="region_countries")
    region = models.ForeignKey(Region, models.CASCADE, related_name="countries")
    country = CountryField(_("country"))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "country"], name="country_in_one_region")
        ]

    def __str__(self) -> str:
        return str(self.country.name)


class Sector(PlacesModel):
    """A line of business."""

    study = models.ForeignKey(Study, models.PROTECT, related_name="sectors")

    class Meta(PlacesModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "name"], name="sector_name_once_per_study"),
            models.UniqueConstraint(
                fields=["study"], condition=Q(not_stated=True), name="sector_one_not_stated"
            ),
        ]


class Organization(models.Model):
    """Where respondents work, or the business that customers speak of. The name is confidential."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey(Study, models.PROTECT, related_name="organizations")
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="organizations")
    name = models.CharField(_("name"), max_length=160)
    code = models.CharField(_("code"), max_length=40)
    not_stated = models.BooleanField(default=False, editable=False)
    row_version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering: ClassVar = ["not_stated", "name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["study", "name", "sector"],
                condition=Q(not_stated=False),
                name="organization_name_once_per_sector",
            ),
            models.UniqueConstraint(fields=["study", "code"], name="organization_code_once"),
            models.UniqueConstraint(
                fields=["sector"],
                condition=Q(not_stated=True),
                name="organization_one_not_stated_per_sector",
            ),
        ]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """The name as people read it."""
        return shown_name(self.name, not_stated=self.not_stated)


class Site(models.Model):
    """One place of an organization; organization, country, place and region are its key."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="sites")
    country = CountryField(_("country"), blank=True, default="")
    place = models.CharField(_("place"), max_length=120, blank=True, default="")
    region = models.ForeignKey(Region, models.PROTECT, related_name="sites")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "country", "place", "region"], name="site_key"
            )
        ]

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.place, str(self.country.name)) if part)
        named = self.organization.shown_name
        return f"{named} – {where}" if where else named
