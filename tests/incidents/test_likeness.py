"""One story told twice is pointed out, in the same words or in others; two stories are not."""

import csv
import os
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.likeness import (
    BINS,
    SAME_STORY,
    Pair,
    Sketch,
    find_pairs,
    likeness_of_words,
    sketch_of,
    unpack,
)
from incidents.texts import fold

TOLD_TWICE = [
    (
        (
            "A guest arrived after midnight in heavy rain and her suitcase had been lost by the "
            "airline. Our night porter, Daniel, gave her his own dry jacket, opened the kitchen to"
            " make soup and then telephoned the baggage office every hour until the suitcase was "
            "found in Lisbon."
        ),
        (
            "It was raining hard and past midnight when this lady checked in; the airline had lost"
            " her suitcase. Daniel on the night desk lent her a jacket, had soup made although the"
            " kitchen was closed, and kept calling the baggage people until they traced the case "
            "to Lisbon."
        ),
    ),
    (
        (
            "My card was swallowed by the cash machine on a Friday evening before my sister's "
            "wedding. The branch manager came back from the car park, opened the machine with a "
            "technician on the phone and handed me the card within twenty minutes."
        ),
        (
            "Friday evening, the day before his sister got married, a man lost his bank card in "
            "our cash machine. Our manager was already in the car park but returned, got the "
            "technician on the telephone and took the card out of the machine in about twenty "
            "minutes."
        ),
    ),
    (
        (
            "Der Gast hatte seinen Reisepass im Zimmersafe vergessen und merkte es erst am "
            "Flughafen. Unsere Auszubildende fuhr mit dem Taxi auf eigene Kosten hinterher und "
            "brachte ihm den Pass zwanzig Minuten vor dem Abflug."
        ),
        (
            "Ein Mann liess den Reisepass im Safe seines Zimmers liegen. Am Flughafen fiel es ihm "
            "auf. Die Auszubildende nahm ein Taxi, zahlte es selbst und gab ihm den Pass kurz vor "
            "dem Abflug."
        ),
    ),
    (
        (
            "我们点的菜等了四十分钟还没有上来，服务员说厨房忘记下单了，态度很不好，最后经理过来道歉，"
            "送了我们一份甜品，还打了八折。"
        ),
        (
            "等了快四十分钟菜都没来，问了才知道厨房忘记下单，服务员态度很差，后来经理来道歉并送了甜品，"
            "账单打了八折。"
        ),
    ),
]
OTHERS = [
    (
        "The mechanic promised the brakes for Tuesday, then for Thursday, and in the end they "
        "squealed worse than before while the receptionist laughed about it with a colleague."
    ),
    (
        "A pharmacist noticed that two prescriptions did not go together, rang the doctor during "
        "lunch and walked across the street to bring the patient the right tablets."
    ),
    (
        "The driver of the last bus waited for an old man with a walking stick, got out, carried "
        "his bags up the steps and made a detour to the door of his house."
    ),
    (
        "The insurance clerk refused the claim over a missing stamp, would not say which office "
        "gives out stamps, and closed the counter ten minutes early."
    ),
    (
        "Kurz vor Ladenschluss wollte eine Kundin ein Kleid umtauschen; die Leiterin suchte im "
        "Lager, rief die andere Filiale an und liess es bis zum Morgen bringen."
    ),
    "酒店前台听说孩子发烧，马上联系了附近的诊所，还让同事开车送我们过去，晚上又送来了热粥和退烧贴。",
]
TEXT = st.text(max_size=400)


def sketches_of(texts):
    return {key: sketch_of(fold(text)) for key, text in enumerate(texts, 1)}


def pairs_in(texts, new=None, near=False):
    sketches = sketches_of(texts)
    new = sketches if new is None else new
    return list(find_pairs(sketches, new, near=lambda one, other: near))


def keys_of(pairs):
    return sorted((pair.first, pair.second) for pair in pairs)


@pytest.mark.parametrize("told", TOLD_TWICE)
def test_a_story_told_again_in_other_words_is_found_among_others(told):
    (pair,) = pairs_in([*told, *OTHERS])

    assert (pair.first, pair.second) == (1, 2)
    assert not pair.same_words


def test_what_was_written_down_twice_has_the_same_words():
    once = OTHERS[0]
    again = once.replace("laughed", "joked").upper()

    (pair,) = pairs_in([*OTHERS, again])

    assert (pair.first, pair.second) == (1, len(OTHERS) + 1)
    assert pair.same_words
    assert pair.story > 90


def test_two_stories_are_no_pair_even_of_one_teller():
    assert pairs_in([*OTHERS, *(first for first, _second in TOLD_TWICE)], near=True) == []


def test_where_teller_or_site_agree_less_likeness_is_enough():
    retold = (
        "She had been told Tuesday for her brakes, and had to come back three days running because "
        "nobody at the garage knew about it, and the receptionist thought it was funny. In the end "
        "the brakes squealed and a colleague laughed."
    )
    texts = [retold, *OTHERS]

    assert pairs_in(texts, near=False) == []
    (pair,) = pairs_in(texts, near=True)
    assert pair.story < SAME_STORY


def test_only_pairs_with_a_new_one_are_looked_for_and_each_once():
    texts = [*TOLD_TWICE[0], *TOLD_TWICE[1], *OTHERS]

    assert keys_of(pairs_in(texts, new={2})) == [(1, 2)]
    assert keys_of(pairs_in(texts, new={1, 2, 3})) == [(1, 2), (3, 4)]
    assert pairs_in(texts, new=set()) == []


def test_short_texts_are_never_alike():
    assert pairs_in(["The staff were very friendly and helpful."] * 3) == []


@given(TEXT)
def test_a_sketch_is_the_same_after_packing(text):
    sketch = sketch_of(fold(text))

    assert unpack(*sketch.pack()) == sketch
    assert len(sketch.bins) == BINS


@given(TEXT)
def test_a_text_is_wholly_like_itself_or_has_nothing_to_compare(text):
    sketch = sketch_of(fold(text))

    assert likeness_of_words(sketch, sketch) in {0, 100}


@given(TEXT, TEXT)
def test_likeness_is_mutual(one, other):
    first, second = sketch_of(fold(one)), sketch_of(fold(other))

    assert likeness_of_words(first, second) == likeness_of_words(second, first)


def test_empty_bins_on_both_sides_say_nothing():
    empty = Sketch(array("I"), array("I", [0xFFFFFFFF] * BINS))

    assert likeness_of_words(empty, empty) == 0


def test_half_the_words_or_more_are_the_same_words():
    assert Pair(1, 2, words=50, story=60).same_words
    assert not Pair(1, 2, words=49, story=60).same_words


@pytest.mark.real_data
def test_among_real_comments_few_are_alike_and_a_planted_story_is_found():
    path = Path(os.environ["CANDID_REAL_DATA"]) / "data" / "narratives"
    with (path / "nhs_v6_nhft_multilabel.csv").open(newline="") as file:
        texts = [row["narrative"] for row in csv.DictReader(file)]

    pairs = pairs_in([*texts, *TOLD_TWICE[0]])

    assert (len(texts) + 1, len(texts) + 2) in keys_of(pairs)
    assert len(pairs) < len(texts) / 100
