"""Filters in the words of the field. `visible_to(member)` starts every list."""

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import Combinable

from incidents.choices import GOING_ON, IncidentState, JobState, RoleName
from incidents.prepared import Given
from incidents.searching import Says
from incidents.texts import patterns_of

if TYPE_CHECKING:
    from incidents.models import Incident, Interview, Invitation, Job, Member, User

Instant = dt.datetime | Combinable  # a time, or the database's clock: Now()


class SomeMember(Given):
    """A member with these roles in a statement that is kept: `study` and `member` come later."""

    def __init__(self, roles: frozenset[str]) -> None:
        super().__init__("member")
        self.study_id = Given("study")
        self.roles = roles

    def has_role(self, *names: RoleName) -> bool:
        """Say whether the member has at least one of these roles."""
        return bool(self.roles & set(names))


class MemberQuerySet(models.QuerySet["Member"]):
    """Members of studies."""

    def active(self) -> Self:
        """Keep who still works in the study, with an account that may sign in or none."""
        return self.filter(active=True).exclude(user__is_active=False)

    def acting_as(self, user: "User | Given") -> Self:
        """Keep the memberships that this account may act in."""
        return self.active().filter(user=user, user__is_active=True)

    def with_role(self, *names: RoleName) -> Self:
        """Keep who has one of these roles, each member once."""
        roles = self.model.roles.rel.related_model._default_manager.filter(
            member=OuterRef("pk"), name__in=names
        )
        return self.filter(Exists(roles))


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations to studies."""

    def open(self) -> Self:
        """Keep what was neither accepted nor taken back; it may have run out."""
        return self.filter(accepted_at=None, revoked_at=None)

    def standing(self, now: Instant) -> Self:
        """Keep what can still be accepted: open, not run out, and of somebody who may invite.

        Who loses the role or the account takes along the links that they kept in reserve.
        """
        members = MemberQuerySet(self.model.invited_by.field.related_model).active()
        who = members.with_role(RoleName.ADMIN).filter(
            pk=OuterRef("invited_by"), user__is_active=True
        )
        return self.open().filter(Exists(who), expires_at__gt=now)


class InterviewQuerySet(models.QuerySet["Interview"]):
    """Interviews."""

    def visible_to(self, member: "Member | SomeMember") -> Self:
        """Own interviews; all of the study for its admins."""
        interviews = self.filter(study=member.study_id)
        if member.has_role(RoleName.ADMIN):
            return interviews
        if member.has_role(RoleName.INTERVIEWER):
            return interviews.filter(interviewer=member)
        return interviews.none()

    def for_list(self) -> Self:
        """Load what a row of the list of interviews shows, newest first."""
        return self.select_related(
            "respondent__site__organization", "respondent__site__region", "interviewer"
        ).order_by("-pk")


class IncidentQuerySet(models.QuerySet["Incident"]):
    """Incidents."""

    def published(self) -> Self:
        """Leave out what an import has not finished writing."""
        return self.exclude(state=IncidentState.IMPORTING)

    def accepted(self) -> Self:
        """Keep what counts in tables."""
        return self.filter(state=IncidentState.ACCEPTED)

    def taken_over(self) -> Self:
        """Keep what was used from the first, or held out, and nobody gave a verdict on."""
        verdicts = self.model.screenings.rel.related_model._default_manager.filter(
            incident=OuterRef("pk")
        )
        used = self.filter(state__in=[IncidentState.ACCEPTED, IncidentState.HELD_OUT])
        return used.exclude(Exists(verdicts))

    def told_to(self, member: "Member | SomeMember") -> Self:
        """Keep a member's own incidents."""
        return self.filter(interview__interviewer=member)

    def assigned_to(self, member: "Member | SomeMember") -> Self:
        """Keep accepted incidents with a moment that the member is or was to code."""
        moments = self.model.moments.rel.related_model._default_manager.filter(
            incident=OuterRef("pk"), assignments__coder=member
        )
        return self.accepted().filter(Exists(moments))

    def with_coders(self) -> Self:
        """Keep incidents with a moment that was given to a coder, or coded."""
        moments = self.model.moments.rel.related_model._default_manager.filter(
            incident=OuterRef("pk")
        )
        taken = Q(assignments__isnull=False) | Q(codings__isnull=False)
        return self.filter(Exists(moments.filter(taken)))

    def visible_to(self, member: "Member | SomeMember") -> Self:
        """Every incident whose words the member may read, each once whatever their roles.

        What was withdrawn only admins see, to know that it is out; what is held out nobody reads.
        """
        return self.known_to(member).exclude(state=IncidentState.HELD_OUT)

    def known_to(self, member: "Member | SomeMember") -> Self:
        """Those, and what is held out, of which who told or administers it knows that it exists."""
        incidents = self.filter(study=member.study_id)
        if member.has_role(RoleName.ADMIN):
            return incidents.published()
        seen = Q(pk__in=[])
        if member.has_role(RoleName.ANALYST):
            seen |= Q(state=IncidentState.ACCEPTED)
        if member.has_role(RoleName.INTERVIEWER):
            theirs = Q(interview__interviewer=member)
            seen |= theirs & ~Q(state__in=[IncidentState.IMPORTING, IncidentState.WITHDRAWN])
        if member.has_role(RoleName.CODER):
            assigned = self.model.objects.assigned_to(member).filter(pk=OuterRef("pk"))
            seen |= Q(Exists(assigned))
        return incidents.filter(seen)

    def between(self, first: dt.date | None, last: dt.date | None) -> Self:
        """Keep what may have happened from first to last; None leaves a side open."""
        bounds = {"happened_to__gte": first, "happened_from__lte": last}
        return self.filter(**{lookup: day for lookup, day in bounds.items() if day})

    def saying(self, typed: str) -> Self:
        """Keep those in whose current words all occurs that was typed (`texts.is_found`)."""
        found = self
        for pattern in patterns_of(typed):
            found = found.filter(**{f"version__folded__{Says.lookup_name}": pattern})
        return found

    def for_list(self) -> Self:
        """Load what stands around an incident, newest first."""
        return self.select_related(
            "version",
            "interview__interviewer",
            "interview__respondent",
            "site__region",
            "site__organization__sector",
        ).order_by("-pk")


class JobQuerySet(models.QuerySet["Job"]):
    """Background work."""

    def visible_to(self, member: "Member") -> Self:
        """All jobs of the study for its admins, their own for others."""
        jobs = self.filter(study=member.study_id)
        return jobs if member.has_role(RoleName.ADMIN) else jobs.filter(requested_by=member)

    def for_list(self) -> Self:
        """Newest first, without the routine work that was done and needs nobody's attention."""
        rows = self.exclude(~Q(unique_key=""), args={}, state=JobState.DONE)
        return rows.select_related("requested_by").order_by("-pk")

    def routine(self) -> Self:
        """Work on a study that is asked for again and again, and waits at most once."""
        return self.exclude(unique_key="").filter(args={})

    def going_on(self) -> Self:
        """Waiting or running."""
        return self.filter(state__in=GOING_ON)

    def due(self, now: Instant) -> Self:
        """Waiting, and not told to wait longer."""
        return self.filter(state=JobState.WAITING, run_after__lte=now)

    def unheard_since(self, when: Instant) -> Self:
        """Keep those for which no bell has rung since then."""
        return self.filter(Q(rung_at=None) | Q(rung_at__lt=when))

    def lost(self, now: Instant) -> Self:
        """Running, but whoever held the lease has not renewed it."""
        return self.filter(state=JobState.RUNNING, lease_until__lt=now)
