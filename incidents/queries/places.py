"""What the pages of setting a study up list."""

from itertools import count
from typing import Any

from django.db.models import Count, Q, QuerySet

from incidents.models import Invitation, Member, Organization, Region, Sector, Site, Study


def regions_of(study: Study) -> QuerySet[Region]:
    """The regions in their order, with their countries and numbers of sites; two queries."""
    return (
        Region.objects.filter(study=study)
        .annotate(number_of_sites=Count("sites"))
        .prefetch_related("countries")
        .order_by("not_stated", "position", "pk")
    )


def sectors_of(study: Study) -> QuerySet[Sector]:
    """The sectors in their order, with their numbers of organizations that are stated."""
    stated = Count("organizations", filter=Q(organizations__not_stated=False))
    return (
        Sector.objects.filter(study=study)
        .annotate(number_of_organizations=stated)
        .order_by("not_stated", "position", "pk")
    )


def organizations_of(study: Study, *, q: str = "", **filters: Any) -> QuerySet[Organization]:
    """The organizations whose name or code has these words, with their numbers of sites."""
    organizations = Organization.objects.filter(study=study, **filters)
    if q:
        organizations = organizations.filter(Q(name__icontains=q) | Q(code__icontains=q))
    return organizations.select_related("sector").annotate(number_of_sites=Count("sites"))


def sites_of(organization: Organization) -> QuerySet[Site]:
    """The sites of an organization with their numbers of respondents."""
    return (
        Site.objects.filter(organization=organization)
        .select_related("region", "organization")
        .annotate(number_of_respondents=Count("respondents"))
        .order_by("country", "place", "pk")
    )


def members_of(study: Study) -> QuerySet[Member]:
    """The members with accounts and roles, who is active first; two queries."""
    return (
        Member.objects.filter(study=study)
        .select_related("user")
        .prefetch_related("roles")
        .order_by("-active", "display_name", "pk")
    )


def open_invitations_of(study: Study) -> QuerySet[Invitation]:
    """The invitations that nobody accepted or took back, the newest first."""
    return Invitation.objects.open().filter(study=study).order_by("-pk")


def free_member_code(study: Study) -> str:
    """A code that no member of the study has, to start from."""
    taken = set(Member.objects.filter(study=study).values_list("code", flat=True))
    return next(code for number in count(1) if (code := f"M{number}") not in taken)
