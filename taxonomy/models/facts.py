"""What counts for each moment, and the cached counts of it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from incidents.choices import Valence, Viewpoint
from incidents.models import Moment, Region, Site
from taxonomy.choices import Outcome
from taxonomy.models.schemes import Category, Scheme

PLACED = (Outcome.SINGLE, Outcome.AGREED, Outcome.ADJUDICATED, Outcome.MAJORITY)


class Settlement(models.Model):
    """What counts for a moment in a scheme from `from_seq` until `to_seq`; see `actions.settling`.

    `contested` lists the ids of the categories in dispute, sorted, 0 for *cannot be classified*,
    as text between commas (",12,17,"), so that it can be grouped.
    """

    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="settlements")
    moment = models.ForeignKey(Moment, models.CASCADE, related_name="settlements")
    outcome = models.CharField(max_length=15, choices=Outcome)
    category = models.ForeignKey(Category, models.PROTECT, null=True, related_name="settlements")
    contested = models.TextField(blank=True)
    from_seq = models.PositiveBigIntegerField()
    to_seq = models.PositiveBigIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["scheme", "to_seq", "category"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scheme", "moment"],
                condition=Q(to_seq__isnull=True),
                name="settlement_one_open",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=PLACED, category__isnull=False)
                | (~Q(outcome__in=PLACED) & Q(category__isnull=True)),
                name="settlement_category_when_placed",
            ),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.IN_DISPUTE) | ~Q(contested=""),
                name="dispute_names_its_categories",
            ),
            models.CheckConstraint(
                condition=Q(to_seq__isnull=True) | Q(to_seq__gt=F("from_seq")),
                name="settlement_seqs_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.moment_id}: {self.outcome}"


class TallyPointer(models.Model):
    """Which generation of a scheme's tally is read, and from which `data_seq` it was built."""

    scheme = models.OneToOneField(Scheme, models.CASCADE, related_name="tally_pointer")
    generation = models.PositiveBigIntegerField(default=0)
    data_seq = models.PositiveBigIntegerField(null=True)
    built_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.scheme_id}: {self.generation}"


class Counted(models.Model):
    """What counts share: how moments are settled, told and experienced, and how many they are.

    Counts are a cache that is written by the hundred thousand, so the database does not look up
    what each row refers to, and keeps only the index that reading needs.
    """

    scheme = models.ForeignKey(
        Scheme, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    generation = models.PositiveBigIntegerField()
    outcome = models.CharField(max_length=15, choices=Outcome)
    category = models.ForeignKey(
        Category,
        models.CASCADE,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    contested = models.TextField(blank=True)
    viewpoint = models.CharField(max_length=20, choices=Viewpoint)
    valence = models.CharField(max_length=20, choices=Valence)
    moments = models.PositiveIntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.scheme_id}/{self.generation}: {self.moments}"


class Tally(Counted):
    """How many moments share a settlement, site, viewpoint and valence; a cache, by generation."""

    site = models.ForeignKey(
        Site, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )

    class Meta:
        verbose_name_plural = "tallies"
        indexes: ClassVar = [models.Index(fields=["scheme", "generation"])]


class RegionTally(Counted):
    """The same by region instead of site: some thousand rows, however large the study is."""

    region = models.ForeignKey(
        Region, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )

    class Meta:
        verbose_name_plural = "tallies by region"
        indexes: ClassVar = [models.Index(fields=["scheme", "generation"])]
