"""The user guide inside the application."""

from pathlib import Path

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from incidents.http import Request
from reports.queries import guide


@require_GET
def help_index(request: Request) -> HttpResponse:
    """What the guide has, by what one wants to do."""
    return render(request, "reports/help_show.html", _context(guide.INDEX, ""))


@require_GET
def help_show(request: Request, page: str) -> HttpResponse:
    """One page of the guide."""
    path = guide.pages().get(page)
    if path is None:
        raise Http404
    return render(request, "reports/help_show.html", _context(path, page))


def _context(path: Path, name: str) -> dict[str, object]:
    return {"page": guide.read(path), "name": name, "contents": guide.contents()}
