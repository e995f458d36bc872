"""Saved tables: which a member may use, and which they may change."""

import dataclasses
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import quote

from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Value, When

from incidents.choices import RoleName
from incidents.models import Member
from incidents.paging import Page, Sorting, page_by_key
from reports.models import Table
from reports.queries.runs import OTHER_CATEGORY, hidden_from
from taxonomy.models import Scheme

OTHERS = 10_000_000_000  # added to the positions of others' tables, which come after one's own
LISTED = Sorting("place")
MOST_DELETED = 5  # offered to be brought back


@dataclasses.dataclass(frozen=True, slots=True)
class SavedLine:
    """A saved table in the member's list, and what they may do with it there."""

    table: Table
    is_mine: bool
    may_change: bool
    goes_up: bool
    goes_down: bool


def tables_open_to(member: Member, schemes: Collection[Scheme]) -> QuerySet[Table]:
    """The tables that a member may use: their own, and those shared in the study.

    `schemes` are those whose results are open to the member; the name of a table may tell results,
    also of another scheme that it asks about.
    """
    standing = Table.objects.filter(deleted_at__isnull=True, scheme__in=list(schemes))
    mine_or_shared = Q(owner=member) | Q(shared=True)
    for slug in hidden_from(member, schemes):
        about = Q(query__contains=quote(f"scheme:{slug}")) | Q(query__contains=OTHER_CATEGORY)
        standing = standing.exclude(about)
    return standing.filter(mine_or_shared).select_related("owner", "scheme__study")


def in_order(tables: QuerySet[Table], member: Member) -> QuerySet[Table]:
    """The same with their `place` in the member's list: one's own first, each in its order."""
    mine = When(owner=member, then=F("position"))
    others = F("position") + Value(OTHERS)
    return tables.annotate(place=Case(mine, default=others, output_field=BigIntegerField()))


def may_change(member: Member, table: Table) -> bool:
    """Whether a member may rename, share and delete a table: its owner, and admins if shared."""
    return table.owner_id == member.pk or (table.shared and member.has_role(RoleName.ADMIN))


def deleted_by(member: Member) -> QuerySet[Table]:
    """The deleted tables that a member may bring back."""
    gone = Table.objects.filter(deleted_at__isnull=False, scheme__study=member.study_id)
    if not member.has_role(RoleName.ADMIN):
        return gone.filter(owner=member)
    return gone.filter(Q(owner=member) | Q(shared=True))


def saved_lines(member: Member, schemes: Collection[Scheme], query: Any) -> dict[str, Any]:
    """One page of the tables that a member may use, and what they deleted last."""
    rows = in_order(tables_open_to(member, schemes), member)
    page = page_by_key(rows, query=query, sorting=LISTED)
    gone = deleted_by(member).filter(scheme__in=list(schemes)).order_by("-deleted_at")
    return {
        "saved": list(_lines(page, member)),
        "deleted": list(gone[:MOST_DELETED]),
        "saved_next": f"?after={page.after}" if page.after else "",
        "saved_previous": f"?before={page.before}" if page.before else "",
    }


def _lines(page: Page[Table], member: Member) -> Iterator[SavedLine]:
    mine = [table.owner_id == member.pk for table in page.rows]
    for number, table in enumerate(page.rows):
        first = number == 0 and not page.before
        last = not mine[number + 1] if number + 1 < len(mine) else not page.after
        yield SavedLine(
            table=table,
            is_mine=mine[number],
            may_change=may_change(member, table),
            goes_up=mine[number] and not first,
            goes_down=mine[number] and not last,
        )
