"""What the pages of a coding plan say of what they are given."""

from django import template

from incidents.choices import Valence

register = template.Library()


@register.filter
def valence_label(valence: str) -> str:
    """A valence in words."""
    return str(Valence(valence).label)
