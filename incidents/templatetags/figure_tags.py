"""How figures are written in the language of their reader."""

from django import template
from django.utils.translation import pgettext

register = template.Library()


@register.filter
def per_cent(number: object) -> str:
    """Return a number of per cent as the language writes it: close to its sign, or with a space."""
    return pgettext("a number of per cent", "%(number)s%%") % {"number": number}


@register.filter
def percent_in_words(shown: str | None) -> str:
    """Return a cell of a table ("18%", "<1%", "–" or nothing) as the language writes it."""
    number = (shown or "").removesuffix("%")
    return number if number == (shown or "") else per_cent(number)
