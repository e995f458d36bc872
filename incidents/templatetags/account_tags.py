"""What the pages of accounts have to know of the installation."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def sends_mail() -> bool:
    """Say whether messages leave this installation, or are only printed where it runs."""
    return bool(settings.SENDS_MAIL)
