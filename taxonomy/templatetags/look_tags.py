"""What runs of one's own looking early, and where it is offered."""

from typing import Any

from django import template
from django.urls import reverse

from incidents.choices import RoleName
from taxonomy.access import looks_used
from taxonomy.models import EarlyLook, Scheme

register = template.Library()


@register.simple_tag(takes_context=True)
def early_looks(context: dict[str, Any]) -> list[EarlyLook]:
    """The looks by which the page shows what would be hidden, those of its scheme in any case."""
    request = context.get("request")
    member = getattr(request, "member", None)
    if request is None or member is None or not member.has_role(RoleName.ADMIN):
        return []
    match = request.resolver_match
    return looks_used(member, match.kwargs.get("scheme") if match else None)


@register.simple_tag(takes_context=True)
def look_offered(context: dict[str, Any], scheme: Scheme | None) -> str:
    """The address at which an admin may look early; empty for everybody else."""
    member = getattr(context.get("request"), "member", None)
    if scheme is None or member is None or not member.has_role(RoleName.ADMIN):
        return ""
    return reverse("taxonomy:look_list", args=[member.study.slug, scheme.slug])
