import dataclasses
import random
import re
from collections import Counter

import pytest

from reports.demo import world as demo
from reports.demo.grammar import Narrative, narrate

SENTENCE_END = re.compile(r"(?<=[.!?])\"?\s+(?=[\"A-Z])")
CLUMSY = re.compile(
    r"[\[\]{}|]|  | [,.;]|\.\.|[?!][.,]|\ba (?!one-)[aeio]|\ban [^aeiouhX]"
    r"|\bI (?:has|is|he|she|him|her)\b|\b(?:by|to|with|from) I\b|\bme (?:was|had|said)\b"
)


@pytest.fixture(scope="module")
def incidents():
    return demo.build_world(demo.read_counts(), seed=1999).incidents


@pytest.fixture(scope="module")
def narratives(incidents) -> list[Narrative]:
    rng = random.Random(1999)
    return [narrate(incident, rng) for incident in incidents]


def answers(narrative: Narrative) -> list[str]:
    return list(dataclasses.astuple(narrative))[1:]


def test_no_narrative_equals_another(narratives):
    assert len(set(narratives)) == len(narratives) == 2826


def test_three_in_four_sentences_occur_once_or_are_the_first_of_their_kind(narratives):
    sentences = [s for n in narratives for text in answers(n) for s in SENTENCE_END.split(text)]
    assert len(sentences) > 18_000
    assert len(set(sentences)) / len(sentences) >= 0.75


def test_no_sentence_is_told_more_than_forty_times(narratives):
    sentences = Counter(
        s for n in narratives for text in answers(n) for s in SENTENCE_END.split(text)
    )
    assert sentences.most_common(1)[0][1] <= 40


def test_three_in_four_headlines_differ(narratives):
    assert len({n.headline for n in narratives}) / len(narratives) >= 0.75


def test_no_text_has_a_gap_a_wrong_article_or_a_wrong_person(narratives):
    texts = [text for n in narratives for text in (n.headline, *answers(n))]
    assert [text for text in texts if CLUMSY.search(text)] == []


@pytest.mark.thorough
def test_answers_are_sentences_and_short(narratives):
    for text in (text for n in narratives for text in answers(n)):
        assert text[0].isupper() or text[0] == '"'
        assert text.endswith((".", '."', '?"', '!"'))
        assert len(SENTENCE_END.split(text)) <= 5
        assert len(text) < 600


def test_whoever_received_the_service_tells_it_in_the_first_person(incidents, narratives):
    told = [n for i, n in zip(incidents, narratives, strict=True) if i.viewpoint == "customer"]
    assert all(re.search(r"\b(?:I|[Mm]e|[Mm]y)\b", n.situation) for n in told)


def test_what_was_done_names_the_one_who_did_it(incidents, narratives):
    words = {"own": r"\bI\b", "colleague": r"\b[Mm]y colleague\b", "provider": r"\b[Oo]ur\b"}
    told = [(i, n) for i, n in zip(incidents, narratives, strict=True) if i.told_as in words]
    assert [n.action for i, n in told if not re.search(words[i.told_as], n.action)] == []


@pytest.mark.parametrize("pole", ["positive", "negative"])
@pytest.mark.parametrize("told_as", ["own", "customer"])
def test_every_finest_category_can_be_told_at_both_poles_from_both_sides(incidents, pole, told_as):
    viewpoint = "customer" if told_as == "customer" else "provider"
    headlines = set()
    for strategy in demo.STRATEGY_CODES:
        for code in demo.finest_codes(strategy):
            incident = dataclasses.replace(
                incidents[0], category=code, valence=pole, told_as=told_as, viewpoint=viewpoint
            )
            headlines.add(narrate(incident, random.Random(7)).headline)
    assert len(headlines) == 85


def test_the_same_seed_tells_the_same_story(incidents):
    stories = [narrate(incidents[5], random.Random(seed)) for seed in (3, 3, 4)]
    assert stories[0] == stories[1] != stories[2]


def test_money_is_that_of_the_country(incidents):
    def told_in(country: str) -> str:
        incident = dataclasses.replace(incidents[0], category="X3.1a", country=country)
        return narrate(incident, random.Random(2)).action

    assert "marks" in told_in("DE")
    assert "baht" in told_in("TH")
