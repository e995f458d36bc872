"""Both databases find what the plain definition finds, with their helper and without it."""

import logging

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from incidents import searching
from incidents.models import Incident, IncidentVersion
from incidents.texts import fold, searchable
from tests.factories import IncidentFactory

LETTERS = "aábBeÉsSßøİ我退款がかกิ้ค한é̀'’\"“%_\\-.,™ﬁ 0 \t😀‍"
WORDS = st.lists(
    st.one_of(
        st.sampled_from(["refund", "Refunded", "café", "退款", "退款了", "a_b", "100%", "don’t"]),
        st.text(st.sampled_from(LETTERS), max_size=6),
        st.text(max_size=4),
    ),
    max_size=6,
)
TEXTS = WORDS.map(" ".join)
TYPED = st.one_of(
    TEXTS,
    WORDS.map(lambda words: '"' + " ".join(words) + '"'),
    st.tuples(TEXTS, WORDS).map(lambda pair: f'{pair[0]} "{" ".join(pair[1])}"'),
)


def finds(text, typed):
    """Say by comparing word with word whether what was typed is in the text."""
    kept = searchable(text).split()
    pieces = fold(typed).split('"')
    quoted, plain = pieces[1:-1:2], [*pieces[:-1:2], pieces[-1]]
    parts = [part for piece in plain for part in piece.split()]
    return all(_stand(searchable(piece).split(), kept) for piece in quoted) and all(
        _occur(searchable(part).split(), kept) for part in parts
    )


def _stand(words, kept):
    """Say whether these are words of the text, in this order."""
    return any(kept[at : at + len(words)] == words for at in range(len(kept) + 1))


def _occur(words, kept):
    """Say the same where the first may be the end of a word and the last a beginning."""
    if len(words) <= 1:
        return not words or any(words[0] in word for word in kept)
    first, *middle, last = words
    return any(
        kept[at].endswith(first)
        and kept[at + 1 : at + len(words) - 1] == middle
        and kept[at + len(words) - 1].startswith(last)
        for at in range(len(kept) - len(words) + 1)
    )


@pytest.fixture
def incidents(db):
    """Return the keys of some incidents whose words may be written over."""
    first = IncidentFactory()
    return [first.pk, *(IncidentFactory(interview=first.interview).pk for _ in range(4))]


def write(incidents, texts):
    for key, text in zip(incidents, texts, strict=False):
        IncidentVersion.objects.filter(incident=key).update(folded=searchable(text))


def found(typed):
    return set(Incident.objects.saying(typed).values_list("pk", flat=True))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXTS, min_size=5, max_size=5), typed=TYPED)
@example(texts=["refunded", "re funded", "fund", "", "f u n d"], typed="fund")
@example(texts=["退款", "退 款", "退了款", "款退", "a退款b"], typed='"退款"')
@example(texts=["x' OR", 'x " y', "100%", "1000", "a_b"], typed="100% ' \"")
def test_the_database_finds_what_the_plain_definition_finds(incidents, texts, typed):
    write(incidents, texts)

    expected = {key for key, text in zip(incidents, texts, strict=True) if finds(text, typed)}

    assert found(typed) == expected


TOLD = ["She was refunded.", "No fund at all", "我要退款了", "Straße", ""]
ASKED = ["fund", '"fund"', "退款", "要退款", "strasse", "refunded she", "un", "zanzibar"]


def test_the_answer_is_the_same_without_the_helper(incidents):
    write(incidents, TOLD)
    with_it = [found(typed) for typed in ASKED]

    _drop()

    assert [found(typed) for typed in ASKED] == with_it
    assert [len(keys) for keys in with_it] == [2, 1, 1, 1, 1, 1, 2, 0]
    connection.check_constraints()  # PostgreSQL builds no index while it has some to check
    searching.prepare()
    assert [found(typed) for typed in ASKED] == with_it


def _drop():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP INDEX {searching.INDEX}")
        else:  # as a migration does that rewrites the table
            cursor.execute(f"DROP TRIGGER {searching.INDEX}_added")


def test_what_is_erased_and_what_is_removed_is_found_no_more(incidents):
    write(incidents, TOLD)
    erased, removed = incidents[0], incidents[1]

    IncidentVersion.objects.filter(incident=erased).update(folded="")
    Incident.objects.filter(pk=removed).update(version=None)
    IncidentVersion.objects.filter(incident=removed).delete()

    assert found("fund") == set()
    assert found("退款") == {incidents[2]}


def test_the_helper_is_used(incidents):
    """A plan that reads all texts would pass every other test."""
    write(incidents, TOLD)
    rows = IncidentVersion.objects.filter(folded__says="refunded")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_indexscan = off")  # the words' index is read by bitmap

    assert searching.INDEX in rows.explain().replace("VIRTUAL TABLE INDEX", searching.INDEX)
    assert len(rows) == 1


@pytest.mark.postgres
@pytest.mark.django_db
def test_without_the_extension_a_sentence_says_what_to_do(monkeypatch, caplog):
    _drop()
    monkeypatch.setattr(searching, "TRIGRAMS", "no_such_extension")
    with caplog.at_level(logging.WARNING):
        searching.prepare()

    assert "run CREATE EXTENSION pg_trgm" in caplog.text
    assert not searching.stands(connection)
