"""Sorts: members put the same categories, or moments, into piles, each on their own."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from incidents.models import Member, Moment
from taxonomy.choices import SortOf
from taxonomy.models.schemes import Category, Round, Scheme
from taxonomy.querysets import SortQuerySet


class Sort(models.Model):
    """One task of sorting. It is open until everybody has finished; then its results are.

    `round` is that of the categories which are sorted; moments are sorted into what may become
    the categories of it. `groups` is how many piles were asked for, `names_given` whether the
    piles began with the categories that stand already, `seed` what drew the moments.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="sorts")
    round = models.ForeignKey(Round, models.PROTECT, related_name="sorts")
    of = models.CharField(max_length=10, choices=SortOf, default=SortOf.CATEGORIES)
    name = models.CharField(_("name"), max_length=120)
    groups = models.PositiveSmallIntegerField(_("number of groups"), null=True)
    names_given = models.BooleanField(default=False)
    seed = models.PositiveIntegerField(null=True)
    started_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    closed_at = models.DateTimeField(null=True)

    objects = SortQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(of__in=SortOf.values), name="sort_of_known")
        ]

    def __str__(self) -> str:
        return self.name


class SortItem(models.Model):
    """One category or one moment that everybody sorts."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sort = models.ForeignKey(Sort, models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    category = models.ForeignKey(Category, models.PROTECT, null=True, related_name="+")
    moment = models.ForeignKey(Moment, models.CASCADE, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["sort", "position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sort", "category"], name="sort_category_once"),
            models.UniqueConstraint(fields=["sort", "moment"], name="sort_moment_once"),
            models.CheckConstraint(
                condition=Q(category__isnull=False, moment__isnull=True)
                | Q(category__isnull=True, moment__isnull=False),
                name="sort_item_is_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sort_id}/{self.position}"

    @property
    def heading(self) -> str:
        """What people call it: the name of the category, or the headline and the part of it.

        Without a headline it is how the words begin, where these were read as `begins`.
        """
        if self.category is not None:
            return self.category.name
        moment = self.moment
        version = moment.incident.version if moment else None
        headline = (version.headline if version else "") or getattr(self, "begins", "")
        words = [headline, moment.label if moment else ""]
        return " · ".join(word for word in words if word)


class Sorter(models.Model):
    """Who sorts: a member, or the machine, which cuts its tree at so many `groups`.

    `acts` is the number of the last act, undone or not.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sort = models.ForeignKey(Sort, models.CASCADE, related_name="sorters")
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    groups = models.PositiveSmallIntegerField(null=True)
    acts = models.PositiveIntegerField(default=0, editable=False)
    finished_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["sort", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sort", "member"], name="sorter_once_per_sort"),
            models.UniqueConstraint(fields=["sort", "groups"], name="sorter_machine_once_per_size"),
            models.CheckConstraint(
                condition=Q(member__isnull=False, groups__isnull=True)
                | Q(member__isnull=True, groups__isnull=False),
                name="sorter_is_member_or_machine",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id or 'machine'} in {self.sort_id}"


class Pile(models.Model):
    """A group that one sorter makes; `founded_on` is what they made it for.

    `category` is what the pile began as, or has become.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sorter = models.ForeignKey(Sorter, models.CASCADE, related_name="piles")
    position = models.PositiveIntegerField()
    name = models.CharField(_("name"), max_length=300)
    founded_on = models.ForeignKey(SortItem, models.SET_NULL, null=True, related_name="+")
    category = models.ForeignKey(Category, models.PROTECT, null=True, related_name="piles")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["sorter", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sorter", "position"], name="pile_position_once"),
            models.UniqueConstraint(fields=["sorter", "name"], name="pile_name_once_per_sorter"),
        ]

    def __str__(self) -> str:
        return self.name


class Placement(models.Model):
    """What lies in which pile of a sorter."""

    sorter = models.ForeignKey(Sorter, models.CASCADE, related_name="placements")
    item = models.ForeignKey(SortItem, models.CASCADE, related_name="placements")
    pile = models.ForeignKey(Pile, models.CASCADE, related_name="placements")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sorter", "item"], name="placement_once_per_sorter")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} in {self.pile_id}"


class SortAct(models.Model):
    """One step of a sorter, so that it can be undone: something placed, or a pile renamed."""

    sorter = models.ForeignKey(Sorter, models.CASCADE, related_name="steps")
    number = models.PositiveIntegerField()
    item = models.ForeignKey(SortItem, models.CASCADE, null=True, related_name="+")
    pile = models.ForeignKey(Pile, models.SET_NULL, null=True, related_name="+")
    came_from = models.ForeignKey(Pile, models.SET_NULL, null=True, related_name="+")
    founded = models.BooleanField(default=False)
    former_name = models.CharField(max_length=300, blank=True)
    undone = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["sorter", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sorter", "number"], name="sort_act_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.sorter_id} act {self.number}"


class PairVerdict(models.Model):
    """Whether two things of a sort belong together, settled by hand."""

    sort = models.ForeignKey(Sort, models.CASCADE, related_name="verdicts")
    first = models.ForeignKey(SortItem, models.CASCADE, related_name="+")
    second = models.ForeignKey(SortItem, models.CASCADE, related_name="+")
    together = models.BooleanField()
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sort", "first", "second"], name="pair_settled_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="pair_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}"
