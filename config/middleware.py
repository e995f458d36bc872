"""What every request passes first: the questions of machines, and the account kept of the rest."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from config import logs, metrics, probes

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
USABLE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")

Answer = Callable[[HttpRequest], HttpResponseBase]
logger = logging.getLogger("candid.requests")


class Probes:
    """Answers machines by themselves, before anything asks for https, a host name or a session."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a probe, or pass the request on."""
        probe = probes.ADDRESSES.get(request.path_info)
        return self.get_response(request) if probe is None else _probed(probe, request)


class Watched:
    """Counts each request and logs one line of it: no query, no form, no name."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and say how that went."""
        began = time.monotonic()
        token = logs.request_id.set(_id_of(request))
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = logs.request_id.get()
            _account_for(request, response, seconds=time.monotonic() - began)
        finally:
            logs.request_id.reset(token)
        return response


def _probed(probe: Callable[[HttpRequest], HttpResponse], request: HttpRequest) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    response = probe(request)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _id_of(request: HttpRequest) -> str:
    given = request.headers.get("X-Request-ID", "")
    return given if USABLE_ID.fullmatch(given) else uuid.uuid4().hex[:16]


def _account_for(request: HttpRequest, response: HttpResponseBase, *, seconds: float) -> None:
    match = request.resolver_match
    known = {
        "method": request.method if request.method in METHODS else "OTHER",
        "route": f"/{match.route}" if match else "none",
        "status": response.status_code,
    }
    metrics.count_request(**known, seconds=seconds)  # type: ignore[arg-type]  # by name
    logger.info("answered", extra={"fields": {**known, "ms": round(seconds * 1000)}})
