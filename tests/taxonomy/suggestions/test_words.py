"""What a classifier reads of a text."""

import pytest

from taxonomy.suggestions.words import LONGEST_WORD, tokens_of


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("?! …", []),
        ("Late, again", ["late", "again", "late again"]),
        ("STRASSE Straße", ["strasse", "strasse", "strasse strasse"]),
        ("Ждали Час", ["ждали", "час", "ждали час"]),
        ("服务好", ["服", "务", "好", "服 务", "务 好"]),
        ("انتظرنا ساعة", ["انتظرنا", "ساعة", "انتظرنا ساعة"]),
        ("Café 2", ["cafe", "2", "cafe 2"]),
    ],
)
def test_words_and_their_neighbours_are_read_in_every_script(text, tokens):
    assert tokens_of(text) == tokens


def test_a_word_without_end_is_cut():
    assert tokens_of("x" * 500) == ["x" * LONGEST_WORD]
