"""The request as our views know it, the choice between a page and one of its parts, addresses."""

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from incidents.models import Member, User


class Request(HttpRequest):
    """A request of somebody who signed in; `member` is set by `access.member_for`."""

    user: "User"
    htmx: "HtmxDetails"
    member: "Member"


def tell(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Say that something was done: on the next page, or with the part that htmx swaps.

    `undo` is the address that takes it back when posted to. A message is never the only place:
    the page or its history says the same and offers the same undo.
    """
    messages.success(request, text, extra_tags=undo)


def part_of(template: str, part: str, request: Request) -> str:
    """Name the partial of a page's template when htmx asks for it, else the whole page.

    The view must vary on HX-Request.
    """
    asks_for_part = request.htmx and not request.htmx.history_restore_request
    return f"{template}#{part}" if asks_for_part and not request.htmx.boosted else template


def addresses_of(view: str, slug: str) -> Callable[[uuid.UUID], str]:
    """Tell the addresses of many rows of a study: where each is shown, from its uid.

    A page with a row in each line would ask the router as often.
    """
    any_row = uuid.UUID(int=0)
    before, after = reverse(view, args=[slug, any_row]).split(str(any_row))
    return lambda uid: f"{before}{uid}{after}"
