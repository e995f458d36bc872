"""Links for somebody outside, as those who make them see them."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents.access import require_recent_sign_in
from incidents.actions.refusals import RefusedError
from incidents.http import Request, tell
from incidents.models import Member
from incidents.paging import PAGE_SIZE, page_by_key
from incidents.views.attempts import refusal_of
from reports import access
from reports.actions import sharing
from reports.choices import LeftOut
from reports.forms.links import LinkForm
from reports.models import ClientLink, Dashboard
from reports.queries.client_links import links_of, mostly_hidden, openings_of
from reports.views.client_pages import page_of

ADDRESS = "client_link"  # in the session, until it is shown once


@require_GET
def link_list(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """The links of a dashboard, the newest first."""
    reader = access.composer_for(request, slug)
    dashboard = access.dashboard_shown(reader, uid)
    context = {
        "study": reader.study,
        "dashboard": dashboard,
        "page": page_by_key(links_of(dashboard).defer("content"), query=request.GET),
    }
    return render(request, "reports/link_list.html", context)


@require_http_methods(["GET", "POST"])
def link_create(request: Request, slug: str, uid: uuid.UUID) -> HttpResponse:
    """Make a link of what stands on a dashboard now."""
    reader = access.composer_for(request, slug)
    dashboard = access.dashboard_shown(reader, uid)
    if request.method == "POST":
        require_recent_sign_in(request)
    form = LinkForm(request.POST if request.method == "POST" else None, study=reader.study)
    made: list[tuple[ClientLink, str]] = []
    status = refusal_of(form, lambda: made.append(_made(form, dashboard, reader)))
    if status is None:
        return _show_address(request, slug, *made[0])
    context = {"study": reader.study, "dashboard": dashboard, "form": form}
    return render(request, "reports/link_create.html", context, status=status)


def _made(form: LinkForm, dashboard: Dashboard, by: Member) -> tuple[ClientLink, str]:
    return sharing.share_dashboard(dashboard=dashboard, by=by, **form.cleaned_data)


def _show_address(request: Request, slug: str, link: ClientLink, token: str) -> HttpResponse:
    """Go to the page of a link, which shows its address once."""
    address = request.build_absolute_uri(reverse("reports:client_page", args=[token]))
    request.session[ADDRESS] = {"uid": str(link.uid), "address": address}
    return redirect("reports:link_show", slug, link.dashboard.uid, link.uid)


@require_GET
def link_show(request: Request, slug: str, uid: uuid.UUID, link: uuid.UUID) -> HttpResponse:
    """A link: what it shows, what was left out, when it was opened; at first its address."""
    reader = access.composer_for(request, slug)
    shown = access.link_shown(reader, uid, link)
    context = {
        "study": reader.study,
        "dashboard": shown.dashboard,
        "link": shown,
        "job": shown.job,
        "address": _address_once(request, shown),
        "hidden": mostly_hidden(shown.content),
        "left_out": _left_out(shown),
        "kept": [one for one in shown.content.get("sections", []) if one.get("kept")],
        **_openings(request, shown),
    }
    return render(request, "reports/link_show.html", context)


def _address_once(request: Request, link: ClientLink) -> str:
    """The address right after it was made, and while the page is being made that it leads to."""
    kept = request.session.get(ADDRESS, {})
    if kept.get("uid") != str(link.uid):
        return ""
    if not (link.job and link.job.goes_on):
        del request.session[ADDRESS]
    return str(kept["address"])


def _left_out(link: ClientLink) -> list[dict[str, Any]]:
    """The parts of the dashboard that are not shown, each with the reason."""
    return [
        {"title": one["title"], "why": LeftOut(one["why"]).label}
        for one in link.content.get("left_out", [])
    ]


def _openings(request: Request, link: ClientLink) -> dict[str, Any]:
    """When a link was opened, the last first; they are a minute apart, so a time is a place."""
    times = openings_of(link).order_by("-opened_at").values_list("opened_at", flat=True)
    before = _time(request.GET.get("before", ""))
    found = list((times.filter(opened_at__lt=before) if before else times)[: PAGE_SIZE + 1])
    more = len(found) > PAGE_SIZE
    last = found[:PAGE_SIZE][-1] if more else None
    return {
        "openings": found[:PAGE_SIZE],
        "next_url": f"?{urlencode({'before': last.isoformat()})}" if last else "",
        "previous_url": request.path if before else "",
    }


def _time(text: str) -> dt.datetime | None:
    """The time that an address names, or nothing."""
    try:
        found = parse_datetime(text)
        return found.astimezone(dt.UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None


@require_GET
def link_preview(request: Request, slug: str, uid: uuid.UUID, link: uuid.UUID) -> HttpResponse:
    """What a client sees by a link, for those who make links: no opening is noted."""
    shown = access.link_shown(access.composer_for(request, slug), uid, link)
    if shown.made_at is None:
        raise Http404
    back = reverse("reports:link_show", args=[slug, uid, link])
    return page_of(request, shown, back_url=back, reads=get_language())


@require_POST
def link_renew(request: Request, slug: str, uid: uuid.UUID, link: uuid.UUID) -> HttpResponse:
    """Give a link another address; the one before opens nothing more."""
    reader = access.composer_for(request, slug)
    shown = access.link_shown(reader, uid, link)
    require_recent_sign_in(request)
    try:
        token = sharing.renew_link(link=shown, by=reader)
    except RefusedError as error:
        messages.error(request, str(error))
        return redirect("reports:link_show", slug, uid, link)
    return _show_address(request, slug, shown, token)


@require_POST
def link_revoke(request: Request, slug: str, uid: uuid.UUID, link: uuid.UUID) -> HttpResponse:
    """Take a link back."""
    reader = access.composer_for(request, slug)
    sharing.revoke_link(link=access.link_shown(reader, uid, link), by=reader)
    tell(request, _("The link is taken back. Its address opens nothing."))
    return redirect("reports:link_show", slug, uid, link)
