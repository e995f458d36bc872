"""What the teller said, told apart from what the interviewer wrote."""

import re

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

QUOTED = re.compile(
    r"„[^„“”]*[“”]"  # German
    r"|“[^“”]*”"
    r"|«[^«»]*»"
    r"|「[^「」]*」|『[^『』]*』"
    r'|"[^"\n]+"'
)


@register.filter
def said(text: str) -> SafeString:
    """The text with every passage in quotation marks marked as the teller's own words."""
    pieces, end = [], 0
    for passage in QUOTED.finditer(text):
        pieces.append((text[end : passage.start()], _marked(passage.group())))
        end = passage.end()
    return format_html("{}{}", format_html_join("", "{}{}", pieces), text[end:])


def _marked(words: str) -> SafeString:
    return format_html('<span class="said">{}</span>', words)
