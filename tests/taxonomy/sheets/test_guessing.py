"""Columns and values of foreign files are recognised, and never too eagerly."""

import pytest

from taxonomy.sheets.fields import CLOSED, FIELDS, NOT_STATED
from taxonomy.sheets.guessing import (
    KNOWN,
    SYNONYMS,
    VALUES,
    guess_columns,
    guess_value,
)

SHARED_HEADERS = [
    "incident_id",
    "source_dataset",
    "date",
    "country",
    "region",
    "organisation",
    "sector",
    "viewpoint",
    "valence",
    "rating",
    "prompt",
    "narrative",
    "category_1",
    "category_2",
    "category_3",
    "language",
]


def test_the_columns_of_the_real_files_are_guessed_and_three_are_left():
    guessed = guess_columns(SHARED_HEADERS)
    same = {header: header for header in SHARED_HEADERS} | {"organisation": "organization"}
    for left in ("source_dataset", "rating", "prompt"):
        del same[left]
    assert guessed == same


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_guessed_from_its_own_name(field):
    assert guess_columns([field.replace("_", " ").title()]) == {
        field.replace("_", " ").title(): field
    }


@pytest.mark.parametrize(
    ("headers", "guessed"),
    [
        (["ID", "Company", "Comment"], ["incident_id", "organization", "narrative"]),
        (["Vorfall", "Unternehmen", "Erzählung"], ["incident_id", "organization", "narrative"]),
        (["Société", "Récit", "Catégorie"], ["organization", "narrative", "category_1"]),
        (["Store", "Verbatim", "Sentiment"], ["place", "narrative", "valence"]),
        (["Site", "Location", "text"], ["place", None, "narrative"]),
        (["Level 1", "Level 2", "LEVEL-3"], ["category_1", "category_2", "category_3"]),
        (["Comment", "narrative"], [None, "narrative"]),
        (["Comment 1", "Comment 2"], ["narrative", "narrative"]),
        (["date_raw", "date", "source_comment_id"], [None, "date", None]),
        (["respondent_id", "fft_score"], ["respondent", None]),
        (["Prompt", "Rating", "source dataset"], [None, None, None]),
    ],
)
def test_columns_are_guessed_in_three_languages(headers, guessed):
    found = guess_columns(headers)
    assert [found.get(header) for header in headers] == guessed


def test_where_nothing_is_called_a_text_the_wordiest_column_is_one():
    words = "I waited for an hour and nobody came to the desk."
    rows = [["1", words, "short"], ["2", words * 2, "two words"]]
    assert guess_columns(["nr", "q7", "q8"], rows) == {"q7": "narrative"}
    assert guess_columns(["nr", "q7", "q8"], [["1", "two words", "x"]]) == {}


def test_no_synonym_stands_for_two_fields():
    names = [name.strip() for listed in SYNONYMS.values() for name in listed.split(",")]
    assert len(names) == len(set(names))
    assert set(KNOWN.values()) <= set(FIELDS)


@pytest.mark.parametrize("field", CLOSED)
def test_our_own_values_are_known_in_any_case(field):
    assert set(VALUES[field]) == set(CLOSED[field]) - {NOT_STATED}
    for value in CLOSED[field]:
        assert guess_value(field, value.upper().replace("_", " ")) == value


@pytest.mark.parametrize(
    ("field", "theirs", "ours"),
    [
        ("viewpoint", "employee", "provider"),
        ("viewpoint", "Customer (patient/carer)", "customer"),
        ("asked_for", "What was good?", "good"),
        ("asked_for", "What could we do better?", "poor"),
        ("valence", "NEG", "negative"),
        ("relation", "Staff", "employee"),
        ("told_as", "Received as a customer", "customer"),
        ("valence", "  ", NOT_STATED),
        ("valence", "NA", None),
        ("told_as", "None", None),
    ],
)
def test_values_are_guessed_or_left_for_a_person(field, theirs, ours):
    assert guess_value(field, theirs) == ours


def test_values_that_are_not_recognised_are_not_in_the_guess():
    guessed = [guess_value("valence", theirs) for theirs in ("Pos", "so-so", "")]
    assert guessed == ["positive", None, NOT_STATED]
