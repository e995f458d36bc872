"""Where the categories of a scheme came from and where they went."""

import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from incidents.access import member_for
from incidents.choices import RoleName
from incidents.http import Request
from incidents.models import Member
from taxonomy import access
from taxonomy.forms.lineage import UnderForm
from taxonomy.models import Scheme
from taxonomy.queries.lineage import lineage_of

PAGE = "taxonomy/scheme_lineage.html"


@require_GET
def scheme_lineage(request: Request, slug: str, scheme: str) -> HttpResponse:
    """A whole scheme across its rounds, or what flowed into one category of the coarsest."""
    member = member_for(request, slug, *RoleName)
    shown = access.scheme_shown(member, scheme)
    asked = UnderForm(request.GET)
    under = asked.cleaned_data["under"] if asked.is_valid() else None
    context = _lineage(member, shown, about=under)
    if under is not None and not context["lineage"].entries:
        raise Http404
    return render(request, PAGE, {**context, "under": under})


@require_GET
def category_lineage(request: Request, slug: str, scheme: str, uid: uuid.UUID) -> HttpResponse:
    """One category: what flowed into it, and where it goes from there."""
    member = member_for(request, slug, *RoleName)
    shown = access.scheme_shown(member, scheme)
    category = access.category_of(shown, uid)
    context = _lineage(member, shown, about=category.uid)
    return render(request, PAGE, {**context, "category": category})


def _lineage(member: Member, scheme: Scheme, *, about: uuid.UUID | None) -> dict[str, Any]:
    counted = access.sees_results(member, scheme)
    return {
        "study": member.study,
        "scheme": scheme,
        "counted": counted,
        "lineage": lineage_of(scheme, counted=counted, about=about),
        "may_edit": member.has_role(RoleName.ADMIN),
    }
