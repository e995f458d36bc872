"""The addresses for machines: does it live, can it serve, and what does it count."""

import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST

from config import health, metrics

LOOPBACK = frozenset({"127.0.0.1", "::1"})


def live(_request: HttpRequest) -> HttpResponse:
    """Say that this process answers; nothing else is asked."""
    return HttpResponse("live\n", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """Say whether people can be served: 200, and 503 where not; details to whom they concern."""
    findings = health.look_at(list(health.PARTS))
    serves = health.is_ready(findings)
    word = "ready" if serves else "not ready"
    if serves and any(finding.fault for finding in findings):
        word = "degraded"
    status = 200 if serves else 503
    if not may_see(request):
        return HttpResponse(f"{word}\n", content_type="text/plain", status=status)
    parts = {
        finding.name: {"fault": finding.fault, "ms": round(finding.seconds * 1000)}
        for finding in findings
    }
    return JsonResponse({"state": word, "parts": parts}, status=status)


def measured(request: HttpRequest) -> HttpResponse:
    """Give the metrics to whom they concern."""
    if not may_see(request):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(metrics.text(), content_type=CONTENT_TYPE_LATEST)


def may_see(request: HttpRequest) -> bool:
    """Tell whether the request has the token; without one only this machine may see, locally.

    In production everybody seems to come from this machine where the proxy runs on it.
    """
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").encode()
        return secrets.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())
    return not settings.PRODUCTION and request.META.get("REMOTE_ADDR") in LOOPBACK


ADDRESSES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/livez": live,
    "/readyz": ready,
    "/metrics": measured,
}
