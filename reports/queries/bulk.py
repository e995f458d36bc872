"""What was done to many incidents at once, and what became of each."""

import datetime as dt

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from incidents.choices import RoleName
from incidents.models import Member
from incidents.prepared import Given, Question
from reports.models import BulkAct, BulkLine

FRESH = dt.timedelta(hours=12)


def with_counts(acts: QuerySet[BulkAct]) -> QuerySet[BulkAct]:
    """Add how many incidents each act changed, how many it did not, and how many were so already.

    What was on the batch already is a line without moments.
    """
    already = Q(lines__row_version__isnull=False, lines__moments=[])
    return acts.annotate(
        done=Count("lines", filter=Q(lines__row_version__isnull=False))
        - Count("lines", filter=already),
        already=Count("lines", filter=already),
        refused=Count("lines", filter=Q(lines__row_version__isnull=True)),
    ).select_related("by", "undoes", "undone_by", "job")


def acts_of(member: Member) -> QuerySet[BulkAct]:
    """The bulk acts of a study, the newest first."""
    return with_counts(BulkAct.objects.filter(study=member.study_id)).order_by("-pk")


def latest_act(member: Member) -> BulkAct | None:
    """The member's last act, while it is fresh, to be looked at or undone from the grid."""
    if not member.has_role(RoleName.ADMIN):
        return None
    since = timezone.now() - FRESH
    return _latest.first(member=member.pk, since=since)


_latest = Question(
    lambda: with_counts(
        BulkAct.objects.filter(
            pk__in=BulkAct.objects.filter(by=Given("member"), created_at__gte=Given("since"))
            .order_by("-pk")
            .values("pk")[:1]
        )
    )
)


def refused_of(act: BulkAct) -> QuerySet[BulkLine]:
    """The incidents that an act did not change, with what the list of them shows."""
    lines = BulkLine.objects.filter(act=act, row_version__isnull=True)
    return lines.select_related("incident__version")
