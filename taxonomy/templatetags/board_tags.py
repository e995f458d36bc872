"""The cards of a board, written at once."""

from collections.abc import Sequence
from html import escape

from django import template
from django.utils.formats import localize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from incidents.templatetags.figure_tags import percent_in_words
from taxonomy.queries.schemes import Card

register = template.Library()

TICK = (
    '<label class="board-tick"><input type="checkbox" name="category" value="{uid}"'
    ' form="board-acts" aria-label="{name}"></label>'
)
CODE = '<span class="soft">{code}</span> '
STATE = '<span class="state state-excluded">{words}</span>'
MOMENTS = (
    '<span class="board-figures"><span class="num">{moments}</span>'
    '<span class="visually-hidden"> {words}</span>{positive}</span>'
)
POSITIVE = (
    '<span class="soft small num">{share}<span class="visually-hidden"> {words}</span></span>'
)
CARD = (
    '<li class="board-card" data-card="{uid}">{tick}<details class="scheme-category"><summary>'
    '<span class="row-text"><span class="row-title" dir="auto">{code}{name}</span></span>'
    '{state}{figures}</summary><div class="scheme-category-body">'
    '<a class="link-alone" href="{address}">{definition}</a></div></details></li>'
)


@register.simple_tag
def board_cards(cards: Sequence[Card], may_edit: object) -> SafeString:
    """Return categories as cards; a board has hundreds, which a template would take long for."""
    words = {
        "definition": _("Definition"),
        "split": _("Split"),
        "retired": _("Retired"),
        "moments": _("moments"),
        "positive": _("positive"),
    }
    written = (_card(card, words, tick=TICK if may_edit else "") for card in cards)
    return mark_safe("\n".join(written))  # noqa: S308  (each part is escaped)


def _card(card: Card, words: dict[str, str], *, tick: str) -> str:
    uid, name = escape(card.node.uid), escape(card.node.name)
    state = words["split" if card.split else "retired"]
    return CARD.format(
        uid=uid,
        name=name,
        tick=tick.format(uid=uid, name=name),
        code=CODE.format(code=escape(card.code)) if card.code else "",
        state=STATE.format(words=escape(state)) if card.node.retired else "",
        figures=_figures(card, words),
        address=escape(card.address),
        definition=escape(words["definition"]),
    )


def _figures(card: Card, words: dict[str, str]) -> str:
    if card.moments is None:
        return ""
    positive = ""
    if card.positive:
        share = escape(percent_in_words(card.positive))
        positive = POSITIVE.format(share=share, words=escape(words["positive"]))
    return MOMENTS.format(
        moments=localize(card.moments), words=escape(words["moments"]), positive=positive
    )
