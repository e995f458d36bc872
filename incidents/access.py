"""The one door to each object: who is not in the study finds nothing there."""

import functools
import time
import uuid
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from incidents.choices import IncidentState, RoleName
from incidents.http import Request
from incidents.models import (
    Incident,
    Interview,
    Invitation,
    Job,
    Likeness,
    Member,
    Moment,
    Organization,
    Region,
    Respondent,
    SecondScreening,
    Sector,
    User,
)
from incidents.prepared import Given, Question
from incidents.queries.likeness import standing_pairs
from incidents.queries.second_screening import disagreements_of, seconds_due
from incidents.querysets import SomeMember

SIGNED_IN_AT = "signed_in_at"  # in the session
Row = TypeVar("Row")
Owned = TypeVar("Owned", Region, Sector, Organization, Member, Invitation, Respondent)

_acting = Question(
    lambda: (
        Member.objects.acting_as(Given("user"))
        .filter(study__slug=Given("slug"))
        .select_related("study")
        .annotate(role=F("roles__name"))  # a row for each, or one without
    )
)


def memberships_of(user: User) -> QuerySet[Member]:
    """The active memberships of an account, with study and roles loaded, newest study first."""
    return (
        Member.objects.acting_as(user)
        .select_related("study")
        .prefetch_related("roles")
        .order_by("-study__pk")
    )


def member_for(request: Request, slug: str, *roles: RoleName) -> Member:
    """The member that the signed-in account acts as in a study; with one of `roles` if given.

    Raises Http404 to anybody who is no active member (as for a study that does not exist), and
    PermissionDenied, naming who can help, to a member without the role.
    """
    rows = _acting.all(user=request.user.pk, slug=slug)
    if not rows:
        raise Http404
    member = rows[0]
    member.roles_known = frozenset(row.role for row in rows if row.role)  # type: ignore[attr-defined]
    request.member = member
    if roles:
        require_role(member, *roles)
    return member


def require_role(member: Member, *roles: RoleName) -> None:
    """Raise PermissionDenied, saying who can grant it, unless the member has one of the roles."""
    if member.has_role(*roles):
        return
    admins = Member.objects.active().filter(study=member.study_id).with_role(RoleName.ADMIN)
    names = [admin.display_name for admin in admins.order_by("display_name")[:5]]
    wanted = get_text_list([str(RoleName(role).label) for role in roles], _("or"))
    raise PermissionDenied(
        _("This is open to the role: %(role)s. %(admins)s can give it to you.")
        % {"role": wanted, "admins": get_text_list(names, _("or")) or _("A superuser")}
    )


def incident_shown(member: Member, uid: uuid.UUID) -> Incident:
    """An incident whose words the member may read."""
    return _found(Incident.objects.visible_to(member).for_list().filter(uid=uid).first())


def interview_to_record(member: Member, uid: uuid.UUID) -> Interview:
    """An interview to which the member may add incidents: their own, or any for an admin."""
    require_role(member, RoleName.INTERVIEWER, RoleName.ADMIN)
    visible = Interview.objects.visible_to(member).for_list()
    interview = _found(visible.filter(uid=uid).first())
    interview.study = member.study
    return interview


def interview_to_tell_in(
    member: Member, uid: uuid.UUID, incident_uid: uuid.UUID
) -> tuple[Interview, bool]:
    """An interview to which the member may add this incident, in one query that joins nothing.

    Says as well whether the incident was submitted in it before. Raises Http404 where it was in
    another.
    """
    require_role(member, RoleName.INTERVIEWER, RoleName.ADMIN)
    visible = _with_where_it_was_told(member.role_names)
    known_by = {"study": member.study_id, "member": member.pk}
    interview = _found(visible.first(uid=uid, incident=incident_uid, **known_by))
    told_in = interview.told_in  # type: ignore[attr-defined]
    if told_in not in {None, interview.pk}:
        raise Http404
    interview.study = member.study
    return interview, told_in is not None


@functools.cache
def _with_where_it_was_told(roles: frozenset[str]) -> Question[Interview]:
    """An interview seen in these roles, with the key of that in which an incident was told."""
    told = Incident.objects.published().filter(uid=Given("incident")).values("interview")
    return Question(
        lambda: (
            Interview.objects.visible_to(SomeMember(roles))
            .filter(uid=Given("uid"))
            .annotate(told_in=Subquery(told[:1]))
        )
    )


def incident_to_record(interview: Interview, uid: uuid.UUID) -> None:
    """Raise Http404 where an incident with this uid is of another interview."""
    published = Incident.objects.published().filter(uid=uid)
    if published.exclude(interview=interview.pk).exists():
        raise Http404


def incident_to_screen(member: Member, uid: uuid.UUID) -> Incident:
    """An incident that the member, an admin, may decide on."""
    require_role(member, RoleName.ADMIN)
    return incident_shown(member, uid)


def held_out_to_withdraw(member: Member, uid: uuid.UUID) -> Incident:
    """An incident of the holdout that the member, an admin, may withdraw unread: without words."""
    require_role(member, RoleName.ADMIN)
    held_out = Incident.objects.known_to(member).filter(state=IncidentState.HELD_OUT)
    rows = held_out.select_related("interview__respondent", "study")
    return _found(rows.filter(uid=uid).first())


