"""What every page of a study shows around its content."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from incidents.choices import RoleName
from reports.queries import guide

if TYPE_CHECKING:
    from incidents.models import Member

EVERYBODY = tuple(RoleName)
OVERSEERS = (RoleName.ANALYST, RoleName.ADMIN)


@dataclasses.dataclass(frozen=True)
class Place:
    """A page of a study, and who goes there.

    `pages`: how the names of pages begin that belong to it though their addresses say nothing.
    """

    label: Promise
    address: str
    icon: str
    roles: tuple[RoleName, ...]
    pages: tuple[str, ...] = ()


PLACES = (
    Place(
        _("Overview"),
        "reports:study_show",
        "study",
        EVERYBODY,
        ("reports:funnel_", "reports:study_"),
    ),
    Place(
        _("Interviews"),
        "incidents:interview_list",
        "interview",
        (RoleName.INTERVIEWER, RoleName.ADMIN),
        ("incidents:guide_show", "incidents:incident_mine", "incidents:held_out_"),
    ),
    Place(
        _("Screening"),
        "incidents:screening_queue",
        "done",
        (RoleName.ADMIN,),
        ("incidents:incident_divide",),
    ),
    Place(
        pgettext_lazy("verb", "Code"),
        "taxonomy:coding_list",
        "code",
        (RoleName.CODER,),
        ("taxonomy:coding_", "taxonomy:proposal_mine"),
    ),
    Place(
        _("Dashboards"),
        "reports:front_show",
        "dashboard",
        OVERSEERS,
        ("reports:dashboard_", "reports:link_"),
    ),
    Place(_("Incidents"), "reports:incident_list", "incident", OVERSEERS),
    Place(
        _("Tables"),
        "reports:dashboard",
        "table",
        OVERSEERS,
        (
            "reports:table_",
            "reports:verbatim_",
            "reports:export_",
            "reports:quote_",
            "reports:method_",
            "reports:report_",
            "reports:document_",
            "reports:ready_",
            "reports:run_",
        ),
    ),
    Place(_("Schemes"), "taxonomy:scheme_list", "taxonomy", EVERYBODY, ("taxonomy:holdout_",)),
    Place(_("Imports"), "taxonomy:import_list", "import", (RoleName.ADMIN,)),
    Place(_("Jobs"), "incidents:job_list", "job", (RoleName.ADMIN,)),
    Place(_("Setup"), "incidents:study_setup", "settings", (RoleName.ADMIN,)),
)


def help_at_hand(request: HttpRequest) -> dict[str, Any]:
    """The address of the chapter of the guide about this page, for whoever signed in."""
    user = getattr(request, "user", None)  # refused before anybody asked who it is
    if user is None or not user.is_authenticated:
        return {}
    return {"help_url": guide.address_about(_view_name(request))}


def study_nav(request: HttpRequest) -> dict[str, Any]:
    """The pages of the study that the member's roles open, for templates; no query of its own."""
    member: Member | None = getattr(request, "member", None)
    if member is None:
        return {}
    open_to = [place for place in PLACES if member.has_role(*place.roles)]
    urls = {place: url for place in open_to if (url := _url(place.address, member.study.slug))}
    here = _belonging(urls, request) or _nearest(list(urls.values()), request.path)
    shown = [_item(place, url, current=url == here) for place, url in urls.items()]
    return {"study": member.study, "study_nav": shown}


def _item(place: Place, url: str, *, current: bool) -> dict[str, Any]:
    return {"label": place.label, "icon": place.icon, "url": url, "current": current}


def _url(address: str, slug: str) -> str:
    try:
        return reverse(address, args=[slug])
    except NoReverseMatch:
        return ""


def _belonging(urls: Mapping[Place, str], request: HttpRequest) -> str:
    """The address of the place to which the page belongs by its name."""
    name = _view_name(request)
    return next((url for place, url in urls.items() if name.startswith(place.pages)), "")


def _view_name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def _nearest(urls: Sequence[str], path: str) -> str:
    """The address that is the path or the longest beginning of it; the overview only itself."""
    overview, others = urls[:1], urls[1:]
    begun = [url for url in others if path.startswith(url)]
    return path if path in overview else max(begun, key=len, default="")
