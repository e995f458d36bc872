"""The way back to the page that somebody came from."""

from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.choices import Ready

TO = {
    "reports:dashboard_show": gettext_lazy("Back to the dashboard"),
    "reports:dashboard_present": gettext_lazy("Back to the dashboard"),
    "reports:front_show": gettext_lazy("Back to the dashboard"),
    "reports:front_present": gettext_lazy("Back to the dashboard"),
    "reports:funnel_show": gettext_lazy("Back to the funnel"),
    **{f"reports:ready_{which}": gettext_lazy("Back to the table") for which in Ready.values},
    "reports:run_show": gettext_lazy("Back to the run"),
    "reports:table_show": gettext_lazy("Back to the table"),
    "taxonomy:saturation_show": gettext_lazy("Back to saturation"),
    "taxonomy:scheme_against": gettext_lazy("Back to both schemes"),
}


def way_back(address: str, slug: str, *, otherwise: str) -> str:
    """The address that somebody came from, if it is of this study."""
    is_here = address.startswith(f"/s/{slug}/") and url_has_allowed_host_and_scheme(address, None)
    return address if is_here else otherwise


def words_of_way(address: str) -> str:
    """Where a way back leads."""
    try:
        found = resolve(urlsplit(address).path)
    except Resolver404:
        return _("Back")
    return str(TO.get(found.view_name, _("Back")))
