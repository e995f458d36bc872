"""What somebody outside reads by a link: figures of a dashboard, without an account."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from incidents.http import Request
from reports.actions.sharing import open_link
from reports.models import ClientLink

GONE = 404
APART = {  # the address is a secret: nobody is told that one came from here
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@login_not_required
@never_cache
@require_GET
def client_page(request: Request, token: str) -> HttpResponse:
    """What a link shows; one that is unknown, over or taken back shows nothing, all alike."""
    link = open_link(token)
    if link is None:
        return _apart(render(request, "reports/client_gone.html", status=GONE))
    return _apart(page_of(request, link))


def page_of(request: Request, link: ClientLink, **about: Any) -> HttpResponse:
    """The page of a link, in the language and at the time of the study it was made in."""
    content = link.content
    with translation.override(content["lang"]), timezone.override(ZoneInfo(content["zone"])):
        return render(request, "reports/client_page.html", {**_context(link), **about})


def _apart(response: HttpResponse) -> HttpResponse:
    for name, value in APART.items():
        response[name] = value
    return response


def _context(link: ClientLink) -> dict[str, Any]:
    return {
        "link": link,
        "content": link.content,
        "sections": [_section(one) for one in link.content["sections"]],
    }


def _section(kept: dict[str, Any]) -> dict[str, Any]:
    as_of, parts = kept.get("as_of"), kept["parts"]
    return {
        **kept,
        "as_of": dt.datetime.fromisoformat(as_of) if as_of else None,
        "parts": [part for part in parts if part["kind"] != "chart"],
        "charts": [_chart(part) for part in parts if part["kind"] == "chart"],
    }


def _chart(part: dict[str, Any]) -> dict[str, Any]:
    svg = mark_safe(part["svg"])  # noqa: S308  (drawn by us; names were escaped then)
    return {**part, "svg": svg, "values": _values(part)}


def _values(part: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """The figures of a picture by what is along its axis, as its table shows them."""
    shown = zip(*(one["shown"] for one in part["series"]), strict=True)
    return [(name, list(values)) for name, values in zip(part["categories"], shown, strict=False)]
