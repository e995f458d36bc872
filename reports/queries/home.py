"""What waits for a person, and how their studies stand; few queries for however many."""

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, QuerySet

from incidents.choices import IncidentState, JobState, RoleName
from incidents.models import Draft, Incident, Job, Member, Study
from incidents.prepared import Given, Question
from reports.models import ChangedResult
from reports.queries.schedules import changes_for
from taxonomy.access import SORTING
from taxonomy.models import Sort, Sorter
from taxonomy.queries.proposals import open_by_study, unread_by_member
from taxonomy.queries.waiting import Disputes, Portion, disputes_for, portions_of

OVERSEERS = (RoleName.ADMIN, RoleName.ANALYST)
NOT_TOLD = (IncidentState.IMPORTING, IncidentState.WITHDRAWN)


@dataclasses.dataclass(frozen=True)
class StudyCard:
    """One study as its member sees it from home. None stands for what the role does not see."""

    member: Member
    told: int | None
    used: int | None
    own_told: int | None
    returned: int
    unsent: int
    to_screen: int
    portions: Sequence[Portion]
    failed_jobs: int
    answered: int
    proposed: int
    disputes: Sequence[Disputes]
    sorts: Sequence[Sort]
    changes: Sequence[ChangedResult]

    @property
    def study(self) -> Study:
        """The study itself."""
        return self.member.study

    @property
    def to_code(self) -> int:
        """How many moments wait to be coded by the member now."""
        return sum(portion.number for portion in self.portions if not portion.paused)

    @property
    def planned(self) -> Sequence[Portion]:
        """What waits under a name: portions of plans, work to be coded again, practice."""
        return [portion for portion in self.portions if portion.is_given_out]


def cards_of(members: Sequence[Member]) -> list[StudyCard]:
    """A card for each membership, in their order."""
    by_role = {role: [m for m in members if m.has_role(role)] for role in RoleName}
    studies = {m.study_id for role in OVERSEERS for m in by_role[role]}
    states = _states(Incident.objects.filter(study__in=studies), "study")
    own = _states(
        Incident.objects.filter(interview__interviewer__in=members), "interview__interviewer"
    )
    unsent = _counted(Draft.objects.filter(member__in=members), "member", "object_uid")
    portions = portions_of(by_role[RoleName.CODER])
    disputes = disputes_for(by_role[RoleName.ADMIN])
    managed = [m.study_id for m in by_role[RoleName.ADMIN]]
    answered = unread_by_member(by_role[RoleName.CODER])
    proposed = open_by_study(by_role[RoleName.ADMIN])
    sorts = _sorts_by_member(members)
    changes = changes_for(members)
    failed = _counted(Job.objects.filter(study__in=managed, state=JobState.FAILED), "study")
    return [
        StudyCard(
            member=member,
            told=told_of(states[member.study_id]) if member.has_role(*OVERSEERS) else None,
            used=states[member.study_id][IncidentState.ACCEPTED]
            if member.has_role(*OVERSEERS)
            else None,
            own_told=told_of(own[member.pk]) if member.has_role(RoleName.INTERVIEWER) else None,
            returned=own[member.pk][IncidentState.RETURNED],
            unsent=unsent[member.pk],
            to_screen=states[member.study_id][IncidentState.SUBMITTED]
            if member.has_role(RoleName.ADMIN)
            else 0,
            portions=portions.get(member.pk, []),
            failed_jobs=failed[member.study_id],
            answered=answered.get(member.pk, 0),
            proposed=proposed.get(member.study_id, 0) if member.has_role(RoleName.ADMIN) else 0,
            disputes=disputes.get(member.pk, []),
            sorts=sorts[member.pk] if member.has_role(*SORTING) else [],
            changes=changes.get(member.pk, []),
        )
        for member in members
    ]


def _sorts_by_member(members: Sequence[Member]) -> dict[int | None, list[Sort]]:
    """The open sorts that each of these memberships of one account has still to finish."""
    waiting: dict[int | None, list[Sort]] = defaultdict(list)
    for sorter in _unfinished.all(user=members[0].user_id) if members else []:
        waiting[sorter.member_id].append(sorter.sort)
    return waiting


_unfinished = Question(
    lambda: (
        Sorter.objects.filter(member__user=Given("user"), finished_at__isnull=True)
        .filter(sort__closed_at__isnull=True)
        .select_related("sort__scheme")
        .order_by("-sort_id")
    )
)


def _states(incidents: QuerySet[Incident], owner: str) -> dict[int, dict[str, int]]:
    rows = incidents.values_list(owner, "state").annotate(number=Count("*")).order_by()
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for key, state, number in rows:
        found[key][state] = number
    return found


def _counted(rows: QuerySet[Any], owner: str, thing: str = "pk") -> dict[int, int]:
    """How many different things there are by owner."""
    counted = rows.values_list(owner).annotate(number=Count(thing, distinct=True)).order_by()
    return defaultdict(int, counted)


def told_of(states: Mapping[str, int]) -> int:
    """How many incidents were told, whatever became of them, of so many in each state."""
    return sum(number for state, number in states.items() if state not in NOT_TOLD)
