"""Who reads what comes out."""

import uuid

from django.http import Http404

from incidents.access import member_for, require_role
from incidents.choices import RoleName
from incidents.http import Request
from incidents.models import Member
from reports.models import BulkAct, SavedFilter
from reports.queries.bulk import acts_of
from reports.queries.saved import filters_open_to, filters_to_change
from taxonomy.access import scheme_shown
from taxonomy.models import Scheme


def reader_for(request: Request, slug: str) -> Member:
    """The member who reads the study's tables: an analyst or an admin."""
    return member_for(request, slug, RoleName.ANALYST, RoleName.ADMIN)


def scheme_read(request: Request, slug: str, scheme: str) -> tuple[Member, Scheme]:
    """The reader and the scheme; whether they see results there `sees_results` says."""
    reader = reader_for(request, slug)
    return reader, scheme_shown(reader, scheme)


def sees_names(member: Member) -> bool:
    """Whether organizations are shown to the member by name, or else by code."""
    return member.has_role(RoleName.ADMIN) or (
        member.has_role(RoleName.ANALYST) and member.study.names_shown_to_analysts
    )


def filter_to_use(member: Member, uid: uuid.UUID) -> SavedFilter:
    """A saved filter of the member's own, or one that is shared."""
    found = filters_open_to(member).filter(uid=uid).first()
    if found is None:
        raise Http404
    return found


def filter_to_change(member: Member, uid: uuid.UUID) -> SavedFilter:
    """A saved filter that the member may rename, share and delete."""
    found = filters_to_change(member).filter(uid=uid).first()
    if found is None:
        raise Http404
    return found


def act_shown(member: Member, uid: uuid.UUID) -> BulkAct:
    """A decision on many incidents of the study, for its admins."""
    require_role(member, RoleName.ADMIN)
    act = acts_of(member).filter(uid=uid).first()
    if act is None:
        raise Http404
    return act
