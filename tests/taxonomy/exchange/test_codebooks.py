"""A codebook of another program: how much is read of a bad one, and what is said of a good one."""

import tracemalloc
import uuid

import pytest

from taxonomy.exchange import qdc
from taxonomy.exchange.book import MOST_CATEGORIES, BookError
from taxonomy.exchange.qdc import NAMESPACE, read_qdc
from taxonomy.exchange_messages import book_sentence

MB = 1_000_000


def code(number, inside="", **attributes):
    said = {"guid": uuid.UUID(int=number), "name": f"Code {number}", **attributes}
    words = " ".join(f'{name}="{text}"' for name, text in said.items())
    return f"<Code {words}>{inside}</Code>"


def codebook(codes):
    return f'<CodeBook xmlns="{NAMESPACE}"><Codes>{codes}</Codes></CodeBook>'.encode()


MANY = codebook("".join(map(code, range(50_000))))
LONG = codebook(code(1, inside=f"<Description>{'x' * 4_900_000}</Description>"))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (MANY, "too_many_categories"),
        (LONG, "text_too_long"),
        (codebook("<x>" * MB), "too_many_rounds"),
    ],
    ids=["many", "long", "nested"],
)
def test_a_large_codebook_is_refused_without_being_kept_in_memory(content, problem):
    tracemalloc.start()
    try:
        with pytest.raises(BookError) as error:
            read_qdc(content)
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert error.value.problem.code == problem
    assert len(content) > 2 * MB
    assert most < MB


def test_of_too_many_codes_no_more_are_looked_at_than_a_scheme_takes(monkeypatch):
    seen = []
    guid = qdc._guid
    monkeypatch.setattr(qdc, "_guid", lambda *given: seen.append(1) or guid(*given))

    with pytest.raises(BookError, match="too_many_categories"):
        read_qdc(MANY)

    assert len(seen) == MOST_CATEGORIES


def said_of(*codes):
    return [book_sentence(one) for one in read_qdc(codebook("".join(codes))).notices]


def test_colours_are_left_out_and_said_so_once():
    assert said_of(code(1, color="#ff0000"), code(2, color="#00ff00")) == [
        "Line 1: Colours are left out."
    ]


@pytest.mark.parametrize("no", ["false", "0"])
def test_what_is_no_code_elsewhere_is_named(no):
    inside = code(2, isCodable="true")

    assert said_of(code(1, inside, isCodable=no), code(3, isCodable="1"), code(4)) == [
        "Line 1: “Code 1” is not for coding in the file; here it is a category like the others."
    ]


def test_of_folders_without_end_the_first_twenty_are_named():
    assert len(said_of(*(code(number, isCodable="false") for number in range(50)))) == 20


def test_of_our_own_retired_categories_nothing_needs_to_be_said():
    description = "<Description>Words\n[retired] yes</Description>"

    assert said_of(code(1, description, isCodable="false")) == []
