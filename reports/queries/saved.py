"""How a member keeps the grid: saved filters, columns chosen."""

from typing import Any

from django.db.models import Q, QuerySet

from incidents.choices import RoleName
from incidents.models import Member
from incidents.prepared import Given, Question
from reports.models import GridChoice, SavedFilter


def filters_open_to(member: Member) -> QuerySet[SavedFilter]:
    """The filters that a member may use: their own, and those shared in the study."""
    return _open_to(member.study_id, member.pk)


def filters_offered(member: Member) -> list[SavedFilter]:
    """The same as every page of the grid lists them."""
    return _offered.all(study=member.study_id, member=member.pk)


def _open_to(study: Any, member: Any) -> QuerySet[SavedFilter]:
    of_study = SavedFilter.objects.filter(owner__study=study)
    return of_study.filter(Q(owner=member) | Q(shared=True)).select_related("owner")


def filters_to_change(member: Member) -> QuerySet[SavedFilter]:
    """Those that they may rename and delete: their own; the shared ones, too, for an admin."""
    if member.has_role(RoleName.ADMIN):
        return filters_open_to(member)
    return filters_open_to(member).filter(owner=member)


def choice_of(member: Member) -> GridChoice:
    """What the member chose; the usual, not kept anywhere, where they have not."""
    chosen = _choice.first(member=member.pk)
    if chosen is None:
        return GridChoice(member=member)
    opens_with = chosen.opens_with
    if opens_with is not None and not opens_with.shared and opens_with.owner_id != member.pk:
        chosen.opens_with = None  # no longer shared
    return chosen


_offered = Question(lambda: _open_to(Given("study"), Given("member")))
_choice = Question(
    lambda: GridChoice.objects.select_related("opens_with").filter(member=Given("member"))
)
