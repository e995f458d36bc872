"""What every page of a study shows around its content."""

import dataclasses
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incidents.choices import RoleName

if TYPE_CHECKING:
    from incidents.models import Member

EVERYBODY = tuple(RoleName)
OVERSEERS = (RoleName.ANALYST, RoleName.ADMIN)


@dataclasses.dataclass(frozen=True)
class Place:
    """A page of a study, and who goes there."""

    label: Promise
    address: str
    icon: str
    roles: tuple[RoleName, ...]


PLACES = (
    Place(_("Overview"), "reports:study_show", "study", EVERYBODY),
    Place(
        _("Interviews"),
        "incidents:interview_list",
        "interview",
        (RoleName.INTERVIEWER, RoleName.ADMIN),
    ),
    Place(_("Screening"), "incidents:screening_queue", "done", (RoleName.ADMIN,)),
    Place(_("Code"), "taxonomy:coding_list", "code", (RoleName.CODER,)),
    Place(_("Incidents"), "reports:incident_list", "incident", OVERSEERS),
    Place(_("Tables"), "reports:dashboard", "table", OVERSEERS),
    Place(_("Schemes"), "taxonomy:scheme_list", "taxonomy", EVERYBODY),
    Place(_("Imports"), "taxonomy:import_list", "import", (RoleName.ADMIN,)),
    Place(_("Jobs"), "incidents:job_list", "job", (RoleName.ADMIN,)),
    Place(_("Setup"), "incidents:study_setup", "settings", (RoleName.ADMIN,)),
)


def study_nav(request: HttpRequest) -> dict[str, Any]:
    """The pages of the study that the member's roles open, for templates; no query of its own."""
    member: Member | None = getattr(request, "member", None)
    if member is None:
        return {}
    items = [_item(place, member.study.slug) for place in PLACES if member.has_role(*place.roles)]
    shown = [item for item in items if item["url"]]
    here = _nearest([item["url"] for item in shown], request.path)
    for item in shown:
        item["current"] = item["url"] == here
    return {"study": member.study, "study_nav": shown}


def _item(place: Place, slug: str) -> dict[str, Any]:
    return {"label": place.label, "icon": place.icon, "url": _url(place.address, slug)}


def _url(address: str, slug: str) -> str:
    try:
        return reverse(address, args=[slug])
    except NoReverseMatch:
        return ""


def _nearest(urls: list[str], path: str) -> str:
    """The address that is the path or the longest beginning of it; the overview only itself."""
    overview, *others = urls
    begun = [url for url in others if path.startswith(url)]
    return overview if path == overview else max(begun, key=len, default="")
