"""A quote says what was told, and marks the rest."""

import pytest

from reports.quoted.passages import says_something, untold

TOLD = "I was not happy.\n\nAt Zanzibar Bank  nobody said “sorry”; the manager left… for lunch."


@pytest.mark.parametrize(
    "words",
    [
        TOLD,
        "I was not happy.",
        "“I was not happy!”",
        "I was […] happy",
        "At [organization] nobody said “sorry”",
        "At Zanzibar Bank nobody\nsaid",
        "I was ... happy … the manager left… for lunch.",
        "[T]he manager left",
        "[My boss] left",
        "[organization]",
    ],
)
def test_what_was_told_may_be_shortened_and_replaced_in_brackets(words):
    assert untold(words, TOLD) == ""


@pytest.mark.parametrize(
    ("words", "piece"),
    [
        ("I was happy.", "I was happy"),
        ("the manager left […] I was not happy", "I was not happy"),
        ("At [organization] somebody said", "somebody said"),
        ("[I] as not happy", "as not happy"),
        ("appy", "appy"),
        ("i was not happy", "i was not happy"),
        ("I was not happy. I was not happy.", "I was not happy. I was not happy"),
        ("I was [not happy", "I was [not happy"),
    ],
)
def test_what_was_not_told_is_named(words, piece):
    assert untold(words, TOLD) == piece


def test_scripts_that_set_no_spaces_are_compared_sign_by_sign():
    assert untold("在[organization]工作", "我在星巴克工作了三年") == ""
    assert untold("在[organization]休息", "我在星巴克工作了三年") == "休息"


@pytest.mark.parametrize(("words", "says"), [("[…] ...!", False), ("", False), ("[x] no", True)])
def test_brackets_alone_say_nothing(words, says):
    assert says_something(words) is says
