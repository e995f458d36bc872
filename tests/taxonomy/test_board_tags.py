"""A card says what a category holds, in the language of its reader, and runs nothing of it."""

import dataclasses

import pytest
from django.template import Context, Template
from django.utils import translation

from taxonomy.queries.schemes import Card
from taxonomy.tabulation.tree import Node

CARD = Card(
    node=Node(key=7, uid="u-7", name="Waiting", round=1, position=0),
    code="W",
    address="/s/x/schemes/y/categories/u-7/",
    moments=12345,
    positive="8%",
    split=False,
)


def written(card, *, may_edit=False):
    page = Template("{% load board_tags %}{% board_cards cards may_edit %}")
    return page.render(Context({"cards": [card], "may_edit": may_edit}))


@pytest.mark.parametrize(
    ("language", "moments", "positive"),
    [("en", "12,345", "8%"), ("de", "12.345", "8\N{NO-BREAK SPACE}%")],
)
def test_figures_are_written_as_their_reader_writes_them(language, moments, positive):
    with translation.override(language):
        card = written(CARD)
    assert (f">{moments}<" in card, f">{positive}<" in card) == (True, True)


def test_what_is_typed_is_text():
    typed = '<b>"&'
    card = dataclasses.replace(
        CARD, node=dataclasses.replace(CARD.node, name=typed, uid=typed), code=typed, address=typed
    )
    page = written(card, may_edit=True)
    assert (page.count("&lt;b&gt;&quot;&amp;"), "<b>" in page) == (6, False)


def test_only_who_may_edit_can_tick_and_who_is_blind_sees_no_figure():
    blind = dataclasses.replace(CARD, moments=None, positive=None)
    assert "checkbox" not in written(CARD)
    assert "checkbox" in written(CARD, may_edit=True)
    assert "board-figures" not in written(blind)
    assert "12" not in written(blind)


@pytest.mark.parametrize(("split", "words"), [(False, "Retired"), (True, "Split")])
def test_what_is_not_used_any_more_says_why(split, words):
    node = dataclasses.replace(CARD.node, retired=True)
    assert f">{words}<" in written(dataclasses.replace(CARD, node=node, split=split))
    assert words not in written(dataclasses.replace(CARD, split=split))
