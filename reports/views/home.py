"""Where everybody arrives."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from incidents.access import memberships_of
from incidents.http import Request
from reports.queries.home import cards_of


@require_GET
def home(request: Request) -> HttpResponse:
    """What waits for the person who signed in, and their studies."""
    user = request.user
    context = {
        "cards": cards_of(list(memberships_of(user))),
        "may_create": user.may_create_studies or user.is_superuser,
    }
    return render(request, "reports/home.html", context)
