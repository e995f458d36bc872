"""What may name somebody is proposed, with where it stands."""

import time

import pytest

from reports.quoted.redaction import Kind, known_names, proposals, replaced

NAMES = {
    Kind.ORGANIZATION: ["Zanzibar Bank", "B-17", "IT"],
    Kind.PLACE: ["Turku"],
    Kind.NAME: ["Maria Lopez", "R-004"],
}


def found_in(words, **options):
    return [(one.text, one.kind.value) for one in proposals(words, NAMES, **options)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (
            "i went to zanzibar bank in TURKU",
            [("zanzibar bank", "organization"), ("TURKU", "place")],
        ),
        ("code b-17, or R-004", [("b-17", "organization"), ("R-004", "name")]),
        ("it was the IT desk", [("IT", "organization")]),
        ("The Zanzibar people, and Maria", [("Zanzibar", "organization"), ("Maria", "name")]),
        ("Turkus", []),
        ("I asked Mr Smith. He left.", [("Mr Smith", "name")]),
        ("Anna Berg came. When Otto saw it, I left", [("Anna Berg", "name"), ("Otto", "name")]),
        ("She met Ludwig van Beethoven in town", [("Ludwig van Beethoven", "name")]),
        ("It was good. Then we left: Nobody came", []),
        ("We came on Monday, in May", []),
        ("I'm sure. “Never,” he said. I left", []),
        (
            "Write to a.b@c.example, or www.c.example/x.",
            [("a.b@c.example", "contact"), ("www.c.example/x", "contact")],
        ),
        ("Ring +358 40 123-4567 at 10.30, room 1204", [("+358 40 123-4567", "contact")]),
        ("At [Zanzibar Bank] and [name]", []),
        (
            "At Zanzibar Bank Otto met Maria Berg",
            [
                ("Zanzibar Bank", "organization"),
                ("Otto", "name"),
                ("Maria", "name"),
                ("Berg", "name"),
            ],
        ),
        ("XXXX SHOUTED AT ME", []),
        ("", []),
    ],
)
def test_what_may_name_somebody_is_found(words, found):
    assert found_in(words) == found


def test_where_all_nouns_have_capitals_only_several_in_a_row_are_found():
    words = "Der Gast sagte der Frau Müller alles."

    assert found_in(words, nouns_capitalized=True) == [("Frau Müller", "name")]


def test_a_place_in_the_words_is_exact():
    words = "So at Zanzibar Bank, Otto rang."

    assert [words[one.start : one.end] for one in proposals(words, NAMES)] == [
        "Zanzibar Bank",
        "Otto",
    ]


def test_names_of_the_study_are_known_and_guesses_are_not():
    found = proposals("At Zanzibar Bank Otto met Maria, at Zanzibar Bank", NAMES)

    assert known_names(found) == ["Zanzibar Bank"]


def test_every_occurrence_outside_brackets_is_replaced():
    words = "Otto and OTTO, not Ottoman, [Otto]; (a+b)"

    assert replaced(words, "Otto", "[name]") == "[name] and [name], not Ottoman, [Otto]; (a+b)"
    assert replaced(words, "(a+b)", r"[\1]") == r"Otto and OTTO, not Ottoman, [Otto]; [\1]"
    assert replaced(words, "", "[name]") == words


@pytest.mark.parametrize("words", ["a" * 20_000, "A " * 10_000, "1 " * 10_000, "a@" * 10_000])
def test_long_words_take_no_long_time(words):
    began = time.perf_counter()

    proposals(words, NAMES)

    assert time.perf_counter() - began < 3
