"""What waits to be sorted again after a split, and what one has sorted."""

import dataclasses
from collections.abc import Sequence

from django.db.models import QuerySet

from incidents.choices import IncidentState, RoleName
from incidents.models import Member, Moment
from taxonomy.choices import Purpose
from taxonomy.models import Assignment, Category, Coding
from taxonomy.queries.behind import settlements_at
from taxonomy.queries.coding import offered
from taxonomy.queries.trees import tree_of
from taxonomy.querysets import CodingQuerySet


def waiting_in(category: Category) -> QuerySet[Moment]:
    """The accepted moments that count in a category itself, the oldest first."""
    settled = settlements_at(category.scheme, tree_of(category.scheme), category.pk)
    accepted = Moment.objects.filter(incident__state=IncidentState.ACCEPTED)
    return accepted.filter(pk__in=settled.values("moment")).order_by("pk")


def waiting_for(member: Member, category: Category) -> QuerySet[Moment]:
    """Those of them that a member may sort: an admin all, a coder what they were given to code."""
    waiting = waiting_in(category)
    if member.has_role(RoleName.ADMIN):
        return waiting
    own = Assignment.objects.of(member).filter(batch__scheme=category.scheme_id)
    return waiting.filter(pk__in=own.values("moment"))


def split_off(category: Category) -> QuerySet[Category]:
    """The categories that were made of one and are offered to coders."""
    rows = offered(category.scheme).filter(split_from=category)
    return rows.order_by("position", "pk")


def was_split(category: Category) -> bool:
    """Whether categories were made of it, whatever became of them."""
    return Category.objects.filter(split_from=category, exists=True).exists()


def sorted_out_of(category: Category) -> QuerySet[Coding]:
    """What was sorted out of a category and still counts, the last first."""
    return ever_sorted_out_of(category).live()


def ever_sorted_out_of(category: Category) -> CodingQuerySet:
    """What was sorted out of a category, taken back or not, the last first."""
    rows = Coding.objects.filter(scheme=category.scheme, purpose=Purpose.RESORT, resorts=category)
    accepted = rows.filter(moment__incident__state=IncidentState.ACCEPTED)
    return accepted.select_related("category", "moment__incident__version").order_by("-pk")


@dataclasses.dataclass(frozen=True)
class Resorting:
    """How far a split category is sorted again: what waits for a member, and what all sorted."""

    waiting: int
    done: int

    @property
    def total(self) -> int:
        """Both together."""
        return self.waiting + self.done


def resorting_of(member: Member, category: Category) -> Resorting:
    """Count both."""
    return Resorting(
        waiting=waiting_for(member, category).count(),
        done=sorted_out_of(category).values("moment").distinct().order_by().count(),
    )


def next_to_sort(member: Member, category: Category, *, after: int = 0) -> Moment | None:
    """The next moment for a member, behind the one with this key, and then from the first on."""
    waiting = waiting_for(member, category).select_related("incident__version")
    return waiting.filter(pk__gt=after).first() or waiting.first()


def under(category: Category) -> Sequence[Category]:
    """What stands under a category of a coarser round, whatever its parent was merged into."""
    tree = tree_of(category.scheme)
    keys = [
        node.key
        for node in tree.nodes.values()
        if node.merged_into is None and (above := tree.parent_of(node)) and above.key == category.pk
    ]
    return list(Category.objects.filter(pk__in=keys).order_by("position", "pk"))
