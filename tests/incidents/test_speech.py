import pytest

from incidents.templatetags.speech_tags import said


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("He said “never” and left.", "He said [“never”] and left."),
        ("Er sagte „nie“, sie „immer“.", "Er sagte [„nie“], sie [„immer“]."),
        ("Il dit « jamais ».", "Il dit [« jamais »]."),
        ("他说「从不」。", "他说[「从不」]。"),
        ('"Never," he said.', '["Never,"] he said.'),
        ("It's the clerk's.", "It's the clerk's."),
        ("“Never closed", "“Never closed"),
        ('5" and\n6" wide', '5" and\n6" wide'),
        ("“one” “two”", "[“one”] [“two”]"),
        ("", ""),
    ],
)
def test_what_stands_in_quotation_marks_is_marked_as_said(text, marked):
    escaped = marked.replace("'", "&#x27;").replace('"', "&quot;")
    expected = escaped.replace("[", '<span class="said">').replace("]", "</span>")
    assert said(text) == expected


@pytest.mark.parametrize("text", ["<b>bold</b>", "“<b>bold</b>”", '"&" <i>'])
def test_marking_lets_no_markup_through(text):
    assert "<b>" not in said(text)
    assert "<i>" not in said(text)


def test_many_marks_that_are_never_closed_take_no_time():
    assert said("“" * 200_000).count("“") == 200_000
