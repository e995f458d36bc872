"""Who reads what comes out."""

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.http import Request
from incidents.models import Member
from taxonomy.access import scheme_shown, sees_results
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


def schemes_open_to(member: Member) -> list[Scheme]:
    """The schemes of the study whose results the member may see."""
    schemes = Scheme.objects.filter(study=member.study_id).order_by("pk")
    if not member.has_role(RoleName.ANALYST, RoleName.ADMIN, RoleName.CODER):
        return []
    return [scheme for scheme in schemes if sees_results(member, scheme)]
