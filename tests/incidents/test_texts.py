"""Words as they are searched: what is one word, what is the same word, and what finds what."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents import texts
from incidents.texts import fold, is_found, patterns_of, searchable

UNUSED = {"Cn", "Co", "Cs"}  # not assigned, private, halves of others
SIGNS = [
    sign for sign in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(sign) not in UNUSED
]


@pytest.mark.thorough
def test_folding_twice_is_folding_once_for_every_sign_there_is():
    assert [sign for sign in SIGNS if fold(fold(sign)) != fold(sign)] == []
    assert [sign for sign in SIGNS if searchable(searchable(sign)) != searchable(sign)] == []


@pytest.mark.thorough
def test_no_sign_leaves_a_capital_that_one_database_takes_for_a_small_letter():
    """LIKE on SQLite does not tell A from a; PostgreSQL does."""
    assert [sign for sign in SIGNS if any("A" <= letter <= "Z" for letter in fold(sign))] == []


@given(st.text(alphabet=st.sampled_from([*SIGNS[:3000], *"我要退款กิが😀", "\u0301", "\u200b"])))
def test_signs_are_set_apart_alike_however_many_there_are(text):
    """A few are set apart one by one, many in one pass over the letters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "_FEW_SIGNS", 0)
        in_one_pass = searchable(text)
        patch.setattr(texts, "_FEW_SIGNS", len(text))
        assert searchable(text) == in_one_pass


@given(st.text(), st.text())
def test_a_text_is_found_by_every_word_of_itself(before, word):
    text = f"{before} {word}"

    assert is_found(text, word.replace('"', " "))
    assert is_found(text, fold(text))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Café in der STRASSE", " cafe in der strasse "),
        ("100% a_b", " 100 % a _ b "),
        ("我要退款A!", " 我 要 退 款 a ! "),
        ("ก็กิn", " ก็ กิ n "),
        ("が", " が "),
        ("“don’t” – she", ' " don \' t " - she '),
        ("Łódź, Ærø", " lodz , aero "),
        ("co\u00adop\u200be", " coope "),
        ("  \u200b ", ""),
        ("", ""),
    ],
)
def test_words_are_kept_apart_by_one_space(text, kept):
    assert searchable(text) == kept


@pytest.mark.parametrize(
    ("typed", "patterns"),
    [
        ("Refund now", ("refund", "now")),
        ('"cash back" slow', (" cash back ", "slow")),
        ("“cash back”", (" cash back ",)),
        ('"cash', ("cash",)),
        ("now now NOW", ("now",)),
        ('"" " " \u200b', ()),
        ("退款", ("退 款",)),
        ("a_b", ("a _ b",)),
    ],
)
def test_what_is_typed_becomes_patterns(typed, patterns):
    assert patterns_of(typed) == patterns


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("fund", True),
        ('"fund"', False),
        ('"refunded"', True),
        ('"was refunded"', True),
        ('"refunded was"', False),
        ("refunded was", True),
        ("refunded never", False),
        ('"退款"', True),
        ("款退", False),
        ("resume", True),
        ("RÉSUMÉ", True),
        ("かき", False),
        ("がき", True),
    ],
)
def test_parts_whole_words_and_several(typed, found):
    text = "She was refunded, at last: résumé. 我要退款了。 がき"

    assert is_found(text, typed) is found