def second_verdict_to_give(member: Member, uid: uuid.UUID) -> SecondScreening:
    """The second verdict that is due on an incident, if the member, an admin, may give it."""
    require_role(member, RoleName.ADMIN)
    return _found(seconds_due(member).filter(incident__uid=uid).first())


def disagreement_to_settle(member: Member, uid: uuid.UUID) -> SecondScreening:
    """Two different verdicts of which the member, an admin, may say which stands."""
    require_role(member, RoleName.ADMIN)
    return _found(disagreements_of(member.study, settled=False).filter(uid=uid).first())


def likeness_to_judge(member: Member, uid: uuid.UUID) -> Likeness:
    """Two incidents that are alike, of which the member, an admin, may say whether they are one."""
    require_role(member, RoleName.ADMIN)
    return _found(standing_pairs(member.study).filter(uid=uid).first())


def moment_to_screen(member: Member, uid: uuid.UUID) -> Moment:
    """A moment that the member, an admin, may correct."""
    require_role(member, RoleName.ADMIN)
    incidents = Incident.objects.visible_to(member)
    moments = Moment.objects.select_related("incident__study")
    return _found(moments.filter(uid=uid, incident__in=incidents).first())


def job_shown(member: Member, uid: uuid.UUID) -> Job:
    """A job that the member may watch."""
    return _found(Job.objects.visible_to(member).filter(uid=uid).first())


def job_to_retry(member: Member, uid: uuid.UUID) -> Job:
    """A job that the member may ask for once more; who lost every role may only watch."""
    require_role(member, *RoleName)
    return job_shown(member, uid)


def region_to_change(member: Member, uid: uuid.UUID) -> Region:
    """A region of the study that the member, an admin, may change."""
    return _of_study(Region.objects.all(), member, uid)


def sector_to_change(member: Member, uid: uuid.UUID) -> Sector:
    """A sector of the study that the member, an admin, may change."""
    return _of_study(Sector.objects.all(), member, uid)


def organization_to_change(member: Member, uid: uuid.UUID) -> Organization:
    """An organization of the study that the member, an admin, may change."""
    return _of_study(Organization.objects.select_related("sector"), member, uid)


def respondent_to_move(member: Member, uid: uuid.UUID) -> Respondent:
    """A respondent of the study whom the member, an admin, may put to another site."""
    respondents = Respondent.objects.select_related("site__organization", "site__region")
    return _of_study(respondents, member, uid)


def member_to_change(member: Member, uid: uuid.UUID) -> Member:
    """A member of the study that the member, an admin, may change."""
    people = Member.objects.select_related("user").prefetch_related("roles")
    return _of_study(people, member, uid)


def invitation_to_change(member: Member, uid: uuid.UUID) -> Invitation:
    """An invitation to the study that the member, an admin, may send again or take back."""
    return _of_study(Invitation.objects.select_related("invited_by"), member, uid)


def _of_study(rows: QuerySet[Owned], member: Member, uid: uuid.UUID) -> Owned:
    require_role(member, RoleName.ADMIN)
    row = _found(rows.filter(study=member.study_id, uid=uid).first())
    row.study = member.study
    return row


def _found(row: Row | None) -> Row:
    if row is None:
        raise Http404
    return row


# -- Who sits there ---------------------------------------------------------------------------


def note_sign_in(request: HttpRequest | None, **_signal: Any) -> None:
    """Remember in the session when its owner last showed who they are."""
    if request is not None:
        request.session[SIGNED_IN_AT] = time.time()


def note_confirmation(
    request: HttpRequest, *, reauthenticated: bool = False, **_signal: Any
) -> None:
    """Remember as much when somebody who is signed in shows it once more."""
    if reauthenticated:
        note_sign_in(request)


def signed_in_recently(request: HttpRequest) -> bool:
    """Say whether the session's owner signed in, or confirmed it, some minutes ago at most."""
    at = request.session.get(SIGNED_IN_AT, 0)
    return bool(time.time() - at < 60 * settings.REAUTHENTICATE_MINUTES)


def require_recent_sign_in(request: Request) -> None:
    """Ask who sits there before an act on people goes on; what was sent is kept and then done.

    Raises allauth's ReauthenticationRequired, which its middleware turns into the question.
    """
    if not signed_in_recently(request):
        raise ReauthenticationRequired


def require_recent_sign_in_for_file(request: Request) -> None:
    """Ask who sits there before a file leaves, and lead to a page that hands it out.

    A file does not replace the page that asked, so the answer cannot be the file itself.
    """
    if signed_in_recently(request):
        return
    asks = get_adapter().get_reauthentication_methods(request.user)[0]["url"]
    came_from = urlsplit(request.headers.get("Referer", "")).path
    about = {"file": request.get_full_path(), "back": came_from}
    ready = f"{reverse('incidents:file_ready')}?{urlencode(about)}"
    raise ImmediateHttpResponse(HttpResponseRedirect(f"{asks}?{urlencode({'next': ready})}"))
